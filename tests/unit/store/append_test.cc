#include "services/store/append.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "services/base/status.h"
#include "services/store/keys.h"
#include "services/store/postgres/door.h"
#include "services/store/reader.h"
#include "tests/unit/store/stored_ledger.h"

namespace candor::store {
namespace {

using ::candor::testing::Postgres;
using ::candor::testing::Session;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::UnorderedElementsAre;

class Appending : public StoredLedger {};

TEST_F(Appending, LocksTheHeadAsItWasMade) {
  Head head;
  const absl::Status status = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(head, ledger.Lock(tenant_));
    return absl::OkStatus();
  });

  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(head.size, 0U);
  EXPECT_EQ(head.root, core::EmptyRoot());
  EXPECT_EQ(head.chain, core::ChainStart("a.example/b"));
  EXPECT_EQ(head.time, At(0));
  EXPECT_THAT(head.range, IsEmpty());
  EXPECT_GT(head.database_time, At(0));
  EXPECT_THAT(head.time_line, MatchesRegex("[0-9]+/[0-9A-F]{8}"));
  EXPECT_EQ(head.time_line, writer_.system_identifier());
}

TEST_F(Appending, FindsNoLedgerOfAnUnknownTenant) {
  const absl::Status status =
      Append(writer_, [&](LedgerTransaction& ledger) { return ledger.Lock(NewUuid()).status(); });

  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
}

TEST_F(Appending, WritesEveryColumnOfAnEntry) {
  EntryRow row = RowOf("{\"a\":1}");
  row.decision_id = NewUuid();
  row.closes_id = NewUuid();
  row.verdict = 2;
  row.expire_time = At(1'000'001);
  row.due_time = At(2'000'002);
  row.epoch = NewUuid();
  row.seq = 9'007'199'254'740'991;

  const absl::Status status = AppendRows({row});

  ASSERT_TRUE(status.ok()) << status;
  const candor::testing::Answer answer =
      Session(address_.url)
          .Run(
              "SELECT position, leaf_id, request_id, decision_id, closes_id, verdict, "
              "(extract(epoch FROM expire_time) * 1000000)::bigint, "
              "(extract(epoch FROM due_time) * 1000000)::bigint, epoch, seq, "
              "encode(leaf_hash, 'hex'), encode(chain_hash, 'hex'), convert_from(leaf, 'UTF8') "
              "FROM entries");
  const Digest leaf_hash = core::HashLeaf(AsBytes(row.leaf));
  const Digest chain = core::ChainNext(core::ChainStart("a.example/b"), leaf_hash);
  const std::vector<std::string> wanted = {"0",
                                           row.leaf_id.ToText(),
                                           row.request_id.ToText(),
                                           row.decision_id->ToText(),
                                           row.closes_id->ToText(),
                                           "2",
                                           std::to_string(kSecond * 1'000'000 + 1'000'001),
                                           std::to_string(kSecond * 1'000'000 + 2'000'002),
                                           row.epoch->ToText(),
                                           "9007199254740991",
                                           leaf_hash.ToHex(),
                                           chain.ToHex(),
                                           "{\"a\":1}"};
  ASSERT_EQ(answer.rows.size(), 1U);
  EXPECT_EQ(answer.rows[0], wanted);
}

TEST_F(Appending, LeavesTheColumnsThatALeafHasNotEmpty) {
  ASSERT_TRUE(AppendRows({RowOf("{}")}).ok());

  EXPECT_EQ(Session(address_.url)
                .Run("SELECT num_nulls(decision_id, closes_id, verdict, expire_time, due_time, "
                     "epoch, seq) FROM entries")
                .value(),
            "7");
}

TEST_F(Appending, MovesTheHeadToTheEndOfTheBatch) {
  ASSERT_TRUE(AppendRows({RowOf("{}"), RowOf("[1]"), RowOf("[2]")}).ok());

  const absl::StatusOr<Head> head = ReadHead(reader_, tenant_);

  ASSERT_TRUE(head.ok()) << head.status();
  core::CompactRange range;
  for (const char* leaf : {"{}", "[1]", "[2]"}) range.Append(core::HashLeaf(AsBytes(leaf)));
  EXPECT_EQ(head->size, 3U);
  EXPECT_EQ(head->root, range.Root());
  EXPECT_EQ(head->range, range.hashes());
  EXPECT_EQ(head->time, At(1));
}

