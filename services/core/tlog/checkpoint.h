// Checkpoints: the size and root of a ledger, signed.
//
// Pure functions over values; any thread may call.
// Source: C2SP tlog-checkpoint v1.0.0; ledger format, section 4, which refuses extension
// lines. Frozen by checkpoints.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/digest.h"
#include "services/core/json/json.h"
#include "services/core/tlog/note.h"

namespace candor::core {

struct Checkpoint {
  std::string origin{};
  std::uint64_t size = 0;
  Digest root{};

  bool operator==(const Checkpoint&) const = default;
};

// The three lines that are signed. `origin` must be an origin, else this aborts.
std::string CheckpointText(const Checkpoint& checkpoint);

// Reads exactly what CheckpointText writes. Errors: kInvalidArgument.
absl::StatusOr<Checkpoint> ParseCheckpointText(std::string_view text);

// Reads a signed checkpoint. It must be signed by a key of `known` whose name is its
// origin; keys of other names are not asked.
//
// Errors:
//   kInvalidArgument  The note or its text is malformed.
//   kDataLoss         No signature by such a key, or a bad one.
absl::StatusOr<Checkpoint> OpenCheckpoint(std::string_view note,
                                          const std::vector<VerifierKey>& known);

// Where a ledger ended that another goes on from: fact `predecessor` of leaf 0, and out of its
// facts; nothing where it goes on from none. Errors: kInvalidArgument.
Json PredecessorFact(const Checkpoint& end);
absl::StatusOr<std::optional<Checkpoint>> PredecessorIn(const Json& facts);

}  // namespace candor::core
