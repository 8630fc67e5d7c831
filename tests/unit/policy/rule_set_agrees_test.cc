// That a set answers the same whichever rules it leaves out and however many ask it, over
// random decisions; and that the packs are such a set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "services/policy/words.h"
#include "tests/unit/policy/asked.h"

namespace candor::policy {
namespace {

using ::testing::IsEmpty;

// Rules with every kind of scope, that look at a fact each; what they say tells them apart.
std::shared_ptr<const RuleSet> OverlappingRules(std::mt19937& random, int count) {
  const char* scopes[] = {"action: [refund.*]",          "action: [refund.grant, letter.send]", "domain: [credit, housing]",
                          "jurisdiction: [eu]",          "jurisdiction: [us, gb]",              "jurisdiction: us-co",
                          "role: [provider]",            "role: deployer",                      "stage: [decide, effect]",
                          "stage: publish",              "call: [authorize, record]",           "call: observe"};
  const char* verdicts[] = {"allow", "escalate", "deny", "notice\nnotice: bot"};
  std::string rules;
  for (int i = 0; i < count; ++i) {
    std::map<std::string, std::string> members;
    for (std::size_t k = random() % 3; k > 0; --k) {
      const std::string scope = scopes[random() % std::size(scopes)];
      members[scope.substr(0, scope.find(':'))] = scope;
    }
    std::string scope;
    for (const auto& [name, member] : members) scope += (scope.empty() ? "" : ", ") + member;
    const std::string fact = "f" + std::to_string(random() % 6);
    rules += RuleText(std::string("verdict: ") + verdicts[random() % 4] + (scope.empty() ? "" : "\nscope: {" + scope + "}") +
                          (random() % 3 ? "" : "\nneeds: [facts." + fact + "]"),
                      "r" + std::to_string(i) + " if input.facts." + fact + " == " + std::to_string(random() % 2));
  }
  std::vector<Problem> problems;
  auto set = RuleSet::Load("many", Bundle(std::vector<BundleFile>{{"p.rego", Module(rules)}}), problems);
  for (const Problem& problem : problems) ADD_FAILURE() << ToText(problem);
  return set;
}

Asked RandomAsked(std::mt19937& random) {
  const auto one_of = [&](const auto& words) { return std::string(words[random() % std::size(words)]); };
  const char* actions[] = {"refund.grant", "refund.deny", "letter.send", "other"};
  const char* places[] = {"de", "fr", "us-co", "us-ny", "us", "gb", "jp"};
  Asked asked;
  asked.call = one_of(kCalls);
  if (random() % 4) asked.facts.Set("action", one_of(actions));
  if (random() % 2) asked.facts.Set("stage", one_of(kStages));
  if (random() % 2) asked.facts.Set("domain", one_of(kDomains));
  if (random() % 2) asked.facts.Set("tenant_role", one_of(kRoles));
  if (random() % 2) asked.facts.Set("jurisdictions", core::Json::Array().Append(one_of(places)).Append(one_of(places)));
  for (int i = 0; i < 6; ++i) {
    if (random() % 3) asked.facts.Set("f" + std::to_string(i), static_cast<int>(random() % 2));
  }
  return asked;
}

// Where the machine is busy, an evaluation may run out of its time: then it is asked again.
template <typename Ask>
std::string InTime(const Ask& ask) {
  std::string answer;
  for (int i = 0; i < 20; ++i) {
    answer = TextOf(ask());
    if (answer.find("policy_timeout") == std::string::npos) break;
  }
  return answer;
}

std::string Pruned(const RuleSet& set, const Asked& asked) {
  return InTime([&] { return asked.Of(set); });
}

std::string Unpruned(const RuleSet& set, const Asked& asked) {
  return InTime([&] { return asked.Ask([&](const Input& input) { return set.EvaluateUnpruned(input); }); });
}

TEST(RuleSet, AnswersTheSameWhetherOrNotItLeavesRulesOut) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  for (int sets = 0; sets < 3; ++sets) {
    const auto set = OverlappingRules(random, 30);
    ASSERT_NE(set, nullptr);
    std::set<std::string> answers;
    for (int run = 0; run < 500; ++run) {
      const Asked asked = RandomAsked(random);
      const std::string pruned = Pruned(*set, asked);
      ASSERT_EQ(pruned, Unpruned(*set, asked)) << "seed " << seed << ", run " << run;
      answers.insert(pruned);
    }
    EXPECT_GT(answers.size(), 20U) << "seed " << seed;
  }
}

TEST(RuleSet, IsAskedByManyThreadsAtOnce) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  const auto set = OverlappingRules(random, 20);
  ASSERT_NE(set, nullptr);
  std::vector<Asked> asked;
  std::vector<std::string> answers;
  for (int i = 0; i < 100; ++i) {
    asked.push_back(RandomAsked(random));
    answers.push_back(Pruned(*set, asked.back()));
  }
  absl::Mutex mutex;
  std::vector<std::string> wrong;
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = 0; i < 300; ++i) {
          const std::size_t at = (i * 7 + thread * 13) % asked.size();
          const std::string answer = Pruned(*set, asked[at]);
          const absl::MutexLock lock(&mutex);
          if (answer != answers[at]) wrong.push_back(answer + " instead of " + answers[at]);
        }
      });
    }
  }
  EXPECT_THAT(wrong, IsEmpty()) << "seed " << seed;
}

