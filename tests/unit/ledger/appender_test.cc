#include "services/ledger/appender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "services/core/commit/section.h"
#include "tests/unit/ledger/world.h"

namespace candor::ledger {
namespace {

using ::candor::testing::Postgres;
using ::testing::HasSubstr;

// Waits until `count` entries of the tenant are in the appender's hands.
void WaitFor(const Process& process, const Uuid& tenant, std::size_t count) {
  while (process.appender->Waiting(tenant) != count) std::this_thread::yield();
}

class Appending : public AppendingToALedger {
 protected:
  Entry WithSection(const std::string& person, const std::string& text) {
    Entry entry = EntryOf("outcome");
    entry.sections.push_back({.name = "person",
                              .bytes = text,
                              .owner = {.kind = vault::Owner::Kind::kPerson, .reference = person}});
    entry.fingerprint_owner = entry.sections[0].owner;
    return entry;
  }

  // The section of a stored leaf, opened, after it was checked against the leaf.
  std::string Open(const Receipt& receipt) {
    const core::Leaf leaf = LeafOf(receipt);
    const auto rows = store::SealedAt(connection_, tenant_, receipt.position);
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const store::StoredSealed& row : *rows) {
      const auto parts = vault::SplitBox(row.sections);
      if (!parts.ok() || parts->empty()) continue;
      const auto key = first_->Get(tenant_)->keyring().KeyOf(connection_, row.handle);
      EXPECT_TRUE(key.ok()) << key.status();
      if (!key.ok()) return "";
      const std::string id = leaf.id.ToText();
      const auto opened =
          core::OpenSection(*key, {.origin = kOrigin, .leaf_id = id, .name = parts->at(0).first},
                            parts->at(0).second, leaf.sections.at(0).second);
      EXPECT_TRUE(opened.ok()) << opened.status();
      return opened.ok() ? std::string(AsText(opened->bytes)) : "";
    }
    return "";
  }
};

TEST_F(Appending, GivesAReceiptThatVerifies) {
  const Receipt zero = Good(first_->Append(tenant_, FirstEntry(*first_->Get(tenant_))));
  Entry entry = EntryOf("outcome");
  const Uuid id = entry.leaf.id, request = entry.leaf.request;
  const Receipt one = Good(first_->Append(tenant_, std::move(entry)));

  EXPECT_EQ(zero.position, 0U);
  EXPECT_EQ(one.position, 1U);
  EXPECT_EQ(LeafOf(one).id, id);
  EXPECT_EQ(LeafOf(one).request, request);
  EXPECT_EQ(LeafOf(one).ledger, kOrigin);
  EXPECT_EQ(store::LeafAt(connection_, tenant_, 1)->leaf, one.leaf);
  CheckWholeLedger();
}

TEST_F(Appending, RefusesEverythingBeforeTheFirstLeafAndASecondFirstOne) {
  EXPECT_EQ(first_->Append(tenant_, EntryOf("outcome")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  Begin();
  EXPECT_EQ(first_->Append(tenant_, FirstEntry(*first_->Get(tenant_))).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Sql("SELECT count(*) FROM entries"), "1");
}

TEST_F(Appending, GivesEveryOneOfTwoThousandCallersAReceiptThatVerifies) {
  Begin();
  constexpr int kThreads = 8, kEach = 250;
  std::vector<std::future<absl::StatusOr<Receipt>>> answers[kThreads];
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < kThreads; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < kEach; ++i) {
          Entry entry = i % 5 == 0 ? WithSection("person" + std::to_string(i % 20), "{\"a\":1}")
                                   : EntryOf("outcome");
          entry.leaf.facts.Set("n", caller * kEach + i);
          answers[caller].push_back(first_->Send(tenant_, std::move(entry)));
        }
      });
    }
  }

  std::set<std::uint64_t> positions;
  std::set<std::int64_t> numbers;
  for (auto& of_caller : answers) {
    for (auto& answer : of_caller) {
      const Receipt receipt = Good(answer.get());
      positions.insert(receipt.position);
      numbers.insert(*LeafOf(receipt).facts.FindInteger("n"));
      EXPECT_EQ(store::LeafAt(connection_, tenant_, receipt.position)->leaf, receipt.leaf);
    }
  }
  EXPECT_EQ(positions.size(), std::size_t{kThreads * kEach});
  EXPECT_EQ(*positions.begin(), 1U);
  EXPECT_EQ(*positions.rbegin(), std::uint64_t{kThreads * kEach});
  EXPECT_EQ(numbers.size(), std::size_t{kThreads * kEach});
  EXPECT_EQ(first_->appender->Waiting(tenant_), 0U);
  CheckWholeLedger();
}

