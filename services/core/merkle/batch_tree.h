// The tree after a batch, with the inclusion proof of every new leaf, out of the old
// compact range and the new leaf hashes alone: every sibling to the left of the batch is
// the root of a maximal full subtree of the old tree.
//
// Immutable once made; any thread may read.
// Source: RFC 9162, section 2.1.3; ledger format, section 5.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "services/base/digest.h"
#include "services/core/merkle/compact_range.h"

namespace candor::core {

class BatchTree {
 public:
  // Costs about one node hash a leaf.
  BatchTree(const CompactRange& before, std::span<const Digest> new_leaf_hashes);

  std::uint64_t size_before() const { return size_before_; }
  const CompactRange& after() const { return after_; }
  const Digest& root() const { return root_; }

  // The path of a new leaf under root(), leaf side first; hashes nothing.
  // `leaf_index` must be in [size_before(), after().size()), else this aborts.
  std::vector<Digest> ProofOf(std::uint64_t leaf_index) const;

  // The root of the full subtree of 2^level leaves at that index, or nullptr. Known are
  // those that this batch completed, and of the older ones the maximal of the old tree.
  const Digest* Node(int level, std::uint64_t index) const;

 private:
  struct Level {
    std::uint64_t first = 0;  // Index of hashes[0] within the level.
    std::vector<Digest> hashes;
  };

  void MakeLevels(const CompactRange& before, std::span<const Digest> new_leaf_hashes,
                  std::uint64_t size);
  void MakeRests(std::uint64_t size);

  std::uint64_t size_before_ = 0;
  std::vector<Level> levels_;  // Until the level that has no full subtree.
  // rests_[l]: the root over the leaves past the full subtrees of level l, if there are any.
  std::vector<std::optional<Digest>> rests_;
  CompactRange after_;
  Digest root_;
};

}  // namespace candor::core
