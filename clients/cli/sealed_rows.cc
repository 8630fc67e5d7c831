#include "clients/cli/sealed_rows.h"

#include <algorithm>

#include "clients/cli/answers.h"
#include "services/base/status.h"
#include "services/core/commit/section.h"
#include "services/core/json/json.h"
#include "services/vault/sections.h"

namespace candor::cli {
namespace {

constexpr std::size_t kMostBytesAhead = 8 << 20;
constexpr std::size_t kMostKeys = 65536;

verify::Finding Found(const SealedRow& row, const char* table, const char* column,
                      const char* what) {
  return {.table = table, .position = row.position, .column = column, .what = what};
}

// What came after an erasure about a decision of that person has a key of its own, called after the
// leaf that it names.
std::vector<std::string> OwnKeysOf(std::string_view leaf) {
  std::vector<std::string> references;
  for (const std::string_view member : {"\"authorization\":\"", "\"decision\":\""}) {
    const std::size_t at = leaf.find(member);
    if (at == std::string_view::npos) continue;
    references.push_back("decision:" + std::string(leaf.substr(at + member.size(), 36)));
  }
  return references;
}

}  // namespace

SealedReader::SealedReader(const store::Address& address, const Uuid& tenant, std::uint64_t first,
                           std::uint64_t end)
    : thread_([this, address, tenant, first, end] { Read(address, tenant, first, end); }) {}

SealedReader::~SealedReader() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
}

void SealedReader::Read(const store::Address& address, const Uuid& tenant, std::uint64_t first,
                        std::uint64_t end) {
  absl::Status status = store::StreamSealed(
      address, tenant, first, end, [this](const store::StoredSections& row) { return Put(row); });
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  finished_ = true;
  changed_.notify_all();
}

absl::Status SealedReader::Put(const store::StoredSections& row) {
  SealedRow kept{.position = row.position,
                 .handle = Bytes(row.handle.begin(), row.handle.end()),
                 .sections = Bytes(row.sections.begin(), row.sections.end()),
                 .fingerprint = {},
                 .has_fingerprint = row.fingerprint.has_value(),
                 .key = row.key};
  if (row.fingerprint) kept.fingerprint.assign(row.fingerprint->begin(), row.fingerprint->end());
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return bytes_ < kMostBytesAhead || abandoned_; });
  if (abandoned_) return absl::CancelledError("nobody reads on");
  bytes_ += kept.sections.size();
  rows_.push_back(std::move(kept));
  changed_.notify_all();
  return absl::OkStatus();
}

absl::StatusOr<std::optional<SealedRow>> SealedReader::Next(std::uint64_t position) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !rows_.empty() || finished_; });
  if (rows_.empty()) {
    if (!status_.ok()) return status_;
    return std::optional<SealedRow>();
  }
  if (rows_.front().position > position) return std::optional<SealedRow>();
  std::optional<SealedRow> row = std::move(rows_.front());
  rows_.pop_front();
  bytes_ -= row->sections.size();
  changed_.notify_all();
  return row;
}

const SectionOpener::FoundKey& SectionOpener::KeyOf(const SealedRow& row) {
  static const FoundKey kNone;
  store::Handle handle{};
  if (row.handle.size() != handle.size()) {
    findings_.Add(Found(row, "sealed", "handle", "is not 16 bytes"));
    return kNone;
  }
  std::copy(row.handle.begin(), row.handle.end(), handle.begin());
  if (const auto known = keys_.find(handle); known != keys_.end()) return known->second;
  if (keys_.size() >= kMostKeys) keys_.clear();
  FoundKey& found = keys_[handle];
  found.there = row.key.has_value();
  if (!found.there) {
    // An erasure takes key and text away together.
    findings_.Add(
        Found(row, "sealed", "handle",
              "names no row of data_keys: it was altered, or the key of all such rows was taken away"));
    return found;
  }
  if (absl::StatusOr<crypto::Key> key = keyring_.UnwrapKey(*row.key); key.ok()) {
    found.key = *std::move(key);
  } else {
    findings_.Add(Found(row, "data_keys", "wrapped", "is not a key wrapped under the tenant's"));
  }
  return found;
}

