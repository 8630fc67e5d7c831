// A task as its leaves say it, one after the other.
#include "services/domain/task.h"

#include <gmock/gmock.h>

#include "services/base/clock.h"
#include "services/base/status.h"

namespace candor::domain {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kMinute = absl::Minutes(1);

class OneTask : public ::testing::Test {
 protected:
  core::Leaf Leaf(const std::string& type, core::Json facts) {
    core::Leaf leaf;
    leaf.type = type;
    leaf.caller_kind = "component";
    leaf.caller_id = "bot";
    leaf.facts = std::move(facts);
    leaf.id.bytes[6] = 0x70;  // Version 7.
    leaf.id.bytes[8] = 0x80;
    leaf.id.bytes[15] = static_cast<std::uint8_t>(++position_);
    leaf.time = now_;
    return leaf;
  }
  static core::Json Facts(std::initializer_list<std::pair<const char*, core::Json>> members) {
    core::Json facts = core::Json::Object();
    for (const auto& [name, value] : members) facts.Set(name, value);
    return facts;
  }
  static core::Json Rule(const char* name, const char* verdict, const char* result) {
    return Facts({{"rule", name}, {"verdict", verdict}, {"result", result}});
  }

  void SetUp() override { Open(1); }
  void Open(int humans) {
    core::Leaf leaf = Leaf("authorization", Facts({{"verdict", "escalate"},
                                                   {"queue", "loans"},
                                                   {"system", "s"},
                                                   {"action", "a.b"},
                                                   {"humans_needed", humans},
                                                   {"review_due", ToRfc3339(now_ + 60 * kMinute)},
                                                   {"verdict_reasons", core::Json::Array().Append("r")},
                                                   {"rules", core::Json::Array()
                                                                 .Append(Rule("asks", "escalate", "fired"))
                                                                 .Append(Rule("lacks", "escalate", "indeterminate"))
                                                                 .Append(Rule("shadow", "escalate", "would_have_fired"))
                                                                 .Append(Rule("adds", "allow", "fired"))}}));
    leaf.decision = leaf.id;
    task_ = *Task::OpenedBy(position_, leaf);
  }
  bool Apply(const std::string& type, core::Json facts = core::Json::Object()) {
    if (facts.Find("task") == nullptr) facts.Set("task", task_.id.ToText());
    return task_.Apply(position_ + 1, last_ = Leaf(type, std::move(facts)));
  }
  bool Claim() { return Apply("task_claim", Facts({{"claim_expires", ToRfc3339(now_ + kClaimLasts)}})); }
  bool Review(std::string_view resolution) {
    return Apply("review", Facts({{"resolution", resolution}, {"review_expires", ToRfc3339(now_ + kReviewLasts)}}));
  }
  std::string_view State() const { return task_.StateAt(now_); }

