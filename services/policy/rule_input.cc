#include "services/policy/rule_input.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "services/base/clock.h"
#include "services/policy/words.h"

namespace candor::policy {
namespace {

using core::Json;

// Sections whose members stand at the top of the input.
constexpr std::array<std::string_view, 6> kLifted = {"inputs",  "data_used", "output",
                                                     "reasons", "notice",    "obligations"};
// Those that stand there as a whole.
constexpr std::array<std::string_view, 4> kWhole = {"person", "conversation", "explanation", "oversight"};

bool IsRaw(const Json& value) { return value.is_object() && value.members().size() == 1 && value.FindString("raw"); }

// A member called `x_json` that holds a caller's text is shown as `x`, parsed.
std::string_view ShownName(const Json::Member& member) {
  std::string_view name = member.first;
  if (IsRaw(member.second) && name.ends_with("_json")) name.remove_suffix(5);
  return name;
}

void AppendShown(const Json& value, std::string& out) {
  if (IsRaw(value)) {
    out += *value.FindString("raw");
  } else if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const Json::Member& member : value.members()) {
      if (!first) out += ',';
      first = false;
      core::AppendJsonString(ShownName(member), out);
      out += ':';
      AppendShown(member.second, out);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const Json& item : value.items()) {
      if (!first) out += ',';
      first = false;
      AppendShown(item, out);
    }
    out += ']';
  } else {
    value.AppendTo(out);
  }
}

// The member that is shown by that name, or nothing.
const Json* FindShown(const Json& value, std::string_view name) {
  const std::string text = std::string(name) + "_json";
  if (const Json* raw = value.Find(text); raw != nullptr && IsRaw(*raw)) return raw;
  const Json* found = value.Find(name);
  return found != nullptr && name.ends_with("_json") && IsRaw(*found) ? nullptr : found;
}

// Its holder, with a consent that was withdrawn.
Json WithoutConsent(Json holder) {
  const Json* stated = holder.Find("consent");
  Json consent = stated == nullptr ? Json::Object() : *stated;
  holder.Set("consent", std::move(consent.Set("state", "withdrawn")));
  return holder;
}

// Takes the first name off a path.
std::string_view TakeName(std::string_view& path) {
  const std::size_t end = std::min(path.find('.'), path.size());
  const std::string_view name = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return name;
}

}  // namespace

RuleInput::RuleInput(const Input& input) : input_(input) {
  shown_.Set("call", input.call).Set("time", ToRfc3339(input.time)).Set("time_ns", absl::ToUnixNanos(input.time));
  Json limits = Json::Object();
  if (!input.settings.amount.empty()) limits.Set("amount", input.settings.amount);
  if (!input.settings.currency.empty()) limits.Set("currency", input.settings.currency);
  if (!input.settings.confidence.empty()) limits.Set("confidence", input.settings.confidence);
  shown_.Set("limits", std::move(limits));
  if (input.registry != nullptr) shown_.Set("registry", *input.registry);
  if (input.earlier != nullptr) shown_.Set("earlier", *input.earlier);
  AddSections();
  AddNotices();
  AddStanding();
  shown_.Set("facts", input.facts);
  text_.reserve(4096);
  AppendShown(shown_, text_);
}

RuleInput::~RuleInput() = default;

void RuleInput::AddSections() {
  Json others = Json::Array();
  std::map<std::string, Json> by_number;
  for (const auto& [name, bytes] : input_.sections) {
    auto members = core::ParseCanonical(bytes, core::JsonKind::kSection);
    if (!members.ok()) continue;  // Made by Candor itself: it is canonical.
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) {
      AddSection(name, *members);
    } else if (name.substr(0, dot) == "person" || name.substr(0, dot) == "inputs") {
      Json& other = by_number.try_emplace(name.substr(dot + 1), Json::Object()).first->second;
      for (const Json::Member& member : members->members()) {
        if (member.first != "reference") other.Set(member.first, member.second);
      }
    }
  }
  for (auto& [number, other] : by_number) others.Append(std::move(other));
  if (!others.empty()) shown_.Set("other_persons", std::move(others));
}

