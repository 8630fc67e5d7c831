#include "services/policy/rule_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/asked.h"
#include "tests/unit/policy/files.h"

namespace candor::policy {
namespace {

using domain::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Loaded {
  std::shared_ptr<const RuleSet> set;
  std::vector<std::string> problems;
};

Loaded Load(std::vector<BundleFile> files) {
  Loaded loaded;
  std::vector<Problem> problems;
  loaded.set = RuleSet::Load("test", Bundle(std::move(files)), problems);
  for (const Problem& problem : problems) loaded.problems.push_back(ToText(problem));
  EXPECT_EQ(loaded.set == nullptr, std::any_of(problems.begin(), problems.end(), [](const Problem& one) { return one.fatal; }));
  return loaded;
}

Loaded LoadRules(const std::string& rules) { return Load({{"p.rego", Module(rules)}}); }

std::shared_ptr<const RuleSet> SetOf(const std::string& rules) {
  const Loaded loaded = LoadRules(rules);
  EXPECT_THAT(loaded.problems, IsEmpty());
  return loaded.set;
}

// --- What is refused ---

TEST(RuleSet, IsRefusedWithFileAndLineOfEachProblem) {
  const std::string fine = RuleText("verdict: deny", "fine if input.facts.x");
  const std::pair<std::vector<BundleFile>, const char*> kSets[] = {
      {{{"p.rego", Module(fine + "broken if {")}}, "p.rego:"},
      {{{"a/b.rego", "package p\n\nrule if true\n"}}, "a/b.rego:1"},
      {{{"p.rego", Module(fine + "a if b\nb if a\n")}}, "p.rego:12"},
      {{{"p.rego", Module(fine + "a := http.send({})\n")}}, "p.rego:12"},
      {{{"p.rego", Module(RuleText("verdict: denyy", "a if true"))}},
       "p.rego:9: `verdict` must be deny, escalate, notice, transform or allow"},
      {{{"p.rego", Module(fine + RuleText("verdict: deny\nverdit: x", "a if true"))}},
       "p.rego:16: `custom` has no member `verdit`"},
      {{{"p.rego", "# METADATA\n# custom: {needs: [facts.a]}\n" + Module(fine)}},
       "p.rego:2: `custom` of a package has `source` and `scope` alone, not `needs`"},
      {{{"p.rego", Module(RuleText("verdict: deny", "a contains 1 if true"))}}, "p.rego:10: a rule with a verdict must be complete"},
      {{{"p.rego", Module(RuleText("verdict: deny", "a(x) if x"))}}, "p.rego:10: a rule with a verdict must be complete"},
      {{{"p.rego", Module(RuleText("verdict: deny", "Large if true"))}}, "p.rego:10: the name of a rule must be a code"},
      {{{"p.rego", Module(RuleText("verdict: deny", std::string(33, 'a') + " if true"))}},
       "p.rego:10: the name of a rule must be a code"},
      {{{"p.rego", Module(RuleText("verdict: deny\nreason: policy_error", "a if true"))}},
       "p.rego:11: a reason is Candor's own word, choose another: policy_error"},
      {{{"p.rego", Module(fine)}, {"q.rego", "package q\n" + Module(fine).substr(9)}},
       "q.rego:11: another rule has this name: p.rego:10"},
      {{{"p.rego", Module("a if true\n")}}, "no rule has a METADATA block"},
      {{}, "no rule has a METADATA block"},
      {{{"p.rego", Module(fine)}, {"data.json", "{\"a\": }"}}, "data.json: "},
      {{{"p.rego", Module(fine)}, {"data.json", "{\"a\": 1, \"a\": 2}"}}, "data.json: "},
      {{{"p.rego", Module(fine)}, {"a/data.json", "{\"b\": 1}"}, {"data.json", R"({"a": {"b": 2}})"}}, "data.json: gives a value"},
      {{{"p.rego", Module(fine)}, {"data.json", "[]"}}, "data.json: gives a value"},
      {{{"p.rego", Module(fine)}, {"data.json", "{\"a\": 1e999}"}}, "data.json: "},
      {{{"p.rego", Module(fine)}, {"a/data.json", "{\"a\": 1e999}"}}, "a/data.json: "},
      {{{"p.rego", Module(fine)}, {"data.yaml", "a: 1"}}, "data.yaml: data in YAML"},
      {{{"p.rego", Module(fine)}, {"../q.rego", ""}}, "../q.rego: a path must not hold"},
      {{{"p.rego", Module(fine) + "\xff"}}, "p.rego: is not UTF-8"},
      {{{"p.rego", Module(fine)}, {".manifest", "{"}}, ".manifest: is no JSON object"},
      {{{"p.rego", Module(fine)}, {".manifest", R"({"rego_version": 0})"}}, ".manifest: `rego_version` must be 1"},
      {{{"p.rego", Module(fine)}, {".manifest", R"({"wasm": []})"}}, ".manifest: has a member that is not known"},
      {{{"p.rego", Module(fine)}, {".manifest", R"({"roots": "p"})"}}, ".manifest: `roots` is no list of texts"},
      {{{"p.rego", Module(fine)}, {".manifest", R"({"roots": ["q"]})"}}, "p.rego: its package lies outside the roots"},
      {{{"p.rego", Module(fine)}, {"q/data.json", "{\"a\":1}"}, {".manifest", R"({"roots": ["p"]})"}},
       "data lie outside the roots"},
  };
  for (const auto& [files, problem] : kSets) {
    const Loaded loaded = Load(files);
    EXPECT_EQ(loaded.set, nullptr) << problem;
    EXPECT_THAT(loaded.problems, Contains(HasSubstr(problem)));
  }
}

TEST(RuleSet, MayBeLaidOutAsOpaBuildsIt) {
  const std::string fine = RuleText("verdict: deny", "fine if input.facts.x == data.p.limit");
  const Loaded loaded =
      Load({{".manifest", R"({"revision":"","roots":["p","/p/q"],"rego_version":1,"metadata":{"a":1}})"},
            {"data.json", R"({"p":{"limit":5}})"},
            {"any/where.rego", Module(fine)},
            {"policy.wasm", "\xff"}});

  EXPECT_THAT(loaded.problems, IsEmpty());
  ASSERT_NE(loaded.set, nullptr);
  EXPECT_EQ(Facts(R"({"x":5})").Of(*loaded.set).verdict, Verdict::kDeny);
  EXPECT_EQ(Facts(R"({"x":6})").Of(*loaded.set).verdict, Verdict::kAllow);
}

TEST(RuleSet, KnowsItsRulesByNameWithTheScopeOfTheirPackage) {
  const Loaded loaded = Load({{"p.rego", "# METADATA\n# scope: package\n# custom: {source: GDPR, scope: {jurisdiction: eu, stage: effect}}\n" +
                                             Module(RuleText("verdict: deny\nscope: {stage: decide, call: record}", "b if true") +
                                                    RuleText("verdict: allow\nsource: BGB", "a if true") + "helper if true\n")}});
  ASSERT_THAT(loaded.problems, IsEmpty());
  const std::vector<Rule>& rules = loaded.set->rules();

  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].name, "a");
  EXPECT_EQ(rules[0].path, "data.p.a");
  EXPECT_EQ(rules[0].source, "BGB");
  EXPECT_THAT(rules[0].scope.stages, ElementsAre("effect"));
  EXPECT_THAT(rules[0].reasons, ElementsAre("a"));
  EXPECT_EQ(rules[1].source, "GDPR");
  EXPECT_THAT(rules[1].scope.stages, ElementsAre("decide"));
  EXPECT_THAT(rules[1].scope.jurisdictions, ElementsAre("eu"));
  EXPECT_THAT(rules[1].scope.calls, ElementsAre("record"));
  EXPECT_TRUE(loaded.set->Judges("authorize"));
  EXPECT_TRUE(loaded.set->Judges("record"));
  EXPECT_TRUE(loaded.set->Judges("observe"));
  EXPECT_FALSE(SetOf(RuleText("verdict: deny", "a if true"))->Judges("record"));
}

