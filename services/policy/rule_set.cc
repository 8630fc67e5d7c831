#include "services/policy/rule_set.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/policy/builtin.h"
#include "services/policy/rule_input.h"
#include "services/policy/verdicts.h"

namespace candor::policy {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxRules = 4096;
constexpr std::size_t kMostPlans = 256;  // Combinations of rules that engines are kept for.

bool IsTestFile(const std::string& path) { return path.ends_with("_test.rego"); }
bool IsData(const std::string& path) { return path == "data.json" || path.ends_with("/data.json"); }

bool IsFatal(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) { return problem.fatal; });
}

// Puts `from` below `to`; no when both hold a value at one place.
bool Merge(json& to, const json& from) {
  if (!to.is_object() || !from.is_object()) return false;
  for (const auto& [name, value] : from.items()) {
    if (!to.contains(name)) {
      to[name] = value;
    } else if (!Merge(to[name], value)) {
      return false;
    }
  }
  return true;
}

// All data documents as one, each under the path of its folder.
json DataOf(const Bundle& bundle, std::vector<Problem>& problems) {
  json whole = json::object();
  for (const BundleFile& file : bundle.files()) {
    if (!IsData(file.path)) continue;
    if (const absl::Status status = core::CheckFreeJson(file.text, 32); !status.ok()) {
      problems.push_back({.path = file.path, .line = 0, .column = 0, .message = std::string(status.message())});
      continue;
    }
    json document = json::parse(file.text, nullptr, /*allow_exceptions=*/false);
    if (document.is_discarded()) {
      problems.push_back({.path = file.path, .line = 0, .column = 0, .message = "holds a number that is too large"});
      continue;
    }
    std::string_view folder = std::string_view(file.path).substr(0, file.path.size() - std::string_view("data.json").size());
    while (!folder.empty()) {
      folder.remove_suffix(1);
      const std::size_t slash = folder.rfind('/');
      const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
      document = json::object({{std::string(folder.substr(begin)), std::move(document)}});
      folder = folder.substr(0, begin);
    }
    if (!Merge(whole, document)) {
      problems.push_back({.path = file.path, .line = 0, .column = 0,
                          .message = "gives a value where another data.json gives one, or is no object"});
    }
  }
  return whole;
}

// Whether a path of packages or data, such as `a/b`, lies below one of the roots.
bool IsInside(std::string_view path, const std::vector<std::string>& roots) {
  return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
    return root.empty() || path == root || (path.starts_with(root) && path[root.size()] == '/');
  });
}

// Whether all values of a data document do; `path` is its own, ended by a slash.
bool IsDataInside(const json& data, const std::string& path, const std::vector<std::string>& roots) {
  if (!path.empty() && IsInside(std::string_view(path).substr(0, path.size() - 1), roots)) return true;
  if (!data.is_object() || (data.empty() && !path.empty())) return false;
  for (const auto& [name, value] : data.items()) {
    if (!IsDataInside(value, path + name + "/", roots)) return false;
  }
  return true;
}

// The roots that the manifest names; all is below the empty one.
std::vector<std::string> ReadManifest(const Bundle& bundle, std::vector<Problem>& problems) {
  const auto say = [&](std::string message) {
    problems.push_back({.path = ".manifest", .line = 0, .column = 0, .message = std::move(message)});
  };
  std::vector<std::string> roots;
  for (const BundleFile& file : bundle.files()) {
    if (file.path != ".manifest") continue;
    const json manifest = json::parse(file.text, nullptr, /*allow_exceptions=*/false);
    if (!manifest.is_object()) say("is no JSON object");
    for (const auto& [name, value] : manifest.items()) {
      if (name == "roots") {
        const bool texts = value.is_array() && !value.empty() &&
                           std::all_of(value.begin(), value.end(), [](const json& root) { return root.is_string(); });
        if (!texts) say("`roots` is no list of texts");
        if (texts) roots = value.get<std::vector<std::string>>();
      } else if (name == "rego_version") {
        if (value != 1) say("`rego_version` must be 1");
      } else if (name != "revision" && name != "metadata") {
        say("has a member that is not known");
      }
    }
  }
  for (std::string& root : roots) {
    if (root.starts_with('/')) root.erase(0, 1);
    if (root.ends_with('/')) root.pop_back();
  }
  return roots.empty() ? std::vector<std::string>{""} : roots;
}

