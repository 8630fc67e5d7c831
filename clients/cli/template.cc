#include "clients/cli/template.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "clients/cli/errors.h"
#include "clients/cli/output.h"
#include "services/core/json/json.h"

namespace candor::cli {
namespace {

using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageToJsonString;

constexpr std::size_t kMostExactDigits = 15;  // Of a number that JSON carries as a double.

bool IsJsonText(std::string_view name) {
  return name.ends_with("_json");
}

JsonValue Text(std::string text) {
  JsonValue value;
  value.set_string_value(std::move(text));
  return value;
}

void AppendJson(const JsonValue& value, std::string& out) {
  if (value.has_struct_value()) {
    out += EncodeJson(value.struct_value());
  } else if (value.has_list_value()) {
    out += '[';
    for (const JsonValue& item : value.list_value().values()) {
      if (out.back() != '[') out += ',';
      AppendJson(item, out);
    }
    out += ']';
  } else if (value.has_string_value()) {
    core::AppendJsonString(value.string_value(), out);
  } else {
    std::string text;
    out += MessageToJsonString(value, &text).ok() ? text : "null";
  }
}

// `-12.5`; not `007`, `1e9` or `+1`.
bool IsNumber(std::string_view text) {
  if (text.empty() || text.size() > kMostExactDigits) return false;
  if (text.front() == '-') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const std::string_view whole = text.substr(0, point);
  return digits(whole) && (whole == "0" || whole.front() != '0') &&
         (point == std::string_view::npos || digits(text.substr(point + 1)));
}

// Calls `text` for what stands outside of braces and `column` for what stands inside.
template <typename OnText, typename OnColumn>
void Walk(std::string_view form, OnText text, OnColumn column) {
  while (!form.empty()) {
    const std::size_t open = form.find('{');
    const std::size_t close =
        open == std::string_view::npos ? std::string_view::npos : form.find('}', open);
    if (close == std::string_view::npos) return text(form);
    if (open > 0) text(form.substr(0, open));
    column(std::string(form.substr(open + 1, close - open - 1)));
    form.remove_prefix(close + 1);
  }
}

void AddColumns(const JsonValue& form, std::set<std::string>& columns) {
  if (form.has_string_value()) {
    Walk(
        form.string_value(), [](std::string_view) {},
        [&](std::string name) { columns.insert(std::move(name)); });
  }
  for (const JsonValue& item : form.list_value().values()) AddColumns(item, columns);
  for (const auto& [name, member] : form.struct_value().fields()) AddColumns(member, columns);
}

class Filler {
 public:
  Filler(const JsonObject& row, const Words& words) : row_(row), words_(words) {}

  std::optional<JsonValue> Of(const JsonValue& form, bool in_json_text) const {
    if (form.has_string_value()) return OfText(form.string_value(), in_json_text);
    JsonValue filled;
    if (form.has_struct_value()) {
      *filled.mutable_struct_value() = OfObject(form.struct_value(), in_json_text);
      if (filled.struct_value().fields().empty()) return std::nullopt;
    } else if (form.has_list_value()) {
      for (const JsonValue& item : form.list_value().values()) {
        if (auto one = Of(item, in_json_text)) {
          *filled.mutable_list_value()->add_values() = *std::move(one);
        }
      }
      if (filled.list_value().values().empty()) return std::nullopt;
    } else {
      filled = form;
    }
    return filled;
  }

  JsonObject OfObject(const JsonObject& form, bool in_json_text) const {
    JsonObject filled;
    for (const auto& [name, member] : form.fields()) {
      const bool becomes_text = !in_json_text && IsJsonText(name) && !member.has_string_value();
      std::optional<JsonValue> value = Of(member, in_json_text || becomes_text);
      if (!value) continue;
      (*filled.mutable_fields())[name] = becomes_text ? Text(EncodeJson(*value)) : *value;
    }
    return filled;
  }

 private:
  std::optional<JsonValue> OfText(const std::string& form, bool in_json_text) const {
    std::string filled;
    std::optional<JsonValue> only;
    int parts = 0;
    Walk(
        form,
        [&](std::string_view text) {
          filled += text;
          ++parts;
        },
        [&](const std::string& name) {
          only = ValueOf(name);
          if (only) filled += only->has_string_value() ? only->string_value() : EncodeJson(*only);
          ++parts;
        });
    if (parts == 1 && only && !only->has_string_value()) return only;
    if (filled.empty()) return std::nullopt;
    double number = 0;
    if (parts == 1 && only && in_json_text && IsNumber(filled) &&
        absl::SimpleAtod(filled, &number)) {
      JsonValue value;
      value.set_number_value(number);
      return value;
    }
    return Text(std::move(filled));
  }

  // Nothing where the row has no such value, or it is null.
  std::optional<JsonValue> ValueOf(const std::string& name) const {
    const auto at = row_.fields().find(name);
    if (at == row_.fields().end() || at->second.has_null_value()) return std::nullopt;
    const auto column = words_.find(name);
    if (column == words_.end()) return at->second;
    const JsonValue& value = at->second;
    const auto word = column->second.find(value.has_string_value() ? value.string_value()
                                                                   : EncodeJson(value));
    return word == column->second.end() ? value : Text(word->second);
  }

  const JsonObject& row_;
  const Words& words_;
};

}  // namespace

absl::StatusOr<JsonObject> ParseObject(const std::string& text, const std::string& what) {
  JsonObject object;
  const auto status = JsonStringToMessage(text, &object);
  if (status.ok()) return object;
  return Unusable(what + ": is not a JSON object: " + Printable(std::string(status.message())),
                  "correct it there");
}

std::string EncodeJson(const JsonValue& value) {
  std::string text;
  AppendJson(value, text);
  return text;
}

std::string EncodeJson(const JsonObject& object) {
  const std::map<std::string, JsonValue> sorted(object.fields().begin(), object.fields().end());
  std::string text = "{";
  for (const auto& [name, value] : sorted) {
    if (text.size() > 1) text += ',';
    core::AppendJsonString(name, text);
    text += ':';
    AppendJson(value, text);
  }
  return text + "}";
}

absl::Status SetMember(JsonObject& object, std::string_view path, const std::string& text) {
  JsonObject* at = &object;
  std::string_view rest = path;
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    JsonValue& next = (*at->mutable_fields())[std::string(rest.substr(0, dot))];
    if (next.kind_case() != JsonValue::KIND_NOT_SET && !next.has_struct_value()) {
      return Unusable(Printable(path) + ": `" + Printable(rest.substr(0, dot)) +
                          "` holds a value already",
                      "set either it or its fields");
    }
    at = next.mutable_struct_value();
    rest.remove_prefix(dot + 1);
  }
  JsonValue& value = (*at->mutable_fields())[std::string(rest)];
  const bool may_nest = !IsJsonText(rest) && (text.starts_with('[') || text.starts_with('{'));
  if (!may_nest || !JsonStringToMessage(text, &value).ok()) value.set_string_value(text);
  return absl::OkStatus();
}

std::set<std::string> ColumnsOf(const JsonObject& form) {
  std::set<std::string> columns;
  for (const auto& [name, member] : form.fields()) AddColumns(member, columns);
  return columns;
}

JsonObject Fill(const JsonObject& form, const JsonObject& row, const Words& words) {
  return Filler(row, words).OfObject(form, /*in_json_text=*/false);
}

}  // namespace candor::cli
