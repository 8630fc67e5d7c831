#include "services/domain/cases.h"

#include <gtest/gtest.h>

namespace candor::domain {
namespace {

class WhatAPersonAskedFor : public ::testing::Test {
 protected:
  void Apply(const char* type, const char* kind, const std::string& purpose = {}, const std::string& key = "mine") {
    core::Leaf leaf;
    leaf.type = type;
    leaf.time = absl::FromUnixSeconds(1'700'000'000);
    leaf.facts.Set("case_kind", kind).Set("case_due", "2026-04-05T23:59:59.000000Z");
    if (!purpose.empty()) leaf.facts.Set("purpose", purpose);
    cases_.Apply(++position_, leaf, key);
  }
  std::string_view To(std::string_view purpose) const { return ObjectionTo(cases_.Of("mine"), purpose); }

  Cases cases_;
  std::uint64_t position_ = 0;
};

TEST_F(WhatAPersonAskedFor, CountsForThePurposeTheyObjectedToAlone) {
  EXPECT_EQ(To("marketing"), "");
  Apply("objection", "object", "marketing");
  EXPECT_EQ(To("marketing"), "active");
  EXPECT_EQ(To("credit"), "");
  EXPECT_EQ(To(""), "active") << "nobody says that it is for another purpose";
  EXPECT_EQ(To("unlisted"), "active");
  Apply("objection", "object", "unlisted");
  EXPECT_EQ(To("credit"), "active") << "which purpose they meant was never declared";
}

TEST_F(WhatAPersonAskedFor, IsAnOptOutWhateverElseTheyObjectedTo) {
  Apply("objection", "opt_out");
  Apply("objection", "object", "marketing");
  EXPECT_EQ(To("credit"), "opted_out");
}

TEST_F(WhatAPersonAskedFor, IsTheirsAloneAndNobodysOnceItWasErased) {
  Apply("objection", "object", {}, "another's");
  Apply("objection", "object", {}, "");
  Apply("withdrawal", "withdraw_consent");
  EXPECT_EQ(To("credit"), "");
  EXPECT_EQ(cases_.Of("mine").size(), 1u);
  EXPECT_TRUE(cases_.Of("").empty());
  EXPECT_EQ(cases_.position(), 3u);
}

TEST_F(WhatAPersonAskedFor, IsAnsweredAtOnceOnlyWhereNobodyHasToDecide) {
  Apply("objection", "object");
  Apply("objection", "opt_out");
  Apply("withdrawal", "withdraw_consent");
  const auto& cases = cases_.Of("mine");
  EXPECT_EQ(cases[0].answered, absl::Time());
  EXPECT_EQ(cases[1].answered, cases[1].received);
  EXPECT_EQ(cases[2].answered, cases[2].received);
  EXPECT_EQ(cases[0].due, absl::FromCivil(absl::CivilSecond(2026, 4, 5, 23, 59, 59), absl::UTCTimeZone()));
}

// A case about a decision, and leaves that name it.
class ACase : public ::testing::Test {
 protected:
  ACase() {
    core::Leaf leaf = Leaf("case");
    leaf.facts.Set("case_kind", "contest").Set("case_due", "2026-04-05T23:59:59.000000Z");
    leaf.facts.Set("case_legal_due", "2026-04-06T23:59:59.000000Z");
    id_ = leaf.id;
    cases_.Apply(++position_, leaf, "mine");
  }
  core::Leaf Leaf(const char* type) const {
    core::Leaf leaf;
    leaf.type = type;
    leaf.id = *Uuid::FromText("01890000-0000-7000-8000-00000000000" + std::to_string(position_));
    leaf.decision = *Uuid::FromText("01890000-0000-7000-8000-0000000000ff");
    leaf.time = absl::FromUnixSeconds(1'775'000'000 + static_cast<std::int64_t>(position_));
    return leaf;
  }
  void Apply(const char* type, const char* outcome = nullptr, const char* instead = nullptr) {
    core::Leaf leaf = Leaf(type);
    leaf.facts.Set("case", id_.ToText());
    if (outcome != nullptr) leaf.facts.Set("case_outcome", outcome);
    if (instead != nullptr) leaf.facts.Set("changed_decision", instead);
    cases_.Apply(++position_, leaf, "somebody's");
  }
  std::string Steps() const {
    std::string text;
    for (const Case::Step& step : cases_.Find(id_)->steps) text += (text.empty() ? "" : " ") + step.stage;
    return text;
  }

  Cases cases_;
  Uuid id_;
  std::uint64_t position_ = 0;
};

TEST_F(ACase, GoesThroughItsStepsOnceEach) {
  for (const char* type : {"task_claim", "task_release", "task_claim", "read", "read"}) Apply(type);
  Apply("review", "granted");
  EXPECT_EQ(Steps(), "received assigned under_review answered") << "somebody has to decide anew";
  Apply("review", "refused");
  Apply("correction");
  Apply("correction");
  EXPECT_EQ(Steps(), "received assigned under_review answered remedied closed");
  EXPECT_EQ(cases_.Find(id_)->outcome, "granted") << "the first answer counts";
}

TEST_F(ACase, IsClosedByAnAnswerThatPromisesNothing) {
  Apply("review", "upheld");
  EXPECT_EQ(Steps(), "received answered closed");
}

TEST_F(ACase, IsClosedByTheDecisionThatWasTakenInstead) {
  Apply("review", "partly_granted", "01890000-0000-7000-8000-0000000000fe");
  EXPECT_EQ(Steps(), "received answered closed");
}

TEST_F(ACase, IsNotRemediedBeforeItsAnswer) {
  Apply("correction");
  Apply("erasure");
  EXPECT_EQ(Steps(), "received") << "nor answered by an erasure that it did not ask for";
}

TEST_F(ACase, IsLateOnceAfterItsTimeByLaw) {
  const absl::Time due = cases_.Find(id_)->legal_due;
  EXPECT_TRUE(cases_.Late(due).empty());
  ASSERT_EQ(cases_.Late(due + absl::Seconds(1)).size(), 1u);
  Apply("case_late");
  Apply("case_late");
  EXPECT_TRUE(cases_.Late(due + absl::Seconds(1)).empty());
  EXPECT_EQ(Steps(), "received late");
  EXPECT_EQ(cases_.Find(id_)->stage(), "received") << "it waits as before";
  Apply("review", "upheld");
  EXPECT_EQ(Steps(), "received late answered closed");
}

TEST_F(ACase, IsClosedWhenNobodyIsLeftToAnswer) {
  Apply("task_expired");
  EXPECT_EQ(Steps(), "received closed");
  EXPECT_TRUE(cases_.Late(absl::InfiniteFuture()).empty());
}

TEST_F(ACase, TakesLongerOnceAndIsThenDueLater) {
  const auto extend = [&](const char* due) {
    core::Leaf leaf = Leaf("case_extension");
    leaf.facts.Set("case", id_.ToText()).Set("case_due", due).Set("case_legal_due", due);
    cases_.Apply(++position_, leaf, "somebody's");
  };
  extend("2026-06-05T23:59:59.000000Z");
  extend("2027-06-05T23:59:59.000000Z");
  const Case& one = *cases_.Find(id_);
  EXPECT_EQ(Steps(), "received extended");
  EXPECT_EQ(one.due, absl::FromCivil(absl::CivilSecond(2026, 6, 5, 23, 59, 59), absl::UTCTimeZone()));
  EXPECT_EQ(one.legal_due, one.due);
  EXPECT_EQ(one.extended_at, 2u);
  EXPECT_EQ(one.stage(), "received") << "nothing else changed";
}

// What asks, and whether the clock stands for it.
class ACaseThatWaits : public ACase {
 protected:
  void Ask(bool stands) {
    core::Leaf leaf = Leaf("case_question");
    leaf.facts.Set("case", id_.ToText()).Set("question", "identity").Set("clock_stands", stands);
    cases_.Apply(++position_, leaf, "somebody's");
  }
  void Resume(const char* type, int days) {
    core::Leaf leaf = Leaf(type);
    leaf.facts.Set("case", id_.ToText()).Set("stood_days", days);
    leaf.facts.Set("case_due", "2026-04-15T23:59:59.000000Z").Set("case_legal_due", "2026-04-15T23:59:59.000000Z");
    cases_.Apply(++position_, leaf, "somebody's");
  }
};

TEST_F(ACaseThatWaits, IsNotLateWhileItsClockStands) {
  Ask(true);
  EXPECT_TRUE(cases_.Find(id_)->IsWaiting());
  EXPECT_TRUE(cases_.Late(absl::InfiniteFuture()).empty());
  Resume("case_reply", 10);
  EXPECT_FALSE(cases_.Find(id_)->IsWaiting());
  EXPECT_EQ(cases_.Find(id_)->stood_days, 10);
  EXPECT_EQ(absl::FormatTime("%d", cases_.Find(id_)->due, absl::UTCTimeZone()), "15");
  EXPECT_EQ(cases_.Late(absl::InfiniteFuture()).size(), 1u);
  Ask(true);
  Resume("task_claim", 3);
  EXPECT_EQ(cases_.Find(id_)->stood_days, 13);
  EXPECT_EQ(Steps(), "received waiting resumed waiting resumed assigned");
}

TEST_F(ACaseThatWaits, IsLateWhereItsClockRunsOn) {
  Ask(false);
  EXPECT_EQ(cases_.Late(absl::InfiniteFuture()).size(), 1u);
}

TEST_F(ACaseThatWaits, IsAskedOneThingAtATimeAndRepliesToNothingElse) {
  Resume("case_reply", 10);
  EXPECT_EQ(Steps(), "received") << "nobody asked";
  Ask(true);
  Ask(false);
  EXPECT_EQ(Steps(), "received waiting");
  EXPECT_TRUE(cases_.Find(id_)->clock_stands) << "as the first one said";
  Apply("review", "upheld");
  EXPECT_EQ(Steps(), "received waiting answered closed");
  EXPECT_FALSE(cases_.Find(id_)->IsWaiting());
}

TEST_F(ACase, IsNeverLateOnceItWasAnswered) {
  Apply("review", "upheld");
  EXPECT_TRUE(cases_.Late(absl::InfiniteFuture()).empty());
}

TEST(ALeafOfAnotherType, OpensNoCase) {
  core::Leaf leaf;
  leaf.type = "read";
  EXPECT_FALSE(Case::OpenedBy(1, leaf).has_value());
}

}  // namespace
}  // namespace candor::domain