std::shared_ptr<const RegoSet> Compile(const Bundle& bundle, bool with_tests, std::vector<Problem>& problems) {
  for (Problem& problem : bundle.Check()) problems.push_back(std::move(problem));
  if (IsFatal(problems)) return nullptr;
  const std::vector<std::string> roots = ReadManifest(bundle, problems);
  const json data = DataOf(bundle, problems);
  if (!IsDataInside(data, "", roots)) problems.push_back(ProblemOf("data lie outside the roots of the manifest"));
  if (IsFatal(problems)) return nullptr;
  std::vector<const BundleFile*> modules;
  for (const BundleFile& file : bundle.files()) {
    if (file.path.ends_with(".rego") && (with_tests || !IsTestFile(file.path))) modules.push_back(&file);
  }
  auto rego = RegoSet::Load(modules, data.dump(), problems);
  if (rego == nullptr) return nullptr;
  for (const RegoPackage& package : rego->contents().packages) {
    std::string path = package.path.substr(package.path.find('.') + 1);
    std::replace(path.begin(), path.end(), '.', '/');
    if (IsInside(path, roots)) continue;
    problems.push_back({.path = package.file, .line = 0, .column = 0,
                        .message = "its package lies outside the roots of the manifest"});
  }
  return IsFatal(problems) ? nullptr : rego;
}

std::vector<std::string> Supported(const core::Json& facts) {
  std::vector<std::string> types;
  if (const core::Json* list = facts.Find("supported_obligations"); list != nullptr && list->is_array()) {
    for (const core::Json& type : list->items()) types.push_back(type.string());
  }
  return types;
}

void LogFailure(const absl::Status& status) {
  Log(Level::kWarning, "policy_failed", {{"why", std::string(status.message())}});
}

Judgement DenialFor(const absl::Status& status) {
  LogFailure(status);
  if (absl::IsDeadlineExceeded(status)) return Denial("policy_timeout");
  return Denial(absl::IsInvalidArgument(status) ? "policy_input_too_large" : "policy_error");
}

}  // namespace

std::shared_ptr<const RuleSet> RuleSet::Load(std::string name, const Bundle& bundle, std::vector<Problem>& problems) {
  const std::shared_ptr<const RegoSet> rego = Compile(bundle, /*with_tests=*/false, problems);
  if (rego == nullptr) return nullptr;
  const std::shared_ptr<RuleSet> set(new RuleSet(std::move(name), bundle.digest()));
  set->rego_ = rego;
  if (!set->ReadRules(rego->contents(), problems) || IsFatal(problems)) return nullptr;
  // Some errors appear only when an engine is made.
  Numbers all(set->rules_.size());
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  auto engine = set->Borrow(all);
  if (!engine.ok()) {
    problems.push_back(ProblemOf(std::string(engine.status().message())));
    return nullptr;
  }
  set->Return(all, *std::move(engine));
  return set;
}

bool RuleSet::CheckTests(const Bundle& bundle, std::vector<Problem>& problems) {
  return Compile(bundle, /*with_tests=*/true, problems) != nullptr;
}

absl::StatusOr<TestReport> RuleSet::Test(const Bundle& bundle, std::string_view filter, absl::Time now, bool coverage) {
  std::vector<Problem> problems;
  const std::shared_ptr<const RegoSet> rego = Compile(bundle, /*with_tests=*/true, problems);
  if (rego != nullptr) return rego->Test(filter, now, coverage);
  std::string text;
  for (const Problem& problem : problems) text.append(text.empty() ? "" : "\n").append(ToText(problem));
  return absl::FailedPreconditionError(text);
}