TEST(Packs, AreOneSetWithoutAProblemWhoseTestsPass) {
  const std::string folder = CANDOR_SOURCE_DIR "/policies";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "there are no packs";
  const Bundle bundle = Bundle::Read(folder).value();
  std::vector<Problem> problems;
  const auto set = RuleSet::Load("packs", bundle, problems);
  for (const Problem& problem : problems) ADD_FAILURE() << ToText(problem);
  ASSERT_NE(set, nullptr);
  EXPECT_GT(set->rules().size(), 20U);

  const auto report = RuleSet::Test(bundle, "", kNow, false);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->Count(TestResult::Kind::kPass), 20U);
  for (const TestResult& test : report->tests) {
    EXPECT_TRUE(test.kind == TestResult::Kind::kPass || test.kind == TestResult::Kind::kSkip) << test.path << ": " << test.message;
  }
}

TEST(Packs, AnswerTheSameWhetherOrNotTheyLeaveRulesOut) {
  const std::string folder = CANDOR_SOURCE_DIR "/policies";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "there are no packs";
  std::vector<Problem> problems;
  const auto set = RuleSet::Load("packs", Bundle::Read(folder).value(), problems);
  ASSERT_NE(set, nullptr);
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  std::set<std::string> answers;
  for (int run = 0; run < 300; ++run) {
    Asked asked = RandomAsked(random);
    for (const char* fact : {"infers_emotion", "profiling", "adverse", "generates_content", "irreversible", "deep_fake",
                             "interacts_with_person", "optimises_persuasion"}) {
      if (random() % 3) asked.facts.Set(fact, random() % 2 == 0);
    }
    if (random() % 2) asked.facts.Set("expected_effect", random() % 2 ? "legal" : "none");
    if (random() % 2) asked.facts.Set("planned_automation", random() % 2 ? "solely_automated" : "human_in_loop");
    if (random() % 2) asked.facts.Set("model_version", "v1");
    if (random() % 2) asked.facts.Set("amount", std::to_string(random() % 1000));
    const std::string pruned = Pruned(*set, asked);
    ASSERT_EQ(pruned, Unpruned(*set, asked))
        << "seed " << seed << ", run " << run << " " << asked.call << " " << asked.facts.Encode();
    answers.insert(pruned);
  }
  EXPECT_GT(answers.size(), 30U) << "seed " << seed;
}

}  // namespace
}  // namespace candor::policy