TEST_F(Appending, KeepsTheOrderInWhichOneCallerSent) {
  Begin();
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  for (int i = 0; i < 300; ++i) answers.push_back(first_->Send(tenant_, EntryOf("outcome")));

  for (std::uint64_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(Good(answers[i].get()).position, i + 1);
}

TEST_F(Appending, AnswersARepeatFromTheRecord) {
  Begin();
  const Entry entry = EntryOf("outcome");
  Entry again = entry;
  again.leaf.id = NewUuid();
  again.leaf.facts.Set("evaluated", "again");

  const Receipt one = Good(first_->Append(tenant_, entry));
  Good(first_->Append(tenant_, EntryOf("outcome")));
  const Receipt two = Good(first_->Append(tenant_, again));

  EXPECT_EQ(two.position, one.position);
  EXPECT_EQ(two.leaf, one.leaf);
  EXPECT_EQ(Sql("SELECT count(*) FROM entries"), "3");
}

TEST_F(Appending, AnswersRepeatsThatComeTogetherWithTheirFirst) {
  Begin();
  const Entry entry = EntryOf("outcome");
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  for (int i = 0; i < 50; ++i) {
    Entry again = entry;
    again.leaf.id = NewUuid();
    answers.push_back(first_->Send(tenant_, std::move(again)));
    answers.push_back(first_->Send(tenant_, EntryOf("outcome")));
  }

  std::set<std::string> leaves;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Receipt receipt = Good(answers[i].get());
    if (i % 2 == 0) leaves.insert(receipt.leaf);
  }
  EXPECT_EQ(leaves.size(), 1U);
  EXPECT_EQ(Sql("SELECT count(*) FROM entries"), "52");
}

