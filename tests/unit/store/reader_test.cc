#include "services/store/reader.h"

#include "services/store/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "services/store/keys.h"
#include "tests/unit/store/stored_ledger.h"

namespace candor::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Five leaves "0" to "4".
class Reading : public StoredLedger {
 protected:
  void SetUp() override {
    StoredLedger::SetUp();
    for (const std::string& leaf : leaves_) rows_.push_back(RowOf(leaf));
  }

  void Append(absl::FunctionRef<void(Batch&)> change = [](Batch&) {}) {
    const absl::Status status = AppendRows(rows_, change);
    ASSERT_TRUE(status.ok()) << status;
  }

  static std::vector<std::uint64_t> PositionsOf(
      const absl::StatusOr<std::vector<StoredLeaf>>& leaves) {
    EXPECT_TRUE(leaves.ok()) << leaves.status();
    std::vector<std::uint64_t> positions;
    for (const StoredLeaf& leaf : *leaves) positions.push_back(leaf.position);
    return positions;
  }

  const std::vector<std::string> leaves_ = {"{\"n\":0}", "{\"n\":1}", "{\"n\":2}", "{\"n\":3}",
                                            "{\"n\":4}"};
  std::vector<EntryRow> rows_;
};

TEST_F(Reading, FindsALeafByPositionRequestAndId) {
  Append();

  const auto at = LeafAt(reader_, tenant_, 3);
  const auto of_request = LeafOfRequest(reader_, tenant_, rows_[3].request_id);
  const auto of_id = LeafOfId(reader_, tenant_, rows_[3].leaf_id);

  for (const auto* found : {&at, &of_request, &of_id}) {
    ASSERT_TRUE(found->ok()) << found->status();
    EXPECT_EQ((*found)->position, 3U);
    EXPECT_EQ((*found)->leaf, leaves_[3]);
  }
}

