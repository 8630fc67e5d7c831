// One append: everything that becomes durable together, under the locked head of one
// ledger, in one transaction.
//
// Lock, Settle, then Write or Touch, each at most once; then the transaction commits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "services/store/connection.h"
#include "services/store/rows.h"

namespace candor::store {

// What a batch must know before its leaves are finished. The position in each vector is
// what an answer's `asked` refers to.
struct Questions {
  struct Number {
    Uuid epoch;
    std::uint64_t seq = 0;
    bool operator==(const Number&) const = default;
  };
  // Numbers that must be missing: those of a gap, or all beyond the count of a closing.
  struct Missing {
    Uuid epoch;
    std::uint64_t first = 0, last = 0;
    bool operator==(const Missing&) const = default;
  };
  bool operator==(const Questions&) const = default;
  std::vector<Uuid> requests;    // Were they recorded before?
  std::vector<Uuid> named;       // Leaves that entries name: authorizations, decisions.
  std::vector<Digest> lookups;   // Persons believed new.
  std::vector<Handle> handles;   // Keys believed alive.
  std::vector<Number> numbers;   // Producer numbers.
  std::vector<Missing> missing{};  // Ranges of them.
  bool registry = false;           // How far does the registry go?
  bool cases = false;              // And the cases of persons?
  std::vector<Uuid> tasks{};       // Where do their newest leaves stand?
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
    // Of an escalation: whether its task is settled by a human, and said so, or was not in time.
    enum class Task { kNone, kWaits, kUpheld, kOverridden, kExpired } task = Task::kNone;
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
  std::vector<std::size_t> late_numbers;  // Of a named gap, or of a closed epoch.
  struct Missing {
    std::size_t asked = 0;
    bool seen = false;                  // At least one of them is there.
    std::optional<std::uint64_t> count;  // The epoch was closed with it.
  };
  std::vector<Missing> missing;  // Of those ranges where either holds.
  std::uint64_t registry = 0;    // Position of its newest leaf; 0: it has none.
  std::uint64_t cases = 0;       // Likewise.
  struct Task {
    std::size_t asked = 0;
    std::uint64_t position = 0;
  };
  std::vector<Task> tasks;       // Those that there are.
};

// What one key seals of a leaf.
struct SealedUnder {
  std::uint64_t position = 0;
  Uuid leaf_id;
  std::optional<Uuid> decision;
  absl::Time time;     // Of the leaf.
  BytesView sections;  // As in the table; valid during the call only.
};

// kUnknown, COMMIT_IN_DOUBT: it may have been written; repeat with the same request id.
absl::Status CommitInDoubt();

class LedgerTransaction {
 public:
  virtual ~LedgerTransaction() = default;

  // Locks the head row of `tenant`. Errors: kNotFound.
  virtual absl::StatusOr<Head> Lock(const Uuid& tenant) = 0;
  virtual absl::StatusOr<Answers> Settle(const Questions& questions) = 0;
  // The exact leaf at a position. Errors: kDataLoss when it is not there.
  virtual absl::StatusOr<std::string> LeafAt(std::uint64_t position) = 0;
  // What an open tile holds: hashes of leaves, or roots of full tiles of `level`.
  virtual absl::StatusOr<std::vector<Digest>> LeafHashes(std::uint64_t first, std::uint64_t end) = 0;
  virtual absl::StatusOr<std::vector<Digest>> TileRoots(int level, std::uint64_t first,
                                                        std::uint64_t end) = 0;
  // The keys of those of `lookups` that exist; and all that one of them seals, by position.
  virtual absl::StatusOr<std::vector<Handle>> HandlesOf(const std::vector<Digest>& lookups) = 0;
  virtual absl::Status EachSealedUnder(const Handle& handle,
                                       absl::FunctionRef<absl::Status(const SealedUnder&)> take) = 0;
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