TEST_F(Appending, WritesSealedSectionsPersonsAndTilesWithTheEntry) {
  const WrappedKey key = NewWrappedKey();
  const Digest lookup = NewDigest(), fingerprint = NewDigest();
  const Bytes sections = {1, 2, 3, 0, 255};
  const TileRow tile{.level = 0, .index = 0, .hashes = std::string(8192, 'h'), .root = NewDigest()};

  const absl::Status status = AppendRows({RowOf("{}")}, [&](Batch& batch) {
    batch.sealed.push_back(
        {.position = 0, .handle = key.handle, .fingerprint = fingerprint, .sections = sections});
    batch.persons.push_back({.lookup = lookup, .key = key});
    batch.tiles.push_back(tile);
  });

  ASSERT_TRUE(status.ok()) << status;
  const auto sealed = SealedAt(reader_, tenant_, 0);
  ASSERT_TRUE(sealed.ok() && sealed->size() == 1) << sealed.status();
  EXPECT_EQ(sealed->at(0).handle, key.handle);
  EXPECT_EQ(sealed->at(0).sections, sections);
  const auto keys = FindKeys(reader_, tenant_, {lookup, NewDigest()});
  ASSERT_TRUE(keys.ok() && keys->size() == 1) << keys.status();
  EXPECT_EQ(keys->at(lookup).handle, key.handle);
  EXPECT_EQ(keys->at(lookup).wrapped, key.wrapped);
  const auto roots = TileRoots(reader_, tenant_, 0, 0, 10);
  ASSERT_TRUE(roots.ok()) << roots.status();
  EXPECT_EQ(*roots, std::vector{tile.root});
}

TEST_F(Appending, WritesNothingWhenTheHeadIsNotWhereItWas) {
  const absl::Status status =
      AppendRows({RowOf("{}")}, [](Batch& batch) { batch.first_position = 7; });

  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Session(address_.url).Run("SELECT count(*) FROM entries").value(), "0");
}

TEST_F(Appending, WritesNothingWhenTheWorkFailsAfterWriting) {
  const absl::Status status = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Head head, ledger.Lock(tenant_));
    const std::string leaf = "{}";
    CANDOR_RETURN_IF_ERROR(ledger.Write(BatchAfter(head, {RowOf(leaf)})));
    return absl::CancelledError("thought better of it");
  });

  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Session(address_.url).Run("SELECT count(*) FROM entries").value(), "0");
  EXPECT_EQ(ReadHead(reader_, tenant_)->size, 0U);
}

TEST_F(Appending, IsRefusedByTheDatabaseWhenAHashIsFalse) {
  const absl::Status status =
      AppendRows({RowOf("{}")}, [](Batch& batch) { batch.entries[0].leaf_hash.bytes[0] ^= 1; });

  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReadHead(reader_, tenant_)->size, 0U);
}

TEST_F(Appending, IsRefusedWhenARequestIsRecordedTwice) {
  const EntryRow row = RowOf("{}");
  ASSERT_TRUE(AppendRows({row}).ok());
  EntryRow again = RowOf("[]");
  again.request_id = row.request_id;

  EXPECT_EQ(AppendRows({again}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReadHead(reader_, tenant_)->size, 1U);
}

TEST_F(Appending, IsRefusedToARoleThatOnlyReads) {
  const absl::Status status =
      Append(reader_, [&](LedgerTransaction& ledger) { return ledger.Lock(tenant_).status(); });

  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
}

TEST_F(Appending, TouchesTheHeadWithoutMovingIt) {
  ASSERT_TRUE(AppendRows({RowOf("{}")}).ok());
  const std::string before =
      Session(address_.url).Run("SELECT size || ':' || xmin FROM heads").value();

  const absl::Status status = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
    CANDOR_RETURN_IF_ERROR(ledger.Lock(tenant_).status());
    return ledger.Touch();
  });

  ASSERT_TRUE(status.ok()) << status;
  const std::string after =
      Session(address_.url).Run("SELECT size || ':' || xmin FROM heads").value();
  EXPECT_EQ(before.substr(0, 2), after.substr(0, 2));
  EXPECT_NE(before, after);  // It was written all the same.
}

