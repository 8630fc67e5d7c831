#include "services/policy/verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

namespace candor::policy {
namespace {

using domain::Verdict;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

Rule RuleOf(Effect effect, std::string name = "a_rule") {
  Rule rule;
  rule.name = name;
  rule.file = "a.rego";
  rule.line = 7;
  rule.effect = effect;
  rule.reasons = {std::move(name), "second"};
  rule.notice = effect == Effect::kNotice ? "ai_interaction" : "";
  return rule;
}

// What a rule says with a value; the words of the refusal if it may not have that value.
std::string Refusal(const Rule& rule, const char* value) {
  const auto said = ReadValue(rule, json::parse(value));
  return said.ok() ? "taken" : std::string(said.status().message());
}

Said Take(const Rule& rule, const char* value) {
  const auto said = ReadValue(rule, json::parse(value));
  EXPECT_TRUE(said.ok() && said->has_value()) << value << ": " << said.status();
  return said.ok() && said->has_value() ? **said : Said{.rule = &rule};
}

TEST(Value, OfFalseIsThatTheRuleDoesNotFire) {
  for (const Effect effect : {Effect::kAllow, Effect::kTransform, Effect::kEscalate, Effect::kNotice, Effect::kDeny}) {
    const Rule rule = RuleOf(effect);
    const auto said = ReadValue(rule, json(false));
    ASSERT_TRUE(said.ok());
    EXPECT_FALSE(said->has_value());
  }
}

TEST(Value, OfTrueOrAnEmptyObjectIsWhatTheBlockSays) {
  Rule rule = RuleOf(Effect::kNotice);
  rule.duties = {{.type = "step_up", .due = absl::Hours(1)}};

  for (const char* value : {"true", "{}"}) {
    const Said said = Take(rule, value);
    EXPECT_EQ(said.rule, &rule);
    EXPECT_EQ(said.effect, Effect::kNotice);
    EXPECT_EQ(said.reason, "a_rule");
    EXPECT_EQ(said.notice, "ai_interaction");
    EXPECT_THAT(said.missing, IsEmpty());
    ASSERT_THAT(said.duties, SizeIs(1));
    EXPECT_EQ(said.duties[0].type, "step_up");
  }
}

TEST(Value, OfAnObjectAddsToTheBlock) {
  Rule rule = RuleOf(Effect::kEscalate);
  rule.duties = {{.type = "step_up"}};

  const Said said = Take(rule, R"({"verdict": "notice", "reason": "second", "notice": "deepfake",
      "obligations": [{"type": "mask_fields", "due": "4h",
                       "params": {"fields": ["/inputs/a", 3], "on": true, "n": -9007199254740991, "a": "0.5"}}]})");

