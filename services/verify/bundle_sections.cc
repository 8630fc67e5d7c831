#include "services/verify/bundle_sections.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/core/commit/section.h"
#include "services/core/json/limits.h"

namespace candor::verify {
namespace {

constexpr core::JsonLimits kLineLimits{.bytes = 1 << 20, .depth = 3};
constexpr std::array<std::string_view, 4> kReasons = {"erased", "other_person", "privileged", "not_in_scope"};
constexpr const char* kNotOfTheForm = "is not of the form of such a line";

const std::string* Text(const core::Json& line, std::string_view name) { return line.FindString(name); }

std::optional<Digest> DigestOf(const core::Json& json, std::string_view name) {
  const std::string* text = json.FindString(name);
  return text == nullptr ? std::nullopt : Digest::FromBase64(*text);
}

}  // namespace

absl::Status BundleSections::Cursor::Peek() {
  if (peeked || at_end) return absl::OkStatus();
  const auto next = lines.Next();
  if (absl::IsInvalidArgument(next.status())) {
    wrong = std::string(next.status().message());
    at_end = true;
    return absl::OkStatus();
  }
  CANDOR_RETURN_IF_ERROR(next.status());
  if (!*next) {
    at_end = true;
    return absl::OkStatus();
  }
  absl::StatusOr<core::Json> read = core::ParseCanonical(**next, kLineLimits);
  if (!read.ok()) {
    wrong = absl::StrCat("is not canonical JSON: ", read.status().message());
    at_end = true;
    return absl::OkStatus();
  }
  line = *std::move(read);
  peeked = true;
  return absl::OkStatus();
}

bool BundleSections::Cursor::IsOf(const std::string& leaf_id) const {
  const std::string* id = peeked ? Text(*line, "leaf") : nullptr;
  return id != nullptr && *id == leaf_id;
}

void BundleSections::Add(const Cursor& cursor, std::optional<std::uint64_t> position, std::string what) {
  findings_.Add({.table = cursor.lines.file(), .position = position,
                 .column = absl::StrCat("line ", cursor.lines.line()), .what = std::move(what)});
}

absl::Status BundleSections::Take(std::uint64_t position, const core::Leaf& leaf) {
  const std::string leaf_id = leaf.id.ToText();
  std::vector<bool> given(leaf.sections.size());
  for (Cursor* cursor : {&shown_, &withheld_}) {
    CANDOR_RETURN_IF_ERROR(cursor->Peek());
    while (cursor->IsOf(leaf_id)) {
      cursor == &shown_ ? TakeShown(position, leaf, leaf_id, given) : TakeWithheld(position, leaf, leaf_id, given);
      ++cursor->count;
      cursor->peeked = false;
      cursor->stood_at = position + 1;
      CANDOR_RETURN_IF_ERROR(cursor->Peek());
    }
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] || missing_.size() >= kMaxFindings) continue;
    missing_.push_back({.table = "sections.ndjson", .position = position, .column = leaf.sections[i].first,
                        .what = "is neither shown nor withheld"});
  }
  return absl::OkStatus();
}

// Which section of the leaf the line is about.
std::optional<std::size_t> BundleSections::Mark(Cursor& cursor, std::uint64_t position, const core::Leaf& leaf,
                                                std::vector<bool>& given) {
  const std::string* name = Text(*cursor.line, "section");
  const auto at = name == nullptr ? leaf.sections.end()
                                  : std::find_if(leaf.sections.begin(), leaf.sections.end(),
                                                 [&](const auto& one) { return one.first == *name; });
  if (at == leaf.sections.end()) {
    Add(cursor, position, "names no section of its leaf");
    return std::nullopt;
  }
  const auto i = static_cast<std::size_t>(at - leaf.sections.begin());
  const bool follows = cursor.stood_at != position + 1 || cursor.last < *name;
  if (given[i]) Add(cursor, position, *name + " stands twice");
  if (!given[i] && !follows) Add(cursor, position, *name + " is out of order");
  cursor.last = *name;
  given[i] = true;
  return i;
}

