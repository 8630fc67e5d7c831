#include "services/policy/what_if.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "services/core/json/json.h"

namespace candor::policy {
namespace {

using domain::Verdict;
using nlohmann::json;

constexpr std::size_t kMostPaths = 400;
constexpr std::size_t kMostTexts = 150;    // Of one fact that takes words.
constexpr std::size_t kMostOfAPath = 4;    // Alternatives of one fact.
constexpr std::size_t kMostText = 64;      // Longer ones are words for people.

std::optional<double> NumberOf(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

void AddText(std::string_view text, Candidates& to) {
  if (const auto number = NumberOf(text)) {
    to.numbers.insert(*number);
  } else if (!text.empty() && text.size() <= kMostText && text.find_first_of(" \n%\\") == std::string_view::npos) {
    to.texts.insert(std::string(text));
  }
}

void AddData(const json& value, Candidates& to) {
  if (value.is_string()) AddText(value.get_ref<const std::string&>(), to);
  if (value.is_number()) to.numbers.insert(value.get<double>());
  if (!value.is_structured()) return;
  for (const auto& [name, member] : value.items()) {
    if (value.is_object()) AddText(name, to);
    AddData(member, to);
  }
}

// Literals of a module.
void AddModule(std::string_view text, Candidates& to) {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '"' || c == '`') {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != c) end += c == '"' && text[end] == '\\' ? 2 : 1;
      end = std::min(end, text.size());
      AddText(text.substr(i + 1, end - i - 1), to);
      i = end + 1;
    } else if (c >= '0' && c <= '9') {
      std::size_t end = text.find_first_not_of("0123456789.", i);
      AddText(text.substr(i, std::min(end, text.size()) - i), to);
      i = std::min(end, text.size());
    } else if (absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_') {  // A name, digits and all.
      while (i < text.size() && (absl::ascii_isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_')) ++i;
    } else {
      ++i;
    }
  }
}

// Facts, registry, person and inputs as one document, and back.
class Variants {
 public:
  explicit Variants(const Input& input) : input_(input) {
    document_["facts"] = json::parse(input.facts.Encode());
    if (input.registry != nullptr) document_["registry"] = json::parse(input.registry->Encode());
    if (const auto person = input.sections.find("person"); person != input.sections.end()) {
      document_["person"] = json::parse(person->second, nullptr, /*allow_exceptions=*/false);
    }
    if (const auto inputs = input.sections.find("inputs"); inputs != input.sections.end()) {
      inputs_ = json::parse(inputs->second, nullptr, /*allow_exceptions=*/false);
      if (inputs_.is_object() && inputs_.contains("inputs_json")) {
        document_["inputs"] = json::parse(inputs_["inputs_json"].value("raw", "null"), nullptr, /*allow_exceptions=*/false);
      }
    }
  }

  const json& document() const { return document_; }

  // What is judged of that document; a denial that names no rule where it can't be an input.
  std::optional<Judgement> Judge(const json& document, absl::FunctionRef<Judgement(const Input&)> judge) const {
    const auto facts = core::ParseCanonical(document["facts"].dump(), core::JsonKind::kSection);
    if (!facts.ok()) return std::nullopt;
    absl::StatusOr<core::Json> registry = core::Json::Object();
    if (document.contains("registry")) {
      registry = core::ParseCanonical(document["registry"].dump(), core::JsonKind::kSection);
      if (!registry.ok()) return std::nullopt;
    }
    std::map<std::string, std::string> sections = input_.sections;
    if (document.contains("person")) sections["person"] = document["person"].dump();
    if (document.contains("inputs")) {
      json inputs = inputs_.is_object() ? inputs_ : json::object();
      inputs["inputs_json"] = {{"raw", document["inputs"].dump()}};
      sections["inputs"] = inputs.dump();
    }
    Input changed{.call = input_.call, .time = input_.time, .facts = *facts, .sections = sections,
                  .settings = input_.settings, .registry = input_.registry == nullptr ? nullptr : &*registry,
                  .earlier = input_.earlier};
    return judge(changed);
  }

