#include "services/ledger/prover.h"

#include <gtest/gtest.h>

#include "services/ledger/open_tiles.h"
#include "services/store/migrate.h"
#include "tests/testing/postgres.h"
#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::ledger {
namespace {

using ::candor::testing::Postgres;
using ::candor::testing::Session;

constexpr std::size_t kLeaves = 66'000;

// The rows of a ledger whose leaves are "L0", "L1" and so on, made once; every test only
// reads them, or works on the rows of another tenant.
class ProvingFromRows : public ::testing::Test {
 protected:
  struct World {
    World() {
      EXPECT_TRUE(store::Migrate({url}).ok());
      Session session(url);
      for (const std::string& tenant : {whole.ToText(), damaged.ToText()}) {
        EXPECT_EQ(
            session
                .Run("INSERT INTO entries (tenant_id, position, leaf_id, request_id, leaf_hash, "
                     "chain_hash, leaf) "
                     "SELECT $1::uuid, i, gen_random_uuid(), gen_random_uuid(), "
                     "sha256('\\x00'::bytea || convert_to('L' || i, 'UTF8')), sha256(''), "
                     "convert_to('L' || i, 'UTF8') FROM generate_series(0, $2::bigint - 1) AS i",
                     {tenant, std::to_string(tenant == whole.ToText() ? kLeaves : 600)})
                .sqlstate,
            "");
      }
      OpenTiles open;
      std::vector<store::TileRow> full;
      for (std::size_t i = 0; i < kLeaves; ++i) {
        leaves.push_back(core::HashLeaf(AsBytes("L" + std::to_string(i))));
        open.Add(leaves.back(), full);
      }
      for (const store::TileRow& tile : full) {
        for (const Uuid& tenant : {whole, damaged}) {
          if (tenant == damaged && (tile.level > 0 || tile.index > 1)) continue;
          EXPECT_EQ(
              session
                  .Run(
                      "INSERT INTO tiles VALUES ($1, $2, $3, decode($4, 'hex'), decode($5, 'hex'))",
                      {tenant.ToText(), std::to_string(tile.level), std::to_string(tile.index),
                       ToHex(AsBytes(tile.hashes)), tile.root.ToHex()})
                  .sqlstate,
              "");
        }
      }
    }

    const std::string url = Postgres::Get().Url();
    const Uuid whole = *Uuid::FromText("0198c000-0000-7000-8000-000000000001");
    const Uuid damaged = *Uuid::FromText("0198c000-0000-7000-8000-000000000002");
    std::vector<Digest> leaves;
  };

  static World& TheWorld() {
    static World world;
    return world;
  }

  std::span<const Digest> First(std::size_t size) const {
    return std::span(world_.leaves).first(size);
  }
  Prover At(std::uint64_t size) { return {connection_, world_.whole, size}; }

