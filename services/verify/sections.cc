#include "services/verify/sections.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/core/commit/section.h"
#include "services/core/json/json.h"

namespace candor::verify {
namespace {

constexpr const char* kTable = "sealed";
constexpr const char* kColumn = "sections";
constexpr std::size_t kHashBytes = 32;
constexpr const char* kServer = "candor";  // The caller of what the server records by itself.
constexpr std::size_t kLongestPath = 64;

std::string Named(std::string_view name, std::string_view what) {
  std::string text(name);
  text += ": ";
  text += what;
  return text;
}

std::optional<std::vector<Digest>> ReadPath(BytesView joined) {
  if (joined.size() % kHashBytes != 0 || joined.size() / kHashBytes > kLongestPath) {
    return std::nullopt;
  }
  std::vector<Digest> path;
  for (std::size_t at = 0; at < joined.size(); at += kHashBytes) {
    path.push_back(*Digest::FromBytes(joined.subspan(at, kHashBytes)));
  }
  return path;
}

}  // namespace

void SectionCheck::Add(std::uint64_t position, std::string_view name, std::string_view what) {
  data_.unless_altered[position].push_back(
      {.table = kTable, .position = position, .column = kColumn, .what = Named(name, what)});
}

void SectionCheck::End() {
  for (const Expected& expected : expected_) {
    if (plan_.with_sections && !expected.given) Add(*position_, expected.name, "is missing");
  }
  expected_.clear();
  if (wants_fingerprint_ && !is_erased_) AddFingerprint(*position_, "is missing");
  wants_fingerprint_ = is_erased_ = lost_fingerprint_ = false;
}

void SectionCheck::Begin(std::uint64_t position, const std::optional<core::Leaf>& leaf) {
  End();
  position_ = position;
  is_known_ = leaf.has_value();
  if (!leaf) return;
  origin_ = leaf->ledger;
  leaf_id_ = leaf->id.ToText();
  wants_fingerprint_ = plan_.with_fingerprints && leaf->caller_id != kServer;
  for (const auto& [name, commitment] : leaf->sections) {
    expected_.push_back({.name = name, .commitment = commitment});
  }
}

void SectionCheck::AddFingerprint(std::uint64_t position, const char* what) {
  data_.unless_altered[position].push_back(
      {.table = kTable, .position = position, .column = "fingerprint", .what = what});
}

void SectionCheck::TakeFingerprint(std::uint64_t position, BytesView fingerprint) {
  if (position_ != position || !is_known_) return;  // Then the row is a finding already.
  if (!wants_fingerprint_) return AddFingerprint(position, "stands where none should");
  if (fingerprint.size() != kHashBytes) AddFingerprint(position, "is not 32 bytes long");
  wants_fingerprint_ = false;
}

void SectionCheck::Take(const SectionRow& row) {
  if (position_ != row.position) return Add(row.position, row.name, "belongs to no leaf before it");
  if (!is_known_) return;  // That the leaf can't be read is a finding already.
  if (row.state == SectionRow::State::kErased && row.name.empty()) {
    if (lost_fingerprint_) AddFingerprint(row.position, "was erased twice");
    is_erased_ = lost_fingerprint_ = true;
    return;
  }
  const auto at = std::find_if(expected_.begin(), expected_.end(),
                               [&](const Expected& e) { return e.name == row.name; });
  if (at == expected_.end()) return Add(row.position, row.name, "is not in the leaf");
  if (at->given) return Add(row.position, row.name, "stands twice");
  at->given = true;
  switch (row.state) {
    case SectionRow::State::kOpened:
      return CheckOpened(row, *at);
    case SectionRow::State::kErased:
      is_erased_ = true;
      return TakeErased(row);
    case SectionRow::State::kWithheld:
      return;
    case SectionRow::State::kBroken:
      return Add(row.position, row.name, "can't be opened");
  }
  CANDOR_CHECK(false);
}

void SectionCheck::CheckOpened(const SectionRow& row, const Expected& expected) {
  const core::SectionOf of = {.origin = origin_, .leaf_id = leaf_id_, .name = expected.name};
  const absl::Status status = core::CheckSection(of, row.salt, row.bytes, expected.commitment);
  if (!status.ok()) {
    const absl::string_view message = status.message();
    return Add(row.position, row.name, {message.data(), message.size()});
  }
  const bool tells = !data_.telling.empty() && data_.telling.back().position == row.position;
  if (tells && expected.name == "oversight") data_.telling.back().oversight = AsText(row.bytes);
  if (core::ParseCanonical(AsText(row.bytes), core::JsonKind::kSection).ok()) return;
  data_.malformed.Add({.table = kTable,
                       .position = row.position,
                       .column = kColumn,
                       .what = Named(row.name, "is not canonical JSON")});
}

void SectionCheck::TakeErased(const SectionRow& row) {
  if (!row.erasure_position) {
    return Add(row.position, row.name, "is missing, and nothing proves that it was erased");
  }
  std::optional<std::vector<Digest>> path = ReadPath(row.erasure_path);
  if (!path) return Add(row.position, row.name, "has no proper proof of its erasure");
  data_.erased.push_back({.position = row.position,
                          .name = std::string(row.name),
                          .item = core::ErasureItem(row.k, leaf_id_, row.name),
                          .erasure_position = *row.erasure_position,
                          .proof = {.index = row.erasure_index, .path = *std::move(path)}});
}

}  // namespace candor::verify
