// Holds: what a matter needs must not be erased. Folded from the leaves that place and release
// them.
//
// A pure value; part of the registry.
#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/domain/registered.h"

namespace candor::domain {

struct Hold {
  Entry placed;
  Entry released;  // Nothing: it holds.
  std::set<Uuid> decisions;
  std::optional<absl::Time> from, until;

  // Whether it covers a leaf that holds data of a person. A hold on a person is a leaf that holds
  // data of theirs, so it covers itself, and then all of them.
  bool Covers(std::uint64_t position, const std::optional<Uuid>& decision, absl::Time time) const;
};

class HoldBook {
 public:
  static bool Holds(std::string_view type);
  void Apply(std::string_view type, const Entry& entry, const std::optional<Uuid>& amends);

  const std::vector<Hold>& all() const { return all_; }  // Oldest first.
  const Hold* Find(const Uuid& leaf) const;

  // Errors: kNotFound; kFailedPrecondition WRONG_STATE.
  absl::Status MayRelease(const Uuid& hold) const;

 private:
  std::vector<Hold> all_;
};

}  // namespace candor::domain