absl::Status SectionOpener::Open(const SealedRow& row, const std::string& leaf_id,
                                 std::string_view leaf,
                                 const std::function<void(const verify::SectionRow&)>& take) {
  const auto sections = vault::SplitBox(row.sections);
  if (!sections.ok()) {
    findings_.Add(Found(row, "sealed", "sections", "is cut short or was altered"));
    return absl::OkStatus();
  }
  if (row.position != position_) {
    EndLeaf();
    position_ = row.position;
    const bool human = leaf.find("\"principal_kind\":\"human\"") != std::string_view::npos;
    own_ = OwnKeysOf(leaf);
    request_ = human ? SummaryOf(std::string(leaf)).request : std::string();
  }
  Use use{.handle = std::string(AsText(row.handle)), .seals = Seals::kOther, .lookup = {}};
  const FoundKey& key = KeyOf(row);
  for (const auto& [name, sealed] : *sections) {
    verify::SectionRow section{.position = row.position,
                               .name = name,
                               .state = key.there ? verify::SectionRow::State::kBroken
                                                   : verify::SectionRow::State::kWithheld};
    if (!key.key) {
      take(section);
      continue;
    }
    auto opened =
        core::OpenSection(*key.key, {.origin = origin_, .leaf_id = leaf_id, .name = name}, sealed);
    if (!opened.ok()) {
      const std::string id = SummaryOf(std::string(leaf)).id;
      opened =
          core::OpenSection(*key.key, {.origin = origin_, .leaf_id = id, .name = name}, sealed);
    }
    if (opened.ok()) {
      ++opened_;
      section.state = verify::SectionRow::State::kOpened;
      section.salt = opened->salt.view();
      section.bytes = opened->bytes;
      NoteSection(name, AsText(section.bytes), use);
    }
    take(section);
  }
  at_hand_.push_back(std::move(use));
  return absl::OkStatus();
}

// A person's reference stands in section `person`, a human caller's principal in `caller`. A person
// who calls is both: their key seals what names the token that they called with.
void SectionOpener::NoteSection(std::string_view name, std::string_view bytes, Use& use) {
  const std::string_view base = name.substr(0, name.find('.'));
  if (base == "protected" && use.seals == Seals::kOther) use.seals = Seals::kProtected;
  if (base != "person" && (base != "caller" || use.seals == Seals::kNamed)) return;
  const auto section = core::ParseCanonical(bytes, core::JsonKind::kSection);
  if (!section.ok()) return;
  for (const char* member : {"reference", "person_reference", "principal"}) {
    const std::string* text = section->FindString(member);
    if (text == nullptr) continue;
    const std::string reference = base == "caller" ? "principal:" + *text : *text;
    use.seals = Seals::kNamed;
    use.lookup = keyring_.LookupOf({.kind = vault::Owner::Kind::kPerson, .reference = reference});
    if (base == "person") references_.push_back(reference);
  }
}

void SectionOpener::EndLeaf() {
  using Kind = vault::Owner::Kind;
  for (Use& use : at_hand_) {
    HandleUse known{.position = *position_};
    if (use.seals == Seals::kNamed) {
      known.named = {use.lookup};
      Merge({{std::move(use.handle), std::move(known)}}, uses_);
      continue;
    }
    const bool is_protected = use.seals == Seals::kProtected;
    vault::Owner owner{.kind = is_protected ? Kind::kProtected : Kind::kTenant};
    known.possible = {keyring_.LookupOf(owner)};
    owner.kind = is_protected ? Kind::kProtected : Kind::kPerson;
    std::vector<std::string> references = references_;
    references.insert(references.end(), own_.begin(), own_.end());
    if (!request_.empty()) references.push_back("principal-of-request:" + request_);
    for (std::string& reference : references) {
      owner.reference = std::move(reference);
      known.possible.insert(keyring_.LookupOf(owner));
    }
    Merge({{std::move(use.handle), std::move(known)}}, uses_);
  }
  at_hand_.clear();
  references_.clear();
}

HandleUses SectionOpener::TakeUses() {
  EndLeaf();
  return std::move(uses_);
}

void Merge(HandleUses more, HandleUses& uses) {
  for (auto& [handle, use] : more) {
    const auto [at, is_new] = uses.try_emplace(handle, use);
    if (is_new) continue;
    HandleUse& known = at->second;
    known.position = std::min(known.position, use.position);
    known.named.insert(use.named.begin(), use.named.end());
    if (use.possible.empty()) continue;
    if (known.possible.empty()) known.possible = use.possible;
    std::erase_if(known.possible, [&](const Digest& one) { return !use.possible.contains(one); });
  }
}

}  // namespace candor::cli