TEST(RuleSet, HasTheDigestOfItsBundleAndTheNameItWasGiven) {
  const std::vector<BundleFile> files = {{"p.rego", Module(RuleText("verdict: deny", "a if true"))}};

  EXPECT_EQ(Load(files).set->digest(), Bundle(files).digest());
  EXPECT_EQ(Load(files).set->name(), "test");
}

TEST(RuleSet, HasWordsForItsReasonsInTheLanguageOfThePerson) {
  const auto set = SetOf("# METADATA\n# title: Too large\n# custom:\n#   version: 1\n#   verdict: deny\n#   reasons: [other]\n"
                         "#   person: {en: Sorry, de: Leider}\na if true\n\n"
                         "# METADATA\n# title: Plain\n# custom: {version: 1, verdict: deny}\nb if true\n\n"
                         "# METADATA\n# custom: {version: 1, verdict: deny, person: {fr: Non}}\nc if true\n");
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->TextOf("a", "de"), (ReasonText{"Too large", "Leider"}));
  EXPECT_EQ(set->TextOf("a", "de-at"), (ReasonText{"Too large", "Leider"}));
  EXPECT_EQ(set->TextOf("other", "en"), (ReasonText{"Too large", "Sorry"}));
  EXPECT_EQ(set->TextOf("a", "fr"), (ReasonText{"Too large", "Sorry"}));
  EXPECT_EQ(set->TextOf("a", ""), (ReasonText{"Too large", "Sorry"}));
  EXPECT_EQ(set->TextOf("b", "en"), (ReasonText{"Plain", ""}));
  EXPECT_EQ(set->TextOf("c", "en"), (ReasonText{"", "Non"}));
  EXPECT_EQ(set->TextOf("unknown", "en"), std::nullopt);
}

