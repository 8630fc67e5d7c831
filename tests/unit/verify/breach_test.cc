// What the writer of a ledger did wrong, or says about its own keys: under a good
// signature all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/core/commit/erasure.h"
#include "services/core/commit/section.h"
#include "services/verify/ledger.h"
#include "tests/unit/verify/ledger_world.h"

namespace candor::verify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

core::Leaf KeyLeaf(std::uint64_t position, const char* change, std::uint64_t from,
                   const core::VerifierKey& key) {
  core::Leaf leaf = PlainLeaf(position);
  leaf.type = "key";
  leaf.facts.Set("change", change).Set("from", from).Set("vkey", key.ToText());
  leaf.facts.Set("purpose", "log");
  return leaf;
}

TEST(Breach, IsMalformedButIntact) {
  core::Leaf earlier = PlainLeaf(2);
  earlier.time -= absl::Seconds(1);
  core::Leaf same_ids = PlainLeaf(3);
  same_ids.id = IdOf(1, 7);
  same_ids.request = IdOf(2, 4);
  core::Leaf elsewhere = PlainLeaf(4);
  elsewhere.ledger = "candor.example/other";
  core::Leaf closing = PlainLeaf(5);
  closing.type = "close";
  closing.facts.Set("successor", "candor.example/next");
  core::Leaf second_ledger = LeafAt(0);
  second_ledger.id = IdOf(6, 7);
  second_ledger.request = IdOf(6, 4);
  second_ledger.time = PlainLeaf(6).time;
  const LedgerWorld world({PlainLeaf(1), earlier, same_ids, elsewhere, closing, second_ledger});

  const Report report = world.Check();

  EXPECT_TRUE(report.intact()) << Texts(report.findings);
  EXPECT_THAT(Places(report.malformed),
              ElementsAre("entries 2 leaf", "entries 3 leaf_id", "entries 3 request_id",
                          "entries 4 leaf", "entries 6 leaf", "entries 6 leaf"));
}

TEST(Breach, OfTheFormOfALeafIsMalformedButIntact) {
  LedgerWorld world(3);
  world.entries[1].leaf += " ";
  world.entries[2].leaf = "not JSON at all";
  world.Settle();
  world.with_head = false;

  const Report report = world.Check();

  EXPECT_TRUE(report.intact()) << Texts(report.findings);
  EXPECT_THAT(Places(report.malformed), ElementsAre("entries 1 leaf", "entries 2 leaf"));
}

TEST(Breach, OfTheFactsThatEveryVerifierReadsIsNamed) {
  core::Leaf key = KeyLeaf(1, "announced", 2, KeyOf(2));
  key.facts.Set("vkey", "no key");
  core::Leaf change = KeyLeaf(2, "changed", 2, KeyOf(2));
  core::Leaf from = KeyLeaf(3, "announced", 0, KeyOf(2));
  from.facts.Set("from", "soon");
  core::Leaf purpose = KeyLeaf(4, "announced", 5, KeyOf(2));
  purpose.facts.Set("purpose", "bundle");
  core::Leaf erasure = PlainLeaf(5);
  erasure.type = "erasure";
  erasure.facts.Set("items", 1).Set("root", "no root");
  const LedgerWorld world({key, change, from, purpose, erasure});

  const Report report = world.Check();

  EXPECT_TRUE(report.intact());
  EXPECT_THAT(Places(report.malformed),
              ElementsAre("entries 1 leaf", "entries 2 leaf", "entries 3 leaf", "entries 4 leaf",
                          "entries 5 leaf"));
}

