#include "services/core/tlog/tile.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/base/check.h"
#include "services/core/merkle/compact_range.h"
#include "services/core/text/lines.h"

namespace candor::core {
namespace {

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(what);
}

bool IsInRange(const Tile& tile) {
  const bool level = tile.level == kEntries || (tile.level >= 0 && tile.level <= kMaxTileLevel);
  const bool width = tile.width >= 1 && tile.width <= kTileWidth;
  return level && width && tile.index <= kMaxTileIndex;
}

// Groups of three digits, all but the last one marked.
std::string IndexPath(std::uint64_t index) {
  std::string path = absl::StrFormat("%03d", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) {
    path = absl::StrFormat("x%03d/%s", index % 1000, path);
  }
  return path;
}

std::optional<int> ReadSmall(std::string_view text, int most) {
  const std::optional<std::uint64_t> number = ReadNumber(text);
  if (!number || *number > static_cast<std::uint64_t>(most)) return std::nullopt;
  return static_cast<int>(*number);
}

// Reads the digits and passes over what marks the groups: whether all stands where it
// belongs is seen by writing the path again.
std::optional<std::uint64_t> ReadIndex(std::string_view groups) {
  constexpr std::size_t kLongest = 6 * 5 + 3;  // kMaxTileIndex has 17 digits.
  if (groups.size() > kLongest) return std::nullopt;
  std::uint64_t index = 0;
  for (const char c : groups) {
    if (c == 'x' || c == '/') continue;
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + static_cast<std::uint64_t>(c - '0');
    if (index > kMaxTileIndex) return std::nullopt;
  }
  return index;
}

// How many hashes there are at a tile level in a tree of `size` leaves.
std::uint64_t HashesAt(int level, std::uint64_t size) {
  const int shift = kTileHeight * level;
  return shift < 64 ? size >> shift : 0;
}

}  // namespace

std::string TilePath(const Tile& tile) {
  CANDOR_CHECK(IsInRange(tile));
  const std::string level = tile.level == kEntries ? "entries" : absl::StrCat(tile.level);
  std::string path = absl::StrCat("tile/", level, "/", IndexPath(tile.index));
  if (tile.width < kTileWidth) absl::StrAppend(&path, ".p/", tile.width);
  return path;
}

std::optional<Tile> ParseTilePath(std::string_view path) {
  std::string_view rest = path;
  if (!TakePrefix(rest, "tile/")) return std::nullopt;
  Tile tile;
  if (TakePrefix(rest, "entries/")) {
    tile.level = kEntries;
  } else {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::optional<int> level = ReadSmall(rest.substr(0, slash), kMaxTileLevel);
    if (!level) return std::nullopt;
    tile.level = *level;
    rest.remove_prefix(slash + 1);
  }
  if (const std::size_t partial = rest.find(".p/"); partial != std::string_view::npos) {
    const std::optional<int> width = ReadSmall(rest.substr(partial + 3), kTileWidth - 1);
    if (!width || *width < 1) return std::nullopt;
    tile.width = *width;
    rest = rest.substr(0, partial);
  }
  const std::optional<std::uint64_t> index = ReadIndex(rest);
  if (!index) return std::nullopt;
  tile.index = *index;
  if (TilePath(tile) != path) return std::nullopt;
  return tile;
}

int TileWidthAt(int level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = HashesAt(level == kEntries ? 0 : level, size);
  const std::uint64_t full = hashes / kTileWidth;
  if (index < full) return kTileWidth;
  return index == full ? static_cast<int>(hashes % kTileWidth) : 0;
}

std::vector<Tile> TilesAt(std::uint64_t size) {
  std::vector<Tile> tiles;
  for (int level = 0; HashesAt(level, size) > 0; ++level) {
    for (std::uint64_t index = 0; TileWidthAt(level, index, size) > 0; ++index) {
      tiles.push_back({.level = level, .index = index, .width = TileWidthAt(level, index, size)});
    }
  }
  return tiles;
}

std::vector<Tile> TilesFilled(std::uint64_t size_before, std::uint64_t size_after) {
  std::vector<Tile> tiles;
  for (int level = 0; HashesAt(level, size_after) >= kTileWidth; ++level) {
    const std::uint64_t before = HashesAt(level, size_before) / kTileWidth;
    const std::uint64_t after = HashesAt(level, size_after) / kTileWidth;
    for (std::uint64_t index = before; index < after; ++index) {
      tiles.push_back({.level = level, .index = index, .width = kTileWidth});
    }
  }
  return tiles;
}

Digest TileRoot(std::span<const Digest> hashes) {
  CANDOR_CHECK(hashes.size() == kTileWidth);
  CompactRange range;
  for (const Digest& hash : hashes) range.Append(hash);
  return range.Root();
}

void AppendBundleEntry(std::string_view entry, std::string& bundle) {
  CANDOR_CHECK(entry.size() <= kMaxEntryBytes);
  AppendBigEndian16(static_cast<std::uint16_t>(entry.size()), bundle);
  bundle += entry;
}

absl::StatusOr<std::vector<std::string_view>> ParseBundle(std::string_view bundle, int width) {
  std::vector<std::string_view> entries;
  for (int i = 0; i < width; ++i) {
    if (bundle.size() < 2) return Malformed("fewer entries than the bundle is wide");
    const BytesView length = AsBytes(bundle);
    const std::size_t size = static_cast<std::size_t>(length[0]) << 8 | length[1];
    bundle.remove_prefix(2);
    if (bundle.size() < size) return Malformed("an entry is cut short");
    entries.push_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  if (!bundle.empty()) return Malformed("something after the last entry");
  return entries;
}

}  // namespace candor::core