  World& world_ = TheWorld();
  store::Connection connection_{{world_.url}, store::Role::kReader};
};

TEST_F(ProvingFromRows, GivesTheRootOfEverySizeAroundTheEdgesOfTiles) {
  for (const std::size_t size : {1UL, 2UL, 3UL, 255UL, 256UL, 257UL, 300UL, 511UL, 512UL, 513UL,
                                 4096UL, 65535UL, 65536UL, 65537UL, kLeaves}) {
    const auto root = At(size).Root();

    ASSERT_TRUE(root.ok()) << size << root.status();
    EXPECT_EQ(*root, core::NaiveRoot(First(size))) << size;
  }
}

TEST_F(ProvingFromRows, GivesThePathOfALeaf) {
  for (const std::size_t size : {1UL, 2UL, 256UL, 257UL, 600UL, 65536UL, 65537UL, kLeaves}) {
    Prover prover = At(size);
    for (const std::size_t position :
         {0UL, 1UL, 255UL, 256UL, 300UL, 65535UL, 65536UL, size / 2, size - 1}) {
      if (position >= size) continue;
      const auto path = prover.Inclusion(position);

      ASSERT_TRUE(path.ok()) << position << " of " << size << path.status();
      EXPECT_EQ(*path, core::NaivePath(position, First(size))) << position << " of " << size;
    }
  }
}

TEST_F(ProvingFromRows, ProvesThatALaterSizeOnlyGrew) {
  for (const std::size_t size : {2UL, 257UL, 600UL, 65537UL, kLeaves}) {
    Prover prover = At(size);
    for (const std::size_t old_size : {1UL, 2UL, 255UL, 256UL, 512UL, 65536UL, size - 1, size}) {
      if (old_size > size) continue;
      const auto path = prover.Consistency(old_size);

      ASSERT_TRUE(path.ok()) << old_size << " to " << size << path.status();
      EXPECT_EQ(*path, core::NaiveSubproof(old_size, First(size), true))
          << old_size << " to " << size;
    }
  }
}

TEST_F(ProvingFromRows, RefusesWhatLiesBeyondTheSizeItSees) {
  Prover prover = At(300);

  EXPECT_EQ(prover.Inclusion(300).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(prover.Consistency(301).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(prover.Consistency(0).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ProvingFromRows, GivesTilesOfEveryWidthThatTheSizeHas) {
  Prover prover = At(65536 + 300);

  const auto wide = prover.Tile(0, 256, 256), open = prover.Tile(0, 257, 44),
             narrow = prover.Tile(0, 257, 7);
  const auto upper = prover.Tile(1, 0, 256), open_upper = prover.Tile(1, 1, 1),
             top = prover.Tile(2, 0, 1);

  ASSERT_TRUE(wide.ok() && open.ok() && narrow.ok() && upper.ok() && open_upper.ok() && top.ok());
  EXPECT_EQ(*wide,
            std::vector(First(65536 + 256).last(256).begin(), First(65536 + 256).last(256).end()));
  EXPECT_EQ(*open,
            std::vector(First(65536 + 300).last(44).begin(), First(65536 + 300).last(44).end()));
  EXPECT_EQ(*narrow, std::vector(open->begin(), open->begin() + 7));
  for (std::size_t i = 0; i < 256; ++i) {
    EXPECT_EQ(upper->at(i), core::NaiveRoot(std::span(world_.leaves).subspan(i * 256, 256)));
  }
  EXPECT_EQ(open_upper->at(0), core::NaiveRoot(std::span(world_.leaves).subspan(65536, 256)));
  EXPECT_EQ(top->at(0), core::NaiveRoot(First(65536)));
}

TEST_F(ProvingFromRows, HasNoTileBeyondTheSizeItSees) {
  Prover prover = At(300);

  for (const auto& [level, index, width] :
       {std::tuple(0, 1, 45), {0, 2, 1}, {1, 0, 2}, {1, 1, 1}, {2, 0, 1}, {7, 0, 1}, {63, 0, 1}}) {
    EXPECT_EQ(prover.Tile(level, static_cast<std::uint64_t>(index), width).status().code(),
              absl::StatusCode::kNotFound)
        << level << " " << index << " " << width;
  }
  EXPECT_EQ(prover.Tile(0, ~std::uint64_t{0}, 1).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ProvingFromRows, TellsWhenARowOfAnOpenTileIsMissing) {
  Session(world_.url)
      .Run("DELETE FROM entries WHERE position = 590 AND tenant_id = '" + world_.damaged.ToText() +
           "'");
  Prover prover(connection_, world_.damaged, 600);

  EXPECT_EQ(prover.Inclusion(599).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(ProvingFromRows, TellsWhenMoreIsClaimedThanIsStored) {
  Prover prover(connection_, world_.damaged, 5000);

  EXPECT_FALSE(prover.Root().ok());
}

TEST_F(ProvingFromRows, IsUnavailableWhereNoServerAnswers) {
  store::Connection nowhere({"host=/nowhere user=candor dbname=candor"}, store::Role::kReader);

  EXPECT_EQ(Prover(nowhere, world_.whole, 300).Root().status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace candor::ledger
