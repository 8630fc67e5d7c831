#include "services/verify/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/core/merkle/batch_tree.h"
#include "services/core/tlog/proof.h"
#include "tests/unit/verify/ledger_world.h"

namespace candor::verify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The receipt of position 3 in a ledger of five.
class ReceiptOfFive : public testing::Test {
 protected:
  static std::string ProofAt(const LedgerWorld& world, std::uint64_t position) {
    std::vector<Digest> hashes;
    for (const StoredEntry& entry : world.entries) {
      hashes.push_back(core::HashLeaf(AsBytes(entry.leaf)));
    }
    return core::ProofText(position, core::NaivePath(position, hashes), world.note);
  }

  ReceiptVerdict Verify(std::string_view leaf, std::string_view proof) const {
    return VerifyReceipt(leaf, proof, world_.keys, kOrigin);
  }

  const LedgerWorld world_{5};
  const std::string leaf_ = world_.entries[3].leaf;
  const std::string proof_ = ProofAt(world_, 3);
};

TEST_F(ReceiptOfFive, IsIntact) {
  const ReceiptVerdict verdict = Verify(leaf_, proof_);

  EXPECT_TRUE(verdict.intact);
  EXPECT_THAT(verdict.findings, IsEmpty());
  EXPECT_THAT(verdict.malformed, IsEmpty());
  EXPECT_EQ(verdict.position, 3U);
  EXPECT_EQ(verdict.checkpoint.size, 5U);
  EXPECT_EQ(verdict.leaf, LeafAt(3));
}

TEST_F(ReceiptOfFive, IsNotIntactForEveryFlippedBitOfTheLeaf) {
  for (std::size_t bit = 0; bit < leaf_.size() * 8; ++bit) {
    std::string altered = leaf_;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);

    ASSERT_FALSE(Verify(altered, proof_).intact) << bit;
  }
}

TEST_F(ReceiptOfFive, IsNotIntactForEveryFlippedBitOfTheProof) {
  for (std::size_t bit = 0; bit < proof_.size() * 8; ++bit) {
    std::string altered = proof_;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);

    ASSERT_FALSE(Verify(leaf_, altered).intact) << bit;
  }
}

TEST_F(ReceiptOfFive, NamesWhatIsWrong) {
  EXPECT_THAT(Places(Verify(leaf_, "").findings), ElementsAre("receipt proof"));
  EXPECT_THAT(Places(Verify(world_.entries[2].leaf, proof_).findings),
              ElementsAre("receipt 3 proof"));
  EXPECT_THAT(Places(VerifyReceipt(leaf_, proof_, {}).findings), ElementsAre("receipt checkpoint"));
  EXPECT_THAT(Places(VerifyReceipt(leaf_, proof_, world_.keys, "candor.example/other").findings),
              ElementsAre("receipt checkpoint"));
  EXPECT_TRUE(VerifyReceipt(leaf_, proof_, world_.keys).intact);
}

TEST_F(ReceiptOfFive, TellsMalformedFromIntact) {
  LedgerWorld world(5);
  world.entries[3].leaf += "\n";
  world.Settle();

  const ReceiptVerdict verdict = Verify(world.entries[3].leaf, ProofAt(world, 3));

  EXPECT_TRUE(verdict.intact);
  EXPECT_THAT(Places(verdict.malformed), ElementsAre("receipt leaf"));
}

TEST_F(ReceiptOfFive, OfALeafThatNamesAnotherLedgerIsMalformed) {
  core::Leaf elsewhere = PlainLeaf(1);
  elsewhere.ledger = "candor.example/other";
  const LedgerWorld world(std::vector{elsewhere});

  const ReceiptVerdict verdict = Verify(world.entries[1].leaf, ProofAt(world, 1));

  EXPECT_TRUE(verdict.intact);
  EXPECT_THAT(Places(verdict.malformed), ElementsAre("receipt leaf"));
}

}  // namespace
}  // namespace candor::verify
