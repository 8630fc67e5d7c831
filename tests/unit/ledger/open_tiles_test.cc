#include "services/ledger/open_tiles.h"

#include <gtest/gtest.h>

#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::ledger {
namespace {

// A ledger of the first `size` of many leaf hashes, with its full tiles, computed by the
// definition.
class ScriptedLedger final : public store::LedgerTransaction {
 public:
  ScriptedLedger(const std::vector<Digest>& leaves, std::size_t size)
      : leaves_(leaves), size_(size) {}

  absl::StatusOr<std::vector<Digest>> LeafHashes(std::uint64_t first, std::uint64_t end) override {
    const auto at = [&](std::uint64_t i) {
      return leaves_.begin() +
             static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(i, size_ - missing));
    };
    return std::vector<Digest>(at(first), at(end));
  }
  absl::StatusOr<std::vector<Digest>> TileRoots(int level, std::uint64_t first,
                                                std::uint64_t end) override {
    const std::size_t width = level == 0 ? 256 : 65536;
    std::vector<Digest> roots;
    for (std::uint64_t i = first; i < end && (i + 1) * width <= size_; ++i) {
      roots.push_back(core::NaiveRoot(std::span(leaves_).subspan(i * width, width)));
    }
    return roots;
  }
  absl::StatusOr<std::string> LeafAt(std::uint64_t) override { return absl::UnimplementedError(""); }
  absl::StatusOr<store::Head> Lock(const Uuid&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<store::Answers> Settle(const store::Questions&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<store::Handle>> HandlesOf(const std::vector<Digest>&) override {
    return absl::UnimplementedError("");
  }
  absl::Status EachSealedUnder(const store::Handle&,
                               absl::FunctionRef<absl::Status(const store::SealedUnder&)>) override {
    return absl::UnimplementedError("");
  }
  absl::Status Write(const store::Batch&) override { return absl::UnimplementedError(""); }
  absl::Status Touch() override { return absl::UnimplementedError(""); }

  std::size_t missing = 0;  // Rows that are lost at the end.

 private:
  const std::vector<Digest>& leaves_;
  const std::size_t size_;
};

constexpr std::size_t kLeaves = 66'000;  // A tile of level 1 closes at 65,536.

const std::vector<Digest>& Leaves() {
  static const std::vector<Digest> leaves = core::NumberedLeaves(kLeaves);
  return leaves;
}

// The hashes of a full tile by the definition.
std::string HashesOf(int level, std::uint64_t index) {
  const std::size_t width = level == 0 ? 1 : 256;
  std::string hashes;
  for (std::size_t i = 0; i < 256; ++i) {
    hashes += AsText(
        core::NaiveRoot(std::span(Leaves()).subspan((index * 256 + i) * width, width)).view());
  }
  return hashes;
}

TEST(OpenTiles, CloseEachTileWhenItIsFullAndNoOther) {
  OpenTiles tiles;
  std::vector<store::TileRow> full;
  for (const Digest& leaf : Leaves()) tiles.Add(leaf, full);

  EXPECT_EQ(tiles.size(), kLeaves);
  ASSERT_EQ(full.size(), kLeaves / 256 + 1);
  std::uint64_t next = 0;
  for (const store::TileRow& tile : full) {
    if (tile.level == 0) {
      EXPECT_EQ(tile.index, next++);
    } else {
      EXPECT_EQ(tile.level, 1);
      EXPECT_EQ(tile.index, 0U);
      EXPECT_EQ(next, 256U);  // It comes right after the last of its 256.
    }
    ASSERT_EQ(tile.hashes, HashesOf(tile.level, tile.index));
    const std::size_t width = tile.level == 0 ? 256 : 65536;
    ASSERT_EQ(tile.root, core::NaiveRoot(std::span(Leaves()).subspan(tile.index * width, width)));
  }
}

TEST(OpenTiles, GoOnFromWhatWasStoredAsIfTheyHadNeverStopped) {
  for (const std::size_t size :
       {0UL, 1UL, 255UL, 256UL, 257UL, 511UL, 512UL, 65279UL, 65280UL, 65535UL, 65536UL, 65537UL}) {
    ScriptedLedger ledger(Leaves(), size);
    auto tiles = OpenTiles::Read(ledger, size);
    ASSERT_TRUE(tiles.ok()) << tiles.status();
    EXPECT_EQ(tiles->size(), size);

    std::vector<store::TileRow> full;
    for (std::size_t i = size; i < std::min(size + 400, kLeaves); ++i)
      tiles->Add(Leaves()[i], full);

    ASSERT_FALSE(full.empty());
    for (const store::TileRow& tile : full)
      EXPECT_EQ(tile.hashes, HashesOf(tile.level, tile.index)) << size;
  }
}

TEST(OpenTiles, TellWhenRowsAreMissing) {
  ScriptedLedger ledger(Leaves(), 300);
  ledger.missing = 1;

  EXPECT_EQ(OpenTiles::Read(ledger, 300).status().code(), absl::StatusCode::kDataLoss);
}

TEST(OpenTiles, TellWhenATileIsMissing) {
  ScriptedLedger ledger(Leaves(), 512);  // Of a ledger that claims to hold 768.

  EXPECT_EQ(OpenTiles::Read(ledger, 768).status().code(), absl::StatusCode::kDataLoss);
}

TEST(RootOfPowerOfTwo, IsTheRootOfTheDefinition) {
  for (std::size_t count = 1; count <= 256; count *= 2) {
    const auto first = Leaves().begin();
    EXPECT_EQ(RootOfPowerOfTwo({first, first + static_cast<std::ptrdiff_t>(count)}),
              core::NaiveRoot(std::span(Leaves()).first(count)));
  }
}

}  // namespace
}  // namespace candor::ledger
