#include "services/core/merkle/tree_hash.h"

#include <gtest/gtest.h>

#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

// Certificate Transparency's test values, for RFC 6962, section 2.1.
TEST(TreeHash, GivesTheKnownHashes) {
  EXPECT_EQ(EmptyRoot().ToHex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HashLeaf({}).ToHex(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(HashLeaf(AsBytes("L123456")).ToHex(),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

// The same project's reference tree of eight leaves.
TEST(TreeHash, GivesTheRootsOfTheReferenceTree) {
  constexpr std::string_view kLeaves[] = {"",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f"};
  constexpr std::string_view kRoots[] = {"6e340b9c", "fac54203", "aeb6bcfe", "d37ee418",
                                         "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"};
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < 8; ++i) {
    leaves.push_back(HashLeaf(FromHex(kLeaves[i]).value()));

    EXPECT_EQ(NaiveRoot(leaves).ToHex().substr(0, 8), kRoots[i]);
  }
  EXPECT_EQ(NaiveRoot(leaves).ToHex(),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(TreeHash, KeepsLeavesAndNodesApart) {
  const Digest left = HashLeaf(AsBytes("l"));
  const Digest right = HashLeaf(AsBytes("r"));
  Bytes joined(left.bytes.begin(), left.bytes.end());
  joined.insert(joined.end(), right.bytes.begin(), right.bytes.end());

  EXPECT_NE(HashNode(left, right), HashLeaf(joined));
  EXPECT_NE(HashNode(left, right), HashNode(right, left));
}

}  // namespace
}  // namespace candor::core
