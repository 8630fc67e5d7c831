// The manifest of an audit bundle: what was asked and what is there, and the text that is
// signed over it.
//
// Pure functions over values; any thread may call.
// Source: ledger format, sections 7 and 10. Frozen by the vectors in bundle/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/digest.h"
#include "services/core/tlog/checkpoint.h"

namespace candor::core {

// Inclusive.
struct PositionRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  bool operator==(const PositionRange&) const = default;
};

struct BundleFile {
  std::string name{};
  Digest sha256{};
  std::uint64_t size = 0;

  bool operator==(const BundleFile&) const = default;
};

struct Manifest {
  std::string asked_by{};     // The registered id; of a human, its kind.
  std::string asked_grant{};  // Empty: left out.
  std::string asked_what{};
  Checkpoint checkpoint{};  // Its origin is the ledger.
  std::uint64_t leaves = 0;
  std::uint64_t sections = 0;  // Lines.
  std::uint64_t withheld = 0;
  std::vector<BundleFile> files{};  // All but the last two, in their order.
  std::vector<PositionRange> ranges{};

  bool operator==(const Manifest&) const = default;
};

inline constexpr std::size_t kMaxManifestBytes = 64 << 20;

std::string EncodeManifest(const Manifest& manifest);

// Reads exactly what EncodeManifest can write, up to kMaxManifestBytes.
//
// Errors: kInvalidArgument with what is malformed.
absl::StatusOr<Manifest> ParseManifest(std::string_view bytes);

// The lines that manifest.sig signs.
std::string ManifestText(const Checkpoint& checkpoint, const Digest& manifest_sha256);

// The file `positions`, and back. Ranges ascend and are joined: none follows right on another.
//
// Errors: kInvalidArgument with the line.
std::string PositionLines(const std::vector<PositionRange>& ranges);
absl::StatusOr<std::vector<PositionRange>> ParsePositions(std::string_view lines);

}  // namespace candor::core