  EXPECT_EQ(said.effect, Effect::kNotice);
  EXPECT_EQ(said.reason, "second");
  EXPECT_EQ(said.notice, "deepfake");
  ASSERT_THAT(said.duties, SizeIs(2));
  EXPECT_EQ(said.duties[1].type, "mask_fields");
  EXPECT_EQ(said.duties[1].due, absl::Hours(4));
  EXPECT_EQ(said.duties[1].params.Encode(),
            R"({"a":"0.5","fields":["/inputs/a",3],"n":-9007199254740991,"on":true})");
}

TEST(Value, WithMissingIsIndeterminate) {
  const Said said = Take(RuleOf(Effect::kDeny), R"({"missing": ["facts.amount", "person.consent.state"]})");

  EXPECT_THAT(said.missing, ElementsAre("facts.amount", "person.consent.state"));
}

TEST(Value, ThatARuleMayNotHaveIsRefusedByWhereTheRuleStands) {
  for (const char* value : {"null", "1", "0", "\"true\"", "[]", "[true]", "1.5"}) {
    EXPECT_EQ(Refusal(RuleOf(Effect::kDeny), value), "a.rego:7: rule a_rule is neither true, false nor an object") << value;
  }
}

TEST(Value, NeverHoldsWhatAMemberMayNotHold) {
  const char* refused[] = {
      R"({"unknown": 1})", R"({"": 1})", R"({"Verdict": "deny"})",
      R"({"verdict": "allow"})", R"({"verdict": "transform"})", R"({"verdict": "stop"})", R"({"verdict": 1})",
      R"({"verdict": null})", R"({"verdict": "notice"})",
      R"({"reason": "third"})", R"({"reason": ""})", R"({"reason": 1})",
      R"({"missing": []})", R"({"missing": "facts.a"})", R"({"missing": [1]})", R"({"missing": ["Ada Lovelace"]})",
      R"({"missing": [".."]})", R"({"missing": [""]})",
      R"({"missing": ["a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a"]})",
      R"({"notice": "hello"})", R"({"notice": 1})",
      R"({"obligations": {}})", R"({"obligations": "step_up"})", R"({"obligations": ["step_up"]})",
      R"({"obligations": [{}]})", R"({"obligations": [{"type": 1}]})", R"({"obligations": [{"type": "Step up"}]})",
      R"({"obligations": [{"type": "record_outcome_by"}]})", R"({"obligations": [{"type": "custom"}]})",
      R"({"obligations": [{"type": "a", "due": "soon"}]})", R"({"obligations": [{"type": "a", "due": 5}]})",
      R"({"obligations": [{"type": "a", "params": []}]})", R"({"obligations": [{"type": "a", "params": {"a": null}}]})",
      R"({"obligations": [{"type": "a", "params": {"a": {"b": 1}}}]})",
      R"({"obligations": [{"type": "a", "params": {"a": [[1]]}}]})",
      R"({"obligations": [{"type": "a", "params": {"a": 0.5}}]})",
      R"({"obligations": [{"type": "a", "params": {"a": 9007199254740992}}]})",
      R"({"obligations": [{"type": "a", "params": {"a": -9007199254740992}}]})",
      R"({"obligations": [{"type": "a", "params": {"a": 18446744073709551615}}]})",
      R"({"obligations": [{"type": "a", "params": {"a": "Ada Lovelace"}}]})",
      R"({"obligations": [{"type": "a", "params": {"Name": "a"}}]})",
      R"({"obligations": [{"type": "a", "until": "4h"}]})",
      R"({"changes": [{"path": "/inputs/a"}]})", R"({"changes": 1})",
  };
  const Rule rule = RuleOf(Effect::kEscalate);
  for (const char* value : refused) EXPECT_THAT(Refusal(rule, value), HasSubstr("a.rego:7: rule a_rule ")) << value;
  EXPECT_EQ(Refusal(rule, R"({"verdict": "escalate"})"), "taken");
  EXPECT_EQ(Refusal(rule, R"({"verdict": "deny"})"), "taken");
}

TEST(Value, IsNeverQuotedInTheRefusal) {
  for (const char* value : {"\"Ada\"", R"({"Ada": 1})", R"({"missing": ["Ada"]})", R"({"reason": "Ada"})", R"({"verdict": "Ada"})",
                            R"({"obligations": [{"type": "Ada"}]})", R"({"changes": [{"path": "Ada"}]})"}) {
    EXPECT_EQ(Refusal(RuleOf(Effect::kDeny), value).find("Ada"), std::string::npos) << value;
  }
}

TEST(Value, OfATransformNamesItsChanges) {
  const Rule rule = RuleOf(Effect::kTransform);

  const Said said = Take(rule, R"({"changes": [{"path": "/inputs/limit", "value": {"a": [1.5, null]}},
                                                {"path": "/inputs/name"}, {"path": "/action/amount", "value": "10.00"}]})");

  ASSERT_THAT(said.changes, SizeIs(3));
  EXPECT_EQ(json::parse(said.changes[0].value), json::parse(R"({"a": [1.5, null]})"));
  EXPECT_EQ(said.changes[1].path, "/inputs/name");
  EXPECT_EQ(said.changes[1].value, "");
  EXPECT_EQ(said.changes[2].value, "\"10.00\"");
}

