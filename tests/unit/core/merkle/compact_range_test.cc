#include "services/core/merkle/compact_range.h"

#include <gtest/gtest.h>

#include <bit>

#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

TEST(CompactRange, HasTheRootOfTheNaiveTreeAtEverySize) {
  const std::vector<Digest> leaves = NumberedLeaves(300);
  CompactRange range;
  for (std::size_t size = 0; size < leaves.size(); ++size) {
    ASSERT_EQ(range.size(), size);
    ASSERT_EQ(range.Root(), NaiveRoot(std::span(leaves).first(size)));
    ASSERT_EQ(range.hashes().size(), static_cast<std::size_t>(std::popcount(size)));
    range.Append(leaves[size]);
  }
}

// Seven leaves: 4 + 2 + 1.
TEST(CompactRange, KeepsTheMaximalFullSubtreesLargestFirst) {
  const std::vector<Digest> leaves = NumberedLeaves(7);
  const std::span<const Digest> all = leaves;
  CompactRange range;
  for (const Digest& leaf : leaves) range.Append(leaf);

  EXPECT_EQ(range.hashes(), (std::vector<Digest>{NaiveRoot(all.first(4)),
                                                 NaiveRoot(all.subspan(4, 2)), leaves[6]}));
}

TEST(CompactRange, GoesOnFromItsParts) {
  const std::vector<Digest> leaves = NumberedLeaves(100);
  CompactRange whole;
  for (std::size_t i = 0; i < 77; ++i) whole.Append(leaves[i]);

  CompactRange again = CompactRange::FromParts(77, whole.hashes()).value();
  for (std::size_t i = 77; i < 100; ++i) again.Append(leaves[i]);

  EXPECT_EQ(again.Root(), NaiveRoot(leaves));
}

TEST(CompactRange, TakesWholeSubtrees) {
  const std::vector<Digest> leaves = NumberedLeaves(24);
  const std::span<const Digest> all = leaves;
  CompactRange range;

  range.AppendSubtree(4, NaiveRoot(all.first(16)));
  range.AppendSubtree(2, NaiveRoot(all.subspan(16, 4)));
  range.AppendSubtree(2, NaiveRoot(all.subspan(20, 4)));

  EXPECT_EQ(range.size(), 24U);
  EXPECT_EQ(range.Root(), NaiveRoot(leaves));
}

TEST(CompactRange, RefusesPartsThatDoNotFitTheSize) {
  EXPECT_FALSE(CompactRange::FromParts(0, {Digest()}).ok());
  EXPECT_FALSE(CompactRange::FromParts(3, {Digest()}).ok());
  EXPECT_FALSE(CompactRange::FromParts(4, {Digest(), Digest()}).ok());
  EXPECT_TRUE(CompactRange::FromParts(0, {}).ok());
}

TEST(CompactRangeDeathTest, AbortsWhenASubtreeWouldNotBeAligned) {
  CompactRange range;
  range.Append(Digest());

  EXPECT_DEATH(range.AppendSubtree(1, Digest()), "size_ % leaves == 0");
}

}  // namespace
}  // namespace candor::core
