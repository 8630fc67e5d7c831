#include "services/verify/tiles.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/core/tlog/tile.h"

namespace candor::verify {
namespace {

constexpr std::size_t kWidth = core::kTileWidth;
constexpr std::size_t kHashBytes = 32;

void Add(Findings& findings, int level, std::uint64_t index, const char* column,
         const std::string& what) {
  findings.Add({.table = "tiles",
                .position = index,
                .column = column,
                .what = absl::StrCat("level ", level, ": ", what)});
}

// The column must be the root over the hashes as they are computed, as they were recorded
// (where other than the hashes beside it tell), or as they stand beside it.
TileRoots CheckRoot(int level, std::uint64_t index, std::span<const Digest> computed,
                    std::span<const Digest> recorded, const StoredTile* stored,
                    Findings& findings) {
  const auto differ = [&](std::span<const Digest> hashes) {
    return !hashes.empty() && !std::equal(computed.begin(), computed.end(), hashes.begin());
  };
  TileRoots roots{.computed = core::TileRoot(computed)};
  if (differ(recorded)) roots.recorded = core::TileRoot(recorded);
  if (stored == nullptr || !stored->root) return roots;
  const Digest& column = *stored->root;
  if (column == roots.computed) {
    roots.recorded.reset();
  } else if (differ(stored->hashes) && column == core::TileRoot(stored->hashes)) {
    roots.recorded = column;
  } else if (column != roots.recorded) {
    Add(findings, level, index, "root", "is not the root over the hashes");
  }
  return roots;
}

}  // namespace

void StoredTiles::Add(const TileRow& row, Findings& findings) {
  const auto [at, is_new] = tiles_.try_emplace(row.index);
  if (!is_new) return verify::Add(findings, row.level, row.index, "", "stands twice");
  StoredTile& tile = at->second;
  if (row.hashes.size() == kWidth * kHashBytes) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      tile.hashes.push_back(*Digest::FromBytes(row.hashes.subspan(i * kHashBytes, kHashBytes)));
    }
  } else {
    verify::Add(findings, row.level, row.index, "hashes", "is not 8,192 bytes long");
  }
  tile.root = Digest::FromBytes(row.root);
  if (!tile.root) verify::Add(findings, row.level, row.index, "root", "is not 32 bytes long");
}

const StoredTile* StoredTiles::Find(std::uint64_t index) const {
  const auto at = tiles_.find(index);
  return at != tiles_.end() ? &at->second : nullptr;
}

void StoredTiles::CheckAllThere(int level, std::uint64_t first, std::uint64_t end,
                                Findings& findings) const {
  for (std::uint64_t index = first; index < end; ++index) {
    if (!tiles_.contains(index)) verify::Add(findings, level, index, "", "is missing");
  }
  for (const auto& [index, tile] : tiles_) {
    if (index >= first && index < end) continue;
    verify::Add(findings, level, index, "", "stands where the tree has no full tile");
  }
}

TileRoots CheckUpperTile(int level, std::uint64_t index, std::span<const TileRoots> below,
                         const StoredTile* stored, Findings& findings) {
  std::vector<Digest> computed;
  std::vector<Digest> recorded;
  for (std::size_t i = 0; i < below.size(); ++i) {
    computed.push_back(below[i].computed);
    recorded.push_back(below[i].recorded.value_or(below[i].computed));
    if (stored == nullptr || stored->hashes.empty()) continue;
    const Digest& hash = stored->hashes[i];
    if (hash == computed[i]) recorded[i] = hash;
    if (hash == recorded[i]) continue;
    Add(findings, level, index, "hashes", absl::StrCat("hash ", i, " is not the root of its tile"));
  }
  return CheckRoot(level, index, computed, recorded, stored, findings);
}

TileRoots CheckLeafTile(std::uint64_t index, std::span<const Digest> leaf_hashes,
                        const StoredTile* stored, Findings& findings) {
  const std::span<const Digest> recorded =
      stored != nullptr ? std::span<const Digest>(stored->hashes) : std::span<const Digest>();
  return CheckRoot(0, index, leaf_hashes, recorded, stored, findings);
}

}  // namespace candor::verify