TEST(Value, OfATransformIsRefusedWithoutChangesOrWithOthers) {
  const Rule rule = RuleOf(Effect::kTransform);
  for (const char* value : {"true", "{}", R"({"changes": []})", R"({"changes": {}})", R"({"changes": [1]})",
                            R"({"changes": [{"value": 1}]})", R"({"changes": [{"path": "/inputs"}]})",
                            R"({"changes": [{"path": "inputs/a"}]})", R"({"changes": [{"path": "/facts/a"}]})",
                            R"({"changes": [{"path": 1}]})", R"({"changes": [{"path": "/inputs/a", "op": "add"}]})",
                            R"({"changes": [{"path": "/action/amount"}]})",
                            R"({"changes": [{"path": "/action/amount", "value": 10}]})",
                            R"({"changes": [{"path": "/action/amount", "value": "much"}]})",
                            R"({"changes": [{"path": "/action/name", "value": "a"}]})",
                            R"({"verdict": "deny", "changes": [{"path": "/inputs/a"}]})",
                            R"({"missing": ["facts.a"], "changes": [{"path": "/inputs/a"}]})"}) {
    EXPECT_NE(Refusal(rule, value), "taken") << value;
  }
  json many = {{"changes", json::array()}};
  for (int i = 0; i < 33; ++i) many["changes"].push_back({{"path", "/inputs/a" + std::to_string(i)}});
  EXPECT_NE(Refusal(rule, many.dump().c_str()), "taken");
  many["changes"].erase(0);
  EXPECT_EQ(Refusal(rule, many.dump().c_str()), "taken");
  EXPECT_EQ(Refusal(rule, R"({"verdict": "deny"})"), "taken");
  EXPECT_EQ(Refusal(rule, R"({"missing": ["facts.a"]})"), "taken");
}

// --- Adding up ---

Judgement Add(std::vector<Said> said, const std::vector<std::string>& supported = {}) {
  return Combine(std::move(said), kNow, supported);
}

std::vector<std::string> RulesOf(const Judgement& judgement) {
  std::vector<std::string> rules;
  for (const FiredRule& rule : judgement.rules) {
    rules.push_back(rule.rule + " " + rule.result + " " + std::string(domain::VerdictName(rule.verdict)));
  }
  return rules;
}

TEST(Judgement, IsToAllowWhatNoRuleObjectsTo) {
  const Judgement judgement = Add({});

  EXPECT_EQ(judgement.verdict, Verdict::kAllow);
  EXPECT_THAT(judgement.reasons, IsEmpty());
  EXPECT_THAT(judgement.rules, IsEmpty());
}

TEST(Judgement, IsTheStrictestAndNamesTheWeightiestReasonFirst) {
  const Rule allow = RuleOf(Effect::kAllow, "a"), transform = RuleOf(Effect::kTransform, "b"),
             escalate = RuleOf(Effect::kEscalate, "c"), deny = RuleOf(Effect::kDeny, "d"), deny2 = RuleOf(Effect::kDeny, "e");

  const Judgement judgement =
      Add({Take(allow, "true"), Take(transform, R"({"changes": [{"path": "/inputs/a"}]})"), Take(escalate, "true"),
           Take(deny2, "true"), Take(deny, "true")});

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("d", "e", "c", "b"));
  EXPECT_THAT(RulesOf(judgement),
              ElementsAre("d fired deny", "e fired deny", "c fired escalate", "b fired transform", "a fired allow"));
  EXPECT_THAT(judgement.changes, IsEmpty());
}

TEST(Judgement, AsksForANoticeByADenial) {
  const Rule notice = RuleOf(Effect::kNotice, "tell");

  const Judgement judgement = Add({Take(notice, "true")});

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("notice_required", "tell"));
  EXPECT_THAT(judgement.notices, ElementsAre("ai_interaction"));
}

TEST(Judgement, OfARuleWithoutItsFactsIsAsIfItFired) {
  const Rule deny = RuleOf(Effect::kDeny, "a"), escalate = RuleOf(Effect::kEscalate, "b");

  EXPECT_EQ(Add({Indeterminate(deny, {"facts.x"})}).verdict, Verdict::kDeny);
  const Judgement judgement = Add({Indeterminate(escalate, {"facts.x", "facts.y"})});
  EXPECT_EQ(judgement.verdict, Verdict::kEscalate);
  EXPECT_THAT(RulesOf(judgement), ElementsAre("b indeterminate escalate"));
  EXPECT_THAT(judgement.rules[0].missing, ElementsAre("facts.x", "facts.y"));
}

TEST(Judgement, OfATransformWithoutItsFactsIsThatAHumanLooksFirst) {
  const Rule transform = RuleOf(Effect::kTransform);

  const Judgement judgement = Add({Indeterminate(transform, {"facts.x"})});

  EXPECT_EQ(judgement.verdict, Verdict::kEscalate);
  EXPECT_THAT(RulesOf(judgement), ElementsAre("a_rule indeterminate escalate"));
}