TEST(Breach, OfFactsThatNoServerWritesYetIsNamedToo) {
  const auto leaf = [](std::uint64_t position, const char* type, core::Json facts) {
    core::Leaf made = PlainLeaf(position);
    made.type = type;
    made.facts = std::move(facts);
    return made;
  };
  const auto range = core::Json::Object().Set("first", 1).Set("last", 2);
  const auto gap = [&](const std::string& producer, const std::string& epoch, int ranges) {
    core::Json missing = core::Json::Array();
    for (int i = 0; i < ranges; ++i) missing.Append(range);
    return core::Json::Object().Set("producer", producer).Set("epoch", epoch).Set("missing", missing);
  };
  core::Leaf key = KeyLeaf(9, "retired", 5, KeyOf(2));
  key.facts.Set("reason", "lost");
  const std::string epoch = IdOf(1, 4).ToText(), root = Digest().ToBase64();
  const auto anchor = core::Json::Object().Set("size", 1).Set("root", root).Set("cosigners", core::Json::Array());
  const LedgerWorld world({leaf(1, "gap", gap("scoring", epoch, 1)), leaf(2, "gap", gap("No Code", epoch, 1)),
                           leaf(3, "gap", gap("scoring", "soon", 1)), leaf(4, "gap", gap("scoring", epoch, 2)),
                           leaf(5, "anchor", anchor), leaf(6, "anchor", core::Json(anchor).Set("root", "none")),
                           leaf(7, "anchor", core::Json(anchor).Set("cosigners", 1)),
                           leaf(8, "close", core::Json::Object().Set("successor", "nowhere")), key});

  EXPECT_THAT(Places(world.Check().malformed), ElementsAre("entries 2 leaf", "entries 3 leaf", "entries 4 leaf",
                                                           "entries 6 leaf", "entries 7 leaf", "entries 8 leaf",
                                                           "entries 9 leaf"));
}

// Leaf 0 announces the first key; a second one is announced at 2 from size 4, the first
// retired at 3 from size 4; six leaves in all.
class TwoKeys : public testing::Test {
 protected:
  static LedgerWorld World(const char* reason = "rotated") {
    core::Leaf retired = KeyLeaf(3, "retired", 4, KeyOf(1));
    retired.facts.Set("reason", reason);
    LedgerWorld world(
        {PlainLeaf(1), KeyLeaf(2, "announced", 4, KeyOf(2)), retired, PlainLeaf(4), PlainLeaf(5)});
    world.keys = {KeyOf(1), KeyOf(2), KeyOf(3)};
    world.planned_sizes = {1, 2, 3, 4, 5};
    return world;
  }

  static bool Accepts(std::uint64_t size, std::uint8_t signer, const char* reason = "rotated") {
    LedgerWorld world = World(reason);
    world.note = world.Sign(size, signer);
    const Report report = world.Check();
    if (!report.intact()) {
      EXPECT_THAT(Places(report.findings), ElementsAre("checkpoint note"));
    }
    return report.intact();
  }
};

TEST_F(TwoKeys, TheFirstHoldsUntilItIsRetired) {
  EXPECT_TRUE(Accepts(1, 1));
  EXPECT_TRUE(Accepts(3, 1));
  EXPECT_FALSE(Accepts(4, 1));
  EXPECT_FALSE(Accepts(6, 1));
}

TEST_F(TwoKeys, TheSecondHoldsFromTheSizeItWasAnnouncedFor) {
  EXPECT_FALSE(Accepts(2, 2));
  EXPECT_FALSE(Accepts(3, 2));
  EXPECT_TRUE(Accepts(4, 2));
  EXPECT_TRUE(Accepts(6, 2));
}

TEST_F(TwoKeys, AKeyThatTheCallerTrustsButTheLedgerDoesNotKnowIsRefused) {
  EXPECT_FALSE(Accepts(6, 3));
}

TEST_F(TwoKeys, ACompromisedKeyIsRefusedEvenForWhatItSignedBefore) {
  EXPECT_FALSE(Accepts(3, 1, "compromised"));
  EXPECT_TRUE(Accepts(6, 2, "compromised"));
}

// Three leaves: the second has two sections, the third says that one of them is erased.
class Sections : public testing::Test {
 protected:
  Sections() : world_(Leaves()) {}

