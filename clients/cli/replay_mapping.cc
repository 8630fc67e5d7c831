#include "clients/cli/replay_mapping.h"

#include <algorithm>

#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/output.h"
#include "services/base/id.h"
#include "services/crypto/sha256.h"

namespace candor::cli {
namespace {

// What every row has besides its columns.
constexpr const char* kRow = "@row";
constexpr const char* kEpoch = "@epoch";

// The member that is an object; nothing where it is missing.
absl::StatusOr<JsonObject> ObjectIn(const JsonObject& mapping, const std::string& name,
                                    const std::string& path) {
  const auto at = mapping.fields().find(name);
  if (at == mapping.fields().end()) return JsonObject();
  if (at->second.has_struct_value()) return at->second.struct_value();
  return Unusable(path + ": `" + name + "` is not an object", "see examples/replay");
}

absl::StatusOr<Words> WordsIn(const JsonObject& object, const std::string& path) {
  Words words;
  for (const auto& [column, list] : object.fields()) {
    if (!list.has_struct_value()) {
      return Unusable(path + ": words." + Printable(column) + ": is not an object",
                      "write it as {\"text\": \"word\"}");
    }
    for (const auto& [text, word] : list.struct_value().fields()) {
      words[column][text] = word.has_string_value() ? word.string_value() : EncodeJson(word);
    }
  }
  return words;
}

absl::Status CheckColumns(const std::set<std::string>& named, const std::vector<std::string>& known,
                          const std::string& path) {
  for (const std::string& name : named) {
    if (name == kRow || name == kEpoch) continue;
    if (known.empty() || std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string list;
    for (const std::string& column : known) list += (list.empty() ? "" : ", ") + Printable(column);
    return Unusable(path + ": the file has no column `" + Printable(name) + "`",
                    "use one of: " + list);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Mapping> Mapping::Read(const std::string& path,
                                      const std::vector<std::string>& columns) {
  Mapping mapping;
  CANDOR_ASSIGN_OR_RETURN(mapping.text_, ReadFile(path, 1 << 20));
  CANDOR_ASSIGN_OR_RETURN(const JsonObject object, ParseObject(mapping.text_, path));
  for (const auto& [name, member] : object.fields()) {
    if (name != "words" && name != "authorize" && name != "record") {
      return Unusable(path + ": there is no member `" + Printable(name) + "`",
                      "use words, authorize and record; see examples/replay");
    }
  }
  CANDOR_ASSIGN_OR_RETURN(const JsonObject words, ObjectIn(object, "words", path));
  CANDOR_ASSIGN_OR_RETURN(mapping.words_, WordsIn(words, path));
  CANDOR_ASSIGN_OR_RETURN(mapping.authorize_, ObjectIn(object, "authorize", path));
  CANDOR_ASSIGN_OR_RETURN(mapping.record_, ObjectIn(object, "record", path));
  if (mapping.authorize_.fields().empty()) {
    return Unusable(path + ": has no `authorize`", "see examples/replay");
  }
  std::set<std::string> named = ColumnsOf(mapping.authorize_);
  named.merge(ColumnsOf(mapping.record_));
  for (const auto& [column, list] : mapping.words_) named.insert(column);
  CANDOR_RETURN_IF_ERROR(CheckColumns(named, columns, path));
  return mapping;
}

void Mapping::NameRequests(const Digest& file, const std::string& run) {
  name_ = crypto::Sha256({AsBytes("candor/replay/v1\n"), file.view(),
                          crypto::Sha256(AsBytes(text_)).view(), AsBytes(run)});
}

JsonObject Mapping::Filled(const JsonObject& form, const Row& row) const {
  JsonObject values = row.values;
  (*values.mutable_fields())[kRow].set_string_value(std::to_string(row.number));
  (*values.mutable_fields())[kEpoch].set_string_value(IdOf("epoch", 0));
  return Fill(form, values, words_);
}

std::string Mapping::IdOf(std::string_view call, std::uint64_t row) const {
  const Digest digest = crypto::Sha256(
      {name_.view(), AsBytes(call), AsBytes("\n"), AsBytes(std::to_string(row))});
  Uuid id;
  std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
  // The version that callers choose bytes for.
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id.ToText();
}

absl::StatusOr<v1::AuthorizeRequest> Mapping::Authorize(const Row& row) const {
  v1::AuthorizeRequest request;
  CANDOR_RETURN_IF_ERROR(FromJson(EncodeJson(Filled(authorize_, row)), request));
  request.set_request_id(IdOf("authorize", row.number));
  return request;
}

absl::StatusOr<std::optional<v1::RecordRequest>> Mapping::Record(const Row& row) const {
  if (record_.fields().empty()) return std::nullopt;
  v1::RecordRequest request;
  CANDOR_RETURN_IF_ERROR(FromJson(EncodeJson(Filled(record_, row)), request));
  if (request.outcome().code().empty()) return std::nullopt;
  request.set_request_id(IdOf("record", row.number));
  return request;
}

}  // namespace candor::cli
