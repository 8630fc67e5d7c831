#include "services/policy/verdicts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "services/core/text/grammar.h"
#include "services/policy/words.h"

namespace candor::policy {
namespace {

using domain::Verdict;
using nlohmann::json;

Verdict VerdictFor(const Said& said) {
  switch (said.effect) {
    case Effect::kAllow: return Verdict::kAllow;
    // Without its facts nobody knows what to change: a human looks first.
    case Effect::kTransform: return said.missing.empty() ? Verdict::kTransform : Verdict::kEscalate;
    case Effect::kEscalate: return Verdict::kEscalate;
    case Effect::kNotice:
    case Effect::kDeny: return Verdict::kDeny;
  }
  return Verdict::kDeny;
}

absl::Status Wrong(const Rule& rule, const std::string& what) {
  return absl::FailedPreconditionError(rule.file + ":" + std::to_string(rule.line) + ": rule " + rule.name + " " + what);
}

std::optional<core::Json> PlainJson(const json& value) {
  if (value.is_boolean()) return core::Json(value.get<bool>());
  if (value.is_number_integer()) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > core::kMaxJsonInteger) return std::nullopt;
    const auto number = value.get<std::int64_t>();
    if (number < -core::kMaxJsonInteger || number > core::kMaxJsonInteger) return std::nullopt;
    return core::Json(number);
  }
  if (value.is_string()) return core::Json(value.get<std::string>());
  if (!value.is_array()) return std::nullopt;
  core::Json list = core::Json::Array();
  for (const json& item : value) {
    auto plain = PlainJson(item);
    if (!plain) return std::nullopt;
    list.Append(*std::move(plain));
  }
  return list;
}

class ValueReader {
 public:
  ValueReader(const Rule& rule, Said& said) : rule_(rule), said_(said) {}

  absl::Status Read(const json& value) {
    for (const auto& [name, member] : value.items()) {
      absl::Status status = Member(name, member);
      if (!status.ok()) return status;
    }
    const bool changes = said_.effect == Effect::kTransform && said_.missing.empty();
    if (changes == said_.changes.empty()) {
      return Wrong(rule_, changes ? "transforms and names no `changes`" : "names `changes` and does not transform");
    }
    if (said_.effect == Effect::kNotice && said_.notice.empty()) return Wrong(rule_, "asks for a notice and names none");
    return absl::OkStatus();
  }

 private:
  absl::Status Member(const std::string& name, const json& value) {
    if (name == "verdict") return Verdict(value);
    if (name == "reason") return Reason(value);
    if (name == "missing") return Missing(value);
    if (name == "notice") return Notice(value);
    if (name == "obligations") return Obligations(value);
    if (name == "changes") return Changes(value);
    return Wrong(rule_, "has a member that is not known");
  }

  absl::Status Verdict(const json& value) {
    const auto effect = value.is_string() ? EffectOf(value.get_ref<const std::string&>()) : std::nullopt;
    if (!effect || *effect < rule_.effect) return Wrong(rule_, "has a `verdict` that is milder than its block's, or none");
    said_.effect = *effect;
    return absl::OkStatus();
  }

  absl::Status Reason(const json& value) {
    const std::string code = value.is_string() ? value.get<std::string>() : "";
    if (std::find(rule_.reasons.begin(), rule_.reasons.end(), code) == rule_.reasons.end()) {
      return Wrong(rule_, "has a `reason` that its block does not name");
    }
    said_.reason = code;
    return absl::OkStatus();
  }

  absl::Status Missing(const json& value) {
    if (!value.is_array() || value.empty() || value.size() > 16) return Wrong(rule_, "has a `missing` that is no list of 1 to 16");
    for (const json& item : value) {
      if (!item.is_string() || !IsInputPath(item.get_ref<const std::string&>())) {
        return Wrong(rule_, "has a `missing` that is no list of paths");
      }
      said_.missing.push_back(item.get<std::string>());
    }
    return absl::OkStatus();
  }

  absl::Status Notice(const json& value) {
    if (!value.is_string() || !Holds(kNotices, value.get_ref<const std::string&>())) {
      return Wrong(rule_, "has a `notice` that is no kind of notice");
    }
    said_.notice = value.get<std::string>();
    return absl::OkStatus();
  }