TEST(Judgement, IsNotChangedByAShadow) {
  Rule deny = RuleOf(Effect::kNotice, "a");
  deny.duties = {{.type = "step_up"}};
  Said shadow = Take(deny, "true");
  shadow.shadow = true;

  const Judgement judgement = Add({shadow}, {"nothing"});

  EXPECT_EQ(judgement.verdict, Verdict::kAllow);
  EXPECT_THAT(judgement.reasons, IsEmpty());
  EXPECT_THAT(judgement.notices, IsEmpty());
  EXPECT_THAT(judgement.obligations, IsEmpty());
  EXPECT_THAT(RulesOf(judgement), ElementsAre("a would_have_fired deny"));
}

TEST(Judgement, HoldsADutyOnceByTheEarlierDate) {
  Rule a = RuleOf(Effect::kAllow, "a"), b = RuleOf(Effect::kAllow, "b"), c = RuleOf(Effect::kAllow, "c");
  a.duties = {{.type = "notify_person", .due = absl::Hours(5)}};
  b.duties = {{.type = "notify_person", .due = absl::Hours(3)}, {.type = "step_up", .due = absl::Hours(1)}};
  c.duties = {{.type = "notify_person", .params = core::Json::Object().Set("x", 1), .due = absl::Hours(9)}, {.type = "step_up"}};

  const Judgement judgement = Add({Take(c, "true"), Take(a, "true"), Take(b, "true")});

  ASSERT_THAT(judgement.obligations, SizeIs(3));
  EXPECT_EQ(judgement.obligations[0].type, "notify_person");
  EXPECT_EQ(judgement.obligations[0].due, kNow + absl::Hours(3));
  EXPECT_EQ(judgement.obligations[1].type, "step_up");
  EXPECT_EQ(judgement.obligations[1].due, std::nullopt);  // Before the action, whoever says it first.
  EXPECT_EQ(judgement.obligations[2].due, kNow + absl::Hours(9));
}

TEST(Judgement, DeniesWhenTheCallerCannotHonourADuty) {
  Rule rule = RuleOf(Effect::kAllow, "a");
  rule.duties = {{.type = "step_up"}};

  EXPECT_EQ(Add({Take(rule, "true")}).verdict, Verdict::kAllow);
  EXPECT_EQ(Add({Take(rule, "true")}, {"mask_fields", "step_up"}).verdict, Verdict::kAllow);
  const Judgement judgement = Add({Take(rule, "true")}, {"mask_fields"});
  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("obligation_not_supported"));

  const Rule escalate = RuleOf(Effect::kEscalate, "b");
  EXPECT_EQ(Add({Take(rule, "true"), Take(escalate, "true")}, {"mask_fields"}).verdict, Verdict::kEscalate);
}

TEST(Judgement, CountsADutyOfTheSetsOwnAsCustom) {
  Rule rule = RuleOf(Effect::kAllow, "a");
  rule.duties = {{.type = "my_own.duty"}};

  EXPECT_EQ(Add({Take(rule, "true")}, {"step_up", "custom"}).verdict, Verdict::kAllow);
  EXPECT_EQ(Add({Take(rule, "true")}, {"step_up"}).verdict, Verdict::kDeny);
}

TEST(Judgement, GathersTheChangesOfAllTransforms) {
  const Rule a = RuleOf(Effect::kTransform, "a"), b = RuleOf(Effect::kTransform, "b");

  const Judgement judgement =
      Add({Take(b, R"({"changes": [{"path": "/inputs/b", "value": 2}, {"path": "/inputs/a", "value": 1}]})"),
           Take(a, R"({"changes": [{"path": "/inputs/a", "value": 1}, {"path": "/inputs/ab"}]})")});

  EXPECT_EQ(judgement.verdict, Verdict::kTransform);
  ASSERT_THAT(judgement.changes, SizeIs(3));
  EXPECT_EQ(judgement.changes[0].path, "/inputs/a");
  EXPECT_EQ(judgement.changes[1].path, "/inputs/ab");
  EXPECT_EQ(judgement.changes[2].path, "/inputs/b");
}

TEST(Judgement, DeniesWhenTwoChangesContradict) {
  const Rule a = RuleOf(Effect::kTransform, "a"), b = RuleOf(Effect::kTransform, "b");
  const Said first = Take(a, R"({"changes": [{"path": "/inputs/a", "value": 1}]})");
  for (const char* other : {R"({"changes": [{"path": "/inputs/a", "value": 2}]})", R"({"changes": [{"path": "/inputs/a"}]})",
                            R"({"changes": [{"path": "/inputs/a/b", "value": 1}]})"}) {
    for (const bool swapped : {false, true}) {
      const Said second = Take(b, other);
      const Judgement judgement = swapped ? Add({second, first}) : Add({first, second});
      EXPECT_EQ(judgement.verdict, Verdict::kDeny) << other;
      EXPECT_THAT(judgement.reasons, ElementsAre("policy_error")) << other;
      EXPECT_THAT(RulesOf(judgement), ElementsAre("b fired deny")) << other;
      EXPECT_THAT(judgement.changes, IsEmpty());
    }
  }
}

