// What was erased, and what is left to prove it by.
//
// Free functions; any thread with its own connection. Errors everywhere: kUnavailable when the
// database is away.
#pragma once

#include <set>
#include <vector>

#include "services/store/reader.h"

namespace candor::store {

// A leaf that lost sealed sections, and the sealed evidence of which.
struct ErasedLeaf {
  std::uint64_t erasure = 0;   // Position of the erasure leaf.
  std::uint64_t position = 0;
  Uuid leaf_id;
  Bytes evidence;
};
// Of the erasures at positions [erasure, end), by erasure and position. For roles that read sealed rows.
absl::StatusOr<std::vector<ErasedLeaf>> ErasedLeaves(Connection& connection, const Uuid& tenant,
                                                     std::uint64_t erasure, std::uint64_t end);

// Positions of the erasures by which the leaf at `position` lost sections.
absl::StatusOr<std::vector<std::uint64_t>> ErasuresOf(Connection& connection, const Uuid& tenant,
                                                      std::uint64_t position);

// An erasure leaf, and the later one that says that it is final.
struct StoredErasure {
  StoredLeaf stored;
  std::optional<StoredLeaf> finished;
};
// Those below position `before`, the newest first; at most `limit`.
absl::StatusOr<std::vector<StoredErasure>> ErasureLeaves(Connection& connection, const Uuid& tenant,
                                                         std::uint64_t before, int limit);

// Those that are not final, though the operator's keys that could undo them are all older than generation
// `oldest`; in order, at most `limit`.
absl::StatusOr<std::vector<StoredLeaf>> ErasuresToFinish(Connection& connection, const Uuid& tenant,
                                                         std::uint64_t oldest, int limit);

// Which of these keys are there.
absl::StatusOr<std::set<Handle>> LiveHandles(Connection& connection, const Uuid& tenant,
                                             const std::vector<Handle>& handles);

// Destroys those keys that are there, and all that they seal, in one transaction without any leaf:
// for a database that came back from a time before their erasure. For the role kWriter.
absl::Status DestroyKeys(Connection& connection, const Uuid& tenant, const std::vector<Handle>& handles);

// Takes destroyed rows out of the tables of keys, so far as the user of `connection` may: the
// owner's role kOwner.
absl::Status VacuumKeys(Connection& connection);

}  // namespace candor::store