TEST_F(Appending, FindsARequestThatWasRecorded) {
  const EntryRow first = RowOf("{\"a\":1}"), second = RowOf("{\"b\":2}");
  const Digest fingerprint = NewDigest();
  ASSERT_TRUE(
      AppendRows({first, second}, [&](Batch& batch) {
        // Two boxes of one leaf; the fingerprint stands on one of them.
        batch.sealed.push_back(
            {.position = 1, .handle = NewHandle(), .fingerprint = {}, .sections = {}});
        batch.sealed.push_back(
            {.position = 1, .handle = NewHandle(), .fingerprint = fingerprint, .sections = {}});
      }).ok());

  Questions questions;
  questions.requests = {NewUuid(), second.request_id, first.request_id, NewUuid()};
  const auto answers = Settle(questions);

  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->recorded.size(), 2U);
  for (const Answers::Recorded& recorded : answers->recorded) {
    const bool is_first = recorded.asked == 2;
    EXPECT_TRUE(is_first || recorded.asked == 1);
    EXPECT_EQ(recorded.position, is_first ? 0U : 1U);
    EXPECT_EQ(recorded.leaf, is_first ? "{\"a\":1}" : "{\"b\":2}");
    EXPECT_EQ(recorded.fingerprint, is_first ? std::nullopt : std::optional(fingerprint));
  }
}

TEST_F(Appending, FindsNothingOfAnotherTenant) {
  EntryRow row = RowOf("{}");
  row.verdict = 1;
  row.epoch = NewUuid();
  row.seq = 1;
  const WrappedKey key = NewWrappedKey();
  const Digest lookup = NewDigest();
  ASSERT_TRUE(AppendRows({row}, [&](Batch& batch) {
                batch.persons.push_back({.lookup = lookup, .key = key});
              }).ok());

  const auto answers = Settle(AddTenant("other.example/b"), {.requests = {row.request_id},
                                                             .named = {row.leaf_id},
                                                             .lookups = {lookup},
                                                             .handles = {key.handle},
                                                             .numbers = {{*row.epoch, 1}}});

  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(answers->recorded, IsEmpty());
  EXPECT_THAT(answers->named, IsEmpty());
  EXPECT_THAT(answers->persons, IsEmpty());
  EXPECT_THAT(answers->dead_handles, UnorderedElementsAre(0U));  // Alive, but another's.
  EXPECT_THAT(answers->seen_numbers, IsEmpty());
}

TEST_F(Appending, TellsWhatANamedLeafIs) {
  EntryRow authorization = RowOf("{}"), used = RowOf("[1]"), outcome = RowOf("[2]");
  authorization.verdict = 1;
  authorization.due_time = At(5);
  authorization.decision_id = authorization.leaf_id;
  used.verdict = 4;
  outcome.closes_id = used.leaf_id;
  ASSERT_TRUE(AppendRows({authorization, used, outcome}).ok());

  Questions questions;
  questions.named = {authorization.leaf_id, used.leaf_id, outcome.leaf_id, NewUuid()};
  const auto answers = Settle(questions);

  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->named.size(), 3U);
  for (const Answers::Named& named : answers->named) {
    EXPECT_EQ(named.closed, named.asked == 1);
    EXPECT_EQ(named.verdict, named.asked == 0 ? 1 : named.asked == 1 ? 4 : 0);
    EXPECT_EQ(named.due, named.asked == 0 ? At(5) : absl::UnixEpoch());
    EXPECT_EQ(named.decision, named.asked == 0 ? authorization.decision_id : std::nullopt);
  }
}

TEST_F(Appending, FindsADeadHandleAndAPersonWhoIsKnown) {
  const WrappedKey alive = NewWrappedKey(), dead = NewWrappedKey();
  const Digest known = NewDigest(), forgotten = NewDigest();
  ASSERT_TRUE(
      AppendRows({RowOf("{}")}, [&](Batch& batch) {
        batch.persons = {{.lookup = known, .key = alive}, {.lookup = forgotten, .key = dead}};
      }).ok());
  ASSERT_EQ(Session(address_.url)
                .Run("WITH gone AS (DELETE FROM data_keys WHERE handle = decode($1, 'hex')) "
                     "DELETE FROM persons WHERE handle = decode($1, 'hex')",
                     {ToHex(dead.handle)})
                .sqlstate,
            "");

  Questions questions;
  questions.lookups = {forgotten, known};
  questions.handles = {alive.handle, dead.handle, NewHandle()};
  const auto answers = Settle(questions);

  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->persons.size(), 1U);
  EXPECT_EQ(answers->persons[0].asked, 1U);
  EXPECT_EQ(answers->persons[0].handle, alive.handle);
  EXPECT_THAT(answers->dead_handles, UnorderedElementsAre(1U, 2U));
}