TEST(Judgement, HoldsNoMoreThanALeafDoes) {
  std::vector<Rule> rules;
  for (int i = 100; i < 200; ++i) rules.push_back(RuleOf(i < 150 ? Effect::kEscalate : Effect::kDeny, "r" + std::to_string(i)));
  std::vector<Said> said;
  for (const Rule& rule : rules) said.push_back(Take(rule, "true"));
  Rule shadowed = RuleOf(Effect::kDeny, "a_shadow");
  said.push_back(Take(shadowed, "true"));
  said.back().shadow = true;

  const Judgement judgement = Add(said);

  EXPECT_THAT(judgement.rules, SizeIs(kMaxFiredRules));
  EXPECT_THAT(judgement.reasons, SizeIs(kMaxVerdictReasons));
  EXPECT_EQ(judgement.rules[0].rule, "r150");  // What is left out is the mildest.
  EXPECT_EQ(judgement.rules[49].rule, "r199");
  EXPECT_EQ(judgement.rules[50].rule, "r100");
}

TEST(Judgement, AsksForAtMostEightNoticesAtOnce) {
  const Rule rule = RuleOf(Effect::kNotice);
  std::vector<Said> said;
  for (const char* kind : {"bot", "dsa_sor", "il_ai", "ll144", "deepfake", "co_preuse", "co_adverse", "fcra_615a", "other"}) {
    said.push_back(Take(rule, ("{\"notice\": \"" + std::string(kind) + "\"}").c_str()));
  }
  EXPECT_THAT(Add(said).notices, SizeIs(kMaxNotices));
}

TEST(Judgement, DeniesRatherThanToForgetADuty) {
  const auto with = [](int duties, std::size_t length) {
    Rule rule = RuleOf(Effect::kAllow);
    for (int i = 0; i < duties; ++i) {
      rule.duties.push_back({.type = "d" + std::to_string(i), .params = core::Json::Object()});
      for (std::size_t k = 0; k < length; ++k) {
        rule.duties.back().params.Set("p" + std::to_string(k), "/" + std::string(240, 'a'));
      }
    }
    return Add({Take(rule, "true")});
  };
  EXPECT_EQ(with(31, 0).verdict, Verdict::kAllow);
  EXPECT_THAT(with(32, 0).reasons, ElementsAre("policy_error"));
  EXPECT_EQ(with(4, 31).verdict, Verdict::kAllow);
  EXPECT_THAT(with(5, 31).reasons, ElementsAre("policy_error"));
}

TEST(Judgement, OfTheGateItselfIsADenialWithItsReason) {
  const Judgement judgement = Denial("policy_timeout");

  EXPECT_EQ(judgement.verdict, Verdict::kDeny);
  EXPECT_THAT(judgement.reasons, ElementsAre("policy_timeout"));
  EXPECT_THAT(RulesOf(judgement), ElementsAre("policy fired deny"));
}

// What rules said, added up once more by the words of docs/policies.md: as sets, so that the
// order can't matter.
struct Sum {
  int verdict = 1;
  std::set<std::string> reasons, notices, rules;
  std::map<std::string, std::int64_t> duties;  // Seconds from now; -1: before the action.
  std::map<std::string, std::string> changes;
  bool contradicts = false;

  bool operator==(const Sum&) const = default;
};

Sum SumOf(const std::vector<Said>& said) {
  Sum sum;
  for (const Said& one : said) {
    const bool knows = one.missing.empty();
    const int verdict = one.effect == Effect::kAllow                ? 1
                        : one.effect == Effect::kTransform && knows ? 2
                        : one.effect <= Effect::kEscalate           ? 3
                                                                    : 4;
    sum.rules.insert(one.rule->name + (one.shadow ? " would_have_fired" : knows ? " fired" : " indeterminate"));
    if (one.shadow) continue;
    sum.verdict = std::max(sum.verdict, verdict);
    if (verdict > 1) sum.reasons.insert(one.reason);
    if (one.effect == Effect::kNotice) {
      sum.reasons.insert("notice_required");
      sum.notices.insert(one.notice);
    }
    for (const Duty& duty : one.duties) {
      const std::int64_t due = duty.due ? absl::ToInt64Seconds(*duty.due) : -1;
      const auto [there, added] = sum.duties.emplace(duty.type + duty.params.Encode(), due);
      if (!added) there->second = std::min(there->second, due);
    }
    for (const Change& change : one.changes) {
      const auto [there, added] = sum.changes.emplace(change.path, change.value);
      sum.contradicts |= there->second != change.value;
    }
  }
  if (sum.verdict != 2) sum.changes.clear();
  return sum;
}

