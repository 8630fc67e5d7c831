#include "services/vault/sections.h"

#include <gtest/gtest.h>

#include "services/core/commit/section.h"
#include "services/crypto/random.h"

namespace candor::vault {
namespace {

constexpr const char* kOrigin = "a.example/b";
constexpr const char* kLeaf = "019e7044-a4ec-7056-84d9-0df1fc1c85ed";

FoundKey NewKey() {
  auto key = std::make_shared<DataKey>();
  key->key = crypto::RandomKey();
  return {.key = std::move(key), .fresh = true};
}

core::SectionOf Of(const std::string& name) {
  return {.origin = kOrigin, .leaf_id = kLeaf, .name = name};
}

// Two sections under one key and one between them under another.
class Sealing : public ::testing::Test {
 protected:
  SealedSections Seal() const {
    return SealSections(kOrigin, kLeaf, sections_, {alice_, bob_, alice_});
  }

  const FoundKey alice_ = NewKey(), bob_ = NewKey();
  const std::vector<Section> sections_ = {
      {.name = "person", .bytes = "{\"a\":1}", .owner = {}},
      {.name = "person.2", .bytes = "{\"b\":2}", .owner = {}},
      {.name = "inputs", .bytes = std::string(100000, '7'), .owner = {}}};
};

TEST_F(Sealing, PutsAllSectionsOfOneKeyIntoOneBox) {
  const SealedSections sealed = Seal();

  ASSERT_EQ(sealed.boxes.size(), 2U);
  EXPECT_EQ(sealed.boxes[0].key.key, alice_.key);
  const auto first = SplitBox(sealed.boxes[0].body), second = SplitBox(sealed.boxes[1].body);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ(first->at(0).first, "person");
  EXPECT_EQ(first->at(1).first, "inputs");
  ASSERT_EQ(second->size(), 1U);
  EXPECT_EQ(second->at(0).first, "person.2");
}

TEST_F(Sealing, CommitsToEachSectionInItsOrder) {
  const SealedSections sealed = Seal();

  ASSERT_EQ(sealed.commitments.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(sealed.commitments[i].first, sections_[i].name);
}

TEST_F(Sealing, OpensToWhatWasSealedUnderItsCommitment) {
  const SealedSections sealed = Seal();

  for (const SealedBox& box : sealed.boxes) {
    const auto parts = SplitBox(box.body);
    ASSERT_TRUE(parts.ok()) << parts.status();
    for (const auto& [name, bytes] : *parts) {
      for (std::size_t i = 0; i < 3; ++i) {
        if (sections_[i].name != name) continue;
        const auto opened =
            core::OpenSection(box.key.key->key, Of(name), bytes, sealed.commitments[i].second);
        ASSERT_TRUE(opened.ok()) << opened.status();
        EXPECT_EQ(AsText(opened->bytes), sections_[i].bytes);
      }
    }
  }
}

TEST_F(Sealing, OpensUnderNoOtherKeyLeafOrName) {
  const SealedSections sealed = Seal();
  const BytesView bytes = SplitBox(sealed.boxes[1].body)->at(0).second;

  EXPECT_TRUE(core::OpenSection(bob_.key->key, Of("person.2"), bytes).ok());
  EXPECT_FALSE(core::OpenSection(alice_.key->key, Of("person.2"), bytes).ok());
  EXPECT_FALSE(core::OpenSection(bob_.key->key, Of("person"), bytes).ok());
  EXPECT_FALSE(core::OpenSection(bob_.key->key,
                                 {.origin = kOrigin,
                                  .leaf_id = "019e7044-a4ec-7056-84d9-0df1fc1c85ee",
                                  .name = "person.2"},
                                 bytes)
                   .ok());
}

TEST_F(Sealing, NeverGivesTheSameBytesOrCommitmentTwice) {
  const SealedSections one = Seal(), two = Seal();

  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NE(one.commitments[i].second, two.commitments[i].second);
  EXPECT_NE(one.boxes[1].body, two.boxes[1].body);
}

TEST_F(Sealing, MakesNothingOfNoSections) {
  const SealedSections sealed = SealSections(kOrigin, kLeaf, {}, {});

  EXPECT_TRUE(sealed.boxes.empty());
  EXPECT_TRUE(sealed.commitments.empty());
  EXPECT_TRUE(SplitBox({})->empty());
}

TEST_F(Sealing, TellsABoxThatWasCutAnywhere) {
  const SealedSections sealed =
      SealSections(kOrigin, kLeaf, {sections_[0], sections_[1]}, {alice_, alice_});
  const BytesView body = sealed.boxes[0].body;
  const std::size_t first =
      1 + 6 + 4 + SplitBox(body)->at(0).second.size();  // The end of one is no cut.

  for (std::size_t length = 1; length < body.size(); ++length) {
    const auto parts = SplitBox(body.first(length));
    if (length == first) {
      EXPECT_EQ(parts->size(), 1U);
    } else {
      EXPECT_EQ(parts.status().code(), absl::StatusCode::kDataLoss) << length;
    }
  }
}

}  // namespace
}  // namespace candor::vault