TEST_F(Reading, FindsNothingThatIsNotThereOrIsAnothersTenant) {
  Append();
  const Uuid other = AddTenant("other.example/b");

  EXPECT_EQ(LeafAt(reader_, tenant_, 5).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LeafOfId(reader_, tenant_, NewUuid()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LeafAt(reader_, other, 0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LeafOfId(reader_, other, rows_[0].leaf_id).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(LeafOfRequest(reader_, other, rows_[0].request_id).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadHead(reader_, NewUuid()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(*LeafHashes(reader_, other, 0, 10), IsEmpty());
}

TEST_F(Reading, GivesLeavesPageByPageInOrder) {
  Append();

  EXPECT_THAT(PositionsOf(Leaves(reader_, tenant_, 1, 4, 100)), ElementsAre(1, 2, 3));
  EXPECT_THAT(PositionsOf(Leaves(reader_, tenant_, 1, 4, 2)), ElementsAre(1, 2));
  EXPECT_THAT(PositionsOf(Leaves(reader_, tenant_, 3, 4, 2)), ElementsAre(3));
  EXPECT_THAT(PositionsOf(Leaves(reader_, tenant_, 4, 4, 2)), IsEmpty());
}

TEST_F(Reading, GivesAllLeavesOfADecision) {
  const Uuid decision = NewUuid();
  rows_[1].decision_id = rows_[4].decision_id = decision;
  rows_[2].decision_id = NewUuid();
  Append();

  EXPECT_THAT(PositionsOf(LeavesOfDecision(reader_, tenant_, decision)), ElementsAre(1, 4));
}

TEST_F(Reading, GivesTheHashesOfARangeAndFewerAtItsEnd) {
  Append();

  const auto hashes = LeafHashes(reader_, tenant_, 3, 9);

  ASSERT_TRUE(hashes.ok()) << hashes.status();
  EXPECT_THAT(*hashes, ElementsAre(core::HashLeaf(AsBytes(leaves_[3])),
                                   core::HashLeaf(AsBytes(leaves_[4]))));
}

TEST_F(Reading, GivesFullTilesAndTheirRoots) {
  std::vector<Digest> hashes(256);
  std::generate(hashes.begin(), hashes.end(), NewDigest);
  std::string joined;
  for (const Digest& hash : hashes) joined += AsText(hash.view());
  const Digest root = NewDigest();
  Append([&](Batch& batch) {
    batch.tiles.push_back({.level = 1, .index = 7, .hashes = joined, .root = root});
  });

  EXPECT_EQ(*FullTile(reader_, tenant_, 1, 7), hashes);
  EXPECT_EQ(FullTile(reader_, tenant_, 0, 7).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FullTile(reader_, tenant_, 1, 8).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(*TileRoots(reader_, tenant_, 1, 7, 8), ElementsAre(root));
  EXPECT_THAT(*TileRoots(reader_, tenant_, 1, 0, 7), IsEmpty());
}

TEST_F(Reading, FindsWhatIsSealedUnderAKey) {
  const Handle one = NewHandle(), two = NewHandle();
  const Bytes body = {7, 7};
  Append([&](Batch& batch) {
    for (const std::uint64_t position : {std::uint64_t{1}, std::uint64_t{3}}) {
      batch.sealed.push_back(
          {.position = position, .handle = one, .fingerprint = {}, .sections = body});
    }
    batch.sealed.push_back({.position = 3, .handle = two, .fingerprint = {}, .sections = body});
  });

  EXPECT_THAT(*PositionsOfHandle(reader_, tenant_, one), ElementsAre(1, 3));
  EXPECT_THAT(*PositionsOfHandle(reader_, tenant_, two), ElementsAre(3));
  EXPECT_THAT(*PositionsOfHandle(reader_, tenant_, NewHandle()), IsEmpty());
  EXPECT_EQ(SealedAt(reader_, tenant_, 3)->size(), 2U);
  EXPECT_THAT(*SealedAt(reader_, tenant_, 0), IsEmpty());
}

TEST_F(Reading, NoLongerFindsAKeyThatWasDestroyed) {
  const WrappedKey key = NewWrappedKey();
  Append([&](Batch& batch) { batch.persons.push_back({.lookup = NewDigest(), .key = key}); });
  const auto before = KeyOfHandle(reader_, tenant_, key.handle);

  candor::testing::Session(address_.url).Run("DELETE FROM data_keys");
  const auto after = KeyOfHandle(reader_, tenant_, key.handle);

  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->wrapped, key.wrapped);
  EXPECT_EQ(before->generation, key.generation);
  EXPECT_EQ(after.status().code(), absl::StatusCode::kNotFound);
}

TEST_F(Reading, FindsTheKeyOfThePersonWhomALeafConcerns) {
  const WrappedKey alice = NewWrappedKey(), bob = NewWrappedKey(), gone = NewWrappedKey();
  const auto box = [](const std::string& name) {
    const std::string text = static_cast<char>(name.size()) + name + std::string(4, '\0');
    return Bytes(text.begin(), text.end());
  };
  const Bytes person = box("person"), second = box("person.2"), inputs = box("inputs");
  Append([&](Batch& batch) {
    batch.persons = {{.lookup = NewDigest(), .key = alice}, {.lookup = NewDigest(), .key = bob}};
    batch.sealed = {{.position = 0, .handle = bob.handle, .fingerprint = {}, .sections = second},
                    {.position = 0, .handle = alice.handle, .fingerprint = {}, .sections = person},
                    {.position = 1, .handle = alice.handle, .fingerprint = {}, .sections = inputs},
                    {.position = 2, .handle = gone.handle, .fingerprint = {}, .sections = person}};
  });

  const auto keys = PersonKeysOf(writer_, tenant_,
                                 {rows_[2].leaf_id, rows_[1].leaf_id, rows_[0].leaf_id, NewUuid()});

  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 1U);
  ASSERT_TRUE(keys->at(rows_[0].leaf_id).has_value());
  EXPECT_EQ(keys->at(rows_[0].leaf_id)->handle, alice.handle);
}

TEST_F(Reading, NamesAuthorizationsWhoseOutcomeDidNotCome) {
  for (std::size_t i = 0; i < 4; ++i) {
    rows_[i].verdict = 1;
    rows_[i].due_time = At(static_cast<std::int64_t>(100 - 10 * i));  // 100, 90, 80, 70.
    rows_[i].decision_id = rows_[i].leaf_id;
  }
  rows_[4].closes_id = rows_[1].leaf_id;
  Append();

  const Overdue after = {.leaf_id = rows_[3].leaf_id, .decision_id = {}, .due_time = At(70)};
  const auto overdue = OverdueAuthorizations(reader_, tenant_, after, At(100), 10);
  const auto first = OverdueAuthorizations(reader_, tenant_, {}, At(1000), 1);

  ASSERT_TRUE(overdue.ok()) << overdue.status();
  ASSERT_EQ(overdue->size(), 2U);  // Not the one that is closed, nor the one named.
  EXPECT_EQ(overdue->at(0).leaf_id, rows_[2].leaf_id);
  EXPECT_EQ(overdue->at(0).due_time, At(80));
  EXPECT_EQ(overdue->at(0).decision_id, rows_[2].leaf_id);
  EXPECT_EQ(overdue->at(1).leaf_id, rows_[0].leaf_id);
  ASSERT_TRUE(first.ok() && first->size() == 1);
  EXPECT_EQ(first->at(0).leaf_id, rows_[3].leaf_id);
}

TEST_F(Reading, NamesTheNumbersThatAProducerLeftOut) {
  const Uuid epoch = NewUuid(), other = NewUuid();
  const std::uint64_t numbers[] = {3, 4, 9, 20};  // Missing: 1 to 2, 5 to 8, 10 to 19.
  for (std::size_t i = 0; i < 4; ++i) {
    rows_[i].epoch = epoch;
    rows_[i].seq = numbers[i];
  }
  rows_[4].epoch = other;
  rows_[4].seq = 1;
  Append();

  const auto all = NumberGaps(reader_, tenant_, epoch, 0, 100, 10);
  const auto before_9 = NumberGaps(reader_, tenant_, epoch, 0, 8, 10);
  const auto after_6 = NumberGaps(reader_, tenant_, epoch, 6, 9, 10);

  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ(all->at(0).first, 1U);
  EXPECT_EQ(all->at(0).last, 2U);
  EXPECT_EQ(all->at(0).next.position, 0U);
  EXPECT_EQ(all->at(1).first, 5U);
  EXPECT_EQ(all->at(1).last, 8U);
  EXPECT_EQ(all->at(1).next.leaf, leaves_[2]);
  EXPECT_EQ(all->at(2).first, 10U);
  EXPECT_EQ(all->at(2).last, 19U);
  EXPECT_EQ(before_9->size(), 1U);
  ASSERT_EQ(after_6->size(), 1U);
  EXPECT_EQ(after_6->at(0).first, 7U);
  EXPECT_EQ(*HighestNumber(reader_, tenant_, epoch, 100), 20U);
  EXPECT_EQ(*HighestNumber(reader_, tenant_, epoch, 19), 9U);
  EXPECT_EQ(*HighestNumber(reader_, tenant_, epoch, 2), 0U);
  EXPECT_EQ(*CountNumbers(reader_, tenant_, epoch, 9), 3U);
}

TEST_F(Reading, NamesNoNumberTwice) {
  const Uuid epoch = NewUuid();
  const std::uint64_t numbers[] = {3, 9, 12};  // Missing: 1 to 2, 4 to 8, 10 to 11.
  for (std::size_t i = 0; i < 3; ++i) {
    rows_[i].epoch = epoch;
    rows_[i].seq = numbers[i];
  }
  Append([&](Batch& batch) {
    batch.side = {{SideRow::Table::kGap, {epoch.ToText(), "4", "8"}, 7}};
  });

  const auto gaps = NumberGaps(reader_, tenant_, epoch, 0, 100, 10);

  ASSERT_TRUE(gaps.ok()) << gaps.status();
  ASSERT_EQ(gaps->size(), 2U);
  EXPECT_EQ(gaps->at(0).last, 2U);
  EXPECT_EQ(gaps->at(1).first, 10U);
}

TEST_F(Reading, FindsEveryEpochOnce) {
  const Uuid epoch = NewUuid(), other = NewUuid();
  for (std::size_t i = 0; i < 4; ++i) {
    rows_[i].epoch = i % 2 == 0 ? epoch : other;
    rows_[i].seq = i + 1;
  }
  Append();

  const auto epochs = Epochs(reader_, tenant_);

  ASSERT_TRUE(epochs.ok()) << epochs.status();
  EXPECT_EQ(std::set<Uuid>(epochs->begin(), epochs->end()), (std::set<Uuid>{epoch, other}));
  EXPECT_EQ(epochs->size(), 2U);
}

TEST_F(Reading, KnowsHowAnEpochWasClosed) {
  const Uuid epoch = NewUuid(), leaf = NewUuid();
  Append([&](Batch& batch) {
    batch.side = {{SideRow::Table::kClosedEpoch, {epoch.ToText(), "bot", "12", leaf.ToText()}, 0}};
  });

  const auto closing = ReadClosing(reader_, tenant_, epoch), none = ReadClosing(reader_, tenant_, leaf);

  ASSERT_TRUE(closing.ok() && closing->has_value()) << closing.status();
  EXPECT_EQ((*closing)->producer, "bot");
  EXPECT_EQ((*closing)->count, 12U);
  EXPECT_EQ((*closing)->leaf_id, leaf);
  EXPECT_TRUE(none.ok() && !none->has_value());
}

TEST_F(Reading, KnowsWhichRequestsWereRecorded) {
  Append();

  const auto known = KnownRequests(reader_, tenant_, {NewUuid(), rows_[2].request_id, rows_[0].request_id});

  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_THAT(*known, ::testing::UnorderedElementsAre(rows_[0].request_id, rows_[2].request_id));
}

TEST_F(Reading, StreamsEveryColumnOfEveryEntry) {
  rows_[2].decision_id = NewUuid();
  rows_[2].closes_id = NewUuid();
  rows_[2].verdict = 3;
  rows_[2].expire_time = At(5);
  rows_[2].due_time = At(-1);
  rows_[2].epoch = NewUuid();
  rows_[2].seq = std::uint64_t{1} << 40;
  Append();

  std::vector<std::uint64_t> positions;
  const absl::Status status = StreamEntries(address_, tenant_, 1, 4, [&](const StoredEntry& entry) {
    const EntryRow& row = rows_[entry.position];
    positions.push_back(entry.position);
    EXPECT_EQ(entry.leaf_id, row.leaf_id);
    EXPECT_EQ(entry.request_id, row.request_id);
    EXPECT_EQ(entry.decision_id, row.decision_id);
    EXPECT_EQ(entry.closes_id, row.closes_id);
    EXPECT_EQ(entry.verdict.value_or(0), row.verdict);
    EXPECT_EQ(entry.expire_time, row.expire_time);
    EXPECT_EQ(entry.due_time, row.due_time);
    EXPECT_EQ(entry.epoch, row.epoch);
    EXPECT_EQ(entry.seq.value_or(0), static_cast<std::int64_t>(row.seq));
    EXPECT_EQ(AsText(entry.leaf), row.leaf);
    EXPECT_EQ(Digest::FromBytes(entry.leaf_hash), core::HashLeaf(AsBytes(row.leaf)));
    EXPECT_EQ(entry.chain_hash.size(), 32U);
    return absl::OkStatus();
  });

  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(positions, ElementsAre(1, 2, 3));
}

TEST_F(Reading, StreamsNothingOfAnEmptyRangeAndStopsWhenTold) {
  Append();
  int seen = 0;
  const auto stop = [&](const StoredEntry&) {
    ++seen;
    return absl::CancelledError("enough");
  };

  EXPECT_TRUE(StreamEntries(address_, tenant_, 5, 5, stop).ok());
  EXPECT_TRUE(StreamEntries(address_, tenant_, 5, 100, stop).ok());
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(StreamEntries(address_, tenant_, 0, 5, stop).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(seen, 1);
}

TEST_F(Reading, StreamsTilesByLevelAndIndex) {
  const std::string hashes(8192, 'x');
  Append([&](Batch& batch) {
    for (const auto& [level, index] : {std::pair{1, 0}, {0, 2}, {0, 1}}) {
      batch.tiles.push_back({.level = level,
                             .index = static_cast<std::uint64_t>(index),
                             .hashes = hashes,
                             .root = NewDigest()});
    }
  });

  std::vector<std::pair<int, std::uint64_t>> seen;
  const absl::Status status = StreamTiles(address_, tenant_, [&](const StoredTile& tile) {
    seen.emplace_back(tile.level, tile.index);
    EXPECT_EQ(AsText(tile.hashes), hashes);
    EXPECT_EQ(tile.root.size(), 32U);
    return absl::OkStatus();
  });

  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(std::pair(0, 1U), std::pair(0, 2U), std::pair(1, 0U)));
}

TEST_F(Reading, StreamsSealedSectionsWithAndWithoutAFingerprint) {
  const Handle one = NewHandle(), two = NewHandle();
  const Digest fingerprint = NewDigest();
  const Bytes body = {1, 2, 3};
  Append([&](Batch& batch) {
    batch.sealed.push_back(
        {.position = 0, .handle = one, .fingerprint = fingerprint, .sections = {}});
    batch.sealed.push_back({.position = 4, .handle = two, .fingerprint = {}, .sections = body});
  });

  std::vector<std::uint64_t> seen;
  const absl::Status status = StreamSealed(address_, tenant_, 0, 5, [&](const StoredSections& row) {
    seen.push_back(row.position);
    const bool first = row.position == 0;
    EXPECT_TRUE(std::ranges::equal(row.handle, first ? one : two));
    EXPECT_EQ(row.fingerprint.has_value(), first);
    EXPECT_EQ(row.sections.size(), first ? 0U : 3U);
    return absl::OkStatus();
  });

  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(0, 4));
}

TEST_F(Reading, IsUnavailableWhereNoServerAnswers) {
  Connection nowhere({"host=/nowhere user=candor dbname=candor"}, Role::kReader);

  EXPECT_EQ(ReadHead(nowhere, tenant_).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(StreamTiles({"host=/nowhere user=candor dbname=candor"}, tenant_,
                        [](const StoredTile&) { return absl::OkStatus(); })
                .code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace candor::store
