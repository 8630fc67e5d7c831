// Grants: what a regulator or an auditor may see, proposed by one human and confirmed by
// another. Folded from the leaves that say so.
//
// A pure value; part of the registry.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/domain/registered.h"

namespace candor::domain {

// No group of fewer decisions is counted, unless a grant allows it.
inline constexpr std::uint64_t kSmallestGroup = 10;

// What a grant covers: an empty set or an open time stands for everything.
struct GrantScope {
  std::set<std::string, std::less<>> systems, actions, jurisdictions;
  std::set<Uuid> decisions;
  absl::Time from = absl::InfinitePast(), until = absl::InfiniteFuture();
  std::set<std::string, std::less<>> sections;  // That may be opened; here empty means none.
  std::uint64_t smallest_group = kSmallestGroup;  // Of which counts are shown.

  static GrantScope Of(const core::Json& facts);

  // Whether it covers the decision that begins with a leaf of these facts.
  bool Covers(const Uuid& decision, const core::Json& facts) const;
  // Whether it lets a section be opened. A number behind its name says which person it is about.
  bool Opens(std::string_view section) const;
  // Whether it covers a leaf of that time.
  bool Covers(absl::Time time) const { return time >= from && time < until; }
};

struct Grant {
  enum class State { kProposed, kActive, kExpired, kRevoked };

  Entry proposed;  // Its section `oversight` says who.
  Entry settled;   // Nothing: it waits for a second human.
  Entry revoked;   // Nothing: nobody ended it.
  std::string authority;
  absl::Time expires;
  GrantScope scope;

  State StateAt(absl::Time now) const;
};

inline constexpr absl::Duration kLongestGrant = absl::Hours(24 * 366);

class GrantBook {
 public:
  static bool Holds(std::string_view type);
  void Apply(std::string_view type, const Entry& entry, const std::optional<Uuid>& amends);

  const std::vector<Grant>& all() const { return all_; }  // Oldest first.
  const Grant* Find(const Uuid& leaf) const;

  // Errors: kInvalidArgument.
  static absl::Status MayPropose(const core::Json& facts, absl::Time now);
  // Errors: kNotFound; kFailedPrecondition WRONG_STATE, EXPIRED.
  absl::Status MaySettle(const Uuid& grant, absl::Time now) const;
  absl::Status MayRevoke(const Uuid& grant, absl::Time now) const;
  // Whether it counts now. Errors: as above.
  absl::Status MayUse(const Uuid& grant, absl::Time now) const;

 private:
  std::vector<Grant> all_;
};

}  // namespace candor::domain
