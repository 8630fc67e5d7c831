// An answer that does not come in time becomes a leaf, once, by a clock that the test moves.
#include "services/flow/cases.h"

#include <gmock/gmock.h>

#include <future>

#include "tests/unit/ledger/world.h"

namespace candor::flow {
namespace {

class ALateAnswer : public ledger::AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
    book_.emplace(first_->ledgers, first_->writers, clock_);
    cases_.emplace(first_->ledgers, *first_->appender, *book_, first_->writers, laws_, clock_);
    person_.tenant = tenant_;
    person_.principal = ledger::NewUuid();
    person_.kind = "human";
    person_.person = "customer-1";
  }
  domain::Case Open(const char* type, const char* kind) {
    domain::Statement statement;
    statement.request = ledger::NewUuid();
    statement.fingerprint_text = "asked";
    auto made = cases_->Open(person_, std::move(statement), type, kind, {});
    EXPECT_TRUE(made.ok()) << made.status();
    Check(made->receipt);
    return made->opened;
  }
  std::string StepsOf(const domain::Case& one) {
    std::string text;
    const auto found = cases_->Get(person_, one.id);
    EXPECT_TRUE(found.ok()) << found.status();
    for (const domain::Case::Step& step : found->steps) text += (text.empty() ? "" : " ") + step.stage;
    return text;
  }
  void Look() { cases_->NameLate(first_->Get(tenant_), {}); }

  ledger::ShiftedClock clock_;
  const law::LawBook laws_ = *law::LawBook::Read(law::ShippedLaws());
  std::optional<CaseBook> book_;
  std::optional<Cases> cases_;
  domain::Caller person_;
};

TEST_F(ALateAnswer, IsNamedOnceWhenItsTimeByLawIsOver) {
  const domain::Case asked = Open(domain::kCaseType, "erase"), withdrawn = Open(domain::kWithdrawalType, "withdraw_consent");
  Look();
  EXPECT_EQ(StepsOf(asked), "received");
  clock_.shift = asked.legal_due - SystemClock().Now() + absl::Seconds(2);
  Look();
  Look();
  CaseBook other_book(first_->ledgers, first_->writers, clock_);
  Cases(first_->ledgers, *first_->appender, other_book, first_->writers, laws_, clock_).NameLate(first_->Get(tenant_), {});
  EXPECT_EQ(StepsOf(asked), "received late");
  EXPECT_EQ(StepsOf(withdrawn), "received closed");
  EXPECT_EQ(Sql("SELECT count(*) FROM cases"), "3");
  CheckWholeLedger();
}

// What two servers know of a person's cases is the same, and both send at once.
TEST_F(ALateAnswer, IsOwedOnceWhereAPersonAsksTwiceAtTheSameInstant) {
  const auto there = NewProcess();
  CaseBook there_book(there->ledgers, there->writers, clock_);
  Cases other(there->ledgers, *there->appender, there_book, there->writers, laws_, clock_);
  std::vector<std::future<absl::StatusOr<Cases::Made>>> answers;
  {
    const ledger::HeldHeads held(url_);
    for (Cases* each : {&*cases_, &other, &*cases_}) {
      answers.push_back(std::async(std::launch::async, [this, each] {
        domain::Statement statement;
        statement.request = ledger::NewUuid();
        statement.fingerprint_text = "asked";
        return each->Open(person_, std::move(statement), domain::kCaseType, "erase", {});
      }));
    }
  }
  int opened = 0;
  for (auto& answer : answers) {
    const auto made = answer.get();
    opened += made.ok() ? 1 : 0;
    EXPECT_TRUE(made.ok() || ReasonOf(made.status()) == "WRONG_STATE") << made.status();
  }
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM cases"), "1");
  EXPECT_EQ(Sql("SELECT count(*) FROM tasks"), "1");
}

TEST_F(ALateAnswer, IsCheckedAgainstTheNewestCaseUnderTheLock) {
  const domain::Case asked = Open(domain::kCaseType, "erase");
  const auto checked = [&](std::uint64_t position) {
    ledger::Entry entry = ledger::EntryOf(domain::kCaseLateType);
    entry.leaf.facts.Set("case", asked.id.ToText());
    entry.cases = position;
    entry.side.push_back({store::SideRow::Table::kCase, {asked.id.ToText()}});
    return entry;
  };
  EXPECT_EQ(ReasonOf(first_->Append(tenant_, checked(asked.opened_at - 1)).status()), "CASES_CHANGED");
  std::vector<std::future<absl::StatusOr<ledger::Receipt>>> answers;
  {
    const ledger::HeldHeads held(url_);
    for (int i = 0; i < 5; ++i) answers.push_back(first_->Send(tenant_, checked(asked.opened_at)));
  }
  int written = 0;
  for (auto& answer : answers) written += answer.get().ok() ? 1 : 0;
  EXPECT_EQ(written, 1) << "of one batch too";
}

TEST_F(ALateAnswer, IsNamedByOneOfTwoServers) {
  const domain::Case asked = Open(domain::kCaseType, "erase");
  const auto there = NewProcess();
  CaseBook there_book(there->ledgers, there->writers, clock_);
  Cases other(there->ledgers, *there->appender, there_book, there->writers, laws_, clock_);
  ASSERT_TRUE(there_book.Read(tenant_).ok());
  clock_.shift = asked.legal_due - SystemClock().Now() + absl::Seconds(2);
  Look();
  other.NameLate(there->Get(tenant_), {});
  EXPECT_EQ(Sql("SELECT count(*) FROM cases"), "2");
}

}  // namespace
}  // namespace candor::flow
