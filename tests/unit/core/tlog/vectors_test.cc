// Against Tessera's small log (Apache-2.0), rebuilt from its words and its published key,
// and against checkpoints.json and the tiles of the format's vectors.
#include "tests/testing/vectors.h"

#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/tile.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

using testing::DigestOfHex;
using testing::Vector;

// A log in memory, from which any file can be asked.
class Log {
 public:
  Log(std::string origin, const crypto::Key& seed)
      : origin_(std::move(origin)),
        signer_(seed),
        key_(VerifierKey::Of(origin_, signer_.public_key())) {}

  void Append(std::string entry) {
    hashes_.push_back(HashLeaf(AsBytes(entry)));
    entries_.push_back(std::move(entry));
  }

  std::size_t size() const { return entries_.size(); }
  const VerifierKey& key() const { return key_; }

  Digest RootAt(std::uint64_t size) const {
    CompactRange range;
    for (std::uint64_t i = 0; i < size; ++i) range.Append(hashes_[i]);
    return range.Root();
  }

  std::string CheckpointAt(std::uint64_t size) const {
    return SignNote(CheckpointText({.origin = origin_, .size = size, .root = RootAt(size)}), key_,
                    signer_);
  }

  std::string FileOf(const Tile& tile) const {
    std::string file;
    for (std::uint64_t i = tile.index * kTileWidth, n = 0; n < std::uint64_t(tile.width);
         ++i, ++n) {
      if (tile.level == kEntries) {
        AppendBundleEntry(entries_[i], file);
      } else {
        file += AsText(HashAt(tile.level, i).view());
      }
    }
    return file;
  }

 private:
  Digest HashAt(int level, std::uint64_t index) const {
    const std::uint64_t width = std::uint64_t{1} << (kTileHeight * level);
    CompactRange range;
    for (std::uint64_t i = 0; i < width; ++i) range.Append(hashes_[index * width + i]);
    return range.Root();
  }

  std::string origin_;
  crypto::Ed25519Key signer_;
  VerifierKey key_;
  std::vector<std::string> entries_;
  std::vector<Digest> hashes_;
};

class TlogVectors : public testing::WithVectors {
 protected:
  // Compares every file below `folder` that has a tile's path; returns how many there are.
  static int CompareTiles(const Log& log, std::string_view folder) {
    int files = 0;
    const std::filesystem::path root = testing::VectorFolder() / folder;
    for (const auto& file : std::filesystem::recursive_directory_iterator(root / "tile")) {
      if (!file.is_regular_file()) continue;
      const std::string path = std::filesystem::relative(file.path(), root).generic_string();
      const std::optional<Tile> tile = ParseTilePath(path);
      EXPECT_TRUE(tile.has_value()) << path;
      if (!tile) continue;
      EXPECT_EQ(log.FileOf(*tile), testing::ReadFile(file.path())) << path;
      ++files;
    }
    return files;
  }
};