 private:
  const Input& input_;
  json document_ = json::object(), inputs_;
};

// Members that hold no objects, by their names from the top.
void AddPaths(const json& value, const std::string& path, std::vector<std::string>& to) {
  if (to.size() >= kMostPaths) return;
  if (!value.is_object()) return to.push_back(path);
  for (const auto& [name, member] : value.items()) {
    if (name.find('.') != std::string::npos || path + "." + name == "person.reference") continue;
    AddPaths(member, path + "." + name, to);
  }
}

json* Find(json& document, std::string_view path, bool make, std::string& name) {
  json* at = &document;
  for (;;) {
    const std::size_t dot = path.find('.');
    name = std::string(path.substr(0, dot));
    if (dot == std::string_view::npos) return at->is_object() ? at : nullptr;
    if (!at->is_object() || (!make && !at->contains(name))) return nullptr;
    at = &(*at)[name];
    if (at->is_null()) *at = json::object();
    path.remove_prefix(dot + 1);
  }
}

std::optional<json> With(json document, std::string_view path, const json* value) {
  std::string name;
  json* const parent = Find(document, path, /*make=*/value != nullptr, name);
  if (parent == nullptr) return std::nullopt;
  if (value == nullptr) {
    if (parent->erase(name) == 0) return std::nullopt;
  } else {
    (*parent)[name] = *value;
  }
  return document;
}

const json* At(const json& document, std::string_view path) {
  std::string name;
  json* const parent = Find(const_cast<json&>(document), path, /*make=*/false, name);
  return parent == nullptr || !parent->contains(name) ? nullptr : &(*parent)[name];
}

// Rules that spoke, with what they said; those that would have, apart.
std::map<std::string, std::string> Spoke(const Judgement& judgement) {
  std::map<std::string, std::string> rules;
  for (const FiredRule& rule : judgement.rules) {
    if (rule.result != "would_have_fired") rules[rule.rule] = rule.result + std::to_string(static_cast<int>(rule.verdict));
  }
  return rules;
}

// What a number or a decimal's text amounts to.
std::optional<double> Value(const json& value) {
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? NumberOf(value.get_ref<const std::string&>()) : std::nullopt;
}

std::string Decimal(double number) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed);
  return error == std::errc() ? std::string(text, end) : std::string();
}

// Numbers in the form of what stands there: a decimal's text, or a number.
void AddNumbers(const Candidates& candidates, const json* now, bool as_text, std::vector<json>& to) {
  std::set<double> tried;
  for (const double number : candidates.numbers) {
    const double step = std::abs(number) <= 1 || number != std::floor(number) ? 0.01 : 1;
    for (const double one : {number - step, number, number + step}) tried.insert(std::round(one * 1e6) / 1e6);
  }
  const double from = now == nullptr ? 0 : Value(*now).value_or(0);
  std::vector<double> ordered(tried.begin(), tried.end());
  std::stable_sort(ordered.begin(), ordered.end(), [&](double a, double b) { return std::abs(a - from) < std::abs(b - from); });
  for (const double one : ordered) {
    if (one < 0 && from >= 0) continue;
    if (as_text) {
      to.emplace_back(Decimal(one));
    } else if (one == std::floor(one) && std::abs(one) < 9e15) {
      to.emplace_back(static_cast<std::int64_t>(one));
    } else {
      to.emplace_back(one);
    }
  }
}

std::vector<json> ValuesFor(const Candidates& candidates, const json* now) {
  std::vector<json> values;
  const bool decimal = now != nullptr && now->is_string() && NumberOf(now->get_ref<const std::string&>());
  if (now == nullptr || now->is_boolean()) {
    values.emplace_back(true);
    values.emplace_back(false);
  }
  if (now == nullptr || decimal) AddNumbers(candidates, now, /*as_text=*/true, values);
  if (now == nullptr || now->is_number()) AddNumbers(candidates, now, /*as_text=*/false, values);
  if (now == nullptr || (now->is_string() && !decimal)) {
    std::size_t taken = 0;
    for (const std::string& text : candidates.texts) {
      if (++taken <= kMostTexts) values.emplace_back(text);
    }
  }
  return values;
}

}  // namespace