// --- The paper ---

// The blocks of Rego in docs/policies.md.
std::vector<std::string> ExamplesOfThePaper() {
  const std::string paper = ReadWhole(std::filesystem::path(CANDOR_SOURCE_DIR) / "docs/policies.md");
  std::vector<std::string> examples;
  for (std::size_t at = 0; (at = paper.find("```rego\n", at)) != std::string::npos;) {
    at += 8;
    examples.push_back(paper.substr(at, paper.find("```", at) - at));
  }
  return examples;
}

TEST(RuleSet, OfTheExamplesOfThePaperCompilesAndPassesItsTests) {
  std::vector<BundleFile> files = {{"refunds/data.json", R"({"limit": 100})"}};
  std::size_t rules = 0;
  for (const std::string& example : ExamplesOfThePaper()) {
    const std::string name = "example" + std::to_string(files.size());
    const bool test = example.find("_test\n") != std::string::npos;
    rules += !test;
    files.push_back({name + (test ? "_test.rego" : ".rego"),
                     example.find("package ") != std::string::npos ? example : Module(RuleText("verdict: deny", example))});
  }
  ASSERT_GE(files.size(), 4U);
  const Loaded loaded = Load(files);
  ASSERT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.set->rules().size(), rules);

  const TestReport report = RuleSet::Test(Bundle(files), "", kNow, false).value();

  EXPECT_EQ(report.Count(TestResult::Kind::kPass), 1U);
  EXPECT_EQ(report.tests.size(), 1U);
  EXPECT_EQ(TextOf(Facts(R"({"action":"refund.grant","amount":"250.00"})").Of(*loaded.set)),
            "escalate refund_above_limit; refund_above_limit fired");
  EXPECT_EQ(TextOf(Facts(R"({"action":"refund.grant","amount":"99.00"})").Of(*loaded.set)), "allow");
  EXPECT_EQ(TextOf(Facts(R"({"action":"refund.grant"})").Of(*loaded.set)),
            "escalate refund_above_limit; refund_above_limit indeterminate facts.amount");
  EXPECT_EQ(TextOf(Facts(R"({"action":"a","infers_emotion":true})").Of(*loaded.set)),
            "deny emotion_at_work; emotion_at_work indeterminate facts.setting");
  EXPECT_EQ(TextOf(Facts(R"({"action":"a","infers_emotion":true,"setting":"medical"})").Of(*loaded.set)), "allow");
}

