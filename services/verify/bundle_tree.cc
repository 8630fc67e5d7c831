#include "services/verify/bundle_tree.h"

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/core/merkle/prover.h"
#include "services/core/merkle/tree_hash.h"

namespace candor::verify {
namespace {

constexpr std::string_view kTilePrefix = "tile/";  // Of C2SP; a bundle says `tiles/`.
constexpr std::size_t kHashBytes = 32;

}  // namespace

std::string BundleTileName(const core::Tile& tile) {
  return absl::StrCat("tiles/", core::TilePath(tile).substr(kTilePrefix.size()));
}

core::Tile BundleTree::TileAt(int level, std::uint64_t index) const {
  return {.level = level, .index = index, .width = core::TileWidthAt(level, index, size_)};
}

absl::StatusOr<const std::vector<Digest>*> BundleTree::Read(const core::Tile& tile) {
  Held& held = held_[tile.level];
  if (!held.hashes.empty() && held.index == tile.index) return &held.hashes;
  held = {.index = tile.index, .hashes = {}};
  CANDOR_ASSIGN_OR_RETURN(const std::string text,
                          files_.Text(BundleTileName(tile), core::kTileWidth * kHashBytes));
  if (text.size() != static_cast<std::size_t>(tile.width) * kHashBytes) return &held.hashes;
  for (std::size_t at = 0; at < text.size(); at += kHashBytes) {
    held.hashes.push_back(*Digest::FromBytes(AsBytes(text).subspan(at, kHashBytes)));
  }
  return &held.hashes;
}

absl::StatusOr<std::optional<Digest>> BundleTree::Leaf(std::uint64_t position) {
  if (position >= size_) return std::nullopt;  // No tile has it.
  CANDOR_ASSIGN_OR_RETURN(const auto* hashes, Read(TileAt(0, position / core::kTileWidth)));
  const std::size_t at = position % core::kTileWidth;
  return at < hashes->size() ? std::optional<Digest>((*hashes)[at]) : std::nullopt;
}

absl::StatusOr<Digest> BundleTree::Node(int level, std::uint64_t index) {
  const int below = level % core::kTileHeight;
  const std::uint64_t first = index << below;
  CANDOR_ASSIGN_OR_RETURN(const auto* hashes, Read(TileAt(level / core::kTileHeight, first / core::kTileWidth)));
  const auto at = static_cast<std::ptrdiff_t>(first % core::kTileWidth);
  const std::ptrdiff_t count = std::ptrdiff_t{1} << below;
  if (at + count > static_cast<std::ptrdiff_t>(hashes->size())) return absl::NotFoundError("a tile is missing");
  std::vector<Digest> nodes(hashes->begin() + at, hashes->begin() + at + count);
  for (; nodes.size() > 1; nodes.resize(nodes.size() / 2)) {
    for (std::size_t i = 0; i < nodes.size() / 2; ++i) nodes[i] = core::HashNode(nodes[2 * i], nodes[2 * i + 1]);
  }
  return nodes[0];
}

absl::StatusOr<Digest> BundleTree::RootAt(std::uint64_t size) {
  return core::RootAt(size, [this](int level, std::uint64_t index) { return Node(level, index); });
}

absl::Status BundleTree::Check(const core::Checkpoint& checkpoint) {
  const std::vector<core::Tile> tiles = core::TilesAt(size_);
  bool whole = true;
  for (const core::Tile& tile : tiles) {
    const std::string name = BundleTileName(tile);
    CANDOR_ASSIGN_OR_RETURN(const auto* hashes, Read(tile));
    if (hashes->empty()) {
      const char* what = files_.Find(name) == nullptr ? "is missing" : "has another size than its tile";
      findings_.Add({.table = name, .what = what});
      whole = false;
      continue;
    }
    if (tile.width < core::kTileWidth) continue;
    const Digest root = core::TileRoot(*hashes);
    CANDOR_ASSIGN_OR_RETURN(const auto* above, Read(TileAt(tile.level + 1, tile.index / core::kTileWidth)));
    const std::size_t at = tile.index % core::kTileWidth;
    if (at < above->size() && (*above)[at] != root) {
      findings_.Add({.table = name, .what = "is not what the tile above it holds"});
    }
  }
  if (files_.Below("tiles/").size() > tiles.size()) {
    findings_.Add({.table = "tiles/", .what = "holds files that are no tiles of this size"});
  }
  if (!whole) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const Digest root, RootAt(size_));
  if (root != checkpoint.root) findings_.Add({.table = "tiles/", .what = "does not lead to the root of the checkpoint"});
  return absl::OkStatus();
}

}  // namespace candor::verify