void BundleSections::TakeShown(std::uint64_t position, const core::Leaf& leaf, const std::string& leaf_id,
                               std::vector<bool>& given) {
  const core::Json& line = *shown_.line;
  const std::string* text = Text(line, "bytes");
  const std::optional<Bytes> bytes = text == nullptr ? std::nullopt : FromBase64(*text);
  const std::optional<Digest> salt = DigestOf(line, "salt");
  if (line.members().size() != 4 || !bytes || !salt) return Add(shown_, position, kNotOfTheForm);
  const auto section = Mark(shown_, position, leaf, given);
  if (!section) return;
  const auto& [name, commitment] = leaf.sections[*section];
  const absl::Status fits =
      core::CheckSection({.origin = leaf.ledger, .leaf_id = leaf_id, .name = name}, salt->view(), *bytes, commitment);
  if (!fits.ok()) Add(shown_, position, absl::StrCat(name, ": ", fits.message()));
}

void BundleSections::TakeWithheld(std::uint64_t position, const core::Leaf& leaf, const std::string& leaf_id,
                                  std::vector<bool>& given) {
  const core::Json& line = *withheld_.line;
  const std::string* reason = Text(line, "reason");
  const bool is_known = reason != nullptr && std::find(kReasons.begin(), kReasons.end(), *reason) != kReasons.end();
  const bool is_erased = is_known && *reason == "erased";
  if (!is_known || line.members().size() != (is_erased ? 4U : 3U)) return Add(withheld_, position, kNotOfTheForm);
  const auto section = Mark(withheld_, position, leaf, given);
  if (!section) return;
  ++withheld_by_[*reason];
  if (is_erased) CheckErased(position, leaf_id, leaf.sections[*section].first);
}

void BundleSections::CheckErased(std::uint64_t position, const std::string& leaf_id, const std::string& section) {
  const core::Json* erasure = withheld_.line->Find("erasure");
  const bool is_object = erasure != nullptr && erasure->is_object() && erasure->members().size() == 4;
  const std::int64_t* index = is_object ? erasure->FindInteger("index") : nullptr;
  const std::int64_t* at = is_object ? erasure->FindInteger("position") : nullptr;
  const core::Json* path = is_object ? erasure->Find("proof") : nullptr;
  const std::optional<Digest> k = is_object ? DigestOf(*erasure, "k") : std::nullopt;
  if (index == nullptr || *index < 0 || at == nullptr || path == nullptr || !path->is_array() || !k) {
    return Add(withheld_, position, kNotOfTheForm);
  }
  core::ErasureProof proof{.index = static_cast<std::uint64_t>(*index), .path = {}};
  for (const core::Json& one : path->items()) {
    const auto hash = one.is_string() ? Digest::FromBase64(one.string()) : std::nullopt;
    if (!hash) return Add(withheld_, position, kNotOfTheForm);
    proof.path.push_back(*hash);
  }
  const auto facts = erasures_.find(static_cast<std::uint64_t>(*at));
  if (facts == erasures_.end()) {
    return Add(withheld_, position, absl::StrCat("its erasure, leaf ", *at, ", is not in the bundle"));
  }
  const absl::Status proved = core::VerifyErased(core::ErasureItem(*k, leaf_id, section), proof, facts->second);
  if (!proved.ok()) Add(withheld_, position, section + ": nothing proves that it was erased");
}

void BundleSections::EndOf(Cursor& cursor) {
  const bool is_left = cursor.peeked;
  if (!is_left && cursor.wrong.empty()) return;
  Add(cursor, {}, is_left ? "belongs to no leaf in its place; nothing after it was looked at" : cursor.wrong);
  std::erase_if(missing_, [&](const Finding& finding) { return *finding.position >= cursor.stood_at; });
}

absl::Status BundleSections::End() {
  for (Cursor* cursor : {&shown_, &withheld_}) {
    CANDOR_RETURN_IF_ERROR(cursor->Peek());
    EndOf(*cursor);
  }
  for (Finding& finding : missing_) findings_.Add(std::move(finding));
  return absl::OkStatus();
}

}  // namespace candor::verify