// --- What it answers ---

TEST(RuleSet, TakesEachValueForWhatThePaperSays) {
  const auto set = SetOf(RuleText("verdict: escalate\nneeds: [inputs.v]", "a := input.inputs.v"));
  ASSERT_NE(set, nullptr);
  const auto with = [&](const char* value) {
    Asked asked;
    asked.inputs = value;
    return TextOf(asked.Of(*set));
  };
  EXPECT_EQ(with("{}"), "escalate a; a indeterminate inputs.v");
  EXPECT_EQ(with(R"({"v": false})"), "allow");
  EXPECT_EQ(with(R"({"v": true})"), "escalate a; a fired");
  EXPECT_EQ(with(R"({"v": {}})"), "escalate a; a fired");
  EXPECT_EQ(with(R"({"v": {"verdict": "deny"}})"), "deny a; a fired");
  EXPECT_EQ(with(R"({"v": {"missing": ["facts.b"]}})"), "escalate a; a indeterminate facts.b");
  EXPECT_EQ(with(R"({"v": {"obligations": [{"type": "step_up", "params": {"a": 5}}]}})"),
            "escalate a; a fired; must step_up{\"a\":5}");
  for (const char* wrong : {"null", "0", "1", "\"yes\"", "[]", "{\"a\": 1}", "{\"verdict\": \"allow\"}"}) {
    EXPECT_EQ(with(("{\"v\": " + std::string(wrong) + "}").c_str()), "deny policy_error; policy fired") << wrong;
  }
}

TEST(RuleSet, DeniesWhenARuleFails) {
  const auto set = SetOf(RuleText("verdict: allow", "a := 1 if input.facts.x\nelse := true") +
                         RuleText("verdict: allow", "b := x if some x in input.inputs.list"));
  ASSERT_NE(set, nullptr);
  Asked asked;
  asked.inputs = R"({"list": [{"obligations": []}, true]})";
  EXPECT_EQ(TextOf(asked.Of(*set)), "deny policy_error; policy fired");  // Two values for one rule.
  asked.inputs = R"({"list": [true]})";
  EXPECT_EQ(TextOf(asked.Of(*set)), "allow; a fired; b fired");
  EXPECT_EQ(TextOf(Facts(R"({"x":true})").Of(*set)), "deny policy_error; policy fired");
}

TEST(RuleSet, NeverAllowsBecauseItsAnswerCannotBeRead) {
  const auto set = SetOf(RuleText("verdict: deny", "a if true") + RuleText("verdict: allow", "b := input.inputs.v"));
  ASSERT_NE(set, nullptr);
  for (const char* value : {"1e400", "{\"reason\": 1e400}", "123456789012345678901234567890e300"}) {
    Asked asked;
    asked.inputs = "{\"v\": " + std::string(value) + "}";
    EXPECT_EQ(asked.Of(*set).verdict, Verdict::kDeny) << value;
  }
}

TEST(RuleSet, DeniesWhenItTakesTooLong) {
  const auto set = SetOf(RuleText("verdict: allow", "a if {\n\tsome x in numbers.range(1, input.facts.n)\n\tsome y in numbers.range(1, "
                                                    "input.facts.n)\n\tx * y == -1\n}"));
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(TextOf(Facts(R"({"n":3000})").Of(*set)), "deny policy_timeout; policy fired");
  EXPECT_EQ(TextOf(Facts(R"({"n":3})").Of(*set)), "allow");
}

