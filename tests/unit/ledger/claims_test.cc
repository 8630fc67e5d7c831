// What an entry does to the authorization that it names is settled by the commit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ledger/world.h"

namespace candor::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Claims : public AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
  }
  void TearDown() override {
    CheckWholeLedger();
    AppendingToALedger::TearDown();
  }

  Receipt Append(Entry entry) { return Good(first_->Append(tenant_, std::move(entry))); }
  absl::Status Refusal(Entry entry) { return first_->Append(tenant_, std::move(entry)).status(); }

  Uuid Authorize(const std::string& verdict, absl::Duration due = absl::Hours(1)) {
    return LeafOf(Append(Authorization(verdict, SystemClock().Now() + due))).id;
  }
  std::vector<std::string> MarksOfOutcome(const Uuid& authorization) {
    return LeafOf(Append(About("outcome", Claim::kClose, authorization))).marks;
  }
  std::string ClosesOf(std::uint64_t position) {
    return Sql("SELECT coalesce(closes_id::text, '') FROM entries WHERE position = " +
               std::to_string(position));
  }
};

TEST_F(Claims, CloseAnAuthorizationThatPermitted) {
  for (const char* verdict : {"allow", "transform"}) {
    const Uuid authorization = Authorize(verdict);

    const Receipt outcome = Append(About("outcome", Claim::kClose, authorization));

    EXPECT_THAT(LeafOf(outcome).marks, IsEmpty()) << verdict;
    EXPECT_EQ(LeafOf(outcome).decision, authorization);
    EXPECT_EQ(ClosesOf(outcome.position), authorization.ToText());
  }
}

TEST_F(Claims, MarkTheOutcomeOfAnUnknownAuthorization) {
  Entry entry = About("outcome", Claim::kClose, NewUuid());
  const Uuid id = entry.leaf.id;

  const Receipt outcome = Append(std::move(entry));

  EXPECT_THAT(LeafOf(outcome).marks, ElementsAre("unauthorized"));
  EXPECT_EQ(LeafOf(outcome).decision, id);  // A decision by itself.
  EXPECT_EQ(ClosesOf(outcome.position), "");
}

TEST_F(Claims, MarkTheOutcomeOfALeafThatIsNoAuthorization) {
  const Uuid outcome = LeafOf(Append(EntryOf("outcome"))).id;

  EXPECT_THAT(MarksOfOutcome(outcome), ElementsAre("unauthorized"));
}

TEST_F(Claims, MarkTheOutcomeOfAnAuthorizationThatWasUsed) {
  const Uuid authorization = Authorize("allow");

  EXPECT_THAT(MarksOfOutcome(authorization), IsEmpty());
  EXPECT_THAT(MarksOfOutcome(authorization), ElementsAre("unauthorized"));
  EXPECT_THAT(MarksOfOutcome(authorization), ElementsAre("unauthorized"));
  EXPECT_EQ(Sql("SELECT count(*) FROM entries WHERE closes_id IS NOT NULL"), "1");
}

TEST_F(Claims, MarkTheOutcomeOfADenialAndOfAnUnresolvedEscalation) {
  EXPECT_THAT(MarksOfOutcome(Authorize("deny")), ElementsAre("against_verdict"));
  EXPECT_THAT(MarksOfOutcome(Authorize("escalate")), ElementsAre("unresolved"));
}

TEST_F(Claims, MarkTheOutcomeOfAnEscalationByWhereItsTaskStands) {
  const auto escalate = [&](absl::Duration due) {
    Entry entry = Authorization("escalate", SystemClock().Now());
    entry.task = store::TaskRow{.task_id = entry.leaf.id, .kind = "escalation", .queue = "review",
                                .decision_id = entry.leaf.id, .due_time = SystemClock().Now() + due};
    return LeafOf(Append(std::move(entry))).id;
  };
  const auto settle = [&](const Uuid& task, const std::string& state, const std::string& resolution) {
    Entry entry = About("step", Claim::kFollow, task);
    const auto position = std::stoull(Sql("SELECT position FROM tasks WHERE task_id = '" + task.ToText() + "'"));
    entry.task = store::TaskRow{.task_id = task, .from = position, .state = state, .settles = true, .resolution = resolution};
    Append(std::move(entry));
  };
  const Uuid waits = escalate(absl::Hours(1)), over = escalate(-absl::Hours(1)), upheld = escalate(absl::Hours(1)),
             overridden = escalate(absl::Hours(1)), expired = escalate(absl::Hours(1));
  settle(upheld, "resolved", "uphold");
  settle(overridden, "resolved", "override");
  settle(expired, "expired", "");

  EXPECT_THAT(MarksOfOutcome(waits), ElementsAre("unresolved"));
  EXPECT_THAT(MarksOfOutcome(over), ElementsAre("against_verdict"));
  EXPECT_THAT(MarksOfOutcome(overridden), ElementsAre("against_verdict"));
  EXPECT_THAT(MarksOfOutcome(expired), ElementsAre("against_verdict"));
  EXPECT_THAT(MarksOfOutcome(upheld), ElementsAre("unauthorized"));  // A review never permits by itself.
}

