// Policy sets as stored, and which of them ruled when.
//
// Free functions over a connection; any role that may read. Errors everywhere:
// kUnavailable when the database is away.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/store/append.h"

namespace candor::store {

struct PolicySetRow {
  Digest digest;
  std::string name;
  std::uint64_t position = 0;  // Of the leaf that registered it.
};

// A step in the life of a set.
struct PolicyStepRow {
  std::uint64_t position = 0;  // Of the leaf that says it.
  std::string step;            // active, shadow, shadow_ended.
  Digest digest;
};

// All sets of a tenant, and all steps by position. They are few: each was made by a person.
struct PolicyRows {
  std::vector<PolicySetRow> sets;
  std::vector<PolicyStepRow> steps;
};
absl::StatusOr<PolicyRows> ReadPolicies(Connection& connection, const Uuid& tenant);

// The archive of a set, or kNotFound.
absl::StatusOr<std::string> ReadPolicyBundle(Connection& connection, const Uuid& tenant, const Digest& digest);

}  // namespace candor::store
