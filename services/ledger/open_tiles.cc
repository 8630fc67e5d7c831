#include "services/ledger/open_tiles.h"

#include "services/base/status.h"
#include "services/core/merkle/tree_hash.h"

namespace candor::ledger {

Digest RootOfPowerOfTwo(std::vector<Digest> hashes) {
  while (hashes.size() > 1) {
    for (std::size_t i = 0; i < hashes.size() / 2; ++i) {
      hashes[i] = core::HashNode(hashes[2 * i], hashes[2 * i + 1]);
    }
    hashes.resize(hashes.size() / 2);
  }
  return hashes.front();
}

absl::StatusOr<OpenTiles> OpenTiles::Read(store::LedgerTransaction& ledger, std::uint64_t size) {
  OpenTiles tiles;
  tiles.size_ = size;
  std::uint64_t count = size;  // Entries at this level.
  for (int level = 0; count > 0; ++level, count /= 256) {
    const std::uint64_t first = count / 256 * 256;
    absl::StatusOr<std::vector<Digest>> hashes = std::vector<Digest>();
    if (first < count) {
      hashes = level == 0 ? ledger.LeafHashes(first, count)
                          : ledger.TileRoots(level - 1, first, count);
    }
    CANDOR_RETURN_IF_ERROR(hashes.status());
    if (hashes->size() != count - first) {
      return Because(absl::DataLossError("rows of the open tile are missing"), "VERIFICATION_FAILED");
    }
    tiles.levels_.push_back(*std::move(hashes));
  }
  return tiles;
}

void OpenTiles::Add(const Digest& leaf_hash, std::vector<store::TileRow>& full) {
  ++size_;
  Digest hash = leaf_hash;
  std::uint64_t count = size_;
  for (std::size_t level = 0;; ++level, count /= 256) {
    if (levels_.size() == level) levels_.emplace_back();
    std::vector<Digest>& open = levels_[level];
    open.push_back(hash);
    if (open.size() < 256) return;
    store::TileRow tile{.level = static_cast<int>(level), .index = count / 256 - 1, .hashes = {}, .root = {}};
    for (const Digest& one : open) tile.hashes.append(AsText(one.view()));
    tile.root = hash = RootOfPowerOfTwo(std::move(open));
    open.clear();
    full.push_back(std::move(tile));
  }
}

}  // namespace candor::ledger
