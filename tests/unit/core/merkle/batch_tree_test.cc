#include "services/core/merkle/batch_tree.h"

#include <gtest/gtest.h>

#include "services/core/merkle/inclusion.h"
#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

CompactRange RangeOf(std::span<const Digest> leaves) {
  CompactRange range;
  for (const Digest& leaf : leaves) range.Append(leaf);
  return range;
}

TEST(BatchTree, ProvesEveryNewLeafOfEverySmallBatchAfterEverySmallTree) {
  const std::vector<Digest> leaves = NumberedLeaves(40);
  for (std::size_t before = 0; before <= leaves.size(); ++before) {
    for (std::size_t after = before; after <= leaves.size(); ++after) {
      const std::span<const Digest> all = std::span(leaves).first(after);
      const BatchTree tree(RangeOf(all.first(before)), all.subspan(before));

      ASSERT_EQ(tree.root(), NaiveRoot(all)) << before << ' ' << after;
      ASSERT_EQ(tree.after(), RangeOf(all)) << before << ' ' << after;
      for (std::size_t i = before; i < after; ++i) {
        ASSERT_EQ(tree.ProofOf(i), NaivePath(i, all)) << before << ' ' << after << ' ' << i;
      }
    }
  }
}

TEST(BatchTree, ProvesTheLeavesOfAThousandAcrossTwoTiles) {
  const std::vector<Digest> leaves = NumberedLeaves(1'300);
  const std::span<const Digest> all = leaves;

  const BatchTree tree(RangeOf(all.first(300)), all.subspan(300));

  EXPECT_EQ(tree.root(), NaiveRoot(all));
  for (std::size_t i = 300; i < leaves.size(); ++i) {
    const InclusionProof proof = {.leaf_index = i, .tree_size = 1'300, .path = tree.ProofOf(i)};

    ASSERT_TRUE(VerifyInclusion(leaves[i], proof, tree.root()).ok()) << i;
  }
}

// 5 leaves, then 7: the batch completes the subtree of 8 and that of 4 after it.
TEST(BatchTree, KnowsTheFullSubtreesThatTheBatchCompleted) {
  const std::vector<Digest> leaves = NumberedLeaves(12);
  const std::span<const Digest> all = leaves;

  const BatchTree tree(RangeOf(all.first(5)), all.subspan(5));

  ASSERT_NE(tree.Node(3, 0), nullptr);
  EXPECT_EQ(*tree.Node(3, 0), NaiveRoot(all.first(8)));
  ASSERT_NE(tree.Node(2, 2), nullptr);
  EXPECT_EQ(*tree.Node(2, 2), NaiveRoot(all.subspan(8, 4)));
  ASSERT_NE(tree.Node(0, 5), nullptr);
  EXPECT_EQ(*tree.Node(0, 5), leaves[5]);
  EXPECT_EQ(tree.Node(0, 3), nullptr);
  EXPECT_EQ(tree.Node(3, 1), nullptr);
  EXPECT_EQ(tree.Node(4, 0), nullptr);
  EXPECT_EQ(tree.Node(-1, 0), nullptr);
}

TEST(BatchTree, OfNothingAfterNothingIsEmpty) {
  const BatchTree tree(CompactRange(), {});

  EXPECT_EQ(tree.root(), EmptyRoot());
  EXPECT_EQ(tree.after().size(), 0U);
}

TEST(BatchTreeDeathTest, AbortsForALeafThatIsNotNew) {
  const std::vector<Digest> leaves = NumberedLeaves(4);
  const BatchTree tree(RangeOf(std::span(leaves).first(3)), std::span(leaves).subspan(3));

  EXPECT_DEATH(tree.ProofOf(2), "leaf_index >= size_before_");
  EXPECT_DEATH(tree.ProofOf(4), "leaf_index < size");
}

}  // namespace
}  // namespace candor::core