bool RuleSet::ReadRules(const RegoContents& contents, std::vector<Problem>& problems) {
  std::map<std::string, Rule> packages;  // Their defaults.
  for (const RegoPackage& package : contents.packages) {
    if (package.annotation.line == 0) continue;
    Rule defaults;
    defaults.file = package.file;
    ReadPackageAnnotation(package.annotation.text, package.annotation.line, defaults, problems);
    packages[package.path] = std::move(defaults);
  }
  for (const RegoRule& found : contents.rules) {
    if (found.annotation.line == 0) continue;
    Rule rule;
    if (const auto package = packages.find("data." + found.package); package != packages.end()) {
      rule.scope = package->second.scope;
      rule.source = package->second.source;
    }
    rule.name = found.name;
    rule.path = found.path;
    rule.file = found.file;
    rule.line = found.line;
    const bool judges = ReadAnnotation(found.annotation.text, found.annotation.line, rule, problems);
    if (!judges) continue;
    const auto say = [&](std::string message) {
      problems.push_back({.path = rule.file, .line = rule.line, .column = 0, .message = std::move(message)});
    };
    if (!found.complete) say("a rule with a verdict must be complete, neither a set, an object nor a function: write `" + found.name + " if …`");
    if (rule.name.size() > kMaxRuleName || !core::IsCode(rule.name)) say("the name of a rule must be a code of at most 32 bytes");
    for (const std::string& reason : rule.reasons) {
      if (Builtin::Gives(reason)) say("a reason is Candor's own word, choose another: " + reason);
    }
    rules_.push_back(std::move(rule));
  }
  std::stable_sort(rules_.begin(), rules_.end(), [](const Rule& a, const Rule& b) { return a.name < b.name; });
  for (std::size_t i = 1; i < rules_.size(); ++i) {
    if (rules_[i].name != rules_[i - 1].name) continue;
    problems.push_back({.path = rules_[i].file, .line = rules_[i].line, .column = 0,
                        .message = std::string("another rule has this name: ")
                                       .append(rules_[i - 1].file).append(":").append(std::to_string(rules_[i - 1].line))});
  }
  if (rules_.empty() && !IsFatal(problems)) problems.push_back(ProblemOf("no rule has a METADATA block with `custom.verdict`: the set would allow everything"));
  if (rules_.size() > kMaxRules) problems.push_back(ProblemOf("a set holds at most 4,096 rules"));
  return !IsFatal(problems);
}

bool RuleSet::Judges(std::string_view call) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    const std::vector<std::string>& calls = rule.scope.calls;
    return std::find(calls.begin(), calls.end(), call) != calls.end();
  });
}

RuleSet::Numbers RuleSet::Applying(const Input& input) const {
  // An outcome stands where its authorization stood.
  const core::Json* asked = nullptr;
  if (input.call == "record" && input.earlier != nullptr) {
    for (const core::Json& leaf : input.earlier->items()) {
      const std::string* type = leaf.FindString("type");
      if (type != nullptr && *type == "authorization") asked = leaf.Find("facts");
    }
  }
  const Context context = ContextOf(input.call, asked == nullptr ? input.facts : *asked);
  Numbers numbers;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (StandingAt(rules_[i], input.time) == Standing::kOut || !CanApply(rules_[i].scope, context)) continue;
    numbers.push_back(static_cast<std::uint16_t>(i));
  }
  return numbers;
}

Judgement RuleSet::Evaluate(const Input& input) const {
  const Numbers applying = Applying(input);
  return Judge(input, applying, applying);
}

Judgement RuleSet::EvaluateUnpruned(const Input& input) const {
  Numbers all(rules_.size());
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  return Judge(input, Applying(input), all);
}

