// JSON values that become requests: built from `path=value`, or from a template whose
// texts name columns of a row in braces.
//
// Pure functions; any thread may call.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace candor::cli {

using JsonValue = google::protobuf::Value;
using JsonObject = google::protobuf::Struct;

// Errors: kFailedPrecondition that names `what` and says where the text is wrong.
absl::StatusOr<JsonObject> ParseObject(const std::string& text, const std::string& what);

// The same text for the same value, whoever asks: members by name, no spaces.
std::string EncodeJson(const JsonValue& value);
std::string EncodeJson(const JsonObject& object);

// Sets the member at `path`, such as `person.reference`; makes the objects on the way. A
// text that is a JSON array or object is taken as one, except where the name ends in
// `_json`. Errors: kFailedPrecondition where a text stands on the way.
absl::Status SetMember(JsonObject& object, std::string_view path, const std::string& text);

// By column, by its text: the word that stands for it.
using Words = std::map<std::string, std::map<std::string, std::string>>;

// The columns that a template names.
std::set<std::string> ColumnsOf(const JsonObject& form);

// The template with every `{column}` replaced. A text that is nothing but one column
// takes its value as it is; members that come out empty are left out. An object under a
// name that ends in `_json` becomes its text, in which decimals are numbers.
JsonObject Fill(const JsonObject& form, const JsonObject& row, const Words& words);

}  // namespace candor::cli
