#include "services/core/tlog/tile.h"

#include <gtest/gtest.h>

#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

// Tessera's examples, and the ends of the ranges.
TEST(TilePath, GroupsDigitsByThree) {
  EXPECT_EQ(TilePath({.level = 0, .index = 0}), "tile/0/000");
  EXPECT_EQ(TilePath({.level = 15, .index = 123'456'789, .width = 41}),
            "tile/15/x123/x456/789.p/41");
  EXPECT_EQ(TilePath({.level = kEntries, .index = 1'234'067, .width = 255}),
            "tile/entries/x001/x234/067.p/255");
  EXPECT_EQ(TilePath({.level = 63, .index = kMaxTileIndex}),
            "tile/63/x072/x057/x594/x037/x927/935");
}

TEST(TilePath, ReadsBackWhatWasWritten) {
  for (const int level : {kEntries, 0, 1, 7, 63}) {
    for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{999}, std::uint64_t{1'000},
                                      std::uint64_t{1'000'000}, kMaxTileIndex}) {
      for (const int width : {1, 9, 10, 255, 256}) {
        const Tile tile = {.level = level, .index = index, .width = width};

        EXPECT_EQ(ParseTilePath(TilePath(tile)), tile);
      }
    }
  }
}

TEST(TilePath, RefusesEveryOtherSpelling) {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/x/000",
                           "tile/0/001/000",
                           "tile/0/x001/x000",
                           "tile/0/x000/000",
                           "tile/0/x01/000",
                           "tile/0/x1000/000",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/00",
                           "tile/0/000.p/256",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/01",
                           "tile/0/000.p/-1",
                           "/tile/0/000",
                           "tile//000",
                           "tile/0/000/",
                           "tile/entries",
                           "tile/entries/",
                           "tile/entries/0",
                           "tile/data/000",
                           "tile/0/x072/x057/x594/x037/x927/936",
                           "tile/0/x999/x999/x999/x999/x999/x999/999",
                           "tile/8/0/000",
                           "Tile/0/000",
                           "tile/0/000\n",
                           "tile/0/..",
                           "tile/0/abc"}) {
    EXPECT_EQ(ParseTilePath(path), std::nullopt) << path;
  }
}

// The table of the specification: sizes with their full tiles and partial widths.
TEST(TileWidth, IsThatOfTheTable) {
  EXPECT_EQ(TileWidthAt(0, 0, 0), 0);
  EXPECT_EQ(TileWidthAt(0, 0, 1), 1);
  EXPECT_EQ(TileWidthAt(0, 0, 256), 256);
  EXPECT_EQ(TileWidthAt(1, 0, 256), 1);
  EXPECT_EQ(TileWidthAt(0, 1, 256), 0);
  EXPECT_EQ(TileWidthAt(0, 1, 257), 1);
  EXPECT_EQ(TileWidthAt(0, 273, 70'000), 112);
  EXPECT_EQ(TileWidthAt(1, 1, 70'000), 17);
  EXPECT_EQ(TileWidthAt(2, 0, 70'000), 1);
  EXPECT_EQ(TileWidthAt(3, 0, 16'777'216), 1);
  EXPECT_EQ(TileWidthAt(kEntries, 273, 70'000), 112);
  EXPECT_EQ(TileWidthAt(8, 0, ~std::uint64_t{0}), 0);
}

TEST(Tiles, OfASizeAreAllThatHaveAWidth) {
  const std::vector<Tile> expected = {{.level = 0, .index = 0, .width = 256},
                                      {.level = 0, .index = 1, .width = 1},
                                      {.level = 1, .index = 0, .width = 1}};

  EXPECT_EQ(TilesAt(257), expected);
  EXPECT_EQ(TilesAt(0), std::vector<Tile>());
  EXPECT_EQ(TilesAt(70'000).size(), 274U + 2 + 1);
}

TEST(Tiles, FilledBetweenTwoSizesAreThoseThatBecameFull) {
  EXPECT_EQ(TilesFilled(0, 255), std::vector<Tile>());
  EXPECT_EQ(TilesFilled(255, 256), (std::vector<Tile>{{.level = 0, .index = 0}}));
  EXPECT_EQ(TilesFilled(256, 511), std::vector<Tile>());
  EXPECT_EQ(TilesFilled(65'535, 65'536),
            (std::vector<Tile>{{.level = 0, .index = 255}, {.level = 1, .index = 0}}));
  EXPECT_EQ(TilesFilled(0, 70'000).size(), 273U + 1);
}

TEST(TileRoot, IsTheRootOfItsHashes) {
  const std::vector<Digest> hashes = NumberedLeaves(256);

  EXPECT_EQ(TileRoot(hashes), NaiveRoot(hashes));
}

TEST(Bundle, IsLengthsAndEntries) {
  std::string bundle;
  for (const char* entry : {"one", "", "three"}) AppendBundleEntry(entry, bundle);

  EXPECT_EQ(bundle, std::string("\0\3one\0\0\0\5three", 14));
  EXPECT_EQ(ParseBundle(bundle, 3).value(), (std::vector<std::string_view>{"one", "", "three"}));
}

TEST(Bundle, TakesTheLongestEntry) {
  const std::string entry(kMaxEntryBytes, 'x');
  std::string bundle;

  AppendBundleEntry(entry, bundle);

  EXPECT_EQ(bundle.substr(0, 2), "\xff\xff");
  EXPECT_EQ(ParseBundle(bundle, 1).value().front(), entry);
}

TEST(Bundle, RefusesEveryOtherLengthAndWidth) {
  std::string bundle;
  for (const char* entry : {"one", "two", "three"}) AppendBundleEntry(entry, bundle);
  for (std::size_t length = 0; length < bundle.size(); ++length) {
    EXPECT_FALSE(ParseBundle(bundle.substr(0, length), 3).ok()) << length;
  }

  EXPECT_FALSE(ParseBundle(bundle, 2).ok());
  EXPECT_FALSE(ParseBundle(bundle, 4).ok());
  EXPECT_FALSE(ParseBundle(bundle + "x", 3).ok());
}

}  // namespace
}  // namespace candor::core
