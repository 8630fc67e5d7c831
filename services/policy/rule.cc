#include "services/policy/rule.h"

#include <algorithm>
#include <charconv>

#include "services/base/clock.h"
#include "services/core/text/grammar.h"
#include "services/policy/words.h"

namespace candor::policy {
namespace {

constexpr std::array<std::string_view, 5> kEffects = {"allow", "transform", "escalate", "notice", "deny"};

constexpr std::array<std::string_view, 27> kUnion = {"at", "be", "bg", "cy", "cz", "de", "dk", "ee", "es",
                                                     "fi", "fr", "gr", "hr", "hu", "ie", "it", "lt", "lu",
                                                     "lv", "mt", "nl", "pl", "pt", "ro", "se", "si", "sk"};
constexpr std::array<std::string_view, 3> kRestOfArea = {"is", "li", "no"};

// Whether `place` lies in `region`: a country, a part of one, `eu` or `eea`.
bool LiesIn(std::string_view place, std::string_view region) {
  if (place == region) return true;
  if (place.size() > region.size() && place.starts_with(region) && place[region.size()] == '-') return true;
  const std::string_view country = place.substr(0, 2);
  if (region == "eu") return Holds(kUnion, country);
  if (region == "eea") return Holds(kUnion, country) || Holds(kRestOfArea, country) || place == "eu";
  return false;
}

bool FitsAction(std::string_view action, std::string_view pattern) {
  if (!pattern.ends_with(".*")) return action == pattern;
  return action.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool FitsRole(std::string_view role, const std::vector<std::string>& roles) {
  if (role == "both") return Holds(roles, "provider") || Holds(roles, "deployer") || Holds(roles, role);
  return Holds(roles, role);
}

std::string_view TextOf(const core::Json& facts, std::string_view name) {
  const std::string* text = facts.FindString(name);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

bool IsPointer(std::string_view text) {
  if (text.empty() || text.front() != '/' || text.size() > 256) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '_' || c == '-' || c == '~' ||
           (c >= '0' && c <= '9');
  });
}

bool IsPlain(const core::Json& value) {
  if (value.is_bool() || value.is_int()) return true;
  if (value.is_string()) {
    const std::string& text = value.string();
    if (text.size() > 256) return false;
    return core::IsCode(text) || (core::IsDecimal(text) && text.size() <= 32) || IsPointer(text) || FromRfc3339(text);
  }
  return value.is_array() && value.items().size() <= 64 &&
         std::all_of(value.items().begin(), value.items().end(),
                     [](const core::Json& item) { return !item.is_array() && IsPlain(item); });
}

}  // namespace

std::string_view EffectName(Effect effect) { return kEffects[static_cast<std::size_t>(effect)]; }

std::optional<Effect> EffectOf(std::string_view name) {
  const auto found = std::find(kEffects.begin(), kEffects.end(), name);
  if (found == kEffects.end()) return std::nullopt;
  return static_cast<Effect>(found - kEffects.begin());
}

Standing StandingAt(const Rule& rule, absl::Time time) {
  if (rule.status == LegalStatus::kWithdrawn || rule.status == LegalStatus::kRepealed) return Standing::kOut;
  if (rule.in_force_until && time >= *rule.in_force_until) return Standing::kOut;
  const bool law = rule.status == LegalStatus::kInForce || rule.status == LegalStatus::kEnactedFuture;
  if (!law || (rule.in_force_from && time < *rule.in_force_from)) return Standing::kShadow;
  return Standing::kInForce;
}

Context ContextOf(std::string_view call, const core::Json& facts) {
  Context context{.call = call, .stage = TextOf(facts, "stage"), .domain = TextOf(facts, "domain"),
                  .role = TextOf(facts, "tenant_role"), .action = TextOf(facts, "action"), .jurisdictions = {}};
  if (context.stage.empty()) context.stage = "decide";
  if (const core::Json* places = facts.Find("jurisdictions"); places != nullptr && places->is_array()) {
    for (const core::Json& place : places->items()) context.jurisdictions.push_back(place.string());
  }
  return context;
}

bool CanApply(const Scope& scope, const Context& context) {
  if (!scope.calls.empty() && !Holds(scope.calls, context.call)) return false;
  if (!scope.stages.empty() && !Holds(scope.stages, context.stage)) return false;
  if (!scope.domains.empty() && !context.domain.empty() && !Holds(scope.domains, context.domain)) return false;
  if (!scope.roles.empty() && !context.role.empty() && !FitsRole(context.role, scope.roles)) return false;
  if (!scope.actions.empty() && !context.action.empty() &&
      std::none_of(scope.actions.begin(), scope.actions.end(),
                   [&](const std::string& pattern) { return FitsAction(context.action, pattern); })) {
    return false;
  }
  if (scope.jurisdictions.empty() || context.jurisdictions.empty()) return true;
  return std::any_of(context.jurisdictions.begin(), context.jurisdictions.end(), [&](std::string_view place) {
    return std::any_of(scope.jurisdictions.begin(), scope.jurisdictions.end(),
                       [&](const std::string& region) { return LiesIn(place, region); });
  });
}

bool IsPlainParams(const core::Json& params) {
  if (!params.is_object() || params.members().size() > 32 || params.Encode().size() > kMaxParams) return false;
  return std::all_of(params.members().begin(), params.members().end(), [](const core::Json::Member& member) {
    return core::IsMemberName(member.first) && IsPlain(member.second);
  });
}

bool IsDutyType(std::string_view type) {
  return core::IsCode(type) && type != "record_outcome_by" && type != "custom";
}

bool IsInputPath(std::string_view text) {
  if (text.size() > kMaxInputPath) return false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    if (!core::IsMemberName(text.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

std::optional<absl::Duration> DueOf(std::string_view text) {
  if (text.size() < 2 || text.size() > 10) return std::nullopt;
  std::int64_t count = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop != end || count < 0) return std::nullopt;
  absl::Duration unit;
  switch (text.back()) {
    case 'd': unit = absl::Hours(24); break;
    case 'h': unit = absl::Hours(1); break;
    case 'm': unit = absl::Minutes(1); break;
    case 's': unit = absl::Seconds(1); break;
    default: return std::nullopt;
  }
  const absl::Duration due = unit * count;
  if (due > absl::Hours(24) * 3653) return std::nullopt;
  return due;
}

}  // namespace candor::policy