TEST_F(Appending, FindsANumberThatWasSeenInItsEpoch) {
  EntryRow row = RowOf("{}");
  row.epoch = NewUuid();
  row.seq = 41;
  ASSERT_TRUE(AppendRows({row}).ok());

  Questions questions;
  questions.numbers = {{*row.epoch, 40}, {*row.epoch, 41}, {NewUuid(), 41}};
  const auto answers = Settle(questions);

  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(answers->seen_numbers, UnorderedElementsAre(1U));
}

TEST_F(Appending, AnswersNothingToNoQuestion) {
  const auto answers = Settle(Questions{});

  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(answers->recorded, IsEmpty());
  EXPECT_THAT(answers->dead_handles, IsEmpty());
}

TEST_F(Appending, ReadsWhatAnOpenTileHolds) {
  ASSERT_TRUE(AppendRows({RowOf("{}"), RowOf("[1]"), RowOf("[2]")}, [](Batch& batch) {
                batch.tiles.push_back(
                    {.level = 0, .index = 0, .hashes = std::string(8192, 'h'), .root = Digest()});
              }).ok());

  std::vector<Digest> leaves, roots;
  const absl::Status status = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
    CANDOR_RETURN_IF_ERROR(ledger.Lock(tenant_).status());
    CANDOR_ASSIGN_OR_RETURN(leaves, ledger.LeafHashes(1, 3));
    CANDOR_ASSIGN_OR_RETURN(roots, ledger.TileRoots(0, 0, 1));
    return absl::OkStatus();
  });

  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(leaves, (std::vector{core::HashLeaf(AsBytes("[1]")), core::HashLeaf(AsBytes("[2]"))}));
  EXPECT_EQ(roots, std::vector{Digest()});
}

TEST_F(Appending, WritesSideRowsInTheSameCommit) {
  const Uuid principal = NewUuid(), key = NewUuid();
  const Digest secret = NewDigest();
  using Table = SideRow::Table;
  const absl::Status status = AppendRows({RowOf("{}")}, [&](Batch& batch) {
    batch.side = {
        {Table::kCatalogue, {"action", "pay"}},
        {Table::kCatalogue, {"action", "pay"}},  // Declared twice: once is enough.
        {Table::kLimits, {"100", "eur", "0.8", "60", "120"}},
        {Table::kPrincipal, {principal.ToText(), "service", "it_is", "{reviewer,compliance}"}},
        {Table::kApiKey, {key.ToText(), principal.ToText(), secret.ToHex(), "infinity"}},
        {Table::kRevocation, {key.ToText()}},
    };
  });

  ASSERT_TRUE(status.ok()) << status;
  const auto settings = Settings(reader_, tenant_);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->limits.amount, "100");
  EXPECT_EQ(settings->catalogue.at("action"), std::set<std::string>{"pay"});
  const auto principals = Principals(writer_, tenant_);
  ASSERT_TRUE(principals.ok() && principals->size() == 1) << principals.status();
  EXPECT_EQ(principals->at(0).roles, (std::vector<std::string>{"reviewer", "compliance"}));
  const auto keys = ApiKeys(writer_, tenant_);
  ASSERT_TRUE(keys.ok() && keys->size() == 1) << keys.status();
  EXPECT_EQ(keys->at(0).secret_hash, secret);
  EXPECT_TRUE(keys->at(0).revoked);
}

