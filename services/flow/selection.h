// Which leaves a grant covers: those of the decisions in its scope, and of its time.
//
// Any thread may call.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/core/bundle/manifest.h"
#include "services/domain/grants.h"
#include "services/store/connection.h"

namespace candor::flow {

// Of [first, end), joined and in order. Keeps 17 bytes for each decision that it sees. Errors:
// kUnavailable; kDataLoss VERIFICATION_FAILED for leaves that are missing or can't be read.
absl::StatusOr<std::vector<core::PositionRange>> Select(store::Connection& connection, const Uuid& tenant,
                                                        const domain::GrantScope& scope, std::uint64_t first,
                                                        std::uint64_t end);

// Puts ranges in order, and joins those that touch.
void Join(std::vector<core::PositionRange>& ranges);

// Whether one of ranges in order holds a position.
bool Holds(const std::vector<core::PositionRange>& ranges, std::uint64_t position);

}  // namespace candor::flow
