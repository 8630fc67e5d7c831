#include "services/policy/changes.h"

#include <nlohmann/json.hpp>

#include <optional>

#include "services/base/status.h"
#include "services/core/json/json.h"
#include "services/domain/registered.h"

namespace candor::policy {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxAllSections = 1024 * 1024;

absl::Status NotThere(std::string_view what) {
  return absl::FailedPreconditionError(std::string("a change ").append(what));
}

// Sets or takes away one member, or sets one item of a list.
absl::Status Make(const Change& change, json& document) {
  const json::json_pointer pointer(change.path.substr(std::string_view("/inputs").size()));
  const std::string name = pointer.back();
  const json::json_pointer above = pointer.parent_pointer();
  if (!document.contains(above)) return NotThere("is below a place that is not there");
  json& parent = document[above];
  if (parent.is_array()) {
    if (change.value.empty()) return NotThere("takes an item off a list");
    if (!document.contains(pointer)) return NotThere("is of an item that is not there");
  } else if (!parent.is_object() || (change.value.empty() && !parent.contains(name))) {
    return NotThere("is of a member that is not there");
  }
  if (change.value.empty()) {
    parent.erase(name);
  } else {
    document[pointer] = json::parse(change.value);
  }
  return absl::OkStatus();
}

// Escapes as in RFC 6901; no list has an item of more than 9 digits.
bool IsPointer(std::string_view path) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '~' && (i + 1 == path.size() || (path[i + 1] != '0' && path[i + 1] != '1'))) return false;
    digits = path[i] >= '0' && path[i] <= '9' ? digits + 1 : 0;
    if (digits > 9) return false;
  }
  return true;
}

core::Json Raw(std::string text) {
  core::Json raw = core::Json::Object();
  raw.Set("raw", std::move(text));
  return raw;
}

// What the caller sent as `inputs_json`, or nothing.
std::optional<std::string> InputsOf(const Input& input) {
  const auto section = input.sections.find("inputs");
  if (section == input.sections.end()) return std::nullopt;
  const auto members = core::ParseCanonical(section->second, core::JsonKind::kSection);
  const core::Json* inputs = members.ok() ? members->Find("inputs_json") : nullptr;
  const std::string* raw = inputs == nullptr ? nullptr : inputs->FindString("raw");
  return raw == nullptr ? std::nullopt : std::optional(*raw);
}

}  // namespace

absl::StatusOr<std::string> MakeChanges(const Input& input, const std::vector<Change>& changes) {
  core::Json section = core::Json::Object(), list = core::Json::Array();
  const std::optional<std::string> text = InputsOf(input);
  json document = text ? json::parse(*text, nullptr, /*allow_exceptions=*/false) : json();
  bool changed = false;
  for (const Change& change : changes) {
    core::Json one = core::Json::Object();
    one.Set("path", change.path);
    if (!change.value.empty()) one.Set("value", Raw(change.value));
    list.Append(std::move(one));
    if (change.path == "/action/amount") {
      if (domain::FactText(input.facts, "amount").empty()) return NotThere("is of an amount that was not given");
      section.Set("amount", json::parse(change.value).get<std::string>());
      continue;
    }
    if (!IsPointer(change.path)) return NotThere("is no JSON Pointer");
    CANDOR_RETURN_IF_ERROR(Make(change, document));
    changed = true;
  }
  section.Set("changes", std::move(list));
  if (changed) section.Set("inputs", Raw(document.dump()));
  CANDOR_ASSIGN_OR_RETURN(std::string bytes, core::EncodeCanonical(section, core::JsonKind::kSection));
  std::size_t total = bytes.size();
  for (const auto& [_, other] : input.sections) total += other.size();
  if (total > kMaxAllSections) return NotThere("does not fit beside the other sections");
  return bytes;
}

}  // namespace candor::policy
