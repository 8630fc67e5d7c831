// Tasks of human review on a real ledger, by a clock that the test moves: claims run out, tasks
// expire, two humans look, and the table is what the leaves say.
#include "services/flow/oversight.h"

#include <gmock/gmock.h>

#include "services/flow/judge.h"
#include "tests/unit/ledger/world.h"

namespace candor::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using domain::Task;
using ledger::NewUuid;

class Tasks : public ledger::AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
    oversight_.emplace(first_->ledgers, *first_->appender, first_->writers, laws_, clock_);
    anna_ = CallerOf("human");
    ben_ = CallerOf("human");
  }
  void TearDown() override {
    EXPECT_EQ(Table(), Folded());
    CheckWholeLedger();
    AppendingToALedger::TearDown();
  }

  domain::Caller CallerOf(const std::string& kind) const {
    domain::Caller caller;
    caller.tenant = tenant_;
    caller.principal = NewUuid();
    caller.kind = kind;
    if (kind != "human") caller.code = "bot";
    return caller;
  }

  // An escalation that wants so many humans.
  Uuid Escalate(int humans = 1, std::optional<absl::Duration> due = {}) {
    policy::Judgement judgement{.verdict = domain::Verdict::kEscalate, .reasons = {"r"}, .rules = {}};
    policy::Obligation duty{.type = "require_review", .params = core::Json::Object().Set("reviewers", humans).Set("queue", "loans"), .due = {}};
    if (due) duty.due = clock_.Now() + *due;
    judgement.obligations.push_back(duty);
    ledger::Entry entry = ledger::Authorization("escalate", clock_.Now());
    OpenTask(judgement, clock_.Now(), entry);
    const Uuid id = entry.leaf.id;
    Good(first_->Append(tenant_, std::move(entry)));
    return id;
  }

  static domain::Statement About(const Uuid& task) {
    domain::Statement statement;
    statement.request = NewUuid();
    statement.facts.Set("task", task.ToText());
    statement.fingerprint_text = "{\"method\":\"about\",\"request\":{}}";
    return statement;
  }
  static domain::Statement Saying(const Uuid& task, std::string_view resolution) {
    domain::Statement statement = About(task);
    statement.facts.Set("resolution", resolution);
    return statement;
  }
  std::string Claim(const domain::Caller& caller, const Uuid& task) { return Reason(oversight_->Claim(caller, About(task))); }
  std::string Release(const domain::Caller& caller, const Uuid& task) {
    return Reason(oversight_->Release(caller, About(task)));
  }
  std::string Resolve(const domain::Caller& caller, const Uuid& task, std::string_view resolution = domain::kUphold) {
    return Reason(oversight_->Resolve(caller, Saying(task, resolution)));
  }
  static std::string Reason(const absl::StatusOr<Oversight::Made>& made) {
    return made.ok() ? "done" : ReasonOf(made.status());
  }
  Task Get(const Uuid& task) {
    auto got = oversight_->Get(tenant_, task);
    EXPECT_TRUE(got.ok()) << got.status();
    return *std::move(got);
  }
  std::string StateOf(const Uuid& task) { return std::string(Get(task).StateAt(clock_.Now())); }

  // Each task as its row says it, and as its leaves do.
  static std::string TextOf(const Task& task) {
    std::string text = task.id.ToText() + " " + task.queue + " " + task.state + " " + std::to_string(task.position);
    if (task.claim) text += " claimed " + std::to_string(task.claim->position) + " " + ToRfc3339(task.claim->until);
    if (task.settled != absl::Time()) text += " settled " + ToRfc3339(task.settled);
    if (task.state == domain::kTaskResolved) {
      text += " " + task.reviews.back().resolution + " " + task.reviews.back().leaf.ToText() + " " +
              std::to_string(task.reviews.back().position) + " " + ToRfc3339(task.review_expires);
    }
    return text + " " + task.decision->ToText() + " " + ToRfc3339(task.created) + " " + ToRfc3339(task.due);
  }
  std::vector<std::string> Table() {
    store::Connection reader({url_}, store::Role::kReader);
    std::vector<std::string> rows;
    const auto all = store::ChangedTasks(reader, tenant_, 0, 1000);
    EXPECT_TRUE(all.ok()) << all.status();
    for (const store::StoredTask& row : *all) {
      const auto task = TaskOf(row);
      EXPECT_TRUE(task.ok()) << task.status();
      if (task.ok()) rows.push_back(TextOf(*task));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  std::vector<std::string> Folded() {
    std::map<Uuid, Task> tasks;
    const auto all = store::Leaves(connection_, tenant_, 0, 1'000'000, 100'000);
    EXPECT_TRUE(all.ok()) << all.status();
    for (const store::StoredLeaf& stored : *all) {
      const auto leaf = core::ParseLeaf(stored.leaf);
      EXPECT_TRUE(leaf.ok());
      if (auto task = Task::OpenedBy(stored.position, *leaf)) tasks.emplace(task->id, *task);
      for (auto& [_, task] : tasks) task.Apply(stored.position, *leaf);
    }
    std::vector<std::string> rows;
    for (const auto& [_, task] : tasks) rows.push_back(TextOf(task));
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  ledger::ShiftedClock clock_;
  const law::LawBook laws_ = *law::LawBook::Read(law::ShippedLaws());
  std::optional<Oversight> oversight_;
  domain::Caller anna_, ben_;
};

TEST_F(Tasks, AreInTheQueueAndForAsManyHumansAsTheRuleSays) {
  const Uuid task = Escalate(2, absl::Hours(3));

  EXPECT_EQ(Get(task).queue, "loans");
  EXPECT_EQ(Get(task).humans_needed, 2);
  EXPECT_LE(Get(task).due, clock_.Now() + absl::Hours(3));
  EXPECT_GT(Get(task).due, clock_.Now() + absl::Hours(2));
}

TEST_F(Tasks, AreAnybodysAgainWhenTheClaimRunsOut) {
  const Uuid task = Escalate();
  EXPECT_EQ(Claim(anna_, task), "done");
  EXPECT_EQ(Claim(ben_, task), "WRONG_STATE");
  clock_.shift = absl::Minutes(31);

  EXPECT_EQ(StateOf(task), "open");
  EXPECT_EQ(Resolve(anna_, task), "WRONG_STATE");
  EXPECT_EQ(Release(anna_, task), "WRONG_STATE");
  EXPECT_EQ(Claim(ben_, task), "done");
  EXPECT_EQ(Claim(anna_, task), "WRONG_STATE");
  EXPECT_EQ(Resolve(ben_, task), "done");
}

TEST_F(Tasks, AreHeldLongerByClaimingAgain) {
  const Uuid task = Escalate();
  EXPECT_EQ(Claim(anna_, task), "done");
  const absl::Time since = Get(task).claim->since;
  clock_.shift = absl::Minutes(20);
  EXPECT_EQ(Claim(anna_, task), "done");
  EXPECT_EQ(Get(task).claim->since, since);
  clock_.shift = absl::Minutes(40);

  EXPECT_EQ(Resolve(anna_, task), "done");
}

TEST_F(Tasks, ThatAreOverCannotBeSettledAnyMore) {
  const Uuid task = Escalate(1, absl::Minutes(10));
  EXPECT_EQ(Claim(anna_, task), "done");
  clock_.shift = absl::Minutes(11);

  EXPECT_EQ(StateOf(task), "expired");
  EXPECT_EQ(Resolve(anna_, task), "EXPIRED");
  EXPECT_EQ(Claim(ben_, task), "EXPIRED");
}

TEST_F(Tasks, ThatAreOverBecomeLeavesOnce) {
  const Uuid over = Escalate(1, absl::Minutes(10)), open = Escalate();
  clock_.shift = absl::Minutes(11);
  for (int i = 0; i < 2; ++i) oversight_->ExpireDue(first_->Get(tenant_), {});

  EXPECT_EQ(Get(over).state, "expired");
  EXPECT_EQ(Get(open).state, "open");
  EXPECT_EQ(Sql("SELECT count(*) FROM entries WHERE convert_from(leaf, 'UTF8') LIKE '%\"type\":\"task_expired\"%'"), "1");
}

TEST_F(Tasks, NeedASecondHumanWhereTheRuleAsksForTwo) {
  const Uuid task = Escalate(2);
  EXPECT_EQ(Claim(anna_, task), "done");
  EXPECT_EQ(Resolve(anna_, task), "done");
  EXPECT_EQ(StateOf(task), "second_needed");
  EXPECT_EQ(Claim(anna_, task), "FOUR_EYES_REQUIRED");
  EXPECT_EQ(Claim(ben_, task), "done");
  EXPECT_EQ(Resolve(ben_, task), "done");

  EXPECT_EQ(StateOf(task), "resolved");
  EXPECT_THAT(Get(task).reviews, SizeIs(2));
}

TEST_F(Tasks, AreSettledByOneWhoOverrides) {
  const Uuid first = Escalate(2), second = Escalate(2);
  for (const Uuid& task : {first, second}) EXPECT_EQ(Claim(anna_, task), "done");
  EXPECT_EQ(Resolve(anna_, first, domain::kOverride), "done");
  EXPECT_EQ(Resolve(anna_, second), "done");
  EXPECT_EQ(Claim(ben_, second), "done");
  EXPECT_EQ(Resolve(ben_, second, domain::kOverride), "done");

  for (const Uuid& task : {first, second}) {
    EXPECT_EQ(StateOf(task), "resolved");
    EXPECT_EQ(Get(task).reviews.back().resolution, "override");
  }
}

TEST_F(Tasks, AreNotForAMachineNorForWhoIsNotThere) {
  const Uuid task = Escalate();

  EXPECT_EQ(Claim(CallerOf("service"), task), "FOUR_EYES_REQUIRED");
  EXPECT_EQ(Claim(anna_, NewUuid()), "NOT_FOUND");
  EXPECT_EQ(Release(anna_, task), "WRONG_STATE");
  EXPECT_EQ(Resolve(anna_, task), "WRONG_STATE");
}

TEST_F(Tasks, DoNotLetWhoWasForgottenBeTakenForAnother) {
  const Uuid task = Escalate(2);
  EXPECT_EQ(Claim(anna_, task), "done");
  EXPECT_EQ(Resolve(anna_, task), "done");
  Sql("DELETE FROM persons");
  Sql("DELETE FROM data_keys");
  first_ = NewProcess();  // Which never knew her key.
  oversight_.emplace(first_->ledgers, *first_->appender, first_->writers, laws_, clock_);

  EXPECT_EQ(Claim(ben_, task), "FOUR_EYES_REQUIRED");
}

TEST_F(Tasks, AreClaimedByOneOfManyServersAtOnce) {
  const Uuid task = Escalate();
  const auto other = NewProcess();
  Oversight there(other->ledgers, *other->appender, other->writers, laws_, clock_);
  ASSERT_TRUE(other->Get(tenant_));
  auto first = std::async(std::launch::async, [&] { return Reason(there.Claim(ben_, About(task))); });
  const std::string second = Claim(anna_, task);

  EXPECT_THAT((std::vector<std::string>{std::min(first.get(), second), "-"}), ElementsAre("WRONG_STATE", "-"));
}

TEST_F(Tasks, GiveAReviewThatCountsOnceForTheSameActionAndForADay) {
  const Uuid task = Escalate();
  EXPECT_EQ(Claim(anna_, task), "done");
  EXPECT_EQ(Resolve(anna_, task), "done");
  const auto state_of = [&](std::optional<std::string> other_fact) {
    domain::Statement statement;
    statement.facts.Set("review", Get(task).reviews.back().leaf.ToText());
    if (other_fact) statement.facts.Set(*other_fact, "x");
    const auto row = oversight_->RestOn(tenant_, statement);
    EXPECT_TRUE(row.ok()) << row.status();
    EXPECT_EQ(statement.decision, task);
    return domain::FactText(statement.facts, "review_state");
  };

  EXPECT_EQ(state_of({}), "upheld");
  EXPECT_EQ(state_of("notices"), "upheld");
  EXPECT_EQ(state_of("started"), "upheld");
  EXPECT_EQ(state_of("amount"), "other_action");
  clock_.shift = absl::Hours(23);
  EXPECT_EQ(state_of({}), "upheld");
  clock_.shift = absl::Hours(24) + absl::Minutes(1);
  EXPECT_EQ(state_of({}), "expired");
}

}  // namespace
}  // namespace candor::flow
