// The rows of one append, as values: see schema/README.md for what each table holds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/base/bytes.h"
#include "services/base/digest.h"
#include "services/base/id.h"

namespace candor::store {

// 16 random bytes that name a key.
using Handle = std::array<std::uint8_t, 16>;

// A key as it is stored: never in clear.
struct WrappedKey {
  Handle handle{};
  std::uint64_t generation = 1;
  std::array<std::uint8_t, 40> wrapped{};
};

// The end of a ledger, as the locked row says it.
struct Head {
  std::uint64_t size = 0;
  Digest root;
  Digest chain;
  absl::Time time;            // Of the last leaf.
  std::vector<Digest> range;  // Roots of the maximal full subtrees, largest first.
  Digest seal;                // Says that a server of the ledger made it: vault::Keyring.
  absl::Time database_time;   // The database's own clock, now.
  std::string time_line;      // System identifier and time line of the database, now.
  std::uint64_t signer = 1;   // Number of the key that signs this size.
  std::uint64_t wrapper = 1;  // Number of the key that wraps new keys of persons.
};

// What is written. Views must outlive Write.
struct EntryRow {
  Uuid leaf_id;
  Uuid request_id;
  std::optional<Uuid> decision_id;
  std::optional<Uuid> closes_id;
  int verdict = 0;  // 0: none.
  std::optional<absl::Time> expire_time;
  std::optional<absl::Time> due_time;
  std::optional<Uuid> epoch;
  std::uint64_t seq = 0;
  Digest leaf_hash;
  Digest chain_hash;
  std::string_view leaf;
};
struct SealedRow {
  std::uint64_t position = 0;
  Handle handle{};
  std::optional<Digest> fingerprint;
  BytesView sections;
};
struct PersonRow {
  Digest lookup;
  WrappedKey key;
};
struct TileRow {
  int level = 0;
  std::uint64_t index = 0;
  std::string hashes;  // 8,192 bytes.
  Digest root;
};
// A leaf that lost sealed sections by an erasure, the one leaf of its batch.
struct ErasedRow {
  std::uint64_t position = 0;
  Bytes evidence;
};
// A row of one of the small tables, written in the same commit as the leaf that tells of it.
struct SideRow {
  enum class Table { kCatalogue, kLimits, kPrincipal, kApiKey, kRevocation, kGap, kClosedEpoch, kTenantKey, kRegistry,
                     kPolicySet, kErasure, kFinalErasure, kCase };
  Table table = Table::kCatalogue;
  std::vector<std::string> values;  // The columns between tenant_id and position; see append.cc.
  std::uint64_t position = 0;       // Of that leaf; kept by the tables that have the column.
};
// A task of human review, as a leaf opens or moves it. What moves says all of what can move.
struct TaskRow {
  Uuid task_id;
  // Where the newest leaf stood that this rests on; nothing: this opens the task.
  std::optional<std::uint64_t> from{};

  // Of a task that is opened.
  std::string kind{}, queue{}, opener{};
  std::optional<Uuid> decision_id{};
  std::optional<absl::Time> due_time{};  // Of one that is moved: nothing, it stays.

  std::string state = "open";
  std::optional<std::uint64_t> claim_position{};  // With `claims`, that of the leaf itself.
  std::optional<absl::Time> claim_expire_time{};
  bool claims = false;
  // Of a task that this leaf settles; its review, where there is one, is the leaf itself.
  bool settles = false;
  std::string resolution{};
  std::optional<absl::Time> review_expire_time{};
  std::optional<std::uint64_t> active_seconds{};

  std::uint64_t position = 0;  // Of the leaf; its id and time.
  Uuid leaf_id{};
  absl::Time time{};
};
struct Batch {
  std::uint64_t first_position = 0;
  std::vector<EntryRow> entries;
  std::vector<SealedRow> sealed;
  std::vector<PersonRow> persons;
  std::vector<TileRow> tiles;
  std::vector<SideRow> side;
  std::vector<TaskRow> tasks;
  std::vector<TaskRow> cancelled;  // Of cancelled authorizations: with id, position and time, if there is a task.
  std::vector<Handle> destroyed;   // Keys that go, with all that they seal, before the rest is written.
  std::vector<ErasedRow> erased;
  Head head;  // After the batch.
};

}  // namespace candor::store
