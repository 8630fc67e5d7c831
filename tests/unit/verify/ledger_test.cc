#include "services/verify/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/verify/ledger_world.h"

namespace candor::verify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The positions where something begins or ends in a ledger of 300: the first rows, the
// seam between the full tile and the open one, the last rows.
constexpr std::size_t kSize = 300;
constexpr std::size_t kSeams[] = {0, 1, 2, 100, 254, 255, 256, 257, 298, 299};

std::string At(std::size_t position, const char* column) {
  const std::string place = "entries " + std::to_string(position);
  return *column == '\0' ? place : place + " " + column;
}

const LedgerWorld& Honest() {
  static const LedgerWorld world(kSize);
  return world;
}

void Flip(Bytes& bytes, std::size_t at = 7) {
  bytes[at] ^= 0x10;
}

// One letter of the leaf, so that it stays canonical.
void AlterLeaf(StoredEntry& entry) {
  const std::size_t at = entry.leaf.find("scoring");
  entry.leaf[at] = 'x';
}

void SettleHash(StoredEntry& entry) {
  entry.leaf_hash = Own(core::HashLeaf(AsBytes(entry.leaf)));
}

TEST(LedgerCheck, FindsNothingInAnHonestLedgerOfAnySize) {
  for (const std::size_t size : {0, 1, 2, 3, 255, 256, 257, 300, 512, 600}) {
    const LedgerWorld world(size);

    const Report report = world.Check();

    EXPECT_TRUE(report.intact()) << size << '\n' << Texts(report.findings);
    EXPECT_THAT(report.malformed, IsEmpty()) << Texts(report.malformed);
    EXPECT_EQ(report.size, size);
    EXPECT_EQ(report.checkpoint->root, report.root);
    EXPECT_EQ(Own(report.chain), world.head.chain);
  }
}

TEST(LedgerCheck, NamesAnAlteredLeaf) {
  for (const std::size_t position : kSeams) {
    LedgerWorld world = Honest();
    AlterLeaf(world.entries[position]);

    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "leaf")));
  }
}

// Five leaves without a full tile: every byte of every column that is hashed.
TEST(LedgerCheck, NamesEveryFlippedByteOfEveryHashedColumn) {
  const LedgerWorld small(5);
  for (std::size_t position = 0; position < 5; ++position) {
    for (std::size_t at = 0; at < small.entries[position].leaf.size(); ++at) {
      LedgerWorld world = small;
      world.entries[position].leaf[at] ^= 0x01;
      ASSERT_THAT(Places(world.Check().findings), ElementsAre(At(position, "leaf"))) << at;
    }
    for (std::size_t at = 0; at < 32; ++at) {
      LedgerWorld world = small;
      Flip(world.entries[position].leaf_hash, at);
      ASSERT_THAT(Places(world.Check().findings), ElementsAre(At(position, "leaf_hash")));

      world = small;
      Flip(world.entries[position].chain_hash, at);
      ASSERT_THAT(Places(world.Check().findings), ElementsAre(At(position, "chain_hash")));
    }
  }
}

TEST(LedgerCheck, NamesAnAlteredHashOrLinkAtEverySeam) {
  for (const std::size_t position : kSeams) {
    LedgerWorld world = Honest();
    Flip(world.entries[position].leaf_hash);
    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "leaf_hash")));

    world = Honest();
    Flip(world.entries[position].chain_hash);
    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "chain_hash")));
  }
}

TEST(LedgerCheck, NamesALeafThatWasReplacedTogetherWithItsHash) {
  for (const std::size_t position : kSeams) {
    LedgerWorld world = Honest();
    AlterLeaf(world.entries[position]);
    SettleHash(world.entries[position]);

    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "leaf")));
  }
}

