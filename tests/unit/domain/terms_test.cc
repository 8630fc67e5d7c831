// What a decision is found by, after each of its leaves.
#include "services/domain/terms.h"

#include <gmock/gmock.h>

#include "services/base/clock.h"

namespace candor::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ADecision : public ::testing::Test {
 protected:
  static core::Json Facts(std::initializer_list<std::pair<const char*, core::Json>> members) {
    core::Json facts = core::Json::Object();
    for (const auto& [name, value] : members) facts.Set(name, value);
    return facts;
  }
  core::Leaf Take(const std::string& type, core::Json facts, std::vector<std::string> marks = {}) {
    core::Leaf leaf;
    leaf.type = type;
    leaf.caller_kind = "component";
    leaf.caller_id = "bot";
    leaf.facts = std::move(facts);
    leaf.marks = std::move(marks);
    leaf.id.bytes[15] = static_cast<std::uint8_t>(++position_);
    leaf.time = now_;
    leaf.decision = core::Leaf().id;
    terms_.Apply(position_, leaf);
    return leaf;
  }
  core::Leaf Escalate() {
    return Take("authorization", Facts({{"verdict", "escalate"}, {"queue", "q"}, {"review_due", ToRfc3339(now_ + absl::Hours(1))}}));
  }
  std::vector<std::string> Of(const char* field) const { return ValuesOf(terms_.List(), field); }

  Terms terms_;
  std::uint64_t position_ = 0;
  const absl::Time now_ = absl::FromUnixSeconds(1780000000);
};

TEST_F(ADecision, IsFoundByTheFactsOfAllItsLeaves) {
  Take("authorization", Facts({{"verdict", "allow"}, {"system", "refund_bot"}, {"amount", "49.90"},
                               {"data_categories", core::Json::Array().Append("orders").Append("address")}}));
  Take("outcome", Facts({{"outcome", "granted"}, {"policy", "builtin"}}), {"late"});

  EXPECT_THAT(terms_.List(), ElementsAre("automation=solely_automated", "data_category=address", "data_category=orders",
                                         "mark=late", "open=false", "outcome=granted", "policy_set=builtin",
                                         "recorded=gated", "recorder=bot", "system=refund_bot", "type=authorization",
                                         "type=outcome", "verdict=allow"));
  EXPECT_EQ(terms_.Number("amount"), "49.90");
  EXPECT_EQ(terms_.Number("cost"), std::nullopt);
}

TEST_F(ADecision, IsCoveredByHowItBegan) {
  core::Leaf first;
  first.facts = Facts({{"system", "desk"}, {"action", "mortgage.decide"}, {"jurisdictions", core::Json::Array().Append("de").Append("us-ma")}});
  terms_.Begin(first);
  Take("authorization", Facts({{"verdict", "allow"}, {"system", "bot"}, {"jurisdictions", core::Json::Array().Append("fr")}}));
  EXPECT_THAT(Of("scope_system"), ElementsAre("desk"));
  EXPECT_THAT(Of("scope_action"), ElementsAre("mortgage.decide"));
  EXPECT_THAT(Of("scope_jurisdiction"), ElementsAre("de", "us-ma"));
  EXPECT_EQ(FindField("scope_system"), nullptr) << "no filter asks for it";
}

TEST_F(ADecision, WithAnAuthorizationIsGatedThoughThatIsNotSeen) {
  Take("outcome", Facts({{"authorization", "019b7ca9-f600-7000-8000-000000000001"}}));
  EXPECT_THAT(Of("recorded"), ElementsAre("gated"));
  terms_ = Terms();
  Take("outcome", Facts({{"authorization", "019b7ca9-f600-7000-8000-000000000001"}}), {"unauthorized"});
  EXPECT_THAT(Of("recorded"), ElementsAre("observed"));
}

TEST_F(ADecision, IsOpenUntilItsOutcomeOrCancellation) {
  Take("authorization", Facts({{"verdict", "transform"}}));
  EXPECT_THAT(Of("open"), ElementsAre("true"));
  Take("outcome_missing", Facts({}));
  EXPECT_THAT(Of("open"), ElementsAre("true"));
  Take("outcome", Facts({}));
  EXPECT_THAT(Of("open"), ElementsAre("false"));

  terms_ = Terms();
  Take("authorization", Facts({{"verdict", "allow"}}));
  Take("cancellation", Facts({}));
  EXPECT_THAT(Of("open"), ElementsAre("false"));
}

