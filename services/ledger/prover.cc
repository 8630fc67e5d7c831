#include "services/ledger/prover.h"

#include <algorithm>

#include "services/core/merkle/prover.h"
#include "services/ledger/open_tiles.h"

namespace candor::ledger {

absl::StatusOr<std::vector<Digest>> Prover::Inclusion(std::uint64_t position) {
  return core::ProveInclusion(position, size_, [this](int level, std::uint64_t index) {
    return FullNode(level, index);
  });
}

absl::StatusOr<std::vector<Digest>> Prover::Consistency(std::uint64_t old_size) {
  return core::ProveConsistency(old_size, size_, [this](int level, std::uint64_t index) {
    return FullNode(level, index);
  });
}

absl::StatusOr<Digest> Prover::Root() {
  return core::RootAt(size_, [this](int level, std::uint64_t index) { return FullNode(level, index); });
}

absl::StatusOr<std::vector<Digest>> Prover::Tile(int level, std::uint64_t index, int width) {
  CANDOR_ASSIGN_OR_RETURN(const std::vector<Digest>* tile, Load(level, index));
  if (static_cast<std::size_t>(width) > tile->size()) {
    return Because(absl::NotFoundError("the tile is not that wide yet"), "NOT_FOUND");
  }
  return std::vector<Digest>(tile->begin(), tile->begin() + width);
}

absl::StatusOr<Digest> Prover::FullNode(int level, std::uint64_t index) {
  const int within = level % 8;
  const std::uint64_t first = index << within;
  const std::size_t count = std::size_t{1} << within;
  CANDOR_ASSIGN_OR_RETURN(const std::vector<Digest>* tile, Load(level / 8, first / 256));
  const std::size_t at = first % 256;
  if (at + count > tile->size()) {
    return Because(absl::DataLossError("a tile is narrower than the ledger's size"), "VERIFICATION_FAILED");
  }
  return RootOfPowerOfTwo(std::vector<Digest>(tile->begin() + static_cast<std::ptrdiff_t>(at),
                                              tile->begin() + static_cast<std::ptrdiff_t>(at + count)));
}

absl::StatusOr<const std::vector<Digest>*> Prover::Load(int level, std::uint64_t index) {
  const auto known = tiles_.find({level, index});
  if (known != tiles_.end()) return &known->second;
  const std::uint64_t entries = level >= 8 ? 0 : size_ >> (8 * level);
  const std::uint64_t first = index * 256, end = std::min(first + 256, entries);
  if (index > entries / 256 || first >= end) {
    return Because(absl::NotFoundError("no such tile"), "NOT_FOUND");
  }
  absl::StatusOr<std::vector<Digest>> hashes =
      end - first == 256 ? store::FullTile(connection_, tenant_, level, index)
      : level == 0       ? store::LeafHashes(connection_, tenant_, first, end)
                         : store::TileRoots(connection_, tenant_, level - 1, first, end);
  CANDOR_RETURN_IF_ERROR(hashes.status());
  if (hashes->size() != end - first) {
    return Because(absl::DataLossError("rows of a tile are missing"), "VERIFICATION_FAILED");
  }
  return &tiles_.emplace(std::make_pair(level, index), *std::move(hashes)).first->second;
}

}  // namespace candor::ledger
