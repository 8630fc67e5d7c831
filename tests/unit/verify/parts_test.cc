// The small parts: findings, uniqueness, upper tiles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/core/tlog/tile.h"
#include "services/verify/facts.h"
#include "services/verify/finding.h"
#include "services/verify/tiles.h"
#include "services/verify/unique.h"
#include "tests/unit/verify/ledger_world.h"

namespace candor::verify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Findings, AreWrittenAsOneLine) {
  EXPECT_EQ(ToText({.table = "entries", .position = 17, .column = "leaf", .what = "is altered"}),
            "entries 17 leaf: is altered");
  EXPECT_EQ(ToText({.table = "entries", .position = 17, .what = "is missing"}),
            "entries 17: is missing");
  EXPECT_EQ(ToText({.table = "heads", .column = "root", .what = "is not the root"}),
            "heads root: is not the root");
}

TEST(Findings, AreOrderedByPositionAndCounted) {
  Findings findings;
  for (std::uint64_t i = kMaxFindings + 5; i > 0; --i) {
    findings.Add({.table = "entries", .position = i, .what = "is missing"});
  }
  Findings more;
  more.Append(std::move(findings));

  const std::vector<Finding> taken = std::move(more).Take();

  ASSERT_EQ(taken.size(), kMaxFindings + 1);
  EXPECT_EQ(taken.front().position, 6U);
  EXPECT_EQ(ToText(taken.back()), "verification: 5 more findings");
}

TEST(WhatIsMissing, IsCountedFromTheLeavesThatNameIt) {
  core::Leaf gap;
  gap.type = "gap";
  const auto range = [](std::int64_t first, std::int64_t last) {
    core::Json json = core::Json::Object();
    json.Set("first", first);
    json.Set("last", last);
    return json;
  };
  gap.facts.Set("missing", core::Json::Array().Append(range(3, 5)).Append(range(9, 9)));
  core::Leaf outcome;
  outcome.type = "outcome_missing";
  NamedMissing all;
  for (const core::Leaf& leaf : {gap, outcome, outcome, core::Leaf{}}) all += ReadMissing(leaf).value();

  EXPECT_EQ(all.calls, 4U);
  EXPECT_EQ(all.outcomes, 2U);
  for (const auto& bad : {core::Json(true), core::Json::Array(), core::Json::Array().Append(1),
                          core::Json::Array().Append(range(0, 2)), core::Json::Array().Append(range(3, 2))}) {
    gap.facts.Set("missing", bad);
    EXPECT_FALSE(ReadMissing(gap).ok()) << bad.Encode();
  }
}

TEST(UniqueIds, FindsEveryIdThatStandsTwice) {
  std::vector<Uuid> first, second;
  for (std::uint64_t i = 1; i <= 1'000; ++i) first.push_back(IdOf(i, 7));
  for (std::uint64_t i = 1'001; i <= 2'000; ++i) second.push_back(IdOf(i, 7));
  second[10] = first[20];
  first[30] = Uuid();
  first[40] = Uuid();
  first[51] = first[50];
  Findings findings;
  UniqueIds unique("leaf_id", findings);
  unique.Add(0, first);
  unique.Add(65'536, second);

  unique.Check();

  EXPECT_EQ(Texts(std::move(findings).Take()),
            "entries 51 leaf_id: is that of position 50\n"
            "entries 65546 leaf_id: is that of position 20\n");
}

// 256 tiles below: their roots are the numbered hashes.
class UpperTile : public testing::Test {
 protected:
  UpperTile() {
    for (const Digest& hash : core::NumberedLeaves(256)) below_.push_back({.computed = hash});
    for (const TileRoots& roots : below_) stored_.hashes.push_back(roots.computed);
    stored_.root = core::NaiveRoot(stored_.hashes);
  }

  std::vector<std::string> Found() const {
    Findings findings;
    CheckUpperTile(3, 7, below_, &stored_, findings);
    return Places(std::move(findings).Take());
  }

  std::vector<TileRoots> below_;
  StoredTile stored_;
};

TEST_F(UpperTile, GivesTheRootOverThoseBelow) {
  Findings findings;

  const TileRoots roots = CheckUpperTile(3, 7, below_, nullptr, findings);

  EXPECT_EQ(roots.computed, *stored_.root);
  EXPECT_EQ(roots.recorded, std::nullopt);
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(UpperTile, IsNamedWhenAHashOrTheRootIsAltered) {
  StoredTile honest = stored_;
  stored_.hashes[9] = Digest();
  EXPECT_THAT(Found(), ElementsAre("tiles 7 hashes"));

  stored_ = honest;
  stored_.root = Digest();
  EXPECT_THAT(Found(), ElementsAre("tiles 7 root"));
}

// The tile below was named already; this one may agree with what it says of itself.
TEST_F(UpperTile, IsNotBlamedForWhatStandsBelow) {
  below_[9].recorded = below_[9].computed;
  below_[9].computed = Digest();

  EXPECT_THAT(Found(), IsEmpty());
}

}  // namespace
}  // namespace candor::verify
