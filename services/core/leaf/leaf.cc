#include "services/core/leaf/leaf.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/bytes.h"
#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

constexpr std::string_view kMarksBegin = ",\"marks\":[";

absl::Status Malformed(const char* member, const char* rule) {
  return absl::InvalidArgumentError(absl::StrCat(member, ": ", rule));
}

bool IsCallerChosen(const Uuid& id) {
  return id.version() == 4 || id.version() == 7;
}

bool HasVariant(const Uuid& id) {
  return (id.bytes[8] & 0xc0) == 0x80;
}

absl::Status CheckId(const char* member, const Uuid& id, bool good_version) {
  if (good_version && HasVariant(id)) return absl::OkStatus();
  return Malformed(member, "not a UUID of the version that stands here");
}

absl::Status CheckCaller(const Leaf& leaf) {
  const bool human = leaf.caller_kind == "human";
  if (!human && leaf.caller_kind != "component" && leaf.caller_kind != "service") {
    return Malformed("caller.kind", "not component, service or human");
  }
  if (human && !leaf.caller_id.empty()) return Malformed("caller.id", "stands for a human");
  if (!human && !IsCodeOrId(leaf.caller_id)) return Malformed("caller.id", "not a code or id");
  return absl::OkStatus();
}

absl::Status CheckProducer(const Producer& producer) {
  if (!IsCodeOrId(producer.id)) return Malformed("producer.id", "not a code or id");
  CANDOR_RETURN_IF_ERROR(CheckId("producer.epoch", producer.epoch, IsCallerChosen(producer.epoch)));
  const bool counts = producer.seq >= 1 && producer.seq <= std::uint64_t{kMaxJsonInteger};
  return counts ? absl::OkStatus() : Malformed("producer.seq", "not from 1 to 2^53 - 1");
}

absl::Status CheckMarks(const std::vector<std::string>& marks) {
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (!IsCode(marks[i])) return Malformed("marks", "not a code");
    if (i > 0 && marks[i] <= marks[i - 1]) return Malformed("marks", "not sorted, or one twice");
  }
  return absl::OkStatus();
}

absl::Status CheckTime(absl::Time time) {
  static const absl::Time kFirst = *FromRfc3339("0001-01-01T00:00:00.000000Z");
  static const absl::Time kLast = *FromRfc3339("9999-12-31T23:59:59.999999Z");
  const bool good = time >= kFirst && time < kLast + absl::Microseconds(1);
  return good ? absl::OkStatus() : Malformed("time", "not in the years 0001 to 9999");
}

// Everything but time and marks.
absl::Status CheckRest(const Leaf& leaf) {
  if (leaf.amends)
    CANDOR_RETURN_IF_ERROR(CheckId("amends", *leaf.amends, leaf.amends->version() == 7));
  CANDOR_RETURN_IF_ERROR(CheckCaller(leaf));
  if (leaf.decision) {
    CANDOR_RETURN_IF_ERROR(CheckId("decision", *leaf.decision, leaf.decision->version() == 7));
  }
  CANDOR_RETURN_IF_ERROR(CheckCanonical(leaf.facts, kMaxLeafDepth - 1));
  CANDOR_RETURN_IF_ERROR(CheckId("id", leaf.id, leaf.id.version() == 7));
  if (!IsOrigin(leaf.ledger)) return Malformed("ledger", "not an origin");
  if (leaf.producer) CANDOR_RETURN_IF_ERROR(CheckProducer(*leaf.producer));
  const bool good_request = IsCallerChosen(leaf.request) || leaf.request.version() == 8;
  CANDOR_RETURN_IF_ERROR(CheckId("request", leaf.request, good_request));
  for (const auto& [name, commitment] : leaf.sections) {
    if (!IsSectionName(name)) return Malformed("sections", "a name of another form");
  }
  return IsCodeOrId(leaf.type) ? absl::OkStatus() : Malformed("type", "not a code or id");
}

void AppendQuoted(std::string_view name, std::string_view text, std::string& out) {
  absl::StrAppend(&out, "\"", absl::string_view(name.data(), name.size()), "\":\"",
                  absl::string_view(text.data(), text.size()), "\"");
}

void AppendProducer(const Producer& producer, std::string& out) {
  out += ",\"producer\":{";
  AppendQuoted("epoch", producer.epoch.ToText(), out);
  out += ',';
  AppendQuoted("id", producer.id, out);
  absl::StrAppend(&out, ",\"seq\":", producer.seq, "}");
}

// False if a name stands twice.
bool AppendSections(const std::vector<std::pair<std::string, Digest>>& sections, std::string& out) {
  std::vector<const std::pair<std::string, Digest>*> sorted;
  for (const auto& section : sections) sorted.push_back(&section);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  const auto same = [](auto* a, auto* b) { return a->first == b->first; };
  if (std::adjacent_find(sorted.begin(), sorted.end(), same) != sorted.end()) return false;

  out += ",\"sections\":";
  char before = '{';
  for (const auto* section : sorted) {
    out += before;
    out += '"';
    out += section->first;
    out += "\":{\"c\":\"";
    AppendBase64(section->second.view(), out);
    out += "\"}";
    before = ',';
  }
  out += '}';
  return true;
}

