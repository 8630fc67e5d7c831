// Full tiles as they are stored, against the hashes that they should hold.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "services/base/digest.h"
#include "services/verify/finding.h"
#include "services/verify/row.h"

namespace candor::verify {

struct StoredTile {
  std::vector<Digest> hashes;  // 256, or none if the column has another length.
  std::optional<Digest> root;
};

// The tiles of one level.
class StoredTiles {
 public:
  // What is wrong with the row by itself, or that it stands twice, is a finding.
  void Add(const TileRow& row, Findings& findings);

  const StoredTile* Find(std::uint64_t index) const;

  // Names the tiles from `first` to before `end` that are missing, and those beyond.
  void CheckAllThere(int level, std::uint64_t first, std::uint64_t end, Findings& findings) const;

 private:
  std::map<std::uint64_t, StoredTile> tiles_;
};

// What one level hands to the next: the root of each full tile, over the hashes as the
// leaves below make them, and as the tile recorded them, if that is another. Where they
// differ a row below was altered, which is named there; the level above may agree with
// either.
struct TileRoots {
  Digest computed{};
  std::optional<Digest> recorded{};
};

// Checks one tile of a level above 0 against the roots of the 256 tiles below it.
// `stored` may be nullptr.
TileRoots CheckUpperTile(int level, std::uint64_t index, std::span<const TileRoots> below,
                         const StoredTile* stored, Findings& findings);

// The same for level 0, but for its hashes, which are checked row by row.
TileRoots CheckLeafTile(std::uint64_t index, std::span<const Digest> leaf_hashes,
                        const StoredTile* stored, Findings& findings);

}  // namespace candor::verify