  absl::Status Obligations(const json& value) {
    if (!value.is_array() || value.size() > 16) return Wrong(rule_, "has `obligations` that are no list of at most 16");
    for (const json& item : value) {
      Duty duty;
      bool fits = item.is_object() && item.contains("type");
      for (const auto& [name, member] : item.items()) {
        if (!fits) break;
        if (name == "type") {
          fits = member.is_string() && IsDutyType(member.get_ref<const std::string&>());
          if (fits) duty.type = member.get<std::string>();
        } else if (name == "due") {
          duty.due = member.is_string() ? DueOf(member.get_ref<const std::string&>()) : std::nullopt;
          fits = duty.due.has_value();
        } else {
          fits = name == "params" && Params(member, duty.params);
        }
      }
      if (!fits) return Wrong(rule_, "has an obligation that is not {type, params, due} of plain values");
      said_.duties.push_back(std::move(duty));
    }
    return absl::OkStatus();
  }

  static bool Params(const json& value, core::Json& params) {
    if (!value.is_object()) return false;
    for (const auto& [name, member] : value.items()) {
      auto plain = PlainJson(member);
      if (!plain) return false;
      params.Set(name, *std::move(plain));
    }
    return IsPlainParams(params);
  }

  absl::Status Changes(const json& value) {
    if (!value.is_array() || value.size() > kMaxChanges) return Wrong(rule_, "has `changes` that are no list of at most 32");
    for (const json& item : value) {
      const bool fits = item.is_object() && item.contains("path") && item["path"].is_string() &&
                        item.size() == (item.contains("value") ? 2U : 1U);
      const std::string path = fits ? item["path"].get<std::string>() : "";
      if (!(path.starts_with("/inputs/") || path == "/action/amount") || path.size() > 512) {
        return Wrong(rule_, "has a change that is not {path, value} with a path below /inputs or /action/amount");
      }
      const std::string text = item.contains("value") ? item["value"].dump() : "";
      if (path == "/action/amount" && !(item.contains("value") && item["value"].is_string() &&
                                        core::IsDecimal(item["value"].get_ref<const std::string&>()))) {
        return Wrong(rule_, "changes the amount to what is no decimal");
      }
      said_.changes.push_back({.path = path, .value = text});
    }
    return absl::OkStatus();
  }

  const Rule& rule_;
  Said& said_;
};

Said Start(const Rule& rule) {
  return {.rule = &rule, .effect = rule.effect, .reason = rule.reasons.front(), .notice = rule.notice, .duties = rule.duties};
}

template <typename T>
void AddOnce(const T& value, std::vector<T>& to) {
  if (std::find(to.begin(), to.end(), value) == to.end()) to.push_back(value);
}

void AddDuty(const Duty& duty, absl::Time time, std::vector<Obligation>& to) {
  const std::optional<absl::Time> due = duty.due ? std::optional(time + *duty.due) : std::nullopt;
  for (Obligation& there : to) {
    if (there.type != duty.type || there.params != duty.params) continue;
    // The earlier one holds for both; without a date it is before the action.
    if (there.due && (!due || *due < *there.due)) there.due = due;
    return;
  }
  to.push_back({.type = duty.type, .params = duty.params, .due = due});
}

// Whether one of the places lies in the other.
bool Overlap(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (b.size() == a.size() || b[a.size()] == '/');
}

// Whether every change stands; two that want different things of one place contradict.
bool AddChanges(const std::vector<Change>& changes, std::vector<Change>& to) {
  for (const Change& change : changes) {
    const auto there = std::find_if(to.begin(), to.end(), [&](const Change& one) { return Overlap(one.path, change.path); });
    if (there == to.end()) {
      to.push_back(change);
    } else if (there->path != change.path || there->value != change.value) {
      return false;
    }
  }
  return to.size() <= kMaxChanges;
}

// Whether the caller can honour it; what has no name of its own on the wire is `custom` there.
bool IsSupported(const Obligation& one, const std::vector<std::string>& supported) {
  return supported.empty() || Holds(supported, Holds(kObligationTypes, one.type) ? std::string_view(one.type) : "custom");
}

// Whether they fit into a leaf, with all else that stands there.
bool Fit(const std::vector<Obligation>& obligations) {
  std::size_t bytes = 0;
  for (const Obligation& one : obligations) bytes += one.params.Encode().size();
  return obligations.size() <= kMaxObligations && bytes <= kMaxParamsBytes;
}

}  // namespace

