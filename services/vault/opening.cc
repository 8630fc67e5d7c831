#include "services/vault/opening.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/vault/sections.h"

namespace candor::vault {
namespace {

absl::Status Altered(const absl::Status& why) {
  return Because(absl::DataLossError("a sealed section is not what its leaf commits to: verify the ledger: " +
                                     std::string(why.message())),
                 "VERIFICATION_FAILED");
}

}  // namespace

absl::Status OpenBox(const crypto::Key& key, std::string_view origin, const core::Leaf& leaf, BytesView box,
                     std::map<std::string, core::Opened>& opened) {
  const std::string leaf_id = leaf.id.ToText();
  const auto sections = SplitBox(box);
  if (!sections.ok()) return Altered(sections.status());
  for (const auto& [name, sealed] : *sections) {
    const auto commitment = std::find_if(leaf.sections.begin(), leaf.sections.end(),
                                         [&](const auto& committed) { return committed.first == name; });
    if (commitment == leaf.sections.end()) return Altered(absl::DataLossError("none"));
    auto section = core::OpenSection(key, {.origin = origin, .leaf_id = leaf_id, .name = name}, sealed,
                                     commitment->second);
    if (!section.ok()) return Altered(section.status());
    opened[name] = *std::move(section);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const DataKey>> Opening::KeyOf(const store::Handle& handle) {
  if (const auto known = keys_.find(handle); known != keys_.end()) return known->second;
  const auto wrapped = store::KeyOfHandle(connection_, tenant_, handle);
  if (absl::IsNotFound(wrapped.status())) return keys_[handle] = nullptr;
  CANDOR_RETURN_IF_ERROR(wrapped.status());
  CANDOR_ASSIGN_OR_RETURN(FoundKey found, keyring_.Found(connection_, *wrapped));
  return keys_[handle] = std::move(found.key);
}

absl::StatusOr<std::map<std::string, std::string>> Opening::Sections(std::uint64_t position) {
  CANDOR_ASSIGN_OR_RETURN(const auto opened, Salted(position));
  std::map<std::string, std::string> sections;
  for (const auto& [name, section] : opened) sections[name] = std::string(AsText(section.bytes));
  return sections;
}

absl::StatusOr<std::map<std::string, core::Opened>> Opening::Salted(std::uint64_t position) {
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafAt(connection_, tenant_, position));
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(stored.leaf);
  if (!leaf.ok()) return Altered(leaf.status());
  std::map<std::string, core::Opened> opened;
  CANDOR_ASSIGN_OR_RETURN(const auto boxes, store::SealedAt(connection_, tenant_, position));
  for (const store::StoredSealed& box : boxes) {
    CANDOR_ASSIGN_OR_RETURN(const auto key, KeyOf(box.handle));
    if (key != nullptr) CANDOR_RETURN_IF_ERROR(OpenBox(key->key, origin_, *leaf, box.sections, opened));
  }
  return opened;
}

absl::StatusOr<std::optional<std::string>> Opening::One(std::uint64_t position, const core::Leaf& leaf,
                                                        std::string_view name) {
  CANDOR_ASSIGN_OR_RETURN(const auto boxes, store::SealedAt(connection_, tenant_, position));
  for (const store::StoredSealed& box : boxes) {
    const auto sections = SplitBox(box.sections);
    if (!sections.ok()) return Altered(sections.status());
    const bool holds = std::any_of(sections->begin(), sections->end(), [&](const auto& one) { return one.first == name; });
    if (!holds) continue;
    CANDOR_ASSIGN_OR_RETURN(const auto key, KeyOf(box.handle));
    if (key == nullptr) return std::nullopt;
    std::map<std::string, core::Opened> opened;
    CANDOR_RETURN_IF_ERROR(OpenBox(key->key, origin_, leaf, box.sections, opened));
    return std::string(AsText(opened.at(std::string(name)).bytes));
  }
  return std::nullopt;
}

}  // namespace candor::vault
