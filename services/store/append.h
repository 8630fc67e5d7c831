// One append: everything that becomes durable together, under the locked head of one
// ledger, in one transaction.
//
// Lock, Settle, then Write or Touch, each at most once; then the transaction commits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "services/base/digest.h"
#include "services/base/id.h"
#include "services/store/connection.h"

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
  absl::Time database_time;   // The database's own clock, now.
  std::string time_line;      // System identifier and time line of the database, now.
};

// What a batch must know before its leaves are finished. The position in each vector is
// what an answer's `asked` refers to.
struct Questions {
  struct Number {
    Uuid epoch;
    std::uint64_t seq = 0;
  };
  std::vector<Uuid> requests;    // Were they recorded before?
  std::vector<Uuid> named;       // Leaves that entries name: authorizations, decisions.
  std::vector<Digest> lookups;   // Persons believed new.
  std::vector<Handle> handles;   // Keys believed alive.
  std::vector<Number> numbers;   // Producer numbers.
};

struct Answers {
  struct Recorded {
    std::size_t asked = 0;
    std::uint64_t position = 0;
    std::string leaf;
    std::optional<Digest> fingerprint;  // Nothing once it was erased.
  };
  struct Named {
    std::size_t asked = 0;
    std::optional<Uuid> decision;
    int verdict = 0;             // 1 allow, 2 transform, 3 escalate, 4 deny; 0: no authorization.
    absl::Time expires, due;     // Its use, its outcome; the epoch: no such time.
    bool closed = false;         // An earlier leaf used it up.
  };
  struct Person {
    std::size_t asked = 0;
    Handle handle{};
  };
  std::vector<Recorded> recorded;
  std::vector<Named> named;
  std::vector<Person> persons;
  std::vector<std::size_t> dead_handles;
  std::vector<std::size_t> seen_numbers;
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
// A row of one of the small tables, written in the same commit as the leaf that tells of it.
struct SideRow {
  enum class Table { kCatalogue, kLimits, kPrincipal, kApiKey, kRevocation };
  Table table = Table::kCatalogue;
  std::vector<std::string> values;  // The columns after tenant_id, in their order; see append.cc.
};
struct Batch {
  std::uint64_t first_position = 0;
  std::vector<EntryRow> entries;
  std::vector<SealedRow> sealed;
  std::vector<PersonRow> persons;
  std::vector<TileRow> tiles;
  std::vector<SideRow> side;
  Head head;  // After the batch.
};

class LedgerTransaction {
 public:
  virtual ~LedgerTransaction() = default;

  // Locks the head row of `tenant`. Errors: kNotFound.
  virtual absl::StatusOr<Head> Lock(const Uuid& tenant) = 0;
  virtual absl::StatusOr<Answers> Settle(const Questions& questions) = 0;
  // What an open tile holds: hashes of leaves, or roots of full tiles of `level`.
  virtual absl::StatusOr<std::vector<Digest>> LeafHashes(std::uint64_t first, std::uint64_t end) = 0;
  virtual absl::StatusOr<std::vector<Digest>> TileRoots(int level, std::uint64_t first,
                                                        std::uint64_t end) = 0;
  // Errors: kDataLoss when the head is not where Lock found it.
  virtual absl::Status Write(const Batch& batch) = 0;
  // Writes the head as it is, so that a clean commit proves all earlier ones durable.
  virtual absl::Status Touch() = 0;
};

// Runs `work` in a transaction of its own and commits. Errors: as `work`, and those of
// Door::InTransaction.
absl::Status Append(Connection& connection,
                    absl::FunctionRef<absl::Status(LedgerTransaction&)> work);

}  // namespace candor::store