  static std::vector<core::Leaf> Leaves() {
    core::Leaf leaf = PlainLeaf(1);
    leaf.sections = {{"inputs", core::CommitSection(Of("inputs"), kSalt, AsBytes(kBytes))},
                     {"person", core::CommitSection(Of("person"), kSalt, AsBytes(kBytes))}};
    core::Leaf erasure = PlainLeaf(2);
    erasure.type = "erasure";
    erasure.facts.Set("items", 2).Set("root", Tree().root().ToBase64());
    return {leaf, erasure};
  }

  static core::SectionOf Of(std::string_view name) {
    static const std::string id = IdOf(1, 7).ToText();
    return {.origin = kOrigin, .leaf_id = id, .name = name};
  }

  static core::ErasureTree Tree() {
    return core::ErasureTree({core::ErasureItem(kSalt, IdOf(1, 7).ToText(), "person"), Digest()});
  }

  static SectionRow Opened(std::string_view name) {
    return {.position = 1, .name = name, .salt = kSalt.view(), .bytes = AsBytes(kBytes)};
  }

  SectionRow Erased() {
    const core::ErasureProof proof =
        Tree().ProofOf(core::ErasureItem(kSalt, IdOf(1, 7).ToText(), "person")).value();
    path_ = Own(proof.path.at(0));
    return {.position = 1,
            .name = "person",
            .state = SectionRow::State::kErased,
            .erasure_position = 2,
            .k = kSalt,
            .erasure_index = proof.index,
            .erasure_path = path_};
  }

  Report Check(const std::vector<SectionRow>& rows) const {
    LedgerCheck check({.origin = kOrigin, .with_sections = true});
    for (const StoredEntry& entry : world_.entries) {
      check.Entry(entry.row());
      for (const SectionRow& row : rows) {
        if (row.position == entry.position) check.Section(row);
      }
    }
    return check.Finish(world_.note, world_.keys);
  }

  std::vector<std::string> Found(const std::vector<SectionRow>& rows) const {
    std::vector<std::string> texts;
    for (const Finding& finding : Check(rows).findings) texts.push_back(ToText(finding));
    return texts;
  }

  static constexpr std::string_view kBytes = "{\"height\":42}";
  static inline const Digest kSalt = *Digest::FromBytes(Bytes(32, 0x55));
  LedgerWorld world_;
  Bytes path_;
};

TEST_F(Sections, ThatAreShownOrProvedErasedAreIntact) {
  EXPECT_THAT(Found({Opened("inputs"), Opened("person")}), IsEmpty());
  EXPECT_THAT(Found({Opened("inputs"), Erased()}), IsEmpty());
}

TEST_F(Sections, ThatAreWithheldAreNotChecked) {
  SectionRow withheld = Opened("person");
  withheld.state = SectionRow::State::kWithheld;
  withheld.bytes = {};

  EXPECT_THAT(Found({Opened("inputs"), withheld}), IsEmpty());
}

TEST_F(Sections, ThatAreNotGivenAreMissing) {
  EXPECT_THAT(Found({Opened("inputs")}), ElementsAre("sealed 1 sections: person: is missing"));
}

TEST_F(Sections, ThatAreNotWhatTheLeafCommittedToAreNamed) {
  SectionRow bytes = Opened("person");
  bytes.bytes = AsBytes("{\"height\":43}");
  SectionRow salt = Opened("person");
  salt.salt = salt.salt.first(31);
  SectionRow broken = Opened("person");
  broken.state = SectionRow::State::kBroken;

  EXPECT_THAT(Found({Opened("inputs"), bytes}),
              ElementsAre("sealed 1 sections: person: not what the leaf committed to"));
  EXPECT_THAT(Found({Opened("inputs"), salt}),
              ElementsAre("sealed 1 sections: person: the salt is not 32 bytes"));
  EXPECT_THAT(Found({Opened("inputs"), broken}),
              ElementsAre("sealed 1 sections: person: can't be opened"));
}