TEST_F(Claims, MoveATaskFromWhereItStoodAndFromNowhereElse) {
  Entry escalation = Authorization("escalate", SystemClock().Now());
  const Uuid task = escalation.leaf.id;
  escalation.task = store::TaskRow{.task_id = task, .kind = "escalation", .queue = "review", .decision_id = task};
  const std::uint64_t at = Append(std::move(escalation)).position;
  const auto step = [&](std::uint64_t from) {
    Entry entry = About("step", Claim::kFollow, task);
    entry.task = store::TaskRow{.task_id = task, .from = from};
    return entry;
  };
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  {
    const HeldHeads held(url_);
    for (int i = 0; i < 10; ++i) answers.push_back(first_->Send(tenant_, step(at)));
  }

  int moved = 0;
  for (auto& answer : answers) {
    const absl::StatusOr<Receipt> receipt = answer.get();
    moved += receipt.ok() ? 1 : 0;
    EXPECT_TRUE(receipt.ok() || ReasonOf(receipt.status()) == "TASK_CHANGED") << receipt.status();
  }
  EXPECT_EQ(moved, 1);
  EXPECT_EQ(ReasonOf(Refusal(step(at))), "TASK_CHANGED");
}

TEST_F(Claims, MarkAnOutcomeThatIsLate) {
  EXPECT_THAT(MarksOfOutcome(Authorize("allow", -absl::Hours(1))), ElementsAre("late"));
}

TEST_F(Claims, MarkTheOutcomeOfAnAuthorizationThatExpiredBeforeTheAct) {
  const absl::Time now = SystemClock().Now();
  const auto expired = [&] {
    return LeafOf(Append(Authorization("allow", now + absl::Hours(1), -absl::Minutes(5)))).id;
  };
  Entry too_late = About("outcome", Claim::kClose, expired()),
        in_time = About("outcome", Claim::kClose, expired());
  too_late.act_time = now - absl::Minutes(4);
  in_time.act_time = now - absl::Minutes(6);

  EXPECT_THAT(MarksOfOutcome(expired()), ElementsAre("unauthorized"));
  const Receipt marked = Append(too_late), used = Append(in_time);

  EXPECT_THAT(LeafOf(marked).marks, ElementsAre("unauthorized"));
  EXPECT_EQ(ClosesOf(marked.position), "");
  EXPECT_THAT(LeafOf(used).marks, IsEmpty());
  EXPECT_EQ(ClosesOf(used.position), in_time.named.ToText());
}

TEST_F(Claims, KeepTheMarksThatTheEntryBrings) {
  Entry entry = About("outcome", Claim::kClose, Authorize("allow", -absl::Hours(1)));
  entry.leaf.marks = {"reasons_missing"};

  EXPECT_THAT(LeafOf(Append(std::move(entry))).marks, ElementsAre("late", "reasons_missing"));
}

TEST_F(Claims, GiveAnAuthorizationToTheFirstOfTwoOutcomesThatComeTogether) {
  const Uuid authorization = Authorize("allow");
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  {
    const HeldHeads held(url_);
    for (int i = 0; i < 20; ++i) {
      answers.push_back(first_->Send(tenant_, About("outcome", Claim::kClose, authorization)));
    }
  }

  int unmarked = 0;
  for (auto& answer : answers) {
    const std::vector<std::string> marks = LeafOf(Good(answer.get())).marks;
    if (marks.empty()) {
      ++unmarked;
    } else {
      EXPECT_THAT(marks, ElementsAre("unauthorized"));
    }
  }
  EXPECT_EQ(unmarked, 1);
}