TEST(RuleSet, DeniesWhatIsTooLargeToSee) {
  const auto set = SetOf(RuleText("verdict: deny", "a if input.facts.x"));
  ASSERT_NE(set, nullptr);
  Asked asked;
  asked.facts.Set("x", false);
  asked.inputs = "\"" + std::string(200 * 1024, 'a') + "\"";
  EXPECT_EQ(TextOf(asked.Of(*set)), "allow");
  asked.inputs = "\"" + std::string(256 * 1024 - 300, 'a') + "\"";
  EXPECT_EQ(asked.Of(*set).verdict, Verdict::kAllow);
  asked.facts.Set("y", std::string(1024, 'a'));
  EXPECT_EQ(TextOf(asked.Of(*set)), "deny policy_input_too_large; policy fired");
}

TEST(RuleSet, SeesWhatIsAsDeepAsARequestMayBe) {
  const auto set = SetOf(RuleText("verdict: deny", "a if input.facts.x"));
  ASSERT_NE(set, nullptr);
  Asked asked = Facts(R"({"x":false})");
  asked.inputs = std::string(32, '[') + std::string(32, ']');

  EXPECT_EQ(TextOf(asked.Of(*set)), "allow");
}

TEST(RuleSet, LetsNoRuleInShadowChangeOrFailAnything) {
  const auto set = SetOf(RuleText("verdict: escalate", "b if input.facts.b") +
                         RuleText("verdict: deny\nstatus: draft", "a := input.inputs.v") +
                         RuleText("verdict: deny\nin_force_from: 2100-01-01\nneeds: [facts.far]", "c if input.facts.far") +
                         RuleText("verdict: deny\nstatus: enjoined", "d := x if some x in input.inputs.list") +
                         RuleText("verdict: deny\nstatus: repealed", "e if true") +
                         RuleText("verdict: deny\nin_force_until: 2020-01-01", "f if true"));
  ASSERT_NE(set, nullptr);
  Asked asked = Facts(R"({"b":true})");
  EXPECT_EQ(TextOf(asked.Of(*set)), "escalate b; b fired; c would_have_fired facts.far");
  asked.inputs = R"({"v": true})";
  EXPECT_EQ(TextOf(asked.Of(*set)), "escalate b; b fired; a would_have_fired; c would_have_fired facts.far");
  asked.inputs = R"({"v": "not a value for a rule"})";
  EXPECT_EQ(TextOf(asked.Of(*set)), "escalate b; b fired; a would_have_fired; c would_have_fired facts.far");
  asked.inputs = R"({"list": [true, {}]})";
  EXPECT_EQ(TextOf(asked.Of(*set)), "escalate b; b fired; c would_have_fired facts.far");
  asked.time = absl::FromCivil(absl::CivilDay(2100, 1, 1), absl::UTCTimeZone());
  EXPECT_EQ(asked.Of(*set).verdict, Verdict::kDeny);
}

TEST(RuleSet, AsksOnlyTheRulesThatCanApply) {
  const auto set = SetOf(RuleText("verdict: deny\nscope: {action: [refund.*], domain: credit}", "a if true") +
                         RuleText("verdict: escalate\nscope: {call: record, action: refund.grant}", "b if true"));
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(TextOf(Facts(R"({"action":"refund.grant"})").Of(*set)), "deny a; a fired");
  EXPECT_EQ(TextOf(Facts(R"({"action":"letter.send"})").Of(*set)), "allow");
  EXPECT_EQ(TextOf(Facts(R"({"action":"refund.grant","domain":"housing"})").Of(*set)), "allow");
  Asked record;
  record.call = "record";
  EXPECT_EQ(TextOf(record.Of(*set)), "escalate b; b fired");
  const auto after = [](const char* action) {
    return core::Json::Array().Append(core::Json::Object()
                                          .Set("type", "authorization")
                                          .Set("facts", core::Json::Object().Set("action", action)));
  };
  record.earlier = after("letter.send");  // An outcome stands where its authorization stood.
  EXPECT_EQ(TextOf(record.Of(*set)), "allow");
  record.earlier = after("refund.grant");
  EXPECT_EQ(TextOf(record.Of(*set)), "escalate b; b fired");
}

