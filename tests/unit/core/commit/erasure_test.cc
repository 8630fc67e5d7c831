#include "services/core/commit/erasure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "services/crypto/sha256.h"
#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

// Items that are in no order.
std::vector<Digest> Items(std::size_t count) {
  std::vector<Digest> items;
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back(ErasureItem(Digest(), "leaf", std::to_string(i)));
  }
  return items;
}

TEST(ErasureItem, IsTheHmacOfThePaper) {
  const Digest k = *Digest::FromBytes(Bytes(32, 0x44));

  EXPECT_EQ(
      ErasureItem(k, "019e7044-8800-7151-acbd-911f8f27afe5", "inputs"),
      crypto::HmacSha256(k.view(), {AsBytes("019e7044-8800-7151-acbd-911f8f27afe5\ninputs")}));
}

TEST(ErasureTree, IsTheTreeOverTheSortedItems) {
  for (std::size_t count = 0; count < 20; ++count) {
    std::vector<Digest> sorted = Items(count);
    std::sort(sorted.begin(), sorted.end());
    std::vector<Digest> hashes;
    for (const Digest& item : sorted) hashes.push_back(HashLeaf(item.view()));

    const ErasureTree tree(Items(count));

    EXPECT_EQ(tree.items(), sorted);
    EXPECT_EQ(tree.root(), NaiveRoot(hashes));
    for (std::size_t i = 0; i < count; ++i) {
      const ErasureProof proof = tree.ProofOf(sorted[i]).value();
      EXPECT_EQ(proof.index, i);
      EXPECT_EQ(proof.path, NaivePath(i, hashes));
    }
  }
}

TEST(ErasureTree, ProvesItsItemsAndNoOthers) {
  const ErasureTree tree(Items(5));
  const ErasureFacts facts = {.items = 5, .root = tree.root()};
  const Digest item = tree.items()[3];
  const ErasureProof proof = tree.ProofOf(item).value();

  EXPECT_TRUE(VerifyErased(item, proof, facts).ok());
  EXPECT_EQ(VerifyErased(tree.items()[2], proof, facts).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(VerifyErased(item, proof, {.items = 3, .root = facts.root}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(tree.ProofOf(Digest()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace candor::core