absl::StatusOr<std::optional<Said>> ReadValue(const Rule& rule, const json& value) {
  if (value.is_boolean() && !value.get<bool>()) return std::nullopt;
  Said said = Start(rule);
  if (value.is_boolean()) {
    if (rule.effect == Effect::kTransform) return Wrong(rule, "transforms and names no `changes`");
    return said;
  }
  if (!value.is_object()) return Wrong(rule, "is neither true, false nor an object");
  if (absl::Status status = ValueReader(rule, said).Read(value); !status.ok()) return status;
  return said;
}

Said Indeterminate(const Rule& rule, std::vector<std::string> missing) {
  Said said = Start(rule);
  said.missing = std::move(missing);
  return said;
}

Judgement Denial(std::string reason, std::string rule) {
  Judgement judgement{.verdict = Verdict::kDeny, .reasons = {std::move(reason)}, .rules = {}};
  judgement.rules.push_back({.rule = std::move(rule), .result = "fired", .verdict = Verdict::kDeny, .missing = {}});
  return judgement;
}

Judgement Combine(std::vector<Said> said, absl::Time time, const std::vector<std::string>& supported,
                  const Review& review) {
  int humans = 1;
  for (const Said& one : said) {
    for (const Duty& duty : one.duties) {
      if (!one.shadow) humans = std::max(humans, HumansNeeded(duty.type, duty.params));
    }
  }
  const auto reviewed = [&](const Said& one) {
    return !one.shadow && VerdictFor(one) == Verdict::kEscalate && review.Answers(one.rule->name, humans);
  };
  std::stable_sort(said.begin(), said.end(), [](const Said& a, const Said& b) {
    if (a.shadow != b.shadow) return b.shadow;
    return VerdictFor(a) != VerdictFor(b) ? VerdictFor(a) > VerdictFor(b) : a.rule->name < b.rule->name;
  });
  Judgement judgement{.verdict = Verdict::kAllow, .reasons = {}, .rules = {}};
  for (const Said& one : said) {
    const Verdict verdict = VerdictFor(one);
    if (judgement.rules.size() < kMaxFiredRules) {
      judgement.rules.push_back({.rule = one.rule->name,
                                 .result = one.shadow            ? "would_have_fired"
                                           : reviewed(one)       ? "reviewed"
                                           : one.missing.empty() ? "fired"
                                                                 : "indeterminate",
                                 .verdict = verdict, .missing = one.missing});
    }
    if (one.shadow) continue;
    if (reviewed(one)) {
      for (const Duty& duty : one.duties) {
        if (duty.type != "require_review") AddDuty(duty, time, judgement.obligations);
      }
      continue;
    }
    judgement.verdict = domain::Strictest(judgement.verdict, verdict);
    if (one.effect == Effect::kNotice) {
      AddOnce(std::string("notice_required"), judgement.reasons);
      AddOnce(one.notice, judgement.notices);
    }
    if (verdict != Verdict::kAllow) AddOnce(one.reason, judgement.reasons);
    for (const Duty& duty : one.duties) AddDuty(duty, time, judgement.obligations);
  }
  for (const Said& one : said) {
    if (one.shadow || judgement.verdict != Verdict::kTransform) continue;
    if (!AddChanges(one.changes, judgement.changes)) return Denial("policy_error", one.rule->name);
  }
  if (!Fit(judgement.obligations)) return Denial("policy_error");
  const bool act = judgement.verdict == Verdict::kAllow || judgement.verdict == Verdict::kTransform;
  if (act && !std::all_of(judgement.obligations.begin(), judgement.obligations.end(),
                          [&](const Obligation& one) { return IsSupported(one, supported); })) {
    judgement.verdict = Verdict::kDeny;
    judgement.reasons.insert(judgement.reasons.begin(), "obligation_not_supported");
    judgement.changes.clear();
  }
  if (judgement.reasons.size() > kMaxVerdictReasons) judgement.reasons.resize(kMaxVerdictReasons);
  if (judgement.notices.size() > kMaxNotices) judgement.notices.resize(kMaxNotices);
  return judgement;
}

}  // namespace candor::policy