TEST_F(TlogVectors, AreRebuiltFromTheWordsAndTheSignersKey) {
  constexpr std::string_view kSigner = "AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";
  constexpr const char* kWords[] = {"one",    "two",   "three",    "four",    "five",
                                    "six",    "seven", "eit",      "nain",    "ten",
                                    "ileven", "twelf", "threeten", "fourten", "fivten"};
  const Bytes typed_seed = FromBase64(kSigner).value();
  Log log("example.com/log/testdata",
          crypto::Key(std::span<const std::uint8_t, 32>(typed_seed.data() + 1, 32)));
  for (const char* word : kWords) log.Append(word);
  ASSERT_EQ(log.key().ToText(),
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");

  for (std::uint64_t size = 0; size <= 15; ++size) {
    const std::string published =
        testing::ReadVectorFile("tlog/checkpoint." + std::to_string(size));

    EXPECT_EQ(log.CheckpointAt(size), published);
    EXPECT_EQ(OpenCheckpoint(published, {log.key()}).value().root, log.RootAt(size));
  }
  EXPECT_EQ(log.CheckpointAt(15), testing::ReadVectorFile("tlog/checkpoint"));
  EXPECT_EQ(CompareTiles(log, "tlog"), 30);
}

TEST_F(TlogVectors, HaveTheTilesOfTheFormatsLedger) {
  const Vector ledger = testing::ReadVectors("format/leaf_chain_tree.json");
  const Vector checkpoints = testing::ReadVectors("format/checkpoints.json");
  Log log(ledger["origin"].get<std::string>(), testing::KeyOfHex(checkpoints["log"]["seed"]));
  for (const Vector& leaf : ledger["leaves"]) log.Append(leaf["leaf"].get<std::string>());

  EXPECT_EQ(log.key().ToText(), checkpoints["log"]["vkey"].get<std::string>());
  for (std::size_t size = 0; size <= log.size(); ++size) {
    EXPECT_EQ(log.CheckpointAt(size), checkpoints["good"][size].get<std::string>());
  }
  EXPECT_EQ(log.CheckpointAt(12), testing::ReadVectorFile("format/tiles/ledger/checkpoint"));
  EXPECT_EQ(CompareTiles(log, "format/tiles/ledger"), 6);
}

TEST_F(TlogVectors, HaveTheTilesOfALogWithFullOnes) {
  const Vector v = testing::ReadVectors("format/tiles/tiles.json")["log"];
  const VerifierKey key = VerifierKey::Parse(v["vkey"].get<std::string>()).value();
  Log log(key.name, testing::KeyOfHex(v["seed"]));
  for (int i = 0; i < v["size"].get<int>(); ++i) log.Append("apple " + std::to_string(i));

  EXPECT_EQ(log.key(), key);
  EXPECT_EQ(log.RootAt(300), testing::DigestOfBase64(v["root"]));
  EXPECT_EQ(log.CheckpointAt(300), testing::ReadVectorFile("format/tiles/log/checkpoint"));
  EXPECT_EQ(CompareTiles(log, "format/tiles/log"), 5);
}

TEST_F(TlogVectors, AgreeOnTheTilesOfEverySize) {
  const Vector sizes = testing::ReadVectors("format/tiles/tiles.json")["sizes"];
  Log log("candor.example/numbers", crypto::Key());
  for (int i = 0; i < 70'000; ++i) log.Append(std::to_string(i));
  for (const Vector& v : sizes) {
    const auto size = v["size"].get<std::uint64_t>();
    EXPECT_EQ(log.RootAt(size), testing::DigestOfBase64(v["root"])) << size;

    std::size_t tiles = 0;
    for (const Vector& level : v["levels"]) {
      const int l = level["level"].get<int>();
      const auto full = level["full"].get<std::uint64_t>();
      const int partial = level["partial"].get<int>();
      EXPECT_EQ(TileWidthAt(l, full, size), partial) << size;
      if (full > 0) {
        EXPECT_EQ(TileWidthAt(l, full - 1, size), kTileWidth);
      }
      tiles += full + (partial > 0 ? 1 : 0);
    }
    EXPECT_EQ(TilesAt(size).size(), tiles) << size;

    for (const Vector& file : v["tiles"]) {
      const std::optional<Tile> tile = ParseTilePath(file["path"].get<std::string>());
      ASSERT_TRUE(tile.has_value()) << file;
      const std::string bytes = log.FileOf(*tile);
      EXPECT_EQ(bytes.size(), file["bytes"].get<std::size_t>());
      EXPECT_EQ(crypto::Sha256(AsBytes(bytes)), DigestOfHex(file["sha256"])) << file;
    }
  }
}

TEST_F(TlogVectors, AgreeOnPaths) {
  const Vector paths = testing::ReadVectors("format/tiles/tiles.json")["paths"];
  for (const Vector& v : paths) {
    const Tile tile = {.level = v["level"].is_string() ? kEntries : v["level"].get<int>(),
                       .index = v["index"].get<std::uint64_t>(),
                       .width = v["width"].get<int>()};

    EXPECT_EQ(TilePath(tile), v["path"].get<std::string>());
    EXPECT_EQ(ParseTilePath(v["path"].get<std::string>()), tile);
  }
}

TEST_F(TlogVectors, AgreeOnWhichCheckpointsAreGood) {
  const Vector v = testing::ReadVectors("format/checkpoints.json");
  const VerifierKey key = VerifierKey::Parse(v["log"]["vkey"].get<std::string>()).value();
  for (const Vector& c : v["cases"]) {
    const absl::StatusOr<Checkpoint> checkpoint =
        OpenCheckpoint(c["note"].get<std::string>(), {key});

    EXPECT_EQ(checkpoint.ok() && checkpoint->size == 12, c["accept"].get<bool>())
        << c["name"] << ' ' << checkpoint.status();
  }
  EXPECT_EQ(v["cases"].size(), 45U);
}

}  // namespace
}  // namespace candor::core