TEST_F(Appending, RefusesARequestIdWithOtherContentOrOfAnotherCaller) {
  Begin();
  const Entry entry = EntryOf("outcome");
  Entry other_content = entry, other_caller = entry, other_kind = entry;
  other_content.fingerprint_text += " ";
  other_caller.leaf.caller_id = "other_bot";
  other_kind.leaf.caller_kind = "service";
  Good(first_->Append(tenant_, entry));

  for (const Entry& bad : {other_content, other_caller, other_kind}) {
    const absl::Status status = first_->Append(tenant_, bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
    EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
  }
}

TEST_F(Appending, RefusesANumberThatAnotherRequestUsed) {
  Begin();
  const core::Producer producer{
      .id = "bot", .epoch = *Uuid::FromText("66ad3cd5-1111-4e2f-8f4b-0123456789ab"), .seq = 7};
  Entry entry = EntryOf("outcome"), other = EntryOf("outcome"), next = EntryOf("outcome");
  entry.leaf.producer = other.leaf.producer = next.leaf.producer = producer;
  next.leaf.producer->seq = 8;

  Good(first_->Append(tenant_, entry));
  EXPECT_EQ(first_->Append(tenant_, other).status().code(), absl::StatusCode::kAlreadyExists);
  Good(first_->Append(tenant_, entry));  // A retry keeps its number.
  Good(first_->Append(tenant_, next));
  CheckWholeLedger();
}

TEST_F(Appending, LetsOneBadItemSpoilOnlyItself) {
  Begin();
  Entry principal = EntryOf("principal"), twin = EntryOf("principal"), large = EntryOf("outcome");
  for (Entry* entry : {&principal, &twin}) {
    entry->side.push_back(
        {store::SideRow::Table::kPrincipal, {NewUuid().ToText(), "service", "same", "{reviewer}"}});
  }
  for (int i = 0; i < 70; ++i)
    large.leaf.facts.Set("f" + std::to_string(i), std::string(1000, 'x'));

  std::vector<std::future<absl::StatusOr<Receipt>>> good, bad;
  {
    const HeldHeads held(url_);
    good.push_back(first_->Send(tenant_, std::move(principal)));
    for (int i = 0; i < 10; ++i) good.push_back(first_->Send(tenant_, EntryOf("outcome")));
    bad.push_back(first_->Send(tenant_, std::move(twin)));
    bad.push_back(first_->Send(tenant_, std::move(large)));
    bad.push_back(first_->Send(tenant_, FirstEntry(*first_->Get(tenant_))));
    bad.push_back(first_->Send(tenant_, About("cancellation", Claim::kCancel, NewUuid())));
    for (int i = 0; i < 10; ++i) good.push_back(first_->Send(tenant_, EntryOf("outcome")));
  }

  for (auto& answer : good) Good(answer.get());
  const absl::StatusCode codes[] = {
      absl::StatusCode::kAlreadyExists, absl::StatusCode::kInvalidArgument,
      absl::StatusCode::kFailedPrecondition, absl::StatusCode::kNotFound};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const absl::Status status = bad[i].get().status();
    EXPECT_EQ(status.code(), codes[i]) << status;
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM entries"), "22");
  CheckWholeLedger();
}

TEST_F(Appending, LetsADamagedKeySpoilOnlyWhatNeedsIt) {
  Begin();
  Good(first_->Append(tenant_, WithSection("alice", "{\"a\":1}")));
  Sql("UPDATE data_keys SET wrapped = set_byte(wrapped, 5, get_byte(wrapped, 5) # 1) WHERE handle "
      "IN "
      "(SELECT handle FROM sealed WHERE octet_length(sections) > 0)");
  const auto other = NewProcess();  // One that has no key in its memory.
  other->Get(tenant_);

  std::vector<std::future<absl::StatusOr<Receipt>>> good, bad;
  {
    const HeldHeads held(url_);
    good.push_back(other->Send(tenant_, WithSection("bob", "{\"b\":1}")));
    WaitFor(*other, tenant_, 1);
    bad.push_back(other->Send(tenant_, WithSection("alice", "{\"a\":2}")));
    good.push_back(other->Send(tenant_, WithSection("bob", "{\"b\":2}")));
  }

  for (auto& answer : good) Good(answer.get());
  for (auto& answer : bad) EXPECT_EQ(answer.get().status().code(), absl::StatusCode::kDataLoss);
  Good(other->Append(tenant_, WithSection("bob", "{\"b\":3}")));
}

TEST_F(Appending, PushesBackWhenTheQueueIsFullAndDropsNothing) {
  Begin();
  const auto process =
      NewProcess({.workers = 2, .batch = 2, .queue_entries = 5, .queue_bytes = 1 << 20});
  process->Get(tenant_);
  std::vector<std::future<absl::StatusOr<Receipt>>> taken;
  {
    const HeldHeads held(url_);
    for (int i = 0; i < 5; ++i) taken.push_back(process->Send(tenant_, EntryOf("outcome")));

    const absl::Status refused = process->Append(tenant_, EntryOf("outcome")).status();

    EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(ReasonOf(refused), "QUEUE_FULL");
    EXPECT_GT(RetryDelayOf(refused).value_or(absl::ZeroDuration()), absl::ZeroDuration());
  }
  for (auto& answer : taken) Good(answer.get());
  Good(process->Append(tenant_, EntryOf("outcome")));
}

TEST_F(Appending, PushesBackWhenTheQueueHoldsTooManyBytes) {
  Begin();
  const auto process =
      NewProcess({.workers = 2, .batch = 2, .queue_entries = 100, .queue_bytes = 100'000});
  process->Get(tenant_);
  std::future<absl::StatusOr<Receipt>> taken;
  {
    const HeldHeads held(url_);
    taken = process->Send(tenant_, WithSection("alice", "\"" + std::string(60'000, 'a') + "\""));
    EXPECT_EQ(process->Append(tenant_, WithSection("alice", "\"" + std::string(60'000, 'b') + "\""))
                  .status()
                  .code(),
              absl::StatusCode::kResourceExhausted);
  }
  Good(taken.get());
}

TEST_F(Appending, SealsWhatThePersonsKeyOpensAgain) {
  Begin();

  const Receipt receipt =
      Good(first_->Append(tenant_, WithSection("alice", "{\"name\":\"Alice\"}")));

  EXPECT_EQ(Open(receipt), "{\"name\":\"Alice\"}");
  EXPECT_EQ(receipt.leaf.find("Alice"), std::string::npos);
  EXPECT_EQ(Sql("SELECT count(*) FROM sealed WHERE position('Alice'::bytea IN sections) > 0"), "0");
}

// As an erasure does that another process writes.
TEST_F(Appending, SealsAgainWhenThePersonsKeyIsDestroyedMeanwhile) {
  Begin();
  const Receipt before = Good(first_->Append(tenant_, WithSection("alice", "{\"n\":1}")));
  const auto other = NewProcess();
  Good(other->Append(tenant_, EntryOf("outcome")));
  Sql("DELETE FROM persons");
  Sql("DELETE FROM data_keys");
  Sql("DELETE FROM sealed");

  const Receipt after = Good(first_->Append(tenant_, WithSection("alice", "{\"n\":2}")));

  EXPECT_EQ(Open(after), "{\"n\":2}");
  EXPECT_EQ(Open(before), "");
  EXPECT_EQ(Sql("SELECT count(DISTINCT handle) FROM sealed WHERE octet_length(sections) > 0"), "1");
}

TEST_F(Appending, TrustsNoKeyThatItKnewBeforeAnotherProcessWrote) {
  Begin();
  Good(first_->Append(tenant_, WithSection("alice", "{\"n\":1}")));
  const auto other = NewProcess();
  Good(other->Append(tenant_, EntryOf("outcome")));
  Sql("DELETE FROM persons");
  Sql("DELETE FROM data_keys");
  Sql("DELETE FROM sealed");
  Good(first_->Append(tenant_, EntryOf("outcome")));  // It is in step again, and knows nothing of that.

  const Receipt after = Good(first_->Append(tenant_, WithSection("alice", "{\"n\":2}")));

  EXPECT_EQ(Open(after), "{\"n\":2}");
}

TEST_F(Appending, AnswersARepeatAmongNewOnesThatItDidNotAskAbout) {
  Begin();
  const Entry entry = WithSection("alice", "{\"n\":1}");
  const Receipt first = Good(first_->Append(tenant_, entry));
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  {
    HeldHeads held(url_);
    for (int i = 0; i < 10; ++i) {
      Entry again = entry;
      again.leaf.id = NewUuid();
      answers.push_back(first_->Send(tenant_, i == 5 ? std::move(again) : WithSection("alice", "{\"n\":2}")));
    }
    WaitFor(*first_, tenant_, 10);
  }

  std::set<std::uint64_t> positions;
  for (auto& answer : answers) positions.insert(Good(answer.get()).position);

  EXPECT_EQ(positions.size(), 10U);
  EXPECT_TRUE(positions.contains(first.position));
  EXPECT_EQ(Sql("SELECT count(*) FROM entries"), "11");
}

TEST_F(Appending, AnswersARepeatOfWhatWasErasedWithItsPosition) {
  Begin();
  const Entry entry = WithSection("alice", "{\"n\":1}");
  const Receipt receipt = Good(first_->Append(tenant_, entry));
  Sql("DELETE FROM persons");
  Sql("DELETE FROM data_keys");
  Sql("DELETE FROM sealed");

  const absl::Status status = first_->Append(tenant_, entry).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "ERASED");
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::to_string(receipt.position)));
}

TEST_F(Appending, SealsWhatFollowsUnderTheKeyOfThePersonItsAuthorizationConcerns) {
  Begin();
  Entry authorization = Authorization("allow", SystemClock().Now() + absl::Hours(1));
  authorization.sections = WithSection("alice", "{\"name\":\"Alice\"}").sections;
  authorization.fingerprint_owner = authorization.sections[0].owner;
  const Receipt permitted = Good(first_->Append(tenant_, authorization));
  Entry outcome = About("outcome", Claim::kClose, LeafOf(permitted).id);
  outcome.sections.push_back({.name = "output", .bytes = "{\"granted\":true}", .owner = {}});

  const Receipt receipt = Good(first_->Append(tenant_, outcome));
  const Receipt repeat = Good(first_->Append(tenant_, outcome));

  EXPECT_EQ(Open(receipt), "{\"granted\":true}");
  EXPECT_EQ(repeat.position, receipt.position);
  EXPECT_EQ(Sql("SELECT count(DISTINCT handle) FROM sealed WHERE position IN (1, 2)"), "1");
  Sql("DELETE FROM persons WHERE handle IN (SELECT handle FROM sealed WHERE position = 1)");
  Sql("DELETE FROM data_keys WHERE handle IN (SELECT handle FROM sealed WHERE position = 1)");
  Sql("DELETE FROM sealed WHERE position IN (1, 2)");
  EXPECT_EQ(ReasonOf(first_->Append(tenant_, outcome).status()), "ERASED");
}

TEST_F(Appending, RefusesToCorrectALeafThatIsNotThere) {
  Begin();
  Entry known = EntryOf("correction"), unknown = EntryOf("correction");
  known.leaf.amends = LeafOf(Good(first_->Append(tenant_, EntryOf("outcome")))).id;
  unknown.leaf.amends = NewUuid();

  Good(first_->Append(tenant_, known));
  EXPECT_EQ(first_->Append(tenant_, unknown).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(Appending, NeverLetsTimeGoBack) {
  Begin();
  first_->clock.shift = absl::Milliseconds(500);
  const Receipt ahead = Good(first_->Append(tenant_, EntryOf("outcome")));
  const auto behind = NewProcess();
  behind->clock.shift = absl::Milliseconds(-400);
  const Receipt later = Good(behind->Append(tenant_, EntryOf("outcome")));

  EXPECT_EQ(LeafOf(ahead).time, LeafOf(later).time);
  CheckWholeLedger();
}

TEST_F(Appending, StopsWhileTheClocksDifferByMoreThanASecond) {
  Begin();
  for (const absl::Duration shift : {absl::Seconds(2), absl::Seconds(-2)}) {
    first_->clock.shift = shift;
    EXPECT_EQ(first_->Append(tenant_, EntryOf("outcome")).status().code(),
              absl::StatusCode::kUnavailable);
  }
  first_->clock.shift = absl::ZeroDuration();
  Good(first_->Append(tenant_, EntryOf("outcome")));
}

TEST_F(Appending, AnswersEverybodyBeforeItEnds) {
  Begin();
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  for (int i = 0; i < 500; ++i) answers.push_back(first_->Send(tenant_, EntryOf("outcome")));

  first_->appender.reset();

  for (auto& answer : answers) {
    ASSERT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    Good(answer.get());
  }
}

TEST_F(Appending, GivesNoReceiptThatADyingDatabaseTakesBack) {
  Begin();
  std::vector<Entry> entries;
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  for (int i = 0; i < 600; ++i) {
    entries.push_back(EntryOf("outcome"));
    answers.push_back(first_->Send(tenant_, entries.back()));
    if (i == 300) Postgres::Get().Kill();
    if (i == 500) Postgres::Get().Start();
  }

  int kept = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    absl::StatusOr<Receipt> answer = answers[i].get();
    if (answer.ok()) {
      ++kept;
      Check(*answer);
      EXPECT_EQ(store::LeafAt(connection_, tenant_, answer->position)->leaf, answer->leaf);
      continue;
    }
    EXPECT_TRUE(absl::IsUnavailable(answer.status()) || absl::IsUnknown(answer.status()))
        << answer.status();
    const bool stored = store::LeafOfRequest(connection_, tenant_, entries[i].leaf.request).ok();
    EXPECT_FALSE(stored && !absl::IsUnknown(answer.status()))
        << "told that nothing was written, but it was";
  }
  EXPECT_GT(kept, 0);
  std::vector<std::future<absl::StatusOr<Receipt>>> again;
  for (const Entry& entry : entries) again.push_back(first_->Send(tenant_, entry));
  std::set<std::uint64_t> positions;
  for (auto& answer : again) positions.insert(Good(answer.get()).position);
  EXPECT_EQ(positions.size(), entries.size());
  EXPECT_EQ(Sql("SELECT count(*) FROM entries"), std::to_string(entries.size() + 1));
  CheckWholeLedger();
}

}  // namespace
}  // namespace candor::ledger