TEST_F(Sections, ThatNoLeafHasAreNamed) {
  SectionRow late = Opened("inputs");
  late.position = 2;
  EXPECT_THAT(Found({Opened("inputs"), Opened("person"), Opened("output"), Opened("person"), late}),
              ElementsAre("sealed 1 sections: output: is not in the leaf",
                          "sealed 1 sections: person: stands twice",
                          "sealed 2 sections: inputs: is not in the leaf"));
}

TEST_F(Sections, ThatFollowNoLeafAreNamed) {
  LedgerCheck check(kOrigin);

  check.Section(Opened("inputs"));

  EXPECT_THAT(Places(check.Finish(world_.note, world_.keys).findings),
              testing::Contains("sealed 1 sections"));
}

TEST_F(Sections, ThatAreErasedNeedAProofThatHolds) {
  const std::string wrong =
      "sealed 1 sections: person: is missing, and its proof of erasure does not hold";
  SectionRow other_key = Erased();
  other_key.k = Digest();
  EXPECT_THAT(Found({Opened("inputs"), other_key}), ElementsAre(wrong));

  SectionRow other_index = Erased();
  other_index.erasure_index ^= 1;
  EXPECT_THAT(Found({Opened("inputs"), other_index}), ElementsAre(wrong));

  SectionRow other_leaf = Erased();
  other_leaf.erasure_position = 1;
  EXPECT_THAT(Found({Opened("inputs"), other_leaf}), ElementsAre(wrong));

  SectionRow no_path = Erased();
  no_path.erasure_path = no_path.erasure_path.first(31);
  EXPECT_THAT(Found({Opened("inputs"), no_path}),
              ElementsAre("sealed 1 sections: person: has no proper proof of its erasure"));

  SectionRow no_proof = Erased();
  no_proof.erasure_position.reset();
  EXPECT_THAT(
      Found({Opened("inputs"), no_proof}),
      ElementsAre("sealed 1 sections: person: is missing, and nothing proves that it was erased"));
}

TEST_F(Sections, ThatAreNotCanonicalAreMalformed) {
  core::Leaf leaf = PlainLeaf(1);
  leaf.sections = {{"inputs", core::CommitSection(Of("inputs"), kSalt, AsBytes("{ }"))}};
  world_ = LedgerWorld(std::vector{leaf});
  SectionRow row = Opened("inputs");
  row.bytes = AsBytes("{ }");

  const Report report = Check({row});

  EXPECT_TRUE(report.intact()) << Texts(report.findings);
  EXPECT_THAT(Places(report.malformed), ElementsAre("sealed 1 sections"));
}

// The commitments of an altered leaf mean nothing, so only the leaf is named.
TEST_F(Sections, OfAnAlteredLeafAreNotBlamed) {
  std::string& leaf = world_.entries[1].leaf;
  leaf[leaf.find("\"c\":\"") + 5] ^= 0x01;

  EXPECT_THAT(Places(Check({Opened("inputs"), Opened("person")}).findings),
              testing::ElementsAre("entries 1 leaf"));
}

TEST(LeavesAlone, AreVerifiedByTheirTree) {
  LedgerWorld world(300);
  const auto check = [&](bool tiles) {
    LedgerCheck ledger({.origin = kOrigin, .with_columns = false, .with_tiles = tiles});
    for (const StoredTileRow& tile : world.tiles) {
      if (tiles) ledger.Tile(tile.row());
    }
    for (const StoredEntry& entry : world.entries) {
      ledger.Entry({.position = entry.position, .leaf = AsBytes(entry.leaf)});
    }
    return ledger.Finish(world.note, world.keys);
  };
  EXPECT_TRUE(check(true).intact()) << Texts(check(true).findings);
  EXPECT_TRUE(check(false).intact());

  world.entries[7].leaf[20] ^= 0x01;
  EXPECT_THAT(Places(check(true).findings), ElementsAre("entries 7 leaf"));
  EXPECT_THAT(Places(check(false).findings), ElementsAre("checkpoint root"));
}

}  // namespace
}  // namespace candor::verify
