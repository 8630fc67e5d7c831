// Brings a database to the schema that this program was built with.
#pragma once

#include <vector>

#include "services/store/connection.h"

namespace candor::store {

// Applies every migration that is missing, one transaction each, and checks that those
// which were applied are the ones this program knows. Returns the names applied now.
// Errors: kFailedPrecondition when an applied migration differs or is unknown: the
// database belongs to another version.
absl::StatusOr<std::vector<std::string>> Migrate(const Address& address);

// Whether nothing is missing. Errors: as above, and kFailedPrecondition naming what is missing.
absl::Status CheckSchema(const Address& address);

}  // namespace candor::store
