// Ledgers of more than one segment, checked in one thread and in several.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/verify/ledger.h"
#include "tests/unit/verify/ledger_world.h"

namespace candor::verify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::size_t kSize = kSegmentSize + 600;

// Built once: it takes as long as all the rest.
const LedgerWorld& Honest() {
  static const LedgerWorld world(kSize);
  return world;
}

void Flip(Bytes& bytes) {
  bytes[7] ^= 0x10;
}

TEST(Segments, OfAnHonestLedgerJoinToItsRoot) {
  const Report report = Honest().CheckInThreads();

  EXPECT_TRUE(report.intact()) << Texts(report.findings);
  EXPECT_THAT(report.malformed, IsEmpty());
  EXPECT_EQ(report.size, kSize);
  EXPECT_EQ(report.root, report.checkpoint->root);
}

// One thing altered beside every seam, none near enough to hide another.
TEST(Segments, NameWhatIsAlteredAtTheirSeams) {
  LedgerWorld world = Honest();
  Flip(world.entries[0].chain_hash);
  Flip(world.entries[1'000].leaf_hash);
  world.entries[2'000].leaf[14] ^= 0x01;
  Flip(world.entries[kSegmentSize - 1].chain_hash);
  Flip(world.entries[kSegmentSize + 1].chain_hash);
  world.entries[kSegmentSize + 2].seq = 5;
  world.entries[kSegmentSize + 300].leaf[14] ^= 0x01;
  Flip(world.entries.back().leaf_hash);
  for (StoredTileRow& tile : world.tiles) {
    if (tile.level == 0 && tile.index == 20) Flip(tile.hashes);
    if (tile.level == 0 && tile.index == 257) Flip(tile.root);
    if (tile.level == 1) Flip(tile.hashes);
  }

  EXPECT_THAT(
      Places(world.CheckInThreads().findings),
      UnorderedElementsAre("entries 0 chain_hash", "entries 1000 leaf_hash", "entries 2000 leaf",
                           "entries 65535 chain_hash", "entries 65537 chain_hash",
                           "entries 65538 seq", "entries 65836 leaf", "entries 66135 leaf_hash",
                           "tiles 0 hashes", "tiles 20 hashes", "tiles 257 root"));
}

// A leaf that differs only where two segments meet is seen from both sides.
TEST(Segments, NameWhatIsAlteredInTheirFirstAndLastRows) {
  LedgerWorld world = Honest();
  world.entries[kSegmentSize - 1].leaf[14] ^= 0x01;
  Flip(world.entries[kSegmentSize].chain_hash);

  EXPECT_THAT(Places(world.CheckInThreads().findings),
              UnorderedElementsAre("entries 65535 leaf", "entries 65536 chain_hash"));
}

// All rows behind are renumbered: each segment says so once, and the end is missing.
TEST(Segments, NameARowThatWasCutOutOnceForEachOfThem) {
  LedgerWorld world = Honest();
  world.entries.erase(world.entries.begin() + 1'000);
  for (std::size_t i = 1'000; i < world.entries.size(); ++i) world.entries[i].position = i;

  EXPECT_THAT(Places(world.Check().findings),
              UnorderedElementsAre("entries 1000", "entries 65536", "entries 66135"));
}

TEST(Segments, NameAllThatIsMissingWhereWholeOnesAre) {
  LedgerWorld world(300);
  for (std::size_t i = 200; i < 300; ++i) world.entries[i].position += 2 * kSegmentSize;
  world.tiles.clear();
  world.with_head = false;

  const std::string texts = Texts(world.Check().findings);

  EXPECT_NE(texts.find("entries 200: is missing, and all up to 65535\n"), std::string::npos);
  EXPECT_NE(texts.find("entries 65536: is missing, and all up to 131071\n"), std::string::npos);
  EXPECT_NE(texts.find("entries 131072: is missing, and all up to 131271\n"), std::string::npos);
}

TEST(Segments, SurviveARowFarAway) {
  LedgerWorld world(3);
  world.entries.push_back(world.entries.back());
  world.entries.back().position = ~std::uint64_t{0} >> 1;

  EXPECT_THAT(Places(world.Check().findings), testing::Contains("entries 3"));
}

TEST(SegmentDeathTest, BeginsAtAMultipleOfItsSize) {
  const LedgerPlan plan = {.origin = kOrigin};

  EXPECT_DEATH(SegmentCheck(plan, 5), "kSegmentSize");
}

TEST(Segment, RefusesRowsAndTilesOfOthers) {
  const LedgerWorld world(3);
  const LedgerPlan plan = {.origin = kOrigin, .with_tiles = false};
  LedgerCheck check(plan);
  SegmentCheck segment(check.plan(), 0);
  for (const StoredEntry& entry : world.entries) segment.Entry(entry.row());
  EntryRow elsewhere = world.entries[1].row();
  elsewhere.position = kSegmentSize;
  segment.Entry(elsewhere);
  segment.Tile({.level = 0, .index = 256});
  segment.Tile({.level = 2, .index = 0});

  check.Join(segment.Finish(3));

  EXPECT_THAT(Places(check.Finish(world.note, world.keys).findings),
              ElementsAre("entries 65536", "tiles 0", "tiles 256"));
}

}  // namespace
}  // namespace candor::verify