TEST_F(Claims, CancelAnOpenAuthorizationOnce) {
  const Uuid authorization = Authorize("allow");

  const Receipt cancelled = Append(About("cancellation", Claim::kCancel, authorization));
  const absl::Status again = Refusal(About("cancellation", Claim::kCancel, authorization));

  EXPECT_EQ(ClosesOf(cancelled.position), authorization.ToText());
  EXPECT_EQ(again.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(MarksOfOutcome(authorization), ElementsAre("unauthorized"));
}

TEST_F(Claims, RefuseToCancelWhatWasUsedOrNeverWas) {
  const Uuid used = Authorize("allow");
  const Uuid outcome = LeafOf(Append(About("outcome", Claim::kClose, used))).id;

  EXPECT_EQ(Refusal(About("cancellation", Claim::kCancel, used)).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Refusal(About("cancellation", Claim::kCancel, NewUuid())).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Refusal(About("cancellation", Claim::kCancel, outcome)).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(Claims, CancelOnlyOnceWhenTwoComeTogether) {
  const Uuid authorization = Authorize("allow");
  std::vector<std::future<absl::StatusOr<Receipt>>> answers;
  {
    const HeldHeads held(url_);
    for (int i = 0; i < 10; ++i) {
      answers.push_back(
          first_->Send(tenant_, About("cancellation", Claim::kCancel, authorization)));
    }
  }

  int cancelled = 0;
  for (auto& answer : answers) {
    const absl::StatusOr<Receipt> receipt = answer.get();
    if (receipt.ok()) {
      ++cancelled;
    } else {
      EXPECT_EQ(receipt.status().code(), absl::StatusCode::kFailedPrecondition);
    }
  }
  EXPECT_EQ(cancelled, 1);
}

TEST_F(Claims, ContinueADecisionThatIsKnownAndNoOther) {
  const Uuid decision = Authorize("deny");
  const auto further = [&](const Uuid& named) {
    Entry entry = Authorization("allow", SystemClock().Now() + absl::Hours(1));
    entry.claim = Claim::kContinue;
    entry.named = named;
    entry.leaf.decision = named;
    return entry;
  };

  EXPECT_EQ(LeafOf(Append(further(decision))).decision, decision);
  EXPECT_EQ(Refusal(further(NewUuid())).code(), absl::StatusCode::kNotFound);
}

TEST_F(Claims, FollowADecisionAndMarkWhatFollowsNone) {
  const Uuid decision = Authorize("allow");
  Entry known = EntryOf("result"), unknown = EntryOf("result");
  known.claim = unknown.claim = Claim::kFollow;
  known.named = decision;
  unknown.named = NewUuid();
  known.leaf.decision = unknown.leaf.decision = known.leaf.id;

  EXPECT_EQ(LeafOf(Append(known)).decision, decision);
  EXPECT_THAT(LeafOf(Append(unknown)).marks, ElementsAre("unauthorized"));
  EXPECT_THAT(MarksOfOutcome(decision), IsEmpty());  // It was followed, not used.
}

TEST_F(Claims, DoNotReachAnotherTenant) {
  const Uuid authorization = Authorize("allow");
  const auto other = first_->ledgers.Create("other.example/b", NewUuid());
  ASSERT_TRUE(other.ok());
  const auto ledger = first_->Get(other->tenant_id);
  ASSERT_TRUE(first_->Append(other->tenant_id, FirstEntry(*ledger)).ok());

  const auto outcome =
      first_->Append(other->tenant_id, About("outcome", Claim::kClose, authorization));

  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(core::ParseLeaf(outcome->leaf)->marks, ElementsAre("unauthorized"));
  EXPECT_THAT(MarksOfOutcome(authorization), IsEmpty());
}

TEST_F(Claims, LetARefusedRequestKeepItsNumberForTheCorrectedOne) {
  const core::Producer producer{
      .id = "bot", .epoch = *Uuid::FromText("66ad3cd5-1111-4e2f-8f4b-0123456789ab"), .seq = 1};
  Entry refused = About("cancellation", Claim::kCancel, NewUuid()), corrected = EntryOf("outcome");
  refused.leaf.producer = corrected.leaf.producer = producer;
  std::future<absl::StatusOr<Receipt>> first, second;
  {
    const HeldHeads held(url_);
    first_->Send(tenant_, EntryOf("outcome"));
    first = first_->Send(tenant_, std::move(refused));
    second = first_->Send(tenant_, std::move(corrected));
  }

  EXPECT_EQ(first.get().status().code(), absl::StatusCode::kNotFound);
  Good(second.get());
}

}  // namespace
}  // namespace candor::ledger
