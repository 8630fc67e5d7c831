// Tiles: how the hashes of a tree, and its entries, are cut into files of 256.
//
// Pure functions over values; any thread may call.
// Source: C2SP tlog-tiles v0.1.0; ledger format, section 6. Frozen by tiles.json.
//
// Hash i of tile n at level l is the root over the leaves from (256n + i) * 256^l on, 256^l
// of them. So a level above 0 holds the roots of the full tiles below it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::core {

inline constexpr int kTileHeight = 8;   // Levels of the tree in one tile.
inline constexpr int kTileWidth = 256;  // Hashes in a full tile.
inline constexpr int kMaxTileLevel = 63;
inline constexpr int kEntries = -1;  // The level of a bundle of entries.
inline constexpr std::uint64_t kMaxTileIndex = (std::uint64_t{1} << 56) - 1;

struct Tile {
  int level = 0;  // From 0 to 63, or kEntries.
  std::uint64_t index = 0;
  int width = kTileWidth;  // From 1 to 256; below 256 it is partial.

  auto operator<=>(const Tile&) const = default;
};

// `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`; and back, nothing for any other
// text. `tile` must be in the ranges above, else TilePath aborts.
std::string TilePath(const Tile& tile);
std::optional<Tile> ParseTilePath(std::string_view path);

// How many hashes the tile has when the tree has `size` leaves: 0 to 256.
int TileWidthAt(int level, std::uint64_t index, std::uint64_t size);

// All hash tiles of a tree of `size` leaves, by level and index, partial ones included.
std::vector<Tile> TilesAt(std::uint64_t size);

// The full hash tiles of a tree of `size_after` leaves that one of `size_before` has not.
std::vector<Tile> TilesFilled(std::uint64_t size_before, std::uint64_t size_after);

// The root over the hashes of a full tile: the hash that stands for it one level up.
// Costs 255 node hashes. `hashes` must be 256, else this aborts.
Digest TileRoot(std::span<const Digest> hashes);

// A bundle of entries: for each its length in two bytes, then its bytes.
inline constexpr std::size_t kMaxEntryBytes = 65'535;

// `entry` must be at most kMaxEntryBytes, else this aborts.
void AppendBundleEntry(std::string_view entry, std::string& bundle);

// The entries, as views into `bundle`, which must outlive them.
//
// Errors: kInvalidArgument unless there are exactly `width` entries and nothing after.
absl::StatusOr<std::vector<std::string_view>> ParseBundle(std::string_view bundle, int width);

}  // namespace candor::core
