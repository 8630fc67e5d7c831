#include "services/policy/review.h"

#include <gmock/gmock.h>

#include "services/policy/builtin.h"
#include "services/policy/verdicts.h"

namespace candor::policy {
namespace {

using core::Json;
using domain::Verdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Facts(const char* state, const char* rule, int humans) {
  return Json::Object().Set("review_state", state).Set("review_answers", Json::Array().Append(rule)).Set("review_humans", humans);
}

Rule RuleOf(Effect effect, const char* name) {
  Rule rule;
  rule.name = name;
  rule.effect = effect;
  rule.reasons = {name};
  return rule;
}
Said Fired(const Rule& rule, std::vector<std::string> missing = {}) {
  return {.rule = &rule, .effect = rule.effect, .reason = rule.name, .missing = std::move(missing), .duties = rule.duties};
}

TEST(Review, AnswersTheRulesThatAskedWhileItCounts) {
  EXPECT_TRUE(ReviewOf(Facts("upheld", "asked", 1)).Answers("asked", 1));
  EXPECT_FALSE(ReviewOf(Facts("upheld", "asked", 1)).Answers("asked", 2));
  EXPECT_FALSE(ReviewOf(Facts("upheld", "asked", 1)).Answers("other", 1));
  for (const char* state : {"overridden", "expired", "used", "other_action", "unsettled", ""}) {
    EXPECT_FALSE(ReviewOf(Facts(state, "asked", 2)).Answers("asked", 1)) << state;
  }
  EXPECT_FALSE(ReviewOf(Json::Object()).Answers("asked", 1));
}

TEST(Review, LetsARuleThatAskedForAHumanPassAndNoOther) {
  Rule asked = RuleOf(Effect::kEscalate, "asked");
  asked.duties = {{.type = "require_review", .params = Json::Object().Set("reviewers", 2)}, {.type = "step_up"}};
  const Rule other = RuleOf(Effect::kEscalate, "other"), deny = RuleOf(Effect::kDeny, "deny");
  const auto after = [&](std::vector<Said> said, int humans) {
    return Combine(std::move(said), absl::UnixEpoch(), {}, {.answers = {"asked", "deny"}, .humans = humans});
  };

  const Judgement judgement = after({Fired(asked)}, 2);
  EXPECT_EQ(judgement.verdict, Verdict::kAllow);
  EXPECT_THAT(judgement.reasons, IsEmpty());
  ASSERT_THAT(judgement.rules, SizeIs(1));
  EXPECT_EQ(judgement.rules[0].result, "reviewed");
  EXPECT_EQ(judgement.rules[0].verdict, Verdict::kEscalate);
  ASSERT_THAT(judgement.obligations, SizeIs(1));
  EXPECT_EQ(judgement.obligations[0].type, "step_up");
  EXPECT_EQ(after({Fired(asked, {"facts.x"})}, 2).verdict, Verdict::kAllow);
  EXPECT_EQ(after({Fired(asked)}, 1).verdict, Verdict::kEscalate);  // One human, where two were to look.
  EXPECT_EQ(after({Fired(asked), Fired(other)}, 2).verdict, Verdict::kEscalate);
  EXPECT_EQ(after({Fired(asked), Fired(deny)}, 2).verdict, Verdict::kDeny);
}

TEST(Review, StandsBeforeTheDutiesOfACallerWhoCannotHonourThem) {
  Rule asked = RuleOf(Effect::kEscalate, "asked");
  asked.duties = {{.type = "step_up"}};

  const Judgement judgement = Combine({Fired(asked)}, absl::UnixEpoch(), {"mask_fields"}, {.answers = {"asked"}, .humans = 1});

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("obligation_not_supported"));
}

TEST(Review, AnswersTheBuiltInRulesToo) {
  domain::Settings settings;
  settings.confidence = "0.8";
  const std::map<std::string, std::string> sections;
  const auto verdict = [&](Json facts) {
    facts.Set("confidence", "0.5");
    return Builtin().Evaluate({.call = "authorize", .time = {}, .facts = facts, .sections = sections, .settings = settings}).verdict;
  };

  EXPECT_EQ(verdict(Json::Object()), Verdict::kEscalate);
  EXPECT_EQ(verdict(Facts("upheld", "confidence_too_low", 1)), Verdict::kAllow);
  EXPECT_EQ(verdict(Facts("upheld", "amount_over_limit", 1)), Verdict::kEscalate);
  EXPECT_EQ(verdict(Facts("expired", "confidence_too_low", 1)), Verdict::kEscalate);
}

TEST(Humans, AreAsManyAsTheDutySaysButAtMostTwo) {
  EXPECT_EQ(HumansNeeded("require_review", Json::Object()), 1);
  for (const auto& [asked, needed] : {std::pair(0, 1), {1, 1}, {2, 2}, {9, 2}}) {
    EXPECT_EQ(HumansNeeded("require_review", Json::Object().Set("reviewers", asked)), needed);
  }
  EXPECT_EQ(HumansNeeded("step_up", Json::Object().Set("reviewers", 2)), 1);
}

}  // namespace
}  // namespace candor::policy
