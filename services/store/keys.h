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

// The key of the person whom a leaf concerns, by the id of the leaf: the one that seals its
// section `person`. Leaves about nobody are left out; one query.
absl::StatusOr<std::map<Uuid, WrappedKey>> PersonKeysOf(Connection& connection, const Uuid& tenant,
                                                        const std::vector<Uuid>& leaf_ids);

}  // namespace candor::store
