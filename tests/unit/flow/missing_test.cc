// What did not come becomes leaves: on a real ledger, by a clock that the test moves.
#include "services/flow/missing.h"

#include <gmock/gmock.h>

#include "tests/unit/ledger/world.h"

namespace candor::flow {
namespace {

using ledger::About;
using ledger::Authorization;
using ledger::Claim;
using ledger::Entry;
using ledger::EntryOf;
using ledger::NewUuid;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class NamingWhatIsMissing : public ledger::AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
    missing_.emplace(*first_->appender, readers_, clock_);
  }

  Entry Numbered(std::uint64_t seq) const {
    Entry entry = EntryOf("outcome");
    entry.leaf.producer = core::Producer{.id = "bot", .epoch = epoch_, .seq = seq};
    return entry;
  }
  core::Leaf Put(std::uint64_t seq) { return LeafOf(Good(first_->Append(tenant_, Numbered(seq)))); }

  absl::StatusOr<ledger::Receipt> Close(std::uint64_t count) {
    Entry entry = EntryOf(ledger::kClosingType);
    entry.missing = {.epoch = epoch_, .first = count + 1, .last = std::uint64_t{1} << 62};
    entry.side.push_back({store::SideRow::Table::kClosedEpoch,
                          {epoch_.ToText(), "bot", std::to_string(count), entry.leaf.id.ToText()}});
    return first_->Append(tenant_, std::move(entry));
  }

  // A look at the ledger, and another one when everything is old enough.
  void Look() { missing_->NameNumbers(first_->Get(tenant_), {}); }
  void LookLater() {
    Look();
    clock_.shift += Missing::kGapAge;
    Look();
  }

  // The ranges that leaves name, in their order, as "first-last".
  std::vector<std::string> Gaps() {
    std::vector<std::string> gaps;
    for (const core::Leaf& leaf : LeavesOf("gap")) {
      EXPECT_EQ(*leaf.facts.FindString("producer"), "bot");
      EXPECT_EQ(*leaf.facts.FindString("epoch"), epoch_.ToText());
      const core::Json& range = leaf.facts.Find("missing")->items().at(0);
      gaps.push_back(std::to_string(range.Find("first")->integer()) + "-" +
                     std::to_string(range.Find("last")->integer()));
    }
    return gaps;
  }
  std::vector<core::Leaf> LeavesOf(const std::string& type) {
    std::vector<core::Leaf> leaves;
    const auto stored = store::Leaves(connection_, tenant_, 0, 10000, 10000);
    EXPECT_TRUE(stored.ok()) << stored.status();
    for (const store::StoredLeaf& one : *stored) {
      const auto leaf = core::ParseLeaf(one.leaf);
      if (leaf.ok() && leaf->type == type) leaves.push_back(*leaf);
    }
    return leaves;
  }

  const Uuid epoch_ = NewUuid();
  store::Pool readers_{{url_}, store::Role::kReader};
  ledger::ShiftedClock clock_;  // Of the one who looks; the ledger keeps its own.
  std::optional<Missing> missing_;
};

TEST_F(NamingWhatIsMissing, NamesNumbersThatAreOldAndFarBehind) {
  for (const std::uint64_t seq : {1, 2, 5, 6, 9, 1500}) Put(seq);

  LookLater();

  EXPECT_THAT(Gaps(), ElementsAre("3-4", "7-8"));  // 10 to 1499 may still come.
  CheckWholeLedger();
}

TEST_F(NamingWhatIsMissing, WaitsUntilANumberIsOldAndFarBehind) {
  for (const std::uint64_t seq : {1, 3, 1027}) Put(seq);  // 3 is 1,024 behind: 2 is more.

  Look();
  EXPECT_THAT(Gaps(), IsEmpty());

  clock_.shift += Missing::kGapAge;
  Look();
  EXPECT_THAT(Gaps(), ElementsAre("2-2"));
}

TEST_F(NamingWhatIsMissing, LeavesANumberTimeThatIsNotFarBehind) {
  for (const std::uint64_t seq : {1, 3, 1026}) Put(seq);

  LookLater();

  EXPECT_THAT(Gaps(), IsEmpty());
}

TEST_F(NamingWhatIsMissing, NamesNothingThatCameInAnotherOrder) {
  for (const std::uint64_t seq : {4, 1, 3, 2, 5000}) Put(seq);
  Put(4500);

  LookLater();

  EXPECT_THAT(Gaps(), IsEmpty());  // 5 to 4499 lies before a number that is not far behind.
}

TEST_F(NamingWhatIsMissing, MarksALateNumberAndNamesNothingTwice) {
  for (const std::uint64_t seq : {1, 9, 5000}) Put(seq);
  LookLater();
  ASSERT_THAT(Gaps(), ElementsAre("2-8"));

  EXPECT_THAT(Put(5).marks, ElementsAre("late"));
  EXPECT_THAT(Put(10).marks, IsEmpty());  // No leaf called it missing.
  Missing another(*first_->appender, readers_, clock_);  // A server that starts.
  LookLater();
  another.NameNumbers(first_->Get(tenant_), {});
  clock_.shift += Missing::kGapAge;
  another.NameNumbers(first_->Get(tenant_), {});

  EXPECT_THAT(Gaps(), ElementsAre("2-8"));
  CheckWholeLedger();
}

