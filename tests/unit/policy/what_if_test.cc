#include "services/policy/what_if.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/asked.h"
#include "tests/unit/policy/files.h"

namespace candor::policy {
namespace {

using domain::Verdict;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kRules = Module(
    RuleText("verdict: escalate\nneeds: [facts.confidence]", "unsure if to_number(input.facts.confidence) < data.p.least") +
    RuleText("verdict: deny", "large if {\n\tto_number(input.facts.amount) > 100  # not 777\n\tinput.facts.currency == \"eur\"\n}") +
    RuleText("verdict: deny\nneeds: [inputs.order]", "no_order if input.inputs.order == \"\"") +
    RuleText("verdict: deny", "not_approved if input.registry.version.state != \"approved\"") +
    RuleText("verdict: deny\nin_force_from: 2999-01-01", "to_come := true"));

const Bundle kBundle({{.path = "p/p.rego", .text = kRules},
                      {.path = "p/p_test.rego", .text = "package p_test\n\nimport rego.v1\n\ntest_it if 1 == 1234\n"},
                      {.path = "p/data.json", .text = R"({"least":0.55})"}});

struct Question {
  std::string facts = R"({"amount":"50","confidence":"0.9","currency":"eur"})";
  std::string inputs = R"({"order":"A-1"})";
  std::string state = "approved";
};

WhatIf AskAbout(const Question& question) {
  std::vector<Problem> problems;
  const auto set = RuleSet::Load("p", kBundle, problems);
  EXPECT_NE(set, nullptr) << (problems.empty() ? "" : ToText(problems[0]));
  const core::Json facts = *core::ParseCanonical(question.facts, core::JsonKind::kSection);
  const core::Json registry = *core::ParseCanonical(R"({"version":{"state":")" + question.state + "\"}}", core::JsonKind::kSection);
  std::map<std::string, std::string> sections;
  sections["inputs"] = core::Json::Object().Set("inputs_json", core::Json::Object().Set("raw", question.inputs)).Encode();
  const domain::Settings settings;
  const Input input{.call = "authorize", .time = kNow, .facts = facts, .sections = sections, .settings = settings, .registry = &registry};
  return AskWhatIf(input, CandidatesOf(kBundle, settings), [&](const Input& changed) { return set->Evaluate(changed); });
}

auto Is(const char* path, const char* value, Verdict verdict) {
  return AllOf(Field(&Alternative::path, path), Field(&Alternative::value, value), Field(&Alternative::verdict, verdict));
}

TEST(WhatIf, FindsTheNearestNumberOnTheOtherSideOfALimit) {
  const WhatIf found = AskAbout({.facts = R"({"amount":"50","confidence":"0.41","currency":"eur"})"});

  EXPECT_THAT(found.hangs_on.at("unsure"), ElementsAre("facts.confidence"));
  EXPECT_THAT(found.alternatives, ElementsAre(Is("facts.confidence", "\"0.55\"", Verdict::kAllow)));
}

TEST(WhatIf, FindsEachOfSeveralConditions) {
  const WhatIf found = AskAbout({.facts = R"({"amount":"150","confidence":"0.9","currency":"eur"})"});

  EXPECT_THAT(found.hangs_on.at("large"), ElementsAre("facts.amount", "facts.currency"));
  EXPECT_THAT(found.alternatives, Contains(Is("facts.amount", "\"100\"", Verdict::kAllow)));
  EXPECT_THAT(found.alternatives, Contains(Is("facts.currency", "", Verdict::kAllow)));
}

TEST(WhatIf, SaysThatAFactThatIsMissingWouldHaveDone) {
  const WhatIf found = AskAbout({.inputs = "{}"});

  EXPECT_THAT(found.alternatives, Contains(AllOf(Field(&Alternative::path, "inputs.order"), Field(&Alternative::verdict, Verdict::kAllow))));
}

TEST(WhatIf, SeesWhatIsRegisteredToo) {
  const WhatIf found = AskAbout({.state = "draft"});

  EXPECT_THAT(found.hangs_on.at("not_approved"), ElementsAre("registry.version.state"));
  EXPECT_THAT(found.alternatives, Contains(Is("registry.version.state", "\"approved\"", Verdict::kAllow)));
}

TEST(WhatIf, NamesTheRuleThatOneChangeSilencesWhereAnotherStillStops) {
  const WhatIf found = AskAbout({.facts = R"({"amount":"150","confidence":"0.9","currency":"eur"})", .state = "draft"});

  EXPECT_THAT(found.alternatives, Each(Field(&Alternative::verdict, Verdict::kDeny)));
  EXPECT_THAT(found.alternatives, Contains(AllOf(Is("facts.amount", "\"100\"", Verdict::kDeny), Field(&Alternative::silent, ElementsAre("large")))));
  EXPECT_THAT(found.alternatives, Contains(AllOf(Is("registry.version.state", "\"approved\"", Verdict::kDeny),
                                                 Field(&Alternative::silent, ElementsAre("not_approved")))));
}

TEST(WhatIf, OffersNothingWhereNothingStops) {
  const WhatIf found = AskAbout({});

  EXPECT_THAT(found.alternatives, IsEmpty());
  EXPECT_FALSE(found.hangs_on.contains("to_come"));
}

TEST(WhatIf, TriesOnlyWhatTheRulesThemselvesSpeakOf) {
  domain::Settings settings;
  settings.confidence = "0.6";
  const Candidates candidates = CandidatesOf(kBundle, settings);

  EXPECT_THAT(candidates.numbers, UnorderedElementsAre(0.55, 0.6, 100));
  EXPECT_THAT(candidates.texts, UnorderedElementsAre("approved", "eur", "least"));
}

TEST(WhatIf, AsksSoManyTimesAndNoMore) {
  std::string inputs = "{";
  for (int i = 0; i < 600; ++i) inputs += "\"m" + std::to_string(i) + "\":1,";
  const WhatIf found = AskAbout({.facts = R"({"amount":"150","confidence":"0.9","currency":"eur"})", .inputs = inputs + "\"order\":\"A\"}"});

  EXPECT_LE(found.asked, kMostAsked);
  EXPECT_THAT(found.alternatives, Contains(Field(&Alternative::path, "facts.amount")));
}

}  // namespace
}  // namespace candor::policy
