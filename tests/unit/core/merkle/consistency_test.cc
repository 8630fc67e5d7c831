#include "services/core/merkle/consistency.h"

#include <gtest/gtest.h>

#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

TEST(Consistency, AcceptsTheNaivePathBetweenEveryTwoSmallTrees) {
  const std::vector<Digest> leaves = NumberedLeaves(40);
  for (std::size_t n = 1; n <= leaves.size(); ++n) {
    const std::span<const Digest> tree = std::span(leaves).first(n);
    for (std::size_t m = 1; m <= n; ++m) {
      ConsistencyProof proof = {.old_size = m, .new_size = n, .path = NaiveSubproof(m, tree, true)};
      const RootPair roots = {.old_root = NaiveRoot(tree.first(m)), .new_root = NaiveRoot(tree)};
      ASSERT_TRUE(VerifyConsistency(proof, roots).ok()) << m << " to " << n;

      proof.path.push_back(Digest());
      ASSERT_EQ(VerifyConsistency(proof, roots).code(), absl::StatusCode::kInvalidArgument);
    }
  }
}

// From 3 leaves to 7: the smallest proof in which both roots are recomputed.
class ConsistencyOfThreeAndSeven : public testing::Test {
 protected:
  const std::vector<Digest> leaves_ = NumberedLeaves(7);
  const ConsistencyProof proof_ = {
      .old_size = 3, .new_size = 7, .path = NaiveSubproof(3, leaves_, true)};
  const RootPair roots_ = {.old_root = NaiveRoot(std::span(leaves_).first(3)),
                           .new_root = NaiveRoot(leaves_)};
};

TEST_F(ConsistencyOfThreeAndSeven, ReportsDataLossForEveryFlippedByteOfTheProof) {
  for (std::size_t i = 0; i < proof_.path.size(); ++i) {
    for (std::size_t byte = 0; byte < 32; ++byte) {
      ConsistencyProof altered = proof_;
      altered.path[i].bytes[byte] ^= 0x80;

      ASSERT_EQ(VerifyConsistency(altered, roots_).code(), absl::StatusCode::kDataLoss);
    }
  }
}

TEST_F(ConsistencyOfThreeAndSeven, ReportsDataLossForAnotherRoot) {
  const RootPair old_altered = {.old_root = Digest(), .new_root = roots_.new_root};
  const RootPair new_altered = {.old_root = roots_.old_root, .new_root = Digest()};

  EXPECT_EQ(VerifyConsistency(proof_, old_altered).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(VerifyConsistency(proof_, new_altered).code(), absl::StatusCode::kDataLoss);
}

TEST_F(ConsistencyOfThreeAndSeven, RefusesEveryOtherLength) {
  for (std::size_t length = 0; length < proof_.path.size(); ++length) {
    ConsistencyProof cut = proof_;
    cut.path.resize(length);

    EXPECT_EQ(VerifyConsistency(cut, roots_).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(ConsistencyOfThreeAndSeven, RefusesSizesOutOfOrder) {
  const ConsistencyProof from_nothing = {.old_size = 0, .new_size = 7, .path = {}};
  const ConsistencyProof backwards = {.old_size = 7, .new_size = 3, .path = proof_.path};

  EXPECT_EQ(VerifyConsistency(from_nothing, roots_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyConsistency(backwards, roots_).code(), absl::StatusCode::kInvalidArgument);
}

TEST(Consistency, AtEqualSizesOnlyComparesTheRoots) {
  const ConsistencyProof same = {.old_size = 5, .new_size = 5, .path = {}};
  const Digest root = HashLeaf({});

  EXPECT_TRUE(VerifyConsistency(same, {.old_root = root, .new_root = root}).ok());
  EXPECT_EQ(VerifyConsistency(same, {.old_root = root, .new_root = Digest()}).code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace candor::core
