// Which leaves a grant covers: those of the decisions in its scope, and of its time; and which a filter finds.
//
// Any thread may call.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/container/flat_hash_map.h"
#include "services/core/bundle/manifest.h"
#include "services/core/leaf/leaf.h"
#include "services/domain/grants.h"
#include "services/store/search.h"

namespace candor::flow {

// Tells which leaves a scope covers. Keeps 17 bytes for each decision that it sees. Belongs to one thread.
class Coverage {
 public:
  // All must outlive this.
  Coverage(store::Connection& connection, const Uuid& tenant, const domain::GrantScope& scope)
      : connection_(connection), tenant_(tenant), scope_(scope) {}

  // Errors: as Select.
  absl::StatusOr<bool> Holds(const core::Leaf& leaf);

 private:
  store::Connection& connection_;
  const Uuid tenant_;
  const domain::GrantScope& scope_;
  absl::flat_hash_map<Uuid, bool> known_;
};

// Of [first, end), joined and in order. Errors: kUnavailable; kDataLoss
// VERIFICATION_FAILED for leaves that are missing or can't be read.
absl::StatusOr<std::vector<core::PositionRange>> Select(store::Connection& connection, const Uuid& tenant,
                                                        const domain::GrantScope& scope, std::uint64_t first,
                                                        std::uint64_t end);

// The leaves of [first, end) of the decisions that a filter finds. Errors: as Select; those of store::DecisionFilter.
absl::StatusOr<std::vector<core::PositionRange>> SelectFound(store::Connection& connection, const Uuid& tenant,
                                                             store::DecisionFilter filter, std::uint64_t first,
                                                             std::uint64_t end);

// Puts ranges in order, and joins those that touch.
void Join(std::vector<core::PositionRange>& ranges);

// Whether one of ranges in order holds a position.
bool Holds(const std::vector<core::PositionRange>& ranges, std::uint64_t position);

}  // namespace candor::flow
