// The tree of a bundle, out of its tiles.
//
// Belongs to one thread.
// Source: ledger format, sections 6, 7 and 10.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/tile.h"
#include "services/verify/bundle_files.h"
#include "services/verify/finding.h"

namespace candor::verify {

// The file that holds a tile: `tiles/<L>/<N>[.p/<W>]`.
std::string BundleTileName(const core::Tile& tile);

class BundleTree {
 public:
  // Of `size` leaves. Both outlive this.
  BundleTree(const BundleFiles& files, Findings& findings, std::uint64_t size)
      : files_(files), findings_(findings), size_(size) {}

  // Names tiles that are missing, too many, of another size, or not those of what is below,
  // and another root than that of the checkpoint. Errors: those of the source.
  absl::Status Check(const core::Checkpoint& checkpoint);

  // What the tiles hold for a leaf; nothing where its tile can't be read.
  absl::StatusOr<std::optional<Digest>> Leaf(std::uint64_t position);

  // Of the tree when it had that many leaves, after a Check that found nothing.
  absl::StatusOr<Digest> RootAt(std::uint64_t size);

 private:
  absl::StatusOr<const std::vector<Digest>*> Read(const core::Tile& tile);
  absl::StatusOr<Digest> Node(int level, std::uint64_t index);
  core::Tile TileAt(int level, std::uint64_t index) const;

  const BundleFiles& files_;
  Findings& findings_;
  const std::uint64_t size_;
  struct Held {
    std::uint64_t index = 0;
    std::vector<Digest> hashes;
  };
  std::map<int, Held> held_;  // One tile of each level.
};

}  // namespace candor::verify
