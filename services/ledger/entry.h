// An entry: one thing that happened, as a value; all that must become durable together.
//
// A flow gathers it and hands it to the appender. Whether the authorization it names is
// known, open and in time is settled by the commit, never before it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "services/core/leaf/leaf.h"
#include "services/store/append.h"
#include "services/vault/sections.h"

namespace candor::ledger {

// Type of the leaf that ends an epoch of a producer with a count.
inline constexpr const char* kClosingType = "epoch_closed";

// What an entry does to the leaf that it names.
enum class Claim {
  kNone,      // It names none.
  kClose,     // The outcome of an authorization. Never refused: what does not fit is marked.
  kCancel,    // Gives an authorization up. Refused unless it is open.
  kContinue,  // Anything further about a decision. Refused unless the decision is known.
  kFollow,    // Anything further about an authorization. Never refused: an unknown one is marked.
  kMiss,      // Says that no outcome came. Refused when the authorization is closed.
};

// An erasure: whose keys are destroyed, with all that they seal.
struct Erasing {
  std::vector<Digest> lookups;  // Of the keys.
  // Whether a leaf may lose what they seal of it; asked under the lock, of each.
  std::function<absl::Status(const store::SealedUnder&)> may;
};

struct Entry {
  // Everything but `ledger`, `time`, `marks` that are settled by the commit, and `sections`.
  core::Leaf leaf;
  std::vector<vault::Section> sections;

  // Canonical bytes of method and request, by which a repetition is told from another
  // content under the same request id; empty for leaves that the server makes by itself.
  std::string fingerprint_text;
  vault::Owner fingerprint_owner;

  Claim claim = Claim::kNone;
  Uuid named;  // The authorization or decision that `claim` is about.

  // Numbers of a producer that must not have come: those of a gap, or all beyond the count
  // of a closing. Refused, WRONG_STATE, when one is there or the epoch was closed otherwise.
  std::optional<store::Questions::Missing> missing;

  // The position of the registry's newest leaf that this was checked against. Refused, kAborted
  // REGISTRY_CHANGED, when there is a newer one.
  std::optional<std::uint64_t> registry;
  // The same of cases of persons: CASES_CHANGED.
  std::optional<std::uint64_t> cases;

  // When the decision was taken, where the caller said so; else the commit's time counts.
  std::optional<absl::Time> act_time;

  int verdict = 0;  // Of an authorization: 1 allow, 2 transform, 3 escalate, 4 deny.
  std::optional<absl::Time> expire_time;
  std::optional<absl::Time> due_time;

  // Numbers of the keys that sign and wrap from this leaf on; 0: as before. Refused,
  // WRONG_STATE, unless each is the next one.
  std::uint64_t signer = 0, wrapper = 0;

  // The task that this opens or moves. Refused, kAborted TASK_CHANGED, when its newest leaf is not
  // where the row says; the leaf's own position, id and time are filled in.
  std::optional<store::TaskRow> task;
  // Refused, NOT_FOUND, when there are no such keys. Its leaf gets the facts items, root and
  // wrapping_key.
  std::optional<Erasing> erasing;

  // Rows of small tables; the position of the leaf is filled in when it is known.
  std::vector<store::SideRow> side;
};

// Position, exact leaf and C2SP tlog-proof of an entry: verifies offline.
struct Receipt {
  std::uint64_t position = 0;
  std::string leaf;
  std::string proof;
  std::string changes{};  // Section of that name in clear, where the answer needs it; filled by the flow.
};

// Called exactly once, on the `ack` thread, one that appends, or the caller's; under no lock.
using Done = absl::AnyInvocable<void(absl::StatusOr<Receipt>)>;

}  // namespace candor::ledger