Sum SumOf(const Judgement& judgement) {
  Sum sum;
  sum.verdict = static_cast<int>(judgement.verdict);
  sum.reasons = {judgement.reasons.begin(), judgement.reasons.end()};
  sum.notices = {judgement.notices.begin(), judgement.notices.end()};
  EXPECT_EQ(sum.reasons.size(), judgement.reasons.size());
  for (const FiredRule& rule : judgement.rules) sum.rules.insert(rule.rule + " " + rule.result);
  for (const Obligation& duty : judgement.obligations) {
    const std::int64_t due = duty.due ? absl::ToInt64Seconds(*duty.due - kNow) : -1;
    EXPECT_TRUE(sum.duties.emplace(duty.type + duty.params.Encode(), due).second);
  }
  for (const Change& change : judgement.changes) sum.changes.emplace(change.path, change.value);
  return sum;
}

TEST(Judgement, IsTheSumOfWhatRandomRulesSaidInAnyOrder) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  const auto below = [&](std::size_t end) { return random() % end; };
  std::vector<Rule> rules;
  for (int i = 0; i < 12; ++i) rules.push_back(RuleOf(static_cast<Effect>(below(5)), "r" + std::to_string(i)));
  int contradictions = 0, transforms = 0;
  for (int run = 0; run < 3000; ++run) {
    std::vector<Said> said;
    for (const Rule& rule : rules) {
      if (below(4) == 0) continue;
      Said one{.rule = &rule, .effect = static_cast<Effect>(below(run % 3 == 0 ? 2 : 5)), .reason = "s" + std::to_string(below(9))};
      one.shadow = below(5) == 0;
      one.notice = one.effect == Effect::kNotice ? (below(2) ? "bot" : "other") : "";
      if (below(run % 3 == 0 ? 20 : 4) == 0) one.missing = {"facts.a"};
      for (std::size_t i = below(3); i > 0; --i) {
        one.duties.push_back({.type = "d" + std::to_string(below(3))});
        if (below(2)) one.duties.back().due = absl::Seconds(below(4));
        if (below(3) == 0) one.duties.back().params.Set("x", static_cast<int>(below(2)));
      }
      if (one.effect == Effect::kTransform && one.missing.empty()) {
        one.changes.push_back({"/inputs/c" + std::to_string(below(20)), std::to_string(below(2))});
      }
      said.push_back(std::move(one));
    }
    const Sum sum = SumOf(said);
    std::shuffle(said.begin(), said.end(), random);
    const Judgement judgement = Add(said);
    if (sum.contradicts && sum.verdict == 2) {
      ++contradictions;
      ASSERT_THAT(judgement.reasons, ElementsAre("policy_error")) << "seed " << seed << ", run " << run;
      continue;
    }
    transforms += sum.verdict == 2;
    Sum expected = sum;
    expected.contradicts = false;
    ASSERT_TRUE(SumOf(judgement) == expected) << "seed " << seed << ", run " << run;

    std::shuffle(said.begin(), said.end(), random);
    const Judgement again = Add(said);
    ASSERT_EQ(again.reasons, judgement.reasons) << "seed " << seed;
    ASSERT_EQ(RulesOf(again), RulesOf(judgement)) << "seed " << seed;
    ASSERT_EQ(again.notices, judgement.notices) << "seed " << seed;
    for (std::size_t i = 0; i < again.obligations.size(); ++i) {
      ASSERT_EQ(again.obligations[i].type, judgement.obligations[i].type) << "seed " << seed;
      ASSERT_EQ(again.obligations[i].due, judgement.obligations[i].due) << "seed " << seed;
    }
  }
  EXPECT_GT(contradictions, 5) << "seed " << seed;
  EXPECT_GT(transforms, 50) << "seed " << seed;
}

}  // namespace
}  // namespace candor::policy