TEST_F(Appending, GoesOneAfterTheOtherUnderTheLockedHead) {
  constexpr int kEach = 40;
  const auto append = [&] {
    Connection connection(address_, Role::kWriter);
    for (int i = 0; i < kEach; ++i) {
      const absl::Status status =
          Append(connection, [&](LedgerTransaction& ledger) -> absl::Status {
            CANDOR_ASSIGN_OR_RETURN(const Head head, ledger.Lock(tenant_));
            return ledger.Write(BatchAfter(head, {RowOf("{}")}));
          });
      EXPECT_TRUE(status.ok()) << status;
    }
  };
  { const std::jthread one(append), two(append), three(append); }

  const auto head = ReadHead(reader_, tenant_);
  const auto hashes = LeafHashes(reader_, tenant_, 0, 1000);
  ASSERT_TRUE(head.ok() && hashes.ok());
  core::CompactRange range;
  for (const Digest& hash : *hashes) range.Append(hash);
  EXPECT_EQ(head->size, 3U * kEach);
  EXPECT_EQ(range.size(), head->size);
  EXPECT_EQ(range.Root(), head->root);
}

TEST_F(Appending, SeesTheClockOfTheDatabaseAfterTheLockNotBefore) {
  Session other(address_.url);
  other.Run("BEGIN");
  other.Run("SELECT FROM heads FOR UPDATE");
  absl::Time seen;
  std::string released;
  {
    const std::jthread waiting([&] {
      EXPECT_TRUE(Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
                    CANDOR_ASSIGN_OR_RETURN(const Head head, ledger.Lock(tenant_));
                    seen = head.database_time;
                    return absl::OkStatus();
                  }).ok());
    });
    Session watch(address_.url);
    while (
        watch.Run("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").value() !=
        "1") {
      std::this_thread::yield();
    }
    released =
        watch.Run("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").value();
    other.Run("ROLLBACK");
  }

  EXPECT_GE(absl::ToUnixMicros(seen), std::stoll(released));
}

TEST_F(Appending, ClaimsNoDoubtOnACleanCommit) {
  for (int i = 0; i < 20; ++i) {
    const absl::Status status = AppendRows({RowOf("{}")});
    ASSERT_TRUE(status.ok()) << status;
  }
}

TEST_F(Appending, IsInDoubtWhenTheServerSentANoticeBesideItsCommit) {
  const auto warn = [&](pqxx::transaction_base& work) {
    work.exec("DO $$BEGIN RAISE WARNING 'canceling wait for synchronous replication'; END$$");
    return absl::OkStatus();
  };

  const absl::Status doubtful = writer_.door().InTransaction(warn);
  const absl::Status clean = AppendRows({RowOf("{}")});

  EXPECT_EQ(doubtful.code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(ReasonOf(doubtful), "COMMIT_IN_DOUBT");
  EXPECT_TRUE(clean.ok()) << clean;
}

TEST_F(Appending, IsInDoubtWhenTheServerDiesBeforeItConfirmsTheCommit) {
  const absl::Status status = AppendRows({RowOf("{}")});
  ASSERT_TRUE(status.ok());

  const absl::Status doubtful = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Head head, ledger.Lock(tenant_));
    CANDOR_RETURN_IF_ERROR(ledger.Write(BatchAfter(head, {RowOf("{}")})));
    Postgres::Get().Kill();
    return absl::OkStatus();
  });
  const absl::Status away = AppendRows({RowOf("{}")});
  Postgres::Get().Start();
  const absl::Status again = AppendRows({RowOf("{}")});

  EXPECT_EQ(doubtful.code(), absl::StatusCode::kUnknown) << doubtful;
  EXPECT_EQ(ReasonOf(doubtful), "COMMIT_IN_DOUBT");
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable) << away;
  EXPECT_TRUE(again.ok()) << again;
  EXPECT_EQ(ReadHead(reader_, tenant_)->size, 2U);
}

TEST_F(Appending, IsUnavailableWhenTheServerDiesBeforeAnythingIsWritten) {
  const absl::Status status = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Head head, ledger.Lock(tenant_));
    Postgres::Get().Kill();
    return ledger.Write(BatchAfter(head, {RowOf("{}")}));
  });
  Postgres::Get().Start();

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST_F(Appending, IsUnavailableWhenTheOperatorEndsTheConnection) {
  ASSERT_TRUE(writer_.Ensure().ok());
  const absl::Status status = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Head head, ledger.Lock(tenant_));
    Session(Postgres::ForSuperuser(address_.url))
        .Run(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    return ledger.Write(BatchAfter(head, {RowOf("{}")}));
  });

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_TRUE(AppendRows({RowOf("{}")}).ok());
}

}  // namespace
}  // namespace candor::store
