// The facts that every verifier reads: keys of the ledger, erasures, its end.
//
// Pure functions; any thread may call.
// Source: ledger format, sections 2, 4 and 10.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/core/commit/erasure.h"
#include "services/core/leaf/leaf.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/note.h"

namespace candor::verify {

// What a leaf of type `key` says; leaf 0 announces its keys from size 0.
struct KeyChange {
  std::uint64_t position = 0;
  std::uint64_t from = 0;
  bool announced = false;  // Else retired.
  bool compromised = false;
  core::VerifierKey key{};
  std::string handover{};  // Of a retirement: the receipt's proof of the next key's announcement.
  Digest leaf_hash{};      // Of the leaf that says it.
};

// The ledgers before and after, as leaf 0 and a last leaf `close` name them.
struct Succession {
  std::optional<core::Checkpoint> predecessor{};
  std::string successor{};
};

struct Facts {
  std::vector<KeyChange> keys{};
  std::optional<core::ErasureFacts> erasure{};  // Also of an expiry.
  Succession succession{};
};

// Errors: kInvalidArgument with what is malformed. Types that no verifier reads have no
// such facts. `leaf_hash` of a change is left to whoever has the bytes.
absl::StatusOr<Facts> ReadFacts(const core::Leaf& leaf, std::uint64_t position);

// What leaves name as missing: completeness that the ledger itself disclaims.
struct NamedMissing {
  std::uint64_t calls = 0;     // Numbers of producers, in leaves of type `gap`.
  std::uint64_t outcomes = 0;  // Leaves of type `outcome_missing`.

  bool any() const { return calls + outcomes > 0; }
  NamedMissing& operator+=(const NamedMissing& more) {
    calls += more.calls;
    outcomes += more.outcomes;
    return *this;
  }
};

// What erasure leaves say was destroyed.
struct Forgotten {
  std::uint64_t persons = 0;   // Erasures.
  std::uint64_t sections = 0;
};

// Errors: kInvalidArgument for a gap that names no range.
absl::StatusOr<NamedMissing> ReadMissing(const core::Leaf& leaf);

// What the id columns of `entries` repeat, beyond the members of the leaf itself.
struct RepeatedFacts {
  std::optional<Uuid> closes{};
  std::optional<int> verdict{};  // 1 allow, 2 transform, 3 escalate, 4 deny.
  std::optional<absl::Time> expires{};
  std::optional<absl::Time> outcome_due{};
};

RepeatedFacts ReadRepeatedFacts(const core::Leaf& leaf);

// Those of `keys` that may have signed the checkpoint of `size`: announced below it, not
// retired at it, never compromised (such a checkpoint would need a witness).
std::vector<core::VerifierKey> AllowedAt(std::uint64_t size,
                                         const std::vector<core::VerifierKey>& keys,
                                         const std::vector<KeyChange>& changes);

}  // namespace candor::verify
