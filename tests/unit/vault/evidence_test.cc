#include "services/vault/evidence.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/crypto/random.h"

namespace candor::vault {
namespace {

// Keys of a tenant that no database holds.
class EvidenceOfAnErasure : public ::testing::Test {
 protected:
  EvidenceOfAnErasure() {
    std::string name = ::testing::TempDir() + "/candor-evidence.XXXXXX";
    folder_ = mkdtemp(name.data());
    const auto keys = OperatorKeys::Load(folder_, true);
    const Uuid tenant = crypto::NewId(clock_.Now());
    ring_ = *Keyring::Open(*keys, tenant, *MakeTenantKeys(*keys, tenant), clock_);
  }
  ~EvidenceOfAnErasure() override { std::filesystem::remove_all(folder_); }

  store::ErasedLeaf Erased(std::uint64_t position, const std::vector<std::string>& sections) {
    return {.erasure = 9, .position = position, .leaf_id = crypto::NewId(clock_.Now()),
            .evidence = ring_->SealEvidence(kOrigin, position, 9, ToBytes(MakeEvidence(sections)))};
  }

  static constexpr const char* kOrigin = "ledger.example.com/a";
  SystemClock clock_;
  std::string folder_;
  std::unique_ptr<Keyring> ring_;
};

TEST_F(EvidenceOfAnErasure, ProvesEachSectionAgainstCountAndRoot) {
  const store::ErasedLeaf first = Erased(3, {"person", "inputs"}), second = Erased(5, {"output"}), third = Erased(6, {});
  ErasureProofs proofs;
  for (const store::ErasedLeaf* leaf : {&first, &second, &third}) ASSERT_TRUE(proofs.Take(*ring_, kOrigin, *leaf).ok());
  proofs.Finish();

  const core::ErasureFacts facts = proofs.Facts().at(9);
  EXPECT_EQ(facts.items, 3U);
  ASSERT_EQ(proofs.Of(3).size(), 2U);
  for (const ProvedErased& one : proofs.Of(3)) {
    const Digest item = core::ErasureItem(one.k, first.leaf_id.ToText(), one.section);
    EXPECT_TRUE(core::VerifyErased(item, one.proof, facts).ok()) << one.section;
    const Digest other = core::ErasureItem(one.k, second.leaf_id.ToText(), one.section);
    EXPECT_FALSE(core::VerifyErased(other, one.proof, facts).ok()) << "of another leaf";
  }
  ASSERT_EQ(proofs.Of(6).size(), 1U);
  EXPECT_TRUE(proofs.Of(6)[0].section.empty());
  EXPECT_TRUE(proofs.Of(4).empty());
}

TEST_F(EvidenceOfAnErasure, OpensInItsPlaceAloneAndUnaltered) {
  const store::ErasedLeaf leaf = Erased(3, {"person"});
  store::ErasedLeaf moved = leaf, other = leaf, altered = leaf;
  moved.position = 4;
  other.erasure = 10;
  altered.evidence.back() ^= 1;
  for (const store::ErasedLeaf* wrong : {&moved, &other, &altered}) {
    EXPECT_EQ(ReasonOf(ErasureProofs().Take(*ring_, kOrigin, *wrong)), "VERIFICATION_FAILED");
  }
  EXPECT_FALSE(ErasureProofs().Take(*ring_, "ledger.example.com/b", leaf).ok());
}

}  // namespace
}  // namespace candor::vault
