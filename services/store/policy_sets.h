// Policy sets as stored.
//
// Free functions over a connection; any role that may read. Errors everywhere:
// kUnavailable when the database is away.
#pragma once

#include <string>

#include "services/store/append.h"

namespace candor::store {

struct PolicySetRow {
  std::string name;
  std::string archive;  // As it was registered.
};
// Errors: kNotFound.
absl::StatusOr<PolicySetRow> ReadPolicySet(Connection& connection, const Uuid& tenant, const Digest& digest);

}  // namespace candor::store