std::string HeadOf(const Leaf& leaf) {
  std::string out = "{";
  if (leaf.amends) {
    AppendQuoted("amends", leaf.amends->ToText(), out);
    out += ',';
  }
  out += "\"caller\":{";
  if (!leaf.caller_id.empty()) {
    AppendQuoted("id", leaf.caller_id, out);
    out += ',';
  }
  AppendQuoted("kind", leaf.caller_kind, out);
  out += "},";
  if (leaf.decision) {
    AppendQuoted("decision", leaf.decision->ToText(), out);
    out += ',';
  }
  if (!leaf.facts.empty()) {
    out += "\"facts\":";
    leaf.facts.AppendTo(out);
    out += ',';
  }
  AppendQuoted("id", leaf.id.ToText(), out);
  out += ',';
  AppendQuoted("ledger", leaf.ledger, out);
  return out;
}

std::size_t MarksBytes(const std::vector<std::string>& marks) {
  std::size_t bytes = kMarksBegin.size() + 1;
  for (const std::string& mark : marks) bytes += mark.size() + 3;
  return bytes;
}

void AppendMarks(const std::vector<std::string>& marks, std::string& out) {
  if (marks.empty()) return;
  out += kMarksBegin;
  for (const std::string& mark : marks) {
    if (&mark != &marks.front()) out += ',';
    out += '"';
    out += mark;
    out += '"';
  }
  out += ']';
}

}  // namespace

// The three parts between which marks and time stand; the one place where the order of
// the members is written down.
struct LeafParts {
  std::string head;
  std::string middle;
  std::string tail;

  static absl::StatusOr<LeafParts> Of(const Leaf& leaf) {
    CANDOR_RETURN_IF_ERROR(CheckRest(leaf));
    LeafParts parts;
    parts.head = HeadOf(leaf);
    if (leaf.producer) AppendProducer(*leaf.producer, parts.middle);
    parts.middle += ',';
    AppendQuoted("request", leaf.request.ToText(), parts.middle);
    if (!leaf.sections.empty() && !AppendSections(leaf.sections, parts.middle)) {
      return Malformed("sections", "one name twice");
    }
    parts.middle += ",\"time\":\"";
    parts.tail = "\",";
    AppendQuoted("type", leaf.type, parts.tail);
    parts.tail += ",\"v\":1}";
    return parts;
  }

  std::string Join(absl::Time time, const std::vector<std::string>& marks) const {
    const std::string moment = ToRfc3339(time);
    std::string out;
    out.reserve(head.size() + MarksBytes(marks) + middle.size() + moment.size() + tail.size());
    out += head;
    AppendMarks(marks, out);
    out += middle;
    out += moment;
    out += tail;
    return out;
  }
};

absl::Status CheckLeaf(const Leaf& leaf) {
  CANDOR_RETURN_IF_ERROR(CheckRest(leaf));
  CANDOR_RETURN_IF_ERROR(CheckTime(leaf.time));
  return CheckMarks(leaf.marks);
}

absl::StatusOr<std::string> EncodeLeaf(const Leaf& leaf) {
  CANDOR_ASSIGN_OR_RETURN(const LeafParts parts, LeafParts::Of(leaf));
  CANDOR_RETURN_IF_ERROR(CheckTime(leaf.time));
  CANDOR_RETURN_IF_ERROR(CheckMarks(leaf.marks));
  std::string bytes = parts.Join(leaf.time, leaf.marks);
  if (bytes.size() > kMaxLeafBytes) return Malformed("leaf", "more than 65,535 bytes");
  return bytes;
}

UnfinishedLeaf::UnfinishedLeaf(LeafParts parts, const Leaf& leaf)
    : parts_(std::make_shared<const LeafParts>(std::move(parts))),
      id_(leaf.id),
      request_(leaf.request) {}

absl::StatusOr<UnfinishedLeaf> UnfinishedLeaf::Make(const Leaf& leaf) {
  CANDOR_ASSIGN_OR_RETURN(LeafParts parts, LeafParts::Of(leaf));
  UnfinishedLeaf unfinished(std::move(parts), leaf);
  if (unfinished.size_bound() > kMaxLeafBytes) {
    return Malformed("leaf", "more than 65,535 bytes with its time and marks");
  }
  return unfinished;
}

std::string UnfinishedLeaf::Finish(absl::Time time,
                                   const std::vector<std::string>& sorted_marks) const {
  CANDOR_CHECK(CheckMarks(sorted_marks).ok() && MarksBytes(sorted_marks) <= kMarksRoom);
  return parts_->Join(time, sorted_marks);
}

std::size_t UnfinishedLeaf::size_bound() const {
  constexpr std::size_t kTimeBytes = 27;
  return parts_->head.size() + parts_->middle.size() + parts_->tail.size() + kTimeBytes +
         kMarksRoom;
}

Uuid DerivedRequest(std::string_view type, const Uuid& after_leaf) {
  const Digest digest = crypto::Sha256(
      {AsBytes("candor/derived/v1\n"), AsBytes(type), AsBytes("\n"), AsBytes(after_leaf.ToText())});
  return Uuid::MakeV8(std::span(digest.bytes).first<16>());
}

}  // namespace candor::core
