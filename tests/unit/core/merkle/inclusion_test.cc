#include "services/core/merkle/inclusion.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

// Three leaves a, b, c: the smallest tree with a node that has no sibling.
//
//         root
//        /    \          path of a: [b, c]
//      ab      c         path of c: [ab]
//     /  \.
//    a    b
class InclusionOfThree : public testing::Test {
 protected:
  static Digest Leaf(char name) {
    const auto byte = static_cast<std::uint8_t>(name);
    return HashLeaf({&byte, 1});
  }

  const Digest a_ = Leaf('a'), b_ = Leaf('b'), c_ = Leaf('c');
  const Digest ab_ = HashNode(a_, b_);
  const Digest root_ = HashNode(ab_, c_);
};

TEST_F(InclusionOfThree, AcceptsEveryLeafOnItsOwnPath) {
  EXPECT_TRUE(VerifyInclusion(a_, {.leaf_index = 0, .tree_size = 3, .path = {b_, c_}}, root_).ok());
  EXPECT_TRUE(VerifyInclusion(b_, {.leaf_index = 1, .tree_size = 3, .path = {a_, c_}}, root_).ok());
  EXPECT_TRUE(VerifyInclusion(c_, {.leaf_index = 2, .tree_size = 3, .path = {ab_}}, root_).ok());
}

TEST_F(InclusionOfThree, ReportsDataLossWhenAnyBitOfTheLeafIsFlipped) {
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Digest altered = a_;
    altered.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));

    const absl::Status status =
        VerifyInclusion(altered, {.leaf_index = 0, .tree_size = 3, .path = {b_, c_}}, root_);

    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << "bit " << bit;
  }
}

TEST_F(InclusionOfThree, RefusesAPathOfTheWrongLength) {
  const InclusionProof too_short = {.leaf_index = 0, .tree_size = 3, .path = {b_}};
  const InclusionProof too_long = {.leaf_index = 0, .tree_size = 3, .path = {b_, c_, c_}};

  EXPECT_EQ(VerifyInclusion(a_, too_short, root_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyInclusion(a_, too_long, root_).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(InclusionOfThree, RefusesALeafBeyondTheTree) {
  const InclusionProof beyond = {.leaf_index = 3, .tree_size = 3, .path = {b_, c_}};
  const InclusionProof of_nothing = {.leaf_index = 0, .tree_size = 0, .path = {}};

  EXPECT_EQ(VerifyInclusion(a_, beyond, root_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyInclusion(a_, of_nothing, root_).code(), absl::StatusCode::kInvalidArgument);
}

TEST(Inclusion, AcceptsTheNaivePathOfEveryLeafOfEverySmallTree) {
  const std::vector<Digest> leaves = NumberedLeaves(70);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const std::span<const Digest> tree = std::span(leaves).first(size);
    const Digest root = NaiveRoot(tree);
    for (std::size_t i = 0; i < size; ++i) {
      InclusionProof proof = {.leaf_index = i, .tree_size = size, .path = NaivePath(i, tree)};
      ASSERT_TRUE(VerifyInclusion(leaves[i], proof, root).ok()) << i << " of " << size;

      proof.path.push_back(root);
      ASSERT_FALSE(VerifyInclusion(leaves[i], proof, root).ok());
    }
  }
}

TEST(Inclusion, TakesTheLargestTreeThereIs) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::vector<Digest> path(64);

  // The last leaf but one stands under 64 siblings; the last one, alone, under fewer.
  EXPECT_TRUE(RootFromInclusion({}, {.leaf_index = 0, .tree_size = kMost, .path = path}).ok());
  EXPECT_FALSE(
      RootFromInclusion({}, {.leaf_index = kMost - 1, .tree_size = kMost, .path = path}).ok());
}

}  // namespace
}  // namespace candor::core
