// Against the twelve leaves of leaf_chain_tree.json.
#include "tests/testing/vectors.h"

#include "services/core/leaf/leaf.h"

namespace candor::core {
namespace {

using testing::Vector;

class LeafVectors : public testing::WithVectors {};

TEST_F(LeafVectors, AreReadAndWrittenToTheSameBytes) {
  const Vector leaves = testing::ReadVectors("format/leaf_chain_tree.json")["leaves"];
  for (const Vector& v : leaves) {
    const auto bytes = v["leaf"].get<std::string>();
    ASSERT_EQ(bytes.size(), v["bytes"].get<std::size_t>());

    const absl::StatusOr<Leaf> leaf = ParseLeaf(bytes);

    ASSERT_TRUE(leaf.ok()) << leaf.status();
    EXPECT_EQ(EncodeLeaf(*leaf).value(), bytes);
    EXPECT_EQ(UnfinishedLeaf::Make(*leaf)->Finish(leaf->time, leaf->marks), bytes);
  }
  EXPECT_EQ(leaves.size(), 12U);
}

// The gap follows from the leaf with the next seq, the anchor from the last leaf it covers.
TEST_F(LeafVectors, CarryTheRequestsThatFollowFromOtherLeaves) {
  const Vector leaves = testing::ReadVectors("format/leaf_chain_tree.json")["leaves"];
  const auto leaf_at = [&](std::size_t position) {
    return ParseLeaf(leaves[position]["leaf"].get<std::string>()).value();
  };

  EXPECT_EQ(leaf_at(5).request, DerivedRequest("gap", leaf_at(4).id));
  EXPECT_EQ(leaf_at(10).request, DerivedRequest("anchor", leaf_at(9).id));
}

}  // namespace
}  // namespace candor::core
