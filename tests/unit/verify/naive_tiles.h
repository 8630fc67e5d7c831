// The full tiles and the compact range of a tree, by the definition and slowly.
#pragma once

#include <span>
#include <vector>

#include "tests/unit/core/merkle/naive_tree.h"
#include "tests/unit/verify/stored_rows.h"

namespace candor::verify {

inline Bytes Own(const Digest& digest) {
  return {digest.bytes.begin(), digest.bytes.end()};
}

// Appends the tiles over `below`, hashes of `level`, and all above them.
inline void AppendTiles(int level, std::span<const Digest> below,
                        std::vector<StoredTileRow>& tiles) {
  std::vector<Digest> roots;
  for (std::size_t at = 0; at + 256 <= below.size(); at += 256) {
    const auto part = below.subspan(at, 256);
    roots.push_back(core::NaiveRoot(part));
    Bytes joined;
    for (const Digest& hash : part) {
      joined.insert(joined.end(), hash.bytes.begin(), hash.bytes.end());
    }
    tiles.push_back(
        {.level = level, .index = at / 256, .hashes = joined, .root = Own(roots.back())});
  }
  if (!roots.empty()) AppendTiles(level + 1, roots, tiles);
}

// Roots of the maximal full subtrees, largest first, joined.
inline Bytes NaiveRange(std::span<const Digest> leaves) {
  Bytes range;
  for (std::size_t bit = 63; bit < 64; --bit) {
    const std::size_t width = std::size_t{1} << bit;
    if ((leaves.size() & width) == 0) continue;
    const std::size_t first = leaves.size() >> bit >> 1 << bit << 1;
    const Bytes root = Own(core::NaiveRoot(leaves.subspan(first, width)));
    range.insert(range.end(), root.begin(), root.end());
  }
  return range;
}

}  // namespace candor::verify