TEST(RuleSet, GivesRulesTheTimeOfTheDecision) {
  const auto set = SetOf(RuleText("verdict: deny", "a if {\n\ttime.now_ns() == input.time_ns\n\ttime.parse_rfc3339_ns(input.time) == "
                                                   "time.now_ns()\n\tinput.time_ns > 1789999999000000000\n}"));
  ASSERT_NE(set, nullptr);
  Asked asked;
  EXPECT_EQ(TextOf(asked.Of(*set)), "deny a; a fired");
  asked.time = kNow - absl::Hours(1);
  EXPECT_EQ(TextOf(asked.Of(*set)), "allow");
  EXPECT_TRUE(asked.Of(*set).saw_time);
}

TEST(RuleSet, AnswersTheSameHoweverOftenItIsAsked) {
  const auto set = SetOf(RuleText("verdict: deny", "a if input.facts.x > 2") + RuleText("verdict: escalate", "b if input.facts.x == 2"));
  ASSERT_NE(set, nullptr);
  const Asked one = Facts(R"({"x":1})"), two = Facts(R"({"x":2})"), three = Facts(R"({"x":3})");
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(TextOf(one.Of(*set)), "allow");
    ASSERT_EQ(TextOf(two.Of(*set)), "escalate b; b fired");
    ASSERT_EQ(TextOf(three.Of(*set)), "deny a; a fired");
  }
}

// --- Tests of a set ---

TEST(RuleSet, RunsItsTestsAndSaysWhatTheyCover) {
  const Bundle bundle({{"p.rego", Module(RuleText("verdict: deny", "a if input.facts.x") + "unused if {\n\tinput.y\n}\n")},
                       {"p_test.rego", "package p_test\n\nimport rego.v1\nimport future.keywords.not\n\n"
                                       "test_fires if data.p.a with input as {\"facts\": {\"x\": true}}\n"
                                       "test_wrong if data.p.a with input as {}\n"
                                       "todo_test_later if false\n"}});

  const TestReport report = RuleSet::Test(bundle, "", kNow, /*coverage=*/true).value();

  EXPECT_EQ(report.Count(TestResult::Kind::kPass), 1U);
  EXPECT_EQ(report.Count(TestResult::Kind::kFail), 1U);
  EXPECT_EQ(report.Count(TestResult::Kind::kSkip), 1U);
  bool found = false;
  for (const FileCoverage& file : report.coverage) {
    if (file.file != "p.rego") continue;
    found = true;
    EXPECT_THAT(file.covered, Contains(10U));
    EXPECT_THAT(file.not_covered, Contains(13U));
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(RuleSet::Test(bundle, "nothing_of_this_name", kNow, false).value().tests, IsEmpty());
}

TEST(RuleSet, WhoseTestsDoNotCompileSaysWhere) {
  const Bundle bundle({{"p.rego", Module(RuleText("verdict: deny", "a if true"))}, {"p_test.rego", "package p_test\n"}});
  std::vector<Problem> problems;

  EXPECT_NE(RuleSet::Load("test", bundle, problems), nullptr);
  const auto report = RuleSet::Test(bundle, "", kNow, false);
  EXPECT_TRUE(absl::IsFailedPrecondition(report.status()));
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("p_test.rego:1"));
}

}  // namespace
}  // namespace candor::policy