TEST(LedgerCheck, NamesEveryColumnThatDoesNotRepeatTheLeaf) {
  const std::pair<const char*, std::function<void(StoredEntry&)>> columns[] = {
      {"leaf_id", [](StoredEntry& e) { e.leaf_id = IdOf(9'999, 7); }},
      {"leaf_id", [](StoredEntry& e) { e.leaf_id.reset(); }},
      {"request_id", [](StoredEntry& e) { e.request_id = IdOf(9'999, 4); }},
      {"decision_id", [](StoredEntry& e) { e.decision_id = IdOf(9'999, 7); }},
      {"closes_id", [](StoredEntry& e) { e.closes_id = IdOf(9'999, 7); }},
      {"verdict", [](StoredEntry& e) { e.verdict = 1; }},
      {"expire_time", [](StoredEntry& e) { e.expire_time = absl::FromUnixSeconds(1); }},
      {"due_time", [](StoredEntry& e) { e.due_time = absl::FromUnixSeconds(1); }},
      {"epoch", [](StoredEntry& e) { e.epoch = IdOf(9'999, 4); }},
      {"seq", [](StoredEntry& e) { e.seq = 9'999; }},
  };
  for (const std::size_t position : kSeams) {
    for (const auto& [column, alter] : columns) {
      LedgerWorld world = Honest();
      alter(world.entries[position]);

      EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, column)));
    }
  }
}

TEST(LedgerCheck, NamesHashColumnsOfAWrongLength) {
  for (const std::size_t position : kSeams) {
    LedgerWorld world = Honest();
    world.entries[position].leaf_hash.pop_back();
    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "leaf_hash")));

    world = Honest();
    world.entries[position].chain_hash.push_back(0);
    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "chain_hash")));
  }
}

TEST(LedgerCheck, NamesAMissingRow) {
  for (const std::size_t position : kSeams) {
    LedgerWorld world = Honest();
    world.entries.erase(world.entries.begin() + static_cast<std::ptrdiff_t>(position));

    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "")));
    EXPECT_THAT(Places(world.CheckInThreads().findings), ElementsAre(At(position, "")));
  }
}

TEST(LedgerCheck, NamesADoubledRow) {
  for (const std::size_t position : kSeams) {
    LedgerWorld world = Honest();
    const auto at = world.entries.begin() + static_cast<std::ptrdiff_t>(position);
    world.entries.insert(at, world.entries[position]);

    EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(position, "")));
  }
}

TEST(LedgerCheck, NamesARowOutOfOrder) {
  LedgerWorld world = Honest();
  std::swap(world.entries[100], world.entries[101]);

  EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(100, "")));
}

TEST(LedgerCheck, NamesTwoNeighboursThatWereSwapped) {
  for (const std::size_t position : {1, 100, 254, 255, 256, 297, 298}) {
    LedgerWorld whole = Honest();
    std::swap(whole.entries[position], whole.entries[position + 1]);
    std::swap(whole.entries[position].position, whole.entries[position + 1].position);
    LedgerWorld without_chain = whole;
    std::swap(without_chain.entries[position].chain_hash,
              without_chain.entries[position + 1].chain_hash);

    for (const LedgerWorld& world : {whole, without_chain}) {
      const std::vector<std::string> places = Places(world.Check().findings);

      EXPECT_THAT(places, testing::Contains(At(position, "leaf")));
      EXPECT_THAT(places, testing::Contains(At(position + 1, "leaf")));
      for (const std::string& place : places) {
        EXPECT_TRUE(place.starts_with(At(position, "")) || place.starts_with(At(position + 1, "")))
            << place;
      }
    }
  }
}

TEST(LedgerCheck, SaysWhereASwappedLeafBelongs) {
  LedgerWorld world = Honest();
  std::swap(world.entries[40].leaf, world.entries[200].leaf);
  SettleHash(world.entries[40]);
  SettleHash(world.entries[200]);

  EXPECT_EQ(Texts(world.Check().findings),
            "entries 40 leaf: is the leaf of position 200\n"
            "entries 200 leaf: is the leaf of position 40\n");
}

// The rows behind are renumbered, so that no position is missing.
TEST(LedgerCheck, NamesWhereARowWasCutOut) {
  for (const std::size_t position : {1, 100, 200}) {
    LedgerWorld world = Honest();
    world.entries.erase(world.entries.begin() + static_cast<std::ptrdiff_t>(position));
    for (std::size_t i = position; i < world.entries.size(); ++i) world.entries[i].position = i;

    const std::vector<std::string> places = Places(world.Check().findings);

    EXPECT_THAT(places, ElementsAre(At(position, ""), At(299, "")));
  }
}

TEST(LedgerCheck, NamesWhereARowWasPutIn) {
  for (const std::size_t position : {1, 100, 200}) {
    LedgerWorld world = Honest();
    const auto at = world.entries.begin() + static_cast<std::ptrdiff_t>(position);
    world.entries.insert(at, world.entries[position]);
    for (std::size_t i = position; i < world.entries.size(); ++i) world.entries[i].position = i;

    const std::vector<std::string> places = Places(world.Check().findings);

    EXPECT_THAT(places, ElementsAre(At(position + 1, ""), "heads size"));
  }
}

TEST(LedgerCheck, NamesWhereARowWasDoubledInTheOpenTile) {
  LedgerWorld world = Honest();
  world.entries.insert(world.entries.begin() + 280, world.entries[280]);
  for (std::size_t i = 280; i < world.entries.size(); ++i) world.entries[i].position = i;

  EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(281, ""), "heads size"));
}