TEST_F(NamingWhatIsMissing, NamesAllThatIsMissingOfAClosedEpochAtOnce) {
  for (const std::uint64_t seq : {2, 3, 5}) Put(seq);
  Good(Close(8));

  Look();
  Look();

  EXPECT_THAT(Gaps(), ElementsAre("1-1", "4-4", "6-8"));
  EXPECT_THAT(Put(7).marks, ElementsAre("late"));
  EXPECT_THAT(Put(9).marks, ElementsAre("late"));  // It was closed before.
  Missing(*first_->appender, readers_, clock_).NameNumbers(first_->Get(tenant_), {});
  EXPECT_THAT(Gaps(), ElementsAre("1-1", "4-4", "6-8"));
  CheckWholeLedger();
}

TEST_F(NamingWhatIsMissing, NamesAllNumbersOfAnEpochThatCameToNothing) {
  Good(Close(3));

  Look();

  EXPECT_THAT(Gaps(), ElementsAre("1-3"));
}

TEST_F(NamingWhatIsMissing, ClosesAnEpochOnceAndNotBelowANumberThatCame) {
  Put(4);

  EXPECT_EQ(ReasonOf(Close(3).status()), "WRONG_STATE");
  Good(Close(6));
  EXPECT_EQ(ReasonOf(Close(7).status()), "WRONG_STATE");
  Good(Close(6));
}

TEST_F(NamingWhatIsMissing, RefusesAGapOfWhichANumberIsInTheSameBatch) {
  Entry gap = EntryOf("gap");
  gap.missing = {.epoch = epoch_, .first = 1, .last = 5};
  std::future<absl::StatusOr<ledger::Receipt>> number, named;
  {
    const ledger::HeldHeads held(url_);
    number = first_->Send(tenant_, Numbered(5));
    named = first_->Send(tenant_, std::move(gap));
  }
  Good(number.get());

  EXPECT_EQ(ReasonOf(named.get().status()), "WRONG_STATE");
}

TEST_F(NamingWhatIsMissing, NamesEachOutcomeThatDidNotComeOnce) {
  const absl::Time due = absl::Now() + absl::Hours(1);
  std::vector<Entry> authorizations;
  for (int i = 0; i < 4; ++i) authorizations.push_back(Authorization("allow", due));  // All at one instant.
  authorizations.push_back(Authorization("allow", due + absl::Hours(10)));
  for (const Entry& entry : authorizations) Good(first_->Append(tenant_, entry));
  Good(first_->Append(tenant_, About("outcome", Claim::kClose, authorizations[1].leaf.id)));
  Good(first_->Append(tenant_, About("cancellation", Claim::kCancel, authorizations[2].leaf.id)));

  missing_->NameOutcomes(first_->Get(tenant_), {});
  EXPECT_THAT(LeavesOf("outcome_missing"), IsEmpty());
  clock_.shift = absl::Hours(2);
  missing_->NameOutcomes(first_->Get(tenant_), {});
  missing_->NameOutcomes(first_->Get(tenant_), {});
  Missing(*first_->appender, readers_, clock_).NameOutcomes(first_->Get(tenant_), {});

  std::vector<std::string> named;
  for (const core::Leaf& leaf : LeavesOf("outcome_missing")) named.push_back(*leaf.facts.FindString("authorization"));
  EXPECT_THAT(named, ::testing::UnorderedElementsAre(authorizations[0].leaf.id.ToText(),
                                                     authorizations[3].leaf.id.ToText()));
  CheckWholeLedger();
}

TEST_F(NamingWhatIsMissing, NamesMoreOutcomesOfOneInstantThanFitAPage) {
  const absl::Time due = absl::Now() + absl::Hours(1);
  std::vector<std::future<absl::StatusOr<ledger::Receipt>>> answers;
  for (int i = 0; i < 1203; ++i) answers.push_back(first_->Send(tenant_, Authorization("allow", due)));
  for (auto& answer : answers) ASSERT_TRUE(answer.get().ok());

  clock_.shift = absl::Hours(2);
  missing_->NameOutcomes(first_->Get(tenant_), {});

  EXPECT_EQ(LeavesOf("outcome_missing").size(), 1203U);
}

TEST_F(NamingWhatIsMissing, TriesAgainWhatCouldNotBeWritten) {
  Good(first_->Append(tenant_, Authorization("allow", absl::Now() + absl::Hours(1))));
  clock_.shift = absl::Hours(2);
  first_->clock.shift = absl::Seconds(5);  // Nothing is appended while clocks differ.
  missing_->NameOutcomes(first_->Get(tenant_), {});
  ASSERT_THAT(LeavesOf("outcome_missing"), IsEmpty());

  first_->clock.shift = absl::ZeroDuration();
  missing_->NameOutcomes(first_->Get(tenant_), {});

  EXPECT_EQ(LeavesOf("outcome_missing").size(), 1U);
}

TEST_F(NamingWhatIsMissing, RefusesToMissAnOutcomeThatIsThere) {
  const Entry authorization = Authorization("allow", absl::Now() + absl::Hours(1));
  Good(first_->Append(tenant_, authorization));
  Good(first_->Append(tenant_, About("outcome", Claim::kClose, authorization.leaf.id)));

  const auto missed = first_->Append(tenant_, About("outcome_missing", Claim::kMiss, authorization.leaf.id));

  EXPECT_EQ(ReasonOf(missed.status()), "WRONG_STATE");
}

}  // namespace
}  // namespace candor::flow
