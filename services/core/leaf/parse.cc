// From canonical bytes back to a leaf.
#include "absl/strings/str_cat.h"
#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/core/text/grammar.h"

namespace candor::core {
namespace {

// Takes the members of one object one by one, by name; what is left over is not of the
// format.
class Members {
 public:
  Members(std::string path, Json object)
      : path_(std::move(path)), members_(std::move(object).TakeMembers()) {}

  absl::Status Malformed(const char* name, const char* rule) const {
    return absl::InvalidArgumentError(absl::StrCat(path_, name, ": ", rule));
  }

  // Nothing if there is no such member.
  std::optional<Json> Take(std::string_view name) {
    for (Json::Member& member : members_) {
      if (member.first != name) continue;
      ++taken_;
      return std::move(member.second);
    }
    return std::nullopt;
  }

  absl::StatusOr<std::string> TakeText(const char* name) {
    std::optional<Json> value = Take(name);
    if (!value) return Malformed(name, "missing");
    if (!value->is_string()) return Malformed(name, "not a text");
    return value->string();
  }

  absl::StatusOr<std::optional<Uuid>> TakeOptionalId(const char* name) {
    const std::optional<Json> value = Take(name);
    if (!value) return std::optional<Uuid>();
    std::optional<Uuid> id;
    if (value->is_string()) id = Uuid::FromText(value->string());
    if (!id) return Malformed(name, "not a UUID");
    return id;
  }

  absl::StatusOr<Uuid> TakeId(const char* name) {
    CANDOR_ASSIGN_OR_RETURN(const std::optional<Uuid> id, TakeOptionalId(name));
    if (!id) return Malformed(name, "missing");
    return *id;
  }

  absl::StatusOr<Json> TakeObject(const char* name) {
    std::optional<Json> value = Take(name);
    if (!value) return Malformed(name, "missing");
    if (!value->is_object()) return Malformed(name, "not an object");
    return *std::move(value);
  }

  absl::Status CheckAllTaken() const {
    if (taken_ == members_.size()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(path_, "a member that the format has not"));
  }

 private:
  std::string path_;
  std::vector<Json::Member> members_;
  std::size_t taken_ = 0;
};

absl::Status ReadCaller(Members& leaf_members, Leaf& leaf) {
  CANDOR_ASSIGN_OR_RETURN(Json object, leaf_members.TakeObject("caller"));
  Members members("caller.", std::move(object));
  CANDOR_ASSIGN_OR_RETURN(leaf.caller_kind, members.TakeText("kind"));
  if (leaf.caller_kind != "human") {
    CANDOR_ASSIGN_OR_RETURN(leaf.caller_id, members.TakeText("id"));
  }
  return members.CheckAllTaken();
}

absl::Status ReadMarks(Members& leaf_members, Leaf& leaf) {
  const std::optional<Json> marks = leaf_members.Take("marks");
  if (!marks) return absl::OkStatus();
  if (!marks->is_array()) return leaf_members.Malformed("marks", "not an array");
  if (marks->empty()) return leaf_members.Malformed("marks", "empty");
  for (const Json& mark : marks->items()) {
    if (!mark.is_string()) return leaf_members.Malformed("marks", "not a text");
    leaf.marks.push_back(mark.string());
  }
  return absl::OkStatus();
}

absl::Status ReadProducer(Members& leaf_members, Leaf& leaf) {
  std::optional<Json> object = leaf_members.Take("producer");
  if (!object) return absl::OkStatus();
  if (!object->is_object()) return leaf_members.Malformed("producer", "not an object");
  Members members("producer.", *std::move(object));
  Producer& producer = leaf.producer.emplace();
  CANDOR_ASSIGN_OR_RETURN(producer.epoch, members.TakeId("epoch"));
  CANDOR_ASSIGN_OR_RETURN(producer.id, members.TakeText("id"));
  const std::optional<Json> seq = members.Take("seq");
  if (!seq || !seq->is_int() || seq->integer() < 1) return members.Malformed("seq", "not from 1");
  producer.seq = static_cast<std::uint64_t>(seq->integer());
  return members.CheckAllTaken();
}

absl::Status ReadSections(Members& leaf_members, Leaf& leaf) {
  std::optional<Json> sections = leaf_members.Take("sections");
  if (!sections) return absl::OkStatus();
  if (!sections->is_object()) return leaf_members.Malformed("sections", "not an object");
  for (auto& [name, section] : std::move(*sections).TakeMembers()) {
    const std::string* text = section.FindString("c");
    const bool alone = text != nullptr && section.members().size() == 1;
    const std::optional<Digest> commitment = alone ? Digest::FromBase64(*text) : std::nullopt;
    if (!commitment) return leaf_members.Malformed("sections", "not one commitment each");
    leaf.sections.emplace_back(name, *commitment);
  }
  return absl::OkStatus();
}

absl::Status ReadTime(Members& members, Leaf& leaf) {
  CANDOR_ASSIGN_OR_RETURN(const std::string text, members.TakeText("time"));
  const std::optional<absl::Time> time = FromRfc3339(text);
  if (!time) return members.Malformed("time", "not a time with microseconds");
  leaf.time = *time;
  return absl::OkStatus();
}

absl::StatusOr<Leaf> ReadLeaf(Members& members) {
  Leaf leaf;
  CANDOR_ASSIGN_OR_RETURN(leaf.amends, members.TakeOptionalId("amends"));
  CANDOR_RETURN_IF_ERROR(ReadCaller(members, leaf));
  CANDOR_ASSIGN_OR_RETURN(leaf.decision, members.TakeOptionalId("decision"));
  if (std::optional<Json> facts = members.Take("facts")) leaf.facts = *std::move(facts);
  CANDOR_ASSIGN_OR_RETURN(leaf.id, members.TakeId("id"));
  CANDOR_ASSIGN_OR_RETURN(leaf.ledger, members.TakeText("ledger"));
  CANDOR_RETURN_IF_ERROR(ReadMarks(members, leaf));
  CANDOR_RETURN_IF_ERROR(ReadProducer(members, leaf));
  CANDOR_ASSIGN_OR_RETURN(leaf.request, members.TakeId("request"));
  CANDOR_RETURN_IF_ERROR(ReadSections(members, leaf));
  CANDOR_RETURN_IF_ERROR(ReadTime(members, leaf));
  CANDOR_ASSIGN_OR_RETURN(leaf.type, members.TakeText("type"));
  const std::optional<Json> version = members.Take("v");
  if (!version || !version->is_int() || version->integer() != 1) {
    return members.Malformed("v", "not 1");
  }
  CANDOR_RETURN_IF_ERROR(members.CheckAllTaken());
  return leaf;
}

}  // namespace

absl::StatusOr<Leaf> ParseLeaf(std::string_view bytes) {
  CANDOR_ASSIGN_OR_RETURN(Json object, ParseCanonical(bytes, JsonKind::kLeaf));
  Members members("", std::move(object));
  CANDOR_ASSIGN_OR_RETURN(Leaf leaf, ReadLeaf(members));
  CANDOR_RETURN_IF_ERROR(CheckLeaf(leaf));
  return leaf;
}

}  // namespace candor::core