TEST(LedgerCheck, NamesACutTailThroughHeadAndCheckpoint) {
  LedgerWorld world = Honest();
  world.entries.resize(290);
  EXPECT_EQ(Texts(world.Check().findings), "entries 290: is missing, and all up to 299\n");

  // The head was cut as well.
  const LedgerWorld shorter(290);
  world.head = shorter.head;
  EXPECT_EQ(Texts(world.Check().findings), "entries 290: is missing, and all up to 299\n");
  EXPECT_EQ(Texts(world.CheckInThreads().findings), "entries 290: is missing, and all up to 299\n");
}

TEST(LedgerCheck, NamesThatAllIsMissing) {
  LedgerWorld world = Honest();
  world.entries.clear();
  world.tiles.clear();

  EXPECT_THAT(Places(world.Check().findings), testing::Contains(At(0, "")));
}

TEST(LedgerCheck, NamesEachColumnOfTheHead) {
  const std::pair<const char*, std::function<void(StoredHead&)>> columns[] = {
      {"size", [](StoredHead& head) { ++head.size; }},
      {"size", [](StoredHead& head) { --head.size; }},
      {"root", [](StoredHead& head) { Flip(head.root); }},
      {"root", [](StoredHead& head) { head.root.pop_back(); }},
      {"chain", [](StoredHead& head) { Flip(head.chain); }},
      {"chain", [](StoredHead& head) { head.chain.pop_back(); }},
      {"time", [](StoredHead& head) { head.time += absl::Microseconds(1); }},
      {"range", [](StoredHead& head) { Flip(head.range); }},
      {"range", [](StoredHead& head) { head.range.pop_back(); }},
      {"range", [](StoredHead& head) { head.range.clear(); }},
  };
  for (const auto& [column, alter] : columns) {
    LedgerWorld world = Honest();
    alter(world.head);

    EXPECT_THAT(Places(world.Check().findings), ElementsAre(std::string("heads ") + column));
  }
}

TEST(LedgerCheck, NamesHeadAndRowApart) {
  LedgerWorld world = Honest();
  Flip(world.head.root);
  AlterLeaf(world.entries[17]);

  EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(17, "leaf"), "heads root"));
}

TEST(LedgerCheck, NamesEachColumnOfATile) {
  const LedgerWorld two_tiles(512);
  for (const std::size_t at : {0, 31, 32, 4'000, 8'191}) {
    LedgerWorld world = two_tiles;
    Flip(world.tiles[1].hashes, at);
    EXPECT_THAT(Places(world.Check().findings), ElementsAre("tiles 1 hashes")) << at;
  }

  LedgerWorld world = two_tiles;
  Flip(world.tiles[0].root);
  EXPECT_THAT(Places(world.Check().findings), ElementsAre("tiles 0 root"));

  world = two_tiles;
  world.tiles[0].hashes.pop_back();
  world.tiles[1].root.clear();
  EXPECT_THAT(Places(world.Check().findings), ElementsAre("tiles 0 hashes", "tiles 1 root"));
}

