#include "services/policy/builtin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/core/text/grammar.h"

namespace candor::policy {
namespace {

using ::candor::domain::Verdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A tenant that lets its systems decide about up to 100 euros when they are 80 % sure,
// and a request that no rule objects to.
class BuiltinRules : public ::testing::Test {
 protected:
  BuiltinRules() {
    settings_.amount = "100";
    settings_.currency = "eur";
    settings_.confidence = "0.8";
    facts_.Set("action", "refund.grant");
    facts_.Set("system", "refund_bot");
    facts_.Set("amount", "49.90");
    facts_.Set("currency", "eur");
    facts_.Set("confidence", "0.93");
  }

  // The facts without one of them.
  void Remove(std::string_view name) {
    core::Json rest = core::Json::Object();
    for (const auto& [other, value] : facts_.members()) {
      if (other != name) rest.Set(other, value);
    }
    facts_ = std::move(rest);
  }

  Input InputOf(std::string_view call) const {
    return {.call = call, .time = absl::UnixEpoch(), .facts = facts_, .sections = sections_, .settings = settings_};
  }
  // As the gate asks: the rules, and what holds beside any set.
  Judgement Judge(std::string_view call = "authorize") const {
    Judgement judgement = builtin_.Evaluate(InputOf(call));
    Builtin::AddFloor(InputOf(call), judgement);
    return judgement;
  }

  const Builtin builtin_;
  core::Json facts_ = core::Json::Object();
  const std::map<std::string, std::string> sections_;
  domain::Settings settings_;
};

TEST_F(BuiltinRules, AllowWhatNoRuleObjectsTo) {
  const Judgement judgement = Judge();

  EXPECT_EQ(judgement.verdict, Verdict::kAllow);
  EXPECT_THAT(judgement.reasons, IsEmpty());
  EXPECT_THAT(judgement.rules, IsEmpty());
}

TEST_F(BuiltinRules, DenyAnActionThatIsUnlisted) {
  facts_.Set("action", "unlisted");

  const Judgement judgement = Judge();

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("action_unknown"));
  ASSERT_EQ(judgement.rules.size(), 1U);
  EXPECT_EQ(judgement.rules[0].result, "fired");
}

TEST_F(BuiltinRules, DenyAnActionThatIsAbsentAndSayWhatIsMissing) {
  Remove("action");

  const Judgement judgement = Judge();

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  ASSERT_EQ(judgement.rules.size(), 1U);
  EXPECT_EQ(judgement.rules[0].result, "indeterminate");
  EXPECT_THAT(judgement.rules[0].missing, ElementsAre("action"));
}

TEST_F(BuiltinRules, DenyASystemThatIsUnlistedOrAbsent) {
  facts_.Set("system", "unlisted");
  EXPECT_EQ(Judge().verdict, Verdict::kDeny);
  EXPECT_THAT(Judge().reasons, ElementsAre("system_unregistered"));

  Remove("system");
  EXPECT_EQ(Judge().verdict, Verdict::kDeny);
  EXPECT_THAT(Judge().reasons, ElementsAre("system_unregistered"));
}

TEST_F(BuiltinRules, AllowAnAmountUpToTheLimitAndDenyTheFirstCentAbove) {
  for (const char* within : {"0", "99.99", "100", "100.00", "-5"}) {
    facts_.Set("amount", within);
    EXPECT_EQ(Judge().verdict, Verdict::kAllow) << within;
  }
  for (const char* above : {"100.01", "101", "1000", "100.000000000000000000000000001"}) {
    facts_.Set("amount", above);
    EXPECT_EQ(Judge().verdict, Verdict::kDeny) << above;
    EXPECT_THAT(Judge().reasons, ElementsAre("amount_over_limit")) << above;
  }
}

TEST_F(BuiltinRules, DenyAnAmountThatCannotBeCompared) {
  facts_.Set("currency", "usd");
  EXPECT_EQ(Judge().verdict, Verdict::kDeny);
  EXPECT_EQ(Judge().rules.at(0).result, "indeterminate");

  Remove("currency");
  EXPECT_EQ(Judge().verdict, Verdict::kDeny);
  EXPECT_THAT(Judge().rules.at(0).missing, ElementsAre("currency"));
}

TEST_F(BuiltinRules, NeverAllowAnAmountWhereTheTenantHasNoLimit) {
  settings_.amount.clear();
  settings_.currency.clear();

  EXPECT_GE(Judge().verdict, Verdict::kEscalate);
}

TEST_F(BuiltinRules, AskNothingAboutAnAmountThatIsNotThere) {
  Remove("amount");
  Remove("currency");
  settings_.amount.clear();

  EXPECT_EQ(Judge().verdict, Verdict::kAllow);
}

TEST_F(BuiltinRules, EscalateAConfidenceBelowTheFloor) {
  facts_.Set("confidence", "0.79999");
  EXPECT_EQ(Judge().verdict, Verdict::kEscalate);
  EXPECT_THAT(Judge().reasons, ElementsAre("confidence_too_low"));

  for (const char* enough : {"0.8", "0.80", "1", "1.0"}) {
    facts_.Set("confidence", enough);
    EXPECT_EQ(Judge().verdict, Verdict::kAllow) << enough;
  }
}

TEST_F(BuiltinRules, EscalateAConfidenceThatIsAbsentOrOutsideOfZeroToOne) {
  for (const char* outside : {"1.0001", "2", "93", "-0.1"}) {
    facts_.Set("confidence", outside);
    EXPECT_EQ(Judge().verdict, Verdict::kEscalate) << outside;
    EXPECT_EQ(Judge().rules.at(0).result, "indeterminate") << outside;
  }

  Remove("confidence");
  EXPECT_EQ(Judge().verdict, Verdict::kEscalate);
  EXPECT_THAT(Judge().rules.at(0).missing, ElementsAre("confidence"));
}

TEST_F(BuiltinRules, AskNothingAboutConfidenceWhereTheTenantHasNoFloor) {
  settings_.confidence.clear();
  Remove("confidence");

  EXPECT_EQ(Judge().verdict, Verdict::kAllow);
}

TEST_F(BuiltinRules, LetTheStrictestVerdictCountAndNameEveryRule) {
  facts_.Set("confidence", "0.1");
  facts_.Set("amount", "1000");

  const Judgement judgement = Judge();

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("amount_over_limit", "confidence_too_low"));
}