void RuleInput::AddSection(const std::string& name, const Json& members) {
  if (Holds(kLifted, name)) {
    for (const Json::Member& member : members.members()) {
      if (member.first == "notices") {
        for (const Json& notice : member.second.items()) notices_.Append(notice);
      } else {
        shown_.Set(member.first, member.second);
      }
    }
  } else if (Holds(kWhole, name)) {
    Json kept = Json::Object();
    for (const Json::Member& member : members.members()) {
      const bool names_someone = member.first == "reference" || member.first == "human_reference";
      if (!names_someone) kept.Set(member.first, member.second);
    }
    shown_.Set(name, std::move(kept));
  }
}

// Those of the request, and those that were recorded of this decision before.
void RuleInput::AddNotices() {
  if (input_.earlier != nullptr) {
    for (const Json& leaf : input_.earlier->items()) {
      const Json* facts = leaf.Find("facts");
      const Json* kinds = facts == nullptr ? nullptr : facts->Find("notices");
      const Json* times = facts == nullptr ? nullptr : facts->Find("notice_times");
      if (kinds == nullptr) continue;
      const bool list = kinds->is_array();
      const std::size_t count = list ? kinds->items().size() : 1;
      for (std::size_t i = 0; i < count; ++i) {
        Json notice = Json::Object();
        notice.Set("kind", list ? kinds->items()[i] : *kinds);
        if (times != nullptr && times->is_array() == list && (!list || i < times->items().size())) {
          notice.Set("deliver_time", list ? times->items()[i] : *times);
        }
        notices_.Append(std::move(notice));
      }
    }
  }
  if (!notices_.empty()) shown_.Set("notices", std::move(notices_));
}

// What the ledger knows of the person's own wishes counts more than what the caller says of them.
void RuleInput::AddStanding() {
  const auto copy = [&](std::string_view name) {
    const Json* shown = shown_.Find(name);
    return shown != nullptr && shown->is_object() ? *shown : Json::Object();
  };
  if (const std::string* objected = input_.facts.FindString("objected")) {
    shown_.Set("person", copy("person").Set("objection", *objected));
  }
  const Json* withdrawn = input_.facts.Find("consent_withdrawn");
  if (withdrawn == nullptr || !withdrawn->is_array()) return;
  for (const Json& of : withdrawn->items()) {
    if (of == Json("person")) shown_.Set("person", WithoutConsent(copy("person")));
  }
  const Json* data = shown_.Find("data_used");
  if (data == nullptr || !data->is_array()) return;
  Json shown = Json::Array();
  for (std::size_t i = 0; i < data->items().size(); ++i) {
    const Json& datum = data->items()[i];
    const Json name("data_used." + std::to_string(i));
    const bool named = std::find(withdrawn->items().begin(), withdrawn->items().end(), name) != withdrawn->items().end();
    shown.Append(named ? WithoutConsent(datum) : datum);
  }
  shown_.Set("data_used", std::move(shown));
}

bool RuleInput::Has(std::string_view path) const {
  const Json* at = &shown_;
  for (std::string_view rest = path; !rest.empty();) {
    if (IsRaw(*at)) return HasInText(path);
    at = FindShown(*at, TakeName(rest));
    if (at == nullptr) return false;
  }
  return true;
}

// The caller's own JSON is read when a rule asks about it, once.
bool RuleInput::HasInText(std::string_view path) const {
  if (tree_ == nullptr) {
    tree_ = std::make_unique<nlohmann::json>(nlohmann::json::parse(text_, nullptr, /*allow_exceptions=*/false));
  }
  const nlohmann::json* at = tree_.get();
  while (!path.empty()) {
    if (!at->is_object()) return false;
    const auto found = at->find(std::string(TakeName(path)));
    if (found == at->end()) return false;
    at = &*found;
  }
  return true;
}

}  // namespace candor::policy
