#include "services/core/merkle/compact_range.h"

#include <bit>

#include "services/base/check.h"
#include "services/core/merkle/tree_hash.h"

namespace candor::core {

absl::StatusOr<CompactRange> CompactRange::FromParts(std::uint64_t size,
                                                     std::vector<Digest> hashes) {
  if (hashes.size() != static_cast<std::size_t>(std::popcount(size))) {
    return absl::InvalidArgumentError("not one hash for each maximal full subtree");
  }
  CompactRange range;
  range.size_ = size;
  range.hashes_ = std::move(hashes);
  return range;
}

Digest CompactRange::Root() const {
  if (hashes_.empty()) return EmptyRoot();
  Digest root = hashes_.back();
  for (std::size_t i = hashes_.size() - 1; i > 0; --i) root = HashNode(hashes_[i - 1], root);
  return root;
}

void CompactRange::AppendSubtree(int level, const Digest& root) {
  CANDOR_CHECK(level >= 0 && level < 64);
  const std::uint64_t leaves = std::uint64_t{1} << level;
  CANDOR_CHECK(size_ % leaves == 0 && size_ + leaves > size_);
  Digest carried = root;
  for (std::uint64_t bit = leaves; (size_ & bit) != 0; bit <<= 1) {
    carried = HashNode(hashes_.back(), carried);
    hashes_.pop_back();
  }
  hashes_.push_back(carried);
  size_ += leaves;
}

}  // namespace candor::core
