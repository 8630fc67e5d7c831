// Which data key belongs to whom.
#pragma once

#include <map>
#include <vector>

#include "services/store/append.h"

namespace candor::store {

// The wrapped keys of those of `lookups` that exist; one query.
absl::StatusOr<std::map<Digest, WrappedKey>> FindKeys(Connection& connection, const Uuid& tenant,
                                                      const std::vector<Digest>& lookups);

// The wrapped key that a handle names, or kNotFound once it was destroyed.
absl::StatusOr<WrappedKey> KeyOfHandle(Connection& connection, const Uuid& tenant,
                                       const Handle& handle);

}  // namespace candor::store
