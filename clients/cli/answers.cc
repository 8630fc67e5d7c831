#include "clients/cli/answers.h"

#include <google/protobuf/util/json_util.h>

#include <filesystem>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "services/base/clock.h"
#include "services/base/id.h"
#include "services/core/json/json.h"
#include "services/core/text/lines.h"
#include "services/core/tlog/proof.h"

namespace candor::cli {
namespace {

// `VERDICT_` of VERDICT_UNSPECIFIED: what every enumerator of the type begins with.
std::string PrefixOf(const google::protobuf::EnumDescriptor& type) {
  const std::string zero = type.value(0)->name();
  const std::size_t at = zero.rfind("UNSPECIFIED");
  return at == std::string::npos ? std::string() : zero.substr(0, at);
}

// The field that protobuf names: `(actor): invalid value …`, `(actor) sytem: Cannot find
// field.`, or without the first part at the top.
std::optional<FieldProblem> ProblemIn(const std::string& what) {
  constexpr std::string_view kUnknown = ": Cannot find field.";
  const std::size_t end = what.starts_with('(') ? what.find(')') : std::string::npos;
  const std::string path = end == std::string::npos ? "" : what.substr(1, end - 1);
  const std::string rest = end == std::string::npos ? what : what.substr(end + 1);
  if (rest.ends_with(kUnknown)) {
    const std::size_t begin = rest.starts_with(' ') ? 1 : 0;
    const std::string name = rest.substr(begin, rest.size() - begin - kUnknown.size());
    return FieldProblem{path + (path.empty() ? "" : ".") + name,
                        "there is no such field, or it takes no object"};
  }
  if (path.empty() || !rest.starts_with(": ")) return std::nullopt;
  return FieldProblem{path, rest.substr(2)};
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  return status.ok() ? text : std::string("{}");
}

absl::Status FromJson(const std::string& text, google::protobuf::Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
  if (status.ok()) return absl::OkStatus();
  const std::string next = "write it as the JSON form of " + message.GetDescriptor()->full_name();
  const std::string what(status.message());
  const std::optional<FieldProblem> problem = ProblemIn(what);
  if (!problem) return Unusable("the request cannot be read: " + Printable(what), next);
  return OfField(Unusable("the request cannot be read", next), *problem);
}

std::string ToText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return {};
  return ToRfc3339(absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()));
}

absl::Status FromText(const std::string& text, const std::string& flag, google::protobuf::Timestamp& time) {
  absl::Time parsed;
  std::string ignored;
  if (!absl::ParseTime(absl::RFC3339_full, text, &parsed, &ignored)) {
    return Unusable(flag + ": is not a time", "write it like 2027-01-31T00:00:00Z");
  }
  time.set_seconds(absl::ToUnixSeconds(parsed));
  return absl::OkStatus();
}

std::string WordOf(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* const value = type.FindValueByNumber(number);
  if (value == nullptr) return std::to_string(number);
  return absl::AsciiStrToLower(value->name().substr(PrefixOf(type).size()));
}

absl::StatusOr<int> NumberOf(const google::protobuf::EnumDescriptor& type, const std::string& word,
                             const std::string& flag) {
  std::string words;
  for (int i = 1; i < type.value_count(); ++i) {
    const std::string known = WordOf(type, type.value(i)->number());
    if (known == word) return type.value(i)->number();
    words += (words.empty() ? "" : ", ") + known;
  }
  return Unusable(flag + ": there is no `" + Printable(word) + "`", "choose one of: " + words);
}

LeafSummary SummaryOf(const std::string& leaf) {
  const absl::StatusOr<core::Json> json = core::ParseCanonical(leaf, core::JsonKind::kLeaf);
  if (!json.ok()) return {};
  const auto text = [&](const char* name) {
    const std::string* const value = json->FindString(name);
    return value == nullptr ? std::string() : Printable(*value);
  };
  return {.id = text("id"), .request = text("request"), .type = text("type"), .time = text("time")};
}

std::string ToText(const v1::Receipt& receipt) {
  std::string text = "position " + std::to_string(receipt.position());
  const absl::StatusOr<core::Proof> proof = core::ParseProof(receipt.proof());
  if (!proof.ok()) return text;
  std::string_view note = proof->checkpoint;
  const auto origin = core::TakeLine(note), size = core::TakeLine(note);
  if (!origin || !size) return text;
  return text + " under checkpoint " + std::string(*size) + " of " + Printable(*origin);
}

absl::StatusOr<std::string> SaveReceipt(const v1::Receipt& receipt, const std::string& folder) {
  const LeafSummary leaf = SummaryOf(receipt.leaf());
  // The id becomes a name of a file: nothing but a UUID may.
  if (!Uuid::FromText(leaf.id)) {
    return Unusable("the server sent a leaf without an id",
                    "do not rely on this receipt; run `candor verify server`");
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string stem = (std::filesystem::path(folder) / leaf.id).string();
  CANDOR_RETURN_IF_ERROR(WriteFile(stem + ".leaf.json", receipt.leaf()));
  CANDOR_RETURN_IF_ERROR(WriteFile(stem + ".tlog-proof", receipt.proof()));
  return stem;
}

}  // namespace candor::cli
