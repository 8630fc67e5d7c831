#include "services/core/json/json.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "services/base/bytes.h"
#include "services/core/json/limits.h"
#include "services/core/json/plain.h"
#include "services/core/text/grammar.h"

namespace candor::core {
namespace {

bool NameBelow(const Json::Member& member, std::string_view name) {
  return member.first < name;
}

// The two characters that stand for `c`, or nothing: RFC 8785, section 3.2.2.2.
std::string_view ShortEscape(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    case '\f':
      return "\\f";
    case '\r':
      return "\\r";
    default:
      return {};
  }
}

void AppendInteger(std::int64_t value, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out.append(digits, end);
}

absl::Status Refuse(std::string_view what) {
  return absl::InvalidArgumentError(absl::string_view(what.data(), what.size()));
}

absl::Status CheckText(const std::string& text) {
  if (text.find('\0') != std::string::npos) return Refuse("a text has U+0000");
  if (!IsUtf8(text)) return Refuse("a text is not well-formed UTF-8");
  return absl::OkStatus();
}

absl::Status CheckValue(const Json& value, int depth_left) {
  if (value.is_string()) return CheckText(value.string());
  if (value.is_int()) {
    const bool fits = value.integer() >= -kMaxJsonInteger && value.integer() <= kMaxJsonInteger;
    return fits ? absl::OkStatus() : Refuse("an integer is beyond 2^53 - 1");
  }
  if (value.is_bool()) return absl::OkStatus();
  if (depth_left == 0) return Refuse("objects and arrays stand too deep inside one another");
  if (value.is_array()) {
    for (const Json& item : value.items()) {
      if (absl::Status status = CheckValue(item, depth_left - 1); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  for (const auto& [name, item] : value.members()) {
    if (!IsMemberName(name)) return Refuse("a member has a name of another form");
    if (absl::Status status = CheckValue(item, depth_left - 1); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// The names inside the leaf's own `sections` are section names, which may hold a dot.
absl::Status CheckSections(const Json& sections, int depth_left) {
  if (!sections.is_object()) return CheckValue(sections, depth_left);
  for (const auto& [name, item] : sections.members()) {
    if (!IsSectionName(name)) return Refuse("a section has a name of another form");
    if (absl::Status status = CheckValue(item, depth_left - 1); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

Json& Json::Set(std::string name, Json value) {
  auto* members = std::get_if<std::vector<Member>>(&value_);
  CANDOR_CHECK(members != nullptr);
  const auto at = std::lower_bound(members->begin(), members->end(), name, NameBelow);
  if (at != members->end() && at->first == name) {
    at->second = std::move(value);
  } else {
    members->emplace(at, std::move(name), std::move(value));
  }
  return *this;
}

Json& Json::Append(Json value) {
  auto* items = std::get_if<std::vector<Json>>(&value_);
  CANDOR_CHECK(items != nullptr);
  items->push_back(std::move(value));
  return *this;
}

const Json* Json::Find(std::string_view name) const {
  const auto* members = std::get_if<std::vector<Member>>(&value_);
  if (members == nullptr) return nullptr;
  const auto at = std::lower_bound(members->begin(), members->end(), name, NameBelow);
  return at != members->end() && at->first == name ? &at->second : nullptr;
}

const std::string* Json::FindString(std::string_view name) const {
  const Json* member = Find(name);
  return member != nullptr ? std::get_if<std::string>(&member->value_) : nullptr;
}

const std::int64_t* Json::FindInteger(std::string_view name) const {
  const Json* member = Find(name);
  return member != nullptr ? std::get_if<std::int64_t>(&member->value_) : nullptr;
}

bool Json::empty() const {
  if (const auto* items = std::get_if<std::vector<Json>>(&value_)) return items->empty();
  if (const auto* members = std::get_if<std::vector<Member>>(&value_)) return members->empty();
  return false;
}

std::vector<Json::Member> Json::TakeMembers() && {
  auto* members = std::get_if<std::vector<Member>>(&value_);
  CANDOR_CHECK(members != nullptr);
  return std::move(*members);
}

std::string Json::Encode() const {
  std::string out;
  AppendTo(out);
  return out;
}

void Json::AppendTo(std::string& out) const {
  if (const auto* text = std::get_if<std::string>(&value_)) return AppendJsonString(*text, out);
  if (const auto* number = std::get_if<std::int64_t>(&value_)) return AppendInteger(*number, out);
  if (const auto* truth = std::get_if<bool>(&value_)) {
    out += *truth ? "true" : "false";
  } else if (const auto* items = std::get_if<std::vector<Json>>(&value_)) {
    out += '[';
    for (const Json& item : *items) {
      if (&item != &items->front()) out += ',';
      item.AppendTo(out);
    }
    out += ']';
  } else {
    out += '{';
    for (const Member& member : members()) {
      if (&member != &members().front()) out += ',';
      AppendJsonString(member.first, out);
      out += ':';
      member.second.AppendTo(out);
    }
    out += '}';
  }
}

absl::Status CheckCanonical(const Json& value, int max_depth) {
  if (!value.is_object()) return Refuse("not an object");
  return CheckValue(value, max_depth);
}

absl::Status CheckCanonical(const Json& value, JsonKind kind) {
  const int depth = LimitsOf(kind).depth;
  const Json* sections = kind == JsonKind::kLeaf ? value.Find("sections") : nullptr;
  if (sections == nullptr) {
    if (absl::Status status = CheckCanonical(value, depth); !status.ok()) return status;
  } else {
    Json rest = value;
    rest.Set("sections", true);
    if (absl::Status status = CheckCanonical(rest, depth); !status.ok()) return status;
    if (absl::Status status = CheckSections(*sections, depth - 1); !status.ok()) return status;
  }
  if (kind == JsonKind::kSection) return absl::OkStatus();
  const Json* facts = value.Find("facts");
  if (facts != nullptr && facts->is_object() && facts->empty()) return Refuse("empty facts");
  const bool none = sections != nullptr && sections->is_object() && sections->empty();
  return none ? Refuse("empty sections") : absl::OkStatus();
}

absl::StatusOr<std::string> EncodeCanonical(const Json& value, JsonKind kind) {
  if (absl::Status status = CheckCanonical(value, kind); !status.ok()) return status;
  std::string bytes = value.Encode();
  if (bytes.size() > LimitsOf(kind).bytes) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", LimitsOf(kind).bytes, " bytes"));
  }
  return bytes;
}

void AppendJsonString(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    i = PlainUntil(text, i);
    if (i == text.size()) break;
    out.append(text, from, i - from);
    from = i + 1;
    const std::string_view escape = ShortEscape(text[i]);
    out += escape;
    if (!escape.empty()) continue;
    const auto byte = static_cast<unsigned char>(text[i]);
    out += "\\u00";
    out += kHex[byte >> 4];
    out += kHex[byte & 0xf];
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

}  // namespace candor::core
