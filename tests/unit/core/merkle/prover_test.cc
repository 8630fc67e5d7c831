#include "services/core/merkle/prover.h"

#include <gtest/gtest.h>

#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

// Answers out of the leaves themselves.
class NodesOfNumberedLeaves {
 public:
  explicit NodesOfNumberedLeaves(std::size_t count) : leaves_(NumberedLeaves(count)) {}

  absl::StatusOr<Digest> operator()(int level, std::uint64_t index) const {
    const std::size_t width = std::size_t{1} << level;
    EXPECT_LE((index + 1) * width, leaves_.size()) << "not a full subtree";
    return NaiveRoot(std::span(leaves_).subspan(index * width, width));
  }

  std::span<const Digest> leaves() const { return leaves_; }

 private:
  std::vector<Digest> leaves_;
};

TEST(Prover, ProvesEveryLeafOfEverySmallTree) {
  const NodesOfNumberedLeaves nodes(40);
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::span<const Digest> tree = nodes.leaves().first(size);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(ProveInclusion(i, size, nodes).value(), NaivePath(i, tree)) << i << ' ' << size;
    }
    ASSERT_EQ(RootAt(size, nodes).value(), NaiveRoot(tree));
  }
}

TEST(Prover, ProvesConsistencyOfEveryTwoSmallTrees) {
  const NodesOfNumberedLeaves nodes(40);
  for (std::size_t n = 1; n <= 40; ++n) {
    for (std::size_t m = 1; m <= n; ++m) {
      ASSERT_EQ(ProveConsistency(m, n, nodes).value(),
                NaiveSubproof(m, nodes.leaves().first(n), true))
          << m << ' ' << n;
    }
  }
}

TEST(Prover, GivesTheRangeOfEverySize) {
  const NodesOfNumberedLeaves nodes(40);
  CompactRange range;
  for (std::size_t size = 0; size <= 40; ++size) {
    ASSERT_EQ(RangeAt(size, nodes).value(), range);
    if (size < 40) range.Append(nodes.leaves()[size]);
  }
  EXPECT_EQ(RootAt(0, nodes).value(), EmptyRoot());
}

TEST(Prover, AsksForFewNodesOfALargeTree) {
  constexpr std::uint64_t kSize = (std::uint64_t{1} << 40) - 1;
  int asked = 0;
  const auto node = [&](int, std::uint64_t) -> absl::StatusOr<Digest> {
    ++asked;
    return Digest();
  };

  ASSERT_TRUE(ProveInclusion(12'345, kSize, node).ok());
  ASSERT_TRUE(ProveConsistency(12'345, kSize, node).ok());

  EXPECT_LE(asked, 4 * 40);
}

TEST(Prover, RefusesWhatHasNoProof) {
  const NodesOfNumberedLeaves nodes(4);

  EXPECT_FALSE(ProveInclusion(4, 4, nodes).ok());
  EXPECT_FALSE(ProveConsistency(0, 4, nodes).ok());
  EXPECT_FALSE(ProveConsistency(4, 3, nodes).ok());
}

TEST(Prover, PassesTheErrorOfTheNodesOn) {
  const auto away = [](int, std::uint64_t) -> absl::StatusOr<Digest> {
    return absl::UnavailableError("away");
  };

  EXPECT_EQ(ProveInclusion(1, 4, away).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ProveConsistency(1, 4, away).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(RootAt(4, away).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(RangeAt(4, away).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace candor::core
