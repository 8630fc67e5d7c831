// What decisions are found and counted by: rows folded from leaves, and conditions on them.
//
// Free functions; any thread with its own connection. Errors everywhere: kUnavailable when the
// database is away.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/store/reader.h"

namespace candor::store {

struct DecisionRow {
  Uuid decision;
  std::uint64_t position = 0;              // Of its first leaf.
  absl::Time create_time, update_time;     // Of its first leaf, and of its last.
  std::uint32_t leaf_count = 0;
  std::optional<std::string> amount, confidence, cost;  // Decimals.
  std::vector<std::string> terms;          // `field=value`; sorted, none twice; at most 4,096.
  bool erased = false;                     // Something sealed in it was destroyed; only read.
};

// How far the ledger was read on for searches.
absl::StatusOr<std::uint64_t> SearchedSize(Connection& connection, const Uuid& tenant);

// A keyed digest of what is sealed in a leaf and searched for.
struct Word {
  Digest word;
  std::uint64_t position = 0;
  Handle handle{};  // Of the key that seals it.
  Uuid decision;
};

// What leaves say, up to one.
struct ReadUpTo {
  std::uint64_t size = 0;
  std::vector<DecisionRow> decisions;  // Each takes the place of what was known of its decision.
  std::vector<std::pair<std::string, std::uint64_t>> noted;  // Lists, and positions of leaves in them.
  std::vector<Word> words;
};
// Reads on: in one transaction, hands the size so far to `read`, and keeps what it returns. Others
// wait. For the role kWriter. Errors: as `read`; those of Door::InTransaction; kAborted when a key of a
// word was destroyed meanwhile.
absl::Status ReadOn(Connection& connection, const Uuid& tenant,
                    absl::FunctionRef<absl::StatusOr<ReadUpTo>(std::uint64_t size)> read);

// A condition in postfix order: each step says something of a row, or joins what the steps
// before it said. Well-formed: kAnd and kOr follow two, kNot one; one is left at the end.
struct Step {
  enum class Op { kTerm, kHasField, kNumber, kTime, kDecision, kAnyTerm, kAnyDecision, kAnd, kOr, kNot };
  enum class Relation { kEqual, kNotEqual, kLess, kAtMost, kMore, kAtLeast };
  Op op = Op::kTerm;
  std::string field{};  // kHasField, kNumber, kTime.
  Relation relation = Relation::kEqual;  // kNumber, kTime.
  std::string value{};  // kTerm: `field=value`. kNumber: a decimal. kTime: RFC 3339. kDecision: a UUID. kAny…: one a line.

  bool operator==(const Step&) const = default;
};
using Condition = std::vector<Step>;  // Empty: all.
inline constexpr std::size_t kMostSteps = 1024;

// What is seen of a ledger: leaves at some positions, which are those of some times, of decisions
// that `scope` fits as it began.
struct Sight {
  Condition scope{};
  std::uint64_t first = 0, end = INT64_MAX;
  absl::Time from = absl::InfinitePast(), until = absl::InfiniteFuture();
  // How decisions look of which only a part of the leaves is seen; without those of which none is.
  // Missing: all leaves are seen.
  std::function<absl::StatusOr<std::vector<DecisionRow>>(const std::vector<Uuid>& decisions)> look{};
};
inline constexpr int kMostCut = 10'000;  // Such decisions.

// Which decisions. Errors: kInvalidArgument TOO_LARGE when `sight` cuts through more than kMostCut;
// as its `look`.
struct DecisionFilter {
  Condition condition;
  std::optional<Handle> person;  // Only those of which a leaf has its section `person` sealed under it.
  std::vector<Digest> words{};       // Only those of which leaves hold all of them.
  std::uint64_t before = INT64_MAX;  // Only those that began below this position,
  absl::Time from = absl::InfinitePast(), until = absl::InfiniteFuture();  // and from and before these times.
  Sight sight{};
};
// The newest first; at most `limit`.
absl::StatusOr<std::vector<DecisionRow>> FindDecisions(Connection& connection, const Uuid& tenant,
                                                       const DecisionFilter& filter, int limit);
// How many; counts no further than `most`.
absl::StatusOr<std::uint64_t> CountDecisions(Connection& connection, const Uuid& tenant,
                                             const DecisionFilter& filter, std::uint64_t most);

// Decisions of one group, counted.
struct GroupRow {
  std::vector<std::string> values;  // Of each field that was asked for; empty: they have none.
  std::optional<absl::Time> bucket;
  std::string currency;             // Of `cost`; empty where it was not asked for, or there is none.
  std::uint64_t decisions = 0, gated = 0, denied = 0, escalated = 0, reviewed = 0, overridden = 0;
  std::uint64_t outcomes = 0, gated_outcomes = 0, adverse = 0, reversed = 0, complained = 0;
  std::uint64_t resolved = 0, resolved_known = 0, came_back = 0, came_back_known = 0;
  std::string cost;                 // Sum, a decimal.
};
struct Grouping {
  std::vector<std::string> fields;  // At most two; a decision with several values is in several groups.
  std::string bucket;               // day, week or month; empty: the whole time is one.
  bool by_currency = false;
};
// By bucket and values; at most `limit`.
absl::StatusOr<std::vector<GroupRow>> CountGroups(Connection& connection, const Uuid& tenant,
                                                  const DecisionFilter& filter, const Grouping& grouping, int limit);

// The leaves of some lists, the newest first, below position `before`.
absl::StatusOr<std::vector<StoredLeaf>> NotedLeaves(Connection& connection, const Uuid& tenant,
                                                    const std::vector<std::string>& kinds, std::uint64_t before, int limit);

// What came of a range of a producer's numbers: how many, and the position of the newest.
struct Arrived {
  std::uint64_t count = 0, position = 0;
};
absl::StatusOr<Arrived> NumbersThatCame(Connection& connection, const Uuid& tenant, const Uuid& epoch,
                                        std::uint64_t first, std::uint64_t last);
// The outcome or cancellation of an authorization, if it came.
absl::StatusOr<std::optional<StoredLeaf>> LeafThatCloses(Connection& connection, const Uuid& tenant,
                                                         const Uuid& authorization);
// Starts of producers that never ended with a count, each with the leaf of its highest number; at
// most 1,000.
struct OpenEpoch {
  Uuid epoch;
  std::uint64_t last = 0;
  StoredLeaf leaf;
};
absl::StatusOr<std::vector<OpenEpoch>> OpenEpochs(Connection& connection, const Uuid& tenant);

}  // namespace candor::store