TEST_F(BuiltinRules, AskOnlyWhoAndWhatOfADecisionThatWasObserved) {
  facts_.Set("amount", "1000");
  facts_.Set("confidence", "0.1");
  EXPECT_EQ(Judge("observe").verdict, Verdict::kAllow);

  facts_.Set("system", "unlisted");
  EXPECT_EQ(Judge("observe").verdict, Verdict::kDeny);
}

TEST_F(BuiltinRules, JudgeNothingTwiceAtTheRecord) {
  facts_ = core::Json::Object();

  EXPECT_EQ(Judge("record").verdict, Verdict::kAllow);
}

TEST_F(BuiltinRules, AreOneSetWithOneDigest) {
  EXPECT_EQ(builtin_.digest(), Builtin().digest());
  EXPECT_NE(builtin_.digest(), Digest());
  EXPECT_TRUE(core::IsCode(builtin_.name()));
}

TEST_F(BuiltinRules, GiveCodesThatHaveWordsForOperatorAndPerson) {
  facts_.Set("action", "unlisted");
  facts_.Set("system", "unlisted");
  facts_.Set("amount", "1000");
  facts_.Set("confidence", "0.1");

  for (const std::string& reason : Judge().reasons) {
    EXPECT_TRUE(core::IsCode(reason)) << reason;
    EXPECT_TRUE(Builtin::Gives(reason)) << reason;
    const std::optional<ReasonText> words = builtin_.TextOf(reason, "de");
    ASSERT_TRUE(words.has_value()) << reason;
    EXPECT_FALSE(words->operator_text.empty()) << reason;
    EXPECT_FALSE(words->person_text.empty()) << reason;
  }
}

TEST_F(BuiltinRules, HaveNoWordsForTheReasonsOfASet) {
  EXPECT_EQ(builtin_.TextOf("a_code_of_a_policy_set", "en"), std::nullopt);
  EXPECT_FALSE(Builtin::Gives("a_code_of_a_policy_set"));
}

TEST_F(BuiltinRules, AddToAnySetThatWhatNobodyDeclaredMayNotDecide) {
  facts_.Set("system", "unlisted");
  Remove("action");
  facts_.Set("amount", "1000");
  Judgement judgement{.verdict = Verdict::kTransform, .reasons = {"of_the_set"}, .rules = {}};

  Builtin::AddFloor(InputOf("authorize"), judgement);

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("of_the_set", "action_unknown", "system_unregistered"));

  Judgement record{.verdict = Verdict::kAllow, .reasons = {}, .rules = {}};
  Builtin::AddFloor(InputOf("record"), record);
  EXPECT_EQ(record.verdict, Verdict::kAllow);
}

}  // namespace
}  // namespace candor::policy