  absl::Time now_ = absl::FromUnixSeconds(1'780'000'000);
  std::uint64_t position_ = 0;
  core::Leaf last_;
  Task task_;
};

TEST_F(OneTask, IsWhatTheLeafThatOpenedItSays) {
  EXPECT_EQ(task_.queue, "loans");
  EXPECT_EQ(task_.system, "s");
  EXPECT_EQ(task_.action, "a.b");
  EXPECT_EQ(task_.opener, "bot");
  EXPECT_THAT(task_.reasons, ElementsAre("r"));
  EXPECT_THAT(task_.rules, ElementsAre("asks", "lacks"));  // Those that asked for a human.
  EXPECT_EQ(task_.due, now_ + 60 * kMinute);
  EXPECT_EQ(State(), "open");
}

TEST_F(OneTask, IsOpenedByNothingElse) {
  core::Leaf leaf = Leaf("outcome", Facts({{"review_due", ToRfc3339(now_)}}));
  leaf.decision = leaf.id;
  EXPECT_FALSE(Task::OpenedBy(9, leaf));
  leaf.type = "authorization";
  EXPECT_TRUE(Task::OpenedBy(9, leaf));
  leaf.facts = core::Json::Object();
  EXPECT_FALSE(Task::OpenedBy(9, leaf));
}

TEST_F(OneTask, OfACaseNeverExpires) {
  core::Leaf leaf = Leaf("case", Facts({{"case_due", ToRfc3339(now_)}, {"queue", "cases"}, {"component", "bot"}}));
  task_ = *Task::OpenedBy(9, leaf);
  EXPECT_TRUE(task_.IsCase());
  EXPECT_EQ(task_.opener, "bot");
  now_ += 1000 * kMinute;
  EXPECT_EQ(State(), "open");
  EXPECT_FALSE(task_.MayExpire(now_).ok());
  EXPECT_TRUE(task_.MayClaim(now_).ok());
  leaf.facts = Facts({{"case_due", ToRfc3339(now_)}});
  EXPECT_FALSE(Task::OpenedBy(9, leaf)) << "nobody has to answer it";
}

TEST_F(OneTask, OfACaseGoesBackWithAWordToThePersonAndMayBeDueLater) {
  task_ = *Task::OpenedBy(9, Leaf("case", Facts({{"case_due", ToRfc3339(now_)}, {"queue", "cases"}})));
  const absl::Time due = now_ + 100 * kMinute;
  Claim();
  EXPECT_TRUE(Apply("case_extension", Facts({{"case_due", ToRfc3339(due)}})));
  EXPECT_EQ(State(), "open");
  EXPECT_EQ(task_.due, due);
  Claim();
  EXPECT_TRUE(Apply("case_question"));
  EXPECT_EQ(State(), "open");
  Claim();
  EXPECT_TRUE(Apply("case_reply", Facts({{"case_due", ToRfc3339(due + kMinute)}})));
  EXPECT_EQ(State(), "claimed") << "whoever holds it keeps it";
  EXPECT_EQ(task_.due, due + kMinute);
}

TEST_F(OneTask, IsClaimedUntilTheClaimRunsOut) {
  EXPECT_TRUE(Claim());
  EXPECT_EQ(State(), "claimed");
  const absl::Time since = task_.claim->since;
  now_ += 29 * kMinute;
  EXPECT_TRUE(Claim());
  EXPECT_EQ(task_.claim->since, since);
  now_ += 30 * kMinute;
  EXPECT_EQ(State(), "open");
  EXPECT_TRUE(Claim());
  EXPECT_EQ(task_.claim->since, now_);  // Another one's, or begun anew.
}

TEST_F(OneTask, GoesBackToTheQueueWhenItIsReleased) {
  Claim();
  EXPECT_TRUE(Apply("task_release"));
  EXPECT_EQ(State(), "open");
  EXPECT_EQ(ReasonOf(task_.MayRelease(now_)), "WRONG_STATE");
}

TEST_F(OneTask, IsSettledByAReview) {
  Claim();
  EXPECT_TRUE(Review(kUphold));
  EXPECT_EQ(State(), "resolved");
  EXPECT_EQ(task_.review_expires, now_ + kReviewLasts);
  EXPECT_EQ(task_.reviews.back().leaf, last_.id);
  EXPECT_EQ(ReasonOf(task_.MayClaim(now_)), "WRONG_STATE");
  EXPECT_FALSE(Review(kOverride));  // Nothing comes after it.
  EXPECT_FALSE(Claim());
  EXPECT_EQ(task_.reviews.size(), 1U);
}

TEST_F(OneTask, WaitsForTheSecondHumanUnlessTheFirstSaysNo) {
  Open(2);
  Review(kUphold);
  EXPECT_EQ(State(), "second_needed");
  Claim();
  EXPECT_EQ(State(), "claimed");
  Review(kUphold);
  EXPECT_EQ(State(), "resolved");

  Open(2);
  Review(kOverride);
  EXPECT_EQ(State(), "resolved");
}

TEST_F(OneTask, ExpiresByTheClockWhetherOrNotALeafSaysSo) {
  Claim();
  now_ = task_.due;
  EXPECT_EQ(State(), "expired");
  EXPECT_EQ(ReasonOf(task_.MayResolve(now_)), "EXPIRED");
  EXPECT_TRUE(task_.MayExpire(now_).ok());
  EXPECT_TRUE(Apply("task_expired"));
  EXPECT_EQ(task_.state, "expired");
  EXPECT_EQ(ReasonOf(task_.MayExpire(now_)), "WRONG_STATE");
}

TEST_F(OneTask, EndsWithItsAuthorization) {
  EXPECT_FALSE(Apply("cancellation", Facts({{"authorization", "another"}})));
  EXPECT_TRUE(Apply("cancellation", Facts({{"authorization", task_.id.ToText()}})));
  EXPECT_EQ(State(), "cancelled");
}

TEST_F(OneTask, IsUsedByAnAuthorizationThatPermitsAndRestsOnIt) {
  Review(kUphold);
  const std::string review = last_.id.ToText();
  EXPECT_FALSE(Apply("authorization", Facts({{"review", "another"}, {"verdict", "allow"}})));
  EXPECT_FALSE(Apply("authorization", Facts({{"review", review}, {"verdict", "escalate"}})));
  EXPECT_FALSE(task_.used);
  EXPECT_TRUE(Apply("authorization", Facts({{"review", review}, {"verdict", "transform"}})));
  EXPECT_TRUE(task_.used);
}

TEST_F(OneTask, IsNotMovedByLeavesOfAnother) {
  for (const char* type : {"task_claim", "task_release", "review", "task_expired", "read"}) {
    EXPECT_FALSE(Apply(type, Facts({{"task", "another"}}))) << type;
  }
  EXPECT_FALSE(Apply("read"));
  EXPECT_EQ(task_.position, 1U);
}

}  // namespace
}  // namespace candor::domain
