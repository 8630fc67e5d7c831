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
// section `person`; nothing where that was erased. Leaves about nobody are left out; one query.
absl::StatusOr<std::map<Uuid, std::optional<WrappedKey>>> PersonKeysOf(Connection& connection, const Uuid& tenant,
                                                                       const std::vector<Uuid>& leaf_ids);

// The keys of a tenant after `after` that are wrapped under an older number than `wrapper`,
// by handle; at most `limit`.
absl::StatusOr<std::vector<WrappedKey>> KeysUnderOlder(Connection& connection, const Uuid& tenant,
                                                       const Handle& after, std::uint64_t wrapper, int limit);

// A key and what it is to be wrapped under instead.
struct Rewrapped {
  WrappedKey before, after;  // Of one handle.
};
// Replaces those that are still as they were `before`, in one transaction; how many.
// For the role kEraser.
absl::StatusOr<std::uint64_t> RewrapKeys(Connection& connection, const Uuid& tenant,
                                         const std::vector<Rewrapped>& keys);

// Destroys the tenant's `data` keys below `wrapper` that wrap nothing any more; how many.
// For the role kEraser. Nothing may be wrapped under them anew: see Head::wrapper.
absl::StatusOr<std::uint64_t> DropOlderWrappers(Connection& connection, const Uuid& tenant,
                                                std::uint64_t wrapper);

}  // namespace candor::store