Judgement RuleSet::Judge(const Input& input, const Numbers& applying, const Numbers& evaluated) const {
  const RuleInput shown(input);
  if (shown.text().size() > kMaxInputBytes) return Denial("policy_input_too_large");
  const auto standing = [&](std::uint16_t number) { return StandingAt(rules_[number], input.time); };
  absl::StatusOr<std::string> answer = Ask(evaluated, shown.text(), input.time);
  if (!answer.ok() && !absl::IsDeadlineExceeded(answer.status())) {
    // A rule in shadow changes nothing: what fails with it may do without it.
    Numbers in_force;
    std::copy_if(evaluated.begin(), evaluated.end(), std::back_inserter(in_force),
                 [&](std::uint16_t number) { return standing(number) == Standing::kInForce; });
    if (in_force.size() < evaluated.size()) {
      LogFailure(answer.status());
      answer = Ask(in_force, shown.text(), input.time);
    }
  }
  if (!answer.ok()) return DenialFor(answer.status());
  const json values = json::parse(*answer, nullptr, /*allow_exceptions=*/false);
  if (!values.is_object()) return DenialFor(absl::FailedPreconditionError("a value holds a number that is too large"));
  std::vector<Said> said;
  for (const std::uint16_t number : applying) {
    const Rule& rule = rules_[number];
    const bool shadow = standing(number) == Standing::kShadow;
    std::optional<Said> one;
    if (const auto value = values.find(rule.path); value != values.end()) {
      auto read = ReadValue(rule, *value);
      if (read.ok()) {
        one = *std::move(read);
      } else if (shadow) {
        one = Said{.rule = &rule};  // It would have denied.
      } else {
        return DenialFor(read.status());
      }
    }
    if (!one) {
      std::vector<std::string> missing;
      for (const std::string& need : rule.needs) {
        if (!shown.Has(need)) missing.push_back(need);
      }
      if (missing.empty()) continue;
      one = Indeterminate(rule, std::move(missing));
    }
    one->shadow = shadow;
    said.push_back(*std::move(one));
  }
  Judgement judgement = Combine(std::move(said), input.time, Supported(input.facts), ReviewOf(input.facts));
  judgement.saw_time = true;
  return judgement;
}

absl::StatusOr<std::string> RuleSet::Ask(const Numbers& rules, const std::string& input, absl::Time now) const {
  if (rules.empty()) return std::string("{}");
  CANDOR_ASSIGN_OR_RETURN(auto engine, Borrow(rules));
  absl::StatusOr<std::string> answer = engine->Evaluate(input, now);
  if (!absl::IsInternal(answer.status())) Return(rules, std::move(engine));
  return answer;
}

absl::StatusOr<std::unique_ptr<RegoEngine>> RuleSet::Borrow(const Numbers& rules) const {
  {
    absl::MutexLock lock(&mutex_);
    const auto found = idle_.find(rules);
    if (found != idle_.end() && !found->second.empty()) {
      std::unique_ptr<RegoEngine> engine = std::move(found->second.back());
      found->second.pop_back();
      return engine;
    }
  }
  std::vector<std::string_view> paths;
  for (const std::uint16_t number : rules) paths.push_back(rules_[number].path);
  return rego_->MakeEngine(paths);
}

void RuleSet::Return(const Numbers& rules, std::unique_ptr<RegoEngine> engine) const {
  absl::MutexLock lock(&mutex_);
  if (idle_.size() >= kMostPlans && !idle_.contains(rules)) idle_.clear();
  idle_[rules].push_back(std::move(engine));
}

std::optional<ReasonText> RuleSet::TextOf(std::string_view reason, std::string_view language) const {
  for (const Rule& rule : rules_) {
    if (std::find(rule.reasons.begin(), rule.reasons.end(), reason) == rule.reasons.end()) continue;
    ReasonText text{.operator_text = rule.title, .person_text = {}};
    auto words = rule.person.find(std::string(language));
    if (words == rule.person.end()) words = rule.person.find(std::string(language.substr(0, language.find('-'))));
    if (words == rule.person.end()) words = rule.person.find("en");
    if (words == rule.person.end()) words = rule.person.begin();
    if (words != rule.person.end()) text.person_text = words->second;
    return text;
  }
  return std::nullopt;
}

}  // namespace candor::policy