TEST(LedgerCheck, NamesTilesThatAreMissingDoubledOrTooMany) {
  const LedgerWorld two_tiles(512);

  LedgerWorld missing = two_tiles;
  missing.tiles.erase(missing.tiles.begin());
  EXPECT_THAT(Places(missing.Check().findings), ElementsAre("tiles 0"));

  LedgerWorld doubled = two_tiles;
  doubled.tiles.push_back(doubled.tiles[1]);
  EXPECT_THAT(Places(doubled.Check().findings), ElementsAre("tiles 1"));

  for (const auto& [level, index] : {std::pair(0, 2), {0, 300}, {1, 0}, {1, 5}, {2, 0}, {8, 0}}) {
    LedgerWorld extra = two_tiles;
    extra.tiles.push_back(extra.tiles[1]);
    extra.tiles.back().level = level;
    extra.tiles.back().index = static_cast<std::uint64_t>(index);
    EXPECT_THAT(Places(extra.Check().findings), ElementsAre("tiles " + std::to_string(index)));
  }
}

// Whoever can write all tables, but has no key.
TEST(LedgerCheck, NamesTheCheckpointWhenEverythingWasRewrittenTogether) {
  LedgerWorld world = Honest();
  const std::string signed_before = world.note;
  AlterLeaf(world.entries[17]);
  world.Settle();
  world.note = signed_before;

  EXPECT_THAT(Places(world.Check().findings), ElementsAre("checkpoint root", "heads root"));
}

TEST(LedgerCheck, ChecksASmallerCheckpointOfThePlan) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255},
                                   std::uint64_t{256}, std::uint64_t{257}, std::uint64_t{299}}) {
    LedgerWorld world = Honest();
    world.note = world.Sign(size);
    if (size > 0) {
      EXPECT_THAT(Places(world.Check().findings), ElementsAre("checkpoint size"));
    }

    world.planned_sizes = {299, size};
    EXPECT_TRUE(world.Check().intact()) << size << Texts(world.Check().findings);
    EXPECT_TRUE(world.CheckInThreads().intact()) << size;
  }
}

TEST(LedgerCheck, NamesACheckpointThatIsNone) {
  LedgerWorld world = Honest();
  world.note[0] = 'x';
  EXPECT_THAT(Places(world.Check().findings), ElementsAre("checkpoint note"));
  EXPECT_FALSE(world.Check().checkpoint.has_value());

  world = Honest();
  world.keys.clear();
  EXPECT_THAT(Places(world.Check().findings), ElementsAre("checkpoint note"));
}

TEST(LedgerCheck, NamesTheFirstLinkOfARewrittenChain) {
  LedgerWorld world = Honest();
  Digest chain = core::HashLeaf({});
  for (std::size_t i = 200; i < kSize; ++i) {
    chain = core::ChainNext(chain, core::HashLeaf(AsBytes(world.entries[i].leaf)));
    world.entries[i].chain_hash = Own(chain);
  }
  world.head.chain = Own(chain);

  EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(200, "chain_hash")));
}

TEST(LedgerCheck, NamesEachOfSeveralRowsInARow) {
  LedgerWorld world = Honest();
  for (const std::size_t position : {20, 21, 22}) Flip(world.entries[position].chain_hash);
  for (const std::size_t position : {40, 41}) AlterLeaf(world.entries[position]);
  for (const std::size_t position : {60, 61}) Flip(world.entries[position].leaf_hash);

  EXPECT_THAT(Places(world.Check().findings),
              testing::UnorderedElementsAre(At(20, "chain_hash"), At(21, "chain_hash"),
                                            At(22, "chain_hash"), At(40, "leaf"), At(41, "leaf"),
                                            At(60, "leaf_hash"), At(61, "leaf_hash")));
}

TEST(LedgerCheck, WorksWithoutAHead) {
  LedgerWorld world = Honest();
  world.with_head = false;
  EXPECT_TRUE(world.Check().intact());

  Flip(world.entries.back().chain_hash);
  EXPECT_THAT(Places(world.Check().findings), ElementsAre(At(299, "chain_hash")));
}

}  // namespace
}  // namespace candor::verify
