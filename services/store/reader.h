// Reading what was appended: single rows and pages. Whole tables: audit.h.
//
// Free functions over a connection; any role that may read. Errors everywhere:
// kUnavailable when the database is away.
#pragma once

#include <vector>

#include "services/store/append.h"

namespace candor::store {

struct StoredLeaf {
  std::uint64_t position = 0;
  std::string leaf;
};

// The head as it stands, without a lock. Errors: kNotFound.
absl::StatusOr<Head> ReadHead(Connection& connection, const Uuid& tenant);

// One leaf, or kNotFound.
absl::StatusOr<StoredLeaf> LeafAt(Connection& connection, const Uuid& tenant, std::uint64_t position);
absl::StatusOr<StoredLeaf> LeafOfRequest(Connection& connection, const Uuid& tenant, const Uuid& request);
absl::StatusOr<StoredLeaf> LeafOfId(Connection& connection, const Uuid& tenant, const Uuid& leaf_id);

// The leaves of [first, end), at most `limit`.
absl::StatusOr<std::vector<StoredLeaf>> Leaves(Connection& connection, const Uuid& tenant,
                                               std::uint64_t first, std::uint64_t end, int limit);
// The leaves of the registry after position `after`, up to `last`, at most `limit`.
absl::StatusOr<std::vector<StoredLeaf>> RegistryLeaves(Connection& connection, const Uuid& tenant,
                                                       std::uint64_t after, std::uint64_t last, int limit);
// The leaves of a decision after a position, at most 1,000; leaf 0 is of none.
inline constexpr std::size_t kMostLeavesOfDecision = 1000;
absl::StatusOr<std::vector<StoredLeaf>> LeavesOfDecision(Connection& connection, const Uuid& tenant,
                                                         const Uuid& decision, std::uint64_t after = 0);

// A leaf of a case, and the key that seals what is in it, unless that was destroyed; of several one.
struct CaseLeaf {
  StoredLeaf stored;
  std::optional<Handle> handle;
};
// The leaves of one case after a position, at most 1,000.
absl::StatusOr<std::vector<StoredLeaf>> LeavesOfCase(Connection& connection, const Uuid& tenant, const Uuid& case_id,
                                                     std::uint64_t after);
// Those after position `after`, at most `limit`.
absl::StatusOr<std::vector<CaseLeaf>> CaseLeaves(Connection& connection, const Uuid& tenant, std::uint64_t after,
                                                 int limit);

struct StoredSealed {
  std::uint64_t position = 0;
  Handle handle{};
  Bytes sections;
};

// A leaf with what is sealed in it under some keys.
struct LeafWithBoxes {
  StoredLeaf stored;
  std::vector<StoredSealed> boxes;
};
// The leaves of these decisions by position, at most 1000 of each, with what is sealed in them
// under `handles`. One statement, whatever is there.
absl::StatusOr<std::vector<LeafWithBoxes>> LeavesWithBoxes(Connection& connection, const Uuid& tenant,
                                                           const std::vector<Uuid>& decisions,
                                                           const std::vector<Handle>& handles);

// Decisions of which a leaf has its section `person` sealed under a key.
struct DecisionOfHandle {
  std::uint64_t position = 0;  // Of its first leaf.
  Uuid decision;
};
// The newest first, those that began below `before`; at most `limit`.
absl::StatusOr<std::vector<DecisionOfHandle>> DecisionsOfHandle(Connection& connection, const Uuid& tenant,
                                                                const Handle& handle, std::uint64_t before, int limit);

// Leaves of type `read` of these decisions, or of none but sealed under it, the newest first, below `before`.
absl::StatusOr<std::vector<StoredLeaf>> ReadsOfHandle(Connection& connection, const Uuid& tenant, const Handle& handle,
                                                      std::uint64_t before, int limit);

// Hashes of a range of leaves; may be fewer than asked for.
absl::StatusOr<std::vector<Digest>> LeafHashes(Connection& connection, const Uuid& tenant,
                                               std::uint64_t first, std::uint64_t end);
// The 256 hashes of a full tile, or kNotFound.
absl::StatusOr<std::vector<Digest>> FullTile(Connection& connection, const Uuid& tenant, int level,
                                             std::uint64_t index);
// Roots of the full tiles [first, end) of a level.
absl::StatusOr<std::vector<Digest>> TileRoots(Connection& connection, const Uuid& tenant, int level,
                                              std::uint64_t first, std::uint64_t end);

absl::StatusOr<std::vector<StoredSealed>> SealedAt(Connection& connection, const Uuid& tenant,
                                                   std::uint64_t position);
// What is sealed in the leaves of [first, end) under keys that are still there, by position.
struct SealedWithKey {
  StoredSealed sealed;
  WrappedKey key;
};
absl::StatusOr<std::vector<SealedWithKey>> SealedIn(Connection& connection, const Uuid& tenant,
                                                    std::uint64_t first, std::uint64_t end);
// Positions of the leaves that hold something sealed under a key.
absl::StatusOr<std::vector<std::uint64_t>> PositionsOfHandle(Connection& connection, const Uuid& tenant,
                                                             const Handle& handle);

// Authorizations whose outcome was due in (after, until] and did not come, by due time.
struct Overdue {
  Uuid leaf_id;
  std::optional<Uuid> decision_id;
  absl::Time due_time;
};
// Those after (`after.due_time`, `after.leaf_id`), in that order.
absl::StatusOr<std::vector<Overdue>> OverdueAuthorizations(Connection& connection, const Uuid& tenant,
                                                           const Overdue& after, absl::Time until, int limit);

// Which of these requests were recorded, in any order.
absl::StatusOr<std::vector<Uuid>> KnownRequests(Connection& connection, const Uuid& tenant,
                                                const std::vector<Uuid>& requests);

// Every epoch of a tenant that has a number.
absl::StatusOr<std::vector<Uuid>> Epochs(Connection& connection, const Uuid& tenant);

// The highest number of an epoch that is at most `most`; 0: none came.
absl::StatusOr<std::uint64_t> HighestNumber(Connection& connection, const Uuid& tenant, const Uuid& epoch,
                                            std::uint64_t most);

// How an epoch was closed, if it was.
struct Closing {
  std::string producer;
  std::uint64_t count = 0;
  Uuid leaf_id;
};
absl::StatusOr<std::optional<Closing>> ReadClosing(Connection& connection, const Uuid& tenant,
                                                   const Uuid& epoch);

// How many numbers up to `last` came.
absl::StatusOr<std::uint64_t> CountNumbers(Connection& connection, const Uuid& tenant, const Uuid& epoch,
                                           std::uint64_t last);

// A missing range of a producer's numbers, with the leaf that carries the next number.
struct NumberGap {
  std::uint64_t first = 0, last = 0;
  StoredLeaf next;
};
// Missing ranges above `after` before numbers up to `last` that no leaf named yet, in their order.
absl::StatusOr<std::vector<NumberGap>> NumberGaps(Connection& connection, const Uuid& tenant,
                                                  const Uuid& epoch, std::uint64_t after,
                                                  std::uint64_t last, int limit);

}  // namespace candor::store