TEST_F(ADecision, IsNotOpenOnceItIsDenied) {
  Take("authorization", Facts({{"verdict", "deny"}}));
  EXPECT_THAT(Of("open"), ElementsAre("false"));
  EXPECT_THAT(Of("automation"), IsEmpty());
}

TEST_F(ADecision, HasTheVerdictOfItsNewestAuthorization) {
  Take("authorization", Facts({{"verdict", "deny"}}));
  Take("authorization", Facts({{"verdict", "allow"}}));
  Take("outcome", Facts({{"verdict", "deny"}}), {"late"});
  EXPECT_THAT(Of("verdict"), ElementsAre("allow"));
}

TEST_F(ADecision, IsObservedWhereNobodyAskedBefore) {
  Take("outcome", Facts({}), {"observed"});
  EXPECT_THAT(Of("recorded"), ElementsAre("observed"));
}

TEST_F(ADecision, TellsHowItsReviewEnded) {
  const std::string task = Escalate().id.ToText();
  EXPECT_THAT(Of("review"), ElementsAre("waiting"));
  Take("review", Facts({{"task", task}, {"resolution", "override"}}));
  EXPECT_THAT(Of("review"), ElementsAre("overridden"));
  EXPECT_THAT(Of("open"), ElementsAre("false"));
}

TEST_F(ADecision, WasMadeByAHumanToWhereItsReviewUpheldIt) {
  const std::string task = Escalate().id.ToText();
  Take("review", Facts({{"task", task}, {"resolution", "uphold"}}));
  EXPECT_THAT(Of("open"), ElementsAre("true"));
  Take("outcome", Facts({}));
  EXPECT_THAT(Of("automation"), ElementsAre("human_in_loop"));
}

TEST_F(ADecision, TellsThatNobodyReviewedItInTime) {
  Take("task_expired", Facts({{"task", Escalate().id.ToText()}}));
  EXPECT_THAT(Of("review"), ElementsAre("expired"));
}

TEST_F(ADecision, GoesByTheNewestWordOfWhatIsSoOrNot) {
  Take("outcome", Facts({{"adverse", true}}));
  Take("result", Facts({{"reversed", false}, {"cost", "2"}}));
  Take("result", Facts({{"reversed", true}, {"cost", "1.5"}}));
  EXPECT_THAT(Of("adverse"), ElementsAre("true"));
  EXPECT_THAT(Of("reversed"), ElementsAre("true"));
  EXPECT_EQ(terms_.Number("cost"), "1.5");
}

TEST_F(ADecision, IsFoundByRulesThatFiredAlone) {
  const auto rule = [](const char* name, const char* result) { return Facts({{"rule", name}, {"result", result}}); };
  Take("authorization", Facts({{"verdict", "deny"}, {"rules", core::Json::Array().Append(rule("a", "fired")).Append(rule("b", "indeterminate"))}}));
  EXPECT_THAT(Of("rule"), ElementsAre("a"));
}

TEST_F(ADecision, SaysNothingNewByBeingRead) {
  Take("outcome", Facts({{"reasons", core::Json::Array().Append("r")}}));
  Take("read", Facts({{"reasons", core::Json::Array().Append("other")}}));
  EXPECT_THAT(Of("reason"), ElementsAre("r"));
  EXPECT_THAT(terms_.List(), Contains("type=read"));
}

TEST_F(ADecision, LeavesOutWhatIsNoWord) {
  Take("outcome", Facts({{"outcome", "two words"}, {"error", std::string(129, 'a')}, {"system", "line\nbreak"}, {"amount", "many"}}));
  EXPECT_THAT(Of("outcome"), IsEmpty());
  EXPECT_THAT(Of("error"), IsEmpty());
  EXPECT_THAT(Of("system"), IsEmpty());
  EXPECT_EQ(terms_.Number("amount"), std::nullopt);
}

TEST(ValuesOf, TellsFieldsWithOneBeginningApart) {
  EXPECT_EQ(ValueOf({"model=a", "model_version=b"}, "model"), "a");
  EXPECT_EQ(ValueOf({"model=a", "model_version=b"}, "model_version"), "b");
  EXPECT_THAT(ValuesOf({"model_version=b"}, "model"), IsEmpty());
}

}  // namespace
}  // namespace candor::domain
