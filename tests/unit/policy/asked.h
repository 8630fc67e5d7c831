// Rules to make sets of, and what sets are asked, for tests. Header only.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <string>

#include "services/policy/rule_set.h"

namespace candor::policy {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// A module of package `p` with its imports; what follows begins in line 6.
inline std::string Module(const std::string& rules) {
  return "package p\n\nimport rego.v1\nimport future.keywords.not\n\n" + rules;
}

// A rule with a block of these lines in `custom`.
inline std::string RuleText(const std::string& custom, const std::string& rule) {
  const std::string members = std::regex_replace(custom, std::regex("(^|\n)(?=.)"), "$1#   ");
  return "# METADATA\n# custom:\n#   version: 1\n" + members + "\n" + rule + "\n\n";
}

// What a set is asked about: facts by name, and the caller's own JSON.
struct Asked {
  std::string call = "authorize";
  core::Json facts = core::Json::Object();
  std::string inputs;
  absl::Time time = kNow;
  std::optional<core::Json> earlier{};

  template <typename Evaluate>
  Judgement Ask(const Evaluate& evaluate) const {
    std::map<std::string, std::string> sections;
    if (!inputs.empty()) {
      sections["inputs"] = core::Json::Object().Set("inputs_json", core::Json::Object().Set("raw", inputs)).Encode();
    }
    const domain::Settings settings;
    Input input{.call = call, .time = time, .facts = facts, .sections = sections, .settings = settings};
    if (earlier) input.earlier = &*earlier;
    return evaluate(input);
  }
  Judgement Of(const RuleSet& set) const {
    return Ask([&](const Input& input) { return set.Evaluate(input); });
  }
};

inline Asked Facts(const char* json) {
  Asked asked;
  asked.facts = *core::ParseCanonical(json, core::JsonKind::kSection);
  return asked;
}

inline std::string TextOf(const Judgement& judgement) {
  std::string text(domain::VerdictName(judgement.verdict));
  for (const std::string& reason : judgement.reasons) text += " " + reason;
  for (const FiredRule& rule : judgement.rules) {
    text += "; " + rule.rule + " " + rule.result;
    for (const std::string& fact : rule.missing) text += " " + fact;
  }
  for (const Obligation& duty : judgement.obligations) text += "; must " + duty.type + duty.params.Encode();
  for (const Change& change : judgement.changes) text += "; " + change.path + "=" + change.value;
  for (const std::string& notice : judgement.notices) text += "; notice " + notice;
  return text;
}

}  // namespace candor::policy
