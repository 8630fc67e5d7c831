// The block above a rule is read or refused; what is read without a problem keeps every
// promise of its members, and problems are in lines of the block.
#include <algorithm>

#include "services/base/check.h"
#include "services/core/text/grammar.h"
#include "services/policy/rule.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

constexpr std::uint32_t kLine = 10;

void TryBlock(std::string_view yaml) {
  policy::Rule rule;
  rule.name = "a_rule";
  std::vector<policy::Problem> problems;
  const bool judges = policy::ReadAnnotation(yaml, kLine, rule, problems);
  const auto lines = static_cast<std::uint32_t>(std::count(yaml.begin(), yaml.end(), '\n') +
                                                std::count(yaml.begin(), yaml.end(), '\r'));
  for (const policy::Problem& problem : problems) CANDOR_CHECK(problem.line >= kLine && problem.line <= kLine + lines + 1);
  if (!judges || !problems.empty()) return;
  CANDOR_CHECK(rule.version >= 1 && !rule.reasons.empty());
  CANDOR_CHECK(rule.effect != policy::Effect::kNotice || !rule.notice.empty());
  for (const std::string& reason : rule.reasons) CANDOR_CHECK(core::IsCode(reason));
  for (const std::string& need : rule.needs) CANDOR_CHECK(policy::IsInputPath(need));
  for (const policy::Duty& duty : rule.duties) {
    CANDOR_CHECK(policy::IsDutyType(duty.type) && policy::IsPlainParams(duty.params));
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  return {"title: A\ndescription: B\nscope: rule\ncustom:\n  version: 1\n  verdict: deny\n  needs: [facts.amount]\n",
          "custom: {version: 2, verdict: notice, notice: bot, status: draft, in_force_from: 2026-01-01, person: {en: \"A\"}}",
          "custom:\n  version: 1\n  verdict: escalate\n  reason: a\n  reasons: [b, c]\n  scope:\n    call: [record]\n    "
          "jurisdiction: [eu, us-co]\n    action: [refund.*]\n",
          "custom: {version: 1, verdict: allow, obligations: [{type: step_up, due: 3d, params: {a: 1, b: [x, '5'], c: true}}]}",
          "custom: &a {version: 1, verdict: deny, needs: &b [*b], scope: *a, obligations: [*a]}",
          "custom: {? [x] : y, ~: z, !!str version: 1, \"verdict\": |\n  deny\n }", "--- a\n--- b\n"};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  candor::fuzz::TryBlock(candor::fuzz::TextOf(data, size));
  return 0;
}
