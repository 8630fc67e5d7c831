#include "services/core/merkle/batch_tree.h"

#include <bit>

#include "services/base/check.h"
#include "services/core/merkle/tree_hash.h"

namespace candor::core {
namespace {

// The maximal full subtree of `level`, if the size has that bit; largest first in `range`.
const Digest* MaximalOf(const CompactRange& range, int level) {
  if ((range.size() >> level & 1) == 0) return nullptr;
  const int larger = std::popcount(range.size() >> level >> 1);
  return &range.hashes()[static_cast<std::size_t>(larger)];
}

}  // namespace

BatchTree::BatchTree(const CompactRange& before, std::span<const Digest> new_leaf_hashes)
    : size_before_(before.size()) {
  const std::uint64_t size = before.size() + new_leaf_hashes.size();
  CANDOR_CHECK(size >= before.size());
  MakeLevels(before, new_leaf_hashes, size);
  MakeRests(size);

  std::vector<Digest> maximal;
  for (int level = static_cast<int>(levels_.size()) - 1; level >= 0; --level) {
    if ((size >> level & 1) != 0)
      maximal.push_back(levels_[static_cast<std::size_t>(level)].hashes.back());
  }
  after_ = *CompactRange::FromParts(size, std::move(maximal));
  root_ = size == 0 ? EmptyRoot() : rests_.back().value();
}

// Each level begins with the maximal full subtree of the old tree, if there is one: it is
// the left sibling of the first new node.
void BatchTree::MakeLevels(const CompactRange& before, std::span<const Digest> new_leaf_hashes,
                           std::uint64_t size) {
  for (int level = 0; level < 64 && size >> level > 0; ++level) {
    Level next;
    const Digest* old = MaximalOf(before, level);
    next.first = (before.size() >> level) - (old != nullptr ? 1 : 0);
    next.hashes.reserve((size >> level) - next.first);
    if (old != nullptr) next.hashes.push_back(*old);
    if (level == 0) {
      next.hashes.insert(next.hashes.end(), new_leaf_hashes.begin(), new_leaf_hashes.end());
    } else {
      const Level& below = levels_.back();
      for (std::uint64_t i = before.size() >> level; i < size >> level; ++i) {
        const Digest* pair = &below.hashes[2 * i - below.first];
        next.hashes.push_back(HashNode(pair[0], pair[1]));
      }
    }
    levels_.push_back(std::move(next));
  }
}

// From the lowest level up: what is right of the full subtrees grows by the last full one
// whenever that has no sibling.
void BatchTree::MakeRests(std::uint64_t size) {
  rests_.emplace_back();
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    std::optional<Digest> rest = rests_.back();
    if ((size >> level & 1) != 0) {
      const Digest& last = levels_[level].hashes.back();
      rest = rest ? HashNode(last, *rest) : last;
    }
    rests_.push_back(rest);
  }
}

const Digest* BatchTree::Node(int level, std::uint64_t index) const {
  if (level < 0 || static_cast<std::size_t>(level) >= levels_.size()) return nullptr;
  const Level& nodes = levels_[static_cast<std::size_t>(level)];
  if (index < nodes.first || index - nodes.first >= nodes.hashes.size()) return nullptr;
  return &nodes.hashes[index - nodes.first];
}

std::vector<Digest> BatchTree::ProofOf(std::uint64_t leaf_index) const {
  const std::uint64_t size = after_.size();
  CANDOR_CHECK(leaf_index >= size_before_ && leaf_index < size);
  std::vector<Digest> path;
  path.reserve(levels_.size());
  for (int level = 0; level < 64 && (size - 1) >> level > 0; ++level) {
    const std::uint64_t sibling = (leaf_index >> level) ^ 1;
    if (const Digest* full = Node(level, sibling)) {
      path.push_back(*full);
    } else if (sibling == size >> level && rests_[static_cast<std::size_t>(level)]) {
      path.push_back(*rests_[static_cast<std::size_t>(level)]);
    } else {
      CANDOR_CHECK(sibling >= size >> level);  // There is nothing to the right.
    }
  }
  return path;
}

}  // namespace candor::core