Candidates CandidatesOf(const Bundle& bundle, const domain::Settings& settings) {
  Candidates candidates;
  for (const BundleFile& file : bundle.files()) {
    if (file.path.ends_with("_test.rego")) continue;
    if (file.path.ends_with(".rego")) AddModule(file.text, candidates);
    if (file.path.ends_with("data.json")) AddData(json::parse(file.text, nullptr, /*allow_exceptions=*/false), candidates);
  }
  for (const std::string& limit : {settings.amount, settings.confidence, settings.currency}) AddText(limit, candidates);
  return candidates;
}

WhatIf AskWhatIf(const Input& input, const Candidates& candidates, absl::FunctionRef<Judgement(const Input&)> judge) {
  WhatIf found;
  const Judgement base = judge(input);
  const Variants variants(input);
  const std::map<std::string, std::string> spoke = Spoke(base);
  const auto ask = [&](std::string_view path, const json* value) -> std::optional<Judgement> {
    const auto document = With(variants.document(), path, value);
    if (!document || found.asked >= kMostAsked) return std::nullopt;
    ++found.asked;
    return variants.Judge(*document, judge);
  };

  std::vector<std::string> paths;
  for (const auto& [root, value] : variants.document().items()) AddPaths(value, root, paths);
  std::set<std::string> decisive;
  std::map<std::string, bool> weighs;  // By rule: whether the verdict is its own.
  for (const FiredRule& rule : base.rules) weighs[rule.rule] = rule.verdict == base.verdict;
  for (const std::string& path : paths) {
    const auto without = ask(path, nullptr);
    if (!without) continue;
    const auto now = Spoke(*without);
    for (const auto& [rule, said] : spoke) {
      const auto same = now.find(rule);
      if (same != now.end() && same->second == said) continue;
      found.hangs_on[rule].insert(path);
      if (weighs[rule]) decisive.insert(path);
    }
  }
  for (const FiredRule& rule : base.rules) {
    if (rule.result == "indeterminate" && weighs[rule.rule]) decisive.insert(rule.missing.begin(), rule.missing.end());
  }
  if (base.verdict == Verdict::kAllow) return found;

  for (const std::string& path : decisive) {
    const json* const now = At(variants.document(), path);
    std::size_t kept = 0;
    std::set<bool> nearest;  // Whether one above the present number was found, and one below.
    const auto take = [&](const json* value) {
      const auto number = value == nullptr ? std::nullopt : Value(*value);
      const bool above = number && *number > Value(now == nullptr ? json() : *now).value_or(0);
      if (number && nearest.contains(above)) return;
      const auto judged = ask(path, value);
      if (!judged || judged->verdict > base.verdict) return;
      const auto says = Spoke(*judged);
      Alternative one{.path = path, .value = value == nullptr ? "" : value->dump(), .verdict = judged->verdict, .silent = {}};
      for (const auto& [rule, _] : spoke) {
        if (weighs[rule] && !says.contains(rule)) one.silent.push_back(rule);
      }
      const bool others = std::any_of(judged->rules.begin(), judged->rules.end(), [&](const FiredRule& rule) {
        return rule.result != "would_have_fired" && rule.verdict >= base.verdict && !spoke.contains(rule.rule);
      });
      if (judged->verdict == base.verdict && (one.silent.empty() || others)) return;
      if (number) nearest.insert(above);
      found.alternatives.push_back(std::move(one));
      ++kept;
    };
    if (now != nullptr) take(nullptr);
    for (const json& value : ValuesFor(candidates, now)) {
      if (kept >= kMostOfAPath) break;
      if (now == nullptr || value != *now) take(&value);
    }
  }
  std::stable_sort(found.alternatives.begin(), found.alternatives.end(), [](const Alternative& a, const Alternative& b) {
    return a.verdict != b.verdict ? a.verdict < b.verdict : a.silent.size() > b.silent.size();
  });
  if (found.alternatives.size() > kMostAlternatives) found.alternatives.resize(kMostAlternatives);
  return found;
}

}  // namespace candor::policy
