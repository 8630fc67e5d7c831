#include "services/verify/follow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/core/tlog/proof.h"
#include "tests/unit/core/merkle/naive_tree.h"
#include "tests/unit/verify/ledger_world.h"

namespace candor::verify {
namespace {

using testing::ElementsAre;

core::Leaf KeyLeaf(std::uint64_t position, const char* change, std::uint8_t key) {
  core::Leaf leaf = PlainLeaf(position);
  leaf.type = "key";
  leaf.facts.Set("change", change).Set("from", position + 1).Set("purpose", "log");
  leaf.facts.Set("vkey", KeyOf(key).ToText());
  return leaf;
}

// Four leaves: 0 with key 1, 1 announces key 2, 2 something else, and what retires key 1
// with its last word, signed by `signer` over the first `size` leaves.
struct Rotation {
  std::vector<core::Leaf> leaves;
  std::vector<KeyChange> changes;
  std::vector<Digest> hashes;

  Rotation() : leaves{LeafAt(0), KeyLeaf(1, "announced", 2), PlainLeaf(2)} {
    for (const core::Leaf& leaf : leaves) Hash(leaf);
  }

  void Hash(const core::Leaf& leaf) {
    const std::string bytes = core::EncodeLeaf(leaf).value();
    const std::uint64_t position = hashes.size();
    hashes.push_back(core::HashLeaf(AsBytes(bytes)));
    absl::StatusOr<Facts> facts = ReadFacts(leaf, position);
    if (leaf.type != "key" && leaf.type != "ledger") return;
    for (KeyChange& change : facts->keys) {
      change.leaf_hash = hashes.back();
      changes.push_back(std::move(change));
    }
  }

  void Retire(std::uint8_t signer = 1, const char* reason = "rotated", std::uint64_t size = 3,
              std::uint64_t index = 1) {
    const auto tree = std::span(hashes).first(size);
    const std::string note = core::SignNote(
        core::CheckpointText({.origin = kOrigin, .size = size, .root = core::NaiveRoot(tree)}),
        KeyOf(signer), SignerOf(signer));
    core::Leaf leaf = KeyLeaf(hashes.size(), "retired", 1);
    leaf.facts.Set("reason", reason);
    leaf.facts.Set("handover", core::ProofText(index, core::NaivePath(index, tree), note));
    Hash(leaf);
  }

  std::vector<std::string> From(std::uint8_t key) const {
    std::vector<std::string> texts;
    for (const core::VerifierKey& one : FollowKeys({KeyOf(key)}, changes)) texts.push_back(one.ToText());
    return texts;
  }
};

std::string Text(std::uint8_t key) {
  return KeyOf(key).ToText();
}

TEST(FollowKeys, GoesFromARetiredKeyToTheOneItVouchedFor) {
  Rotation rotation;
  rotation.Retire();

  EXPECT_THAT(rotation.From(1), ElementsAre(Text(1), Text(2)));
  EXPECT_THAT(rotation.From(2), ElementsAre(Text(2)));
}

TEST(FollowKeys, GoesNowhereWithoutTheOldKeysSignature) {
  Rotation rotation;
  rotation.Retire(/*signer=*/2);

  EXPECT_THAT(rotation.From(1), ElementsAre(Text(1)));
}

TEST(FollowKeys, GoesNowhereFromAKeyThatIsInForeignHands) {
  Rotation rotation;
  rotation.Retire(/*signer=*/1, "compromised");

  EXPECT_THAT(rotation.From(1), ElementsAre(Text(1)));
}

TEST(FollowKeys, TakesNoReceiptOfAnotherLeafForTheAnnouncement) {
  Rotation rotation;
  rotation.Retire(/*signer=*/1, "rotated", /*size=*/3, /*index=*/2);
  EXPECT_THAT(rotation.From(1), ElementsAre(Text(1)));

  Rotation altered;
  altered.Retire();
  for (KeyChange& change : altered.changes) {
    if (change.position == 1) change.key = KeyOf(3), change.leaf_hash.bytes[0] ^= 1;
  }
  EXPECT_THAT(altered.From(1), ElementsAre(Text(1)));
}

}  // namespace
}  // namespace candor::verify
