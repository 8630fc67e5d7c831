#include "services/rpc/person_reader.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/rpc/proofs.h"
#include "services/rpc/readings.h"
#include "services/store/keys.h"
#include "services/vault/opening.h"
#include "services/vault/sections.h"

namespace candor::rpc {
namespace {

absl::Status NotTheirs() {
  return Because(absl::NotFoundError("no such decision on this person"), "NOT_FOUND");
}

bool HoldsPerson(const store::StoredSealed& box) {
  const auto sections = vault::SplitBox(box.sections);
  return sections.ok() && std::any_of(sections->begin(), sections->end(),
                                      [](const auto& section) { return section.first == "person"; });
}

}  // namespace

bool MayBeShown(std::string_view section) { return section != "oversight"; }

rpc::Sections Chapter::Shown() const {
  rpc::Sections sections;
  for (const auto& [name, section] : opened) {
    if (MayBeShown(name)) sections[name] = AsText(section.bytes);
  }
  return sections;
}

absl::StatusOr<PersonReader> PersonReader::Of(std::shared_ptr<ledger::Ledger> ledger, store::Pool& writers,
                                              const std::string& person) {
  PersonReader reader(std::move(ledger), writers);
  vault::Keyring& keyring = reader.ledger_->keyring();
  const std::vector<Digest> lookups = {keyring.LookupOf({.kind = vault::Owner::Kind::kPerson, .reference = person}),
                                       keyring.LookupOf({.kind = vault::Owner::Kind::kProtected, .reference = person})};
  store::Pool::Lease connection = writers.Borrow();
  // Not from memory: what was erased elsewhere is gone at once.
  CANDOR_ASSIGN_OR_RETURN(const auto found, store::FindKeys(*connection, reader.ledger_->tenant(), lookups));
  for (const Digest& lookup : lookups) {
    const auto wrapped = found.find(lookup);
    Key& key = reader.keys_.emplace_back();
    if (wrapped == found.end()) continue;  // The same statements run, and find nothing.
    CANDOR_ASSIGN_OR_RETURN(const vault::FoundKey opened, keyring.Found(*connection, wrapped->second));
    key = {.handle = wrapped->second.handle, .key = opened.key->key.Clone()};
  }
  return reader;
}

std::vector<store::Handle> PersonReader::Handles() const {
  std::vector<store::Handle> handles;
  for (const Key& key : keys_) handles.push_back(key.handle);
  return handles;
}

absl::StatusOr<std::vector<Story>> PersonReader::Stories(const std::vector<Uuid>& decisions) const {
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(auto leaves, store::LeavesWithBoxes(*connection, ledger_->tenant(), decisions, Handles()));
  std::map<Uuid, Story> stories;
  std::map<Uuid, bool> theirs;
  for (store::LeafWithBoxes& one : leaves) {
    absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(one.stored.leaf);
    if (!leaf.ok()) return Because(absl::DataLossError("a leaf can't be read: verify the ledger"), "VERIFICATION_FAILED");
    const Uuid decision = leaf->decision.value_or(leaf->id);
    for (const store::StoredSealed& box : one.boxes) {
      if (box.handle == keys_[0].handle && HoldsPerson(box)) theirs[decision] = true;
    }
    Story& story = stories[decision];
    story.decision = decision;
    story.chapters.push_back({.position = one.stored.position, .bytes = std::move(one.stored.leaf), .leaf = *std::move(leaf),
                           .boxes = std::move(one.boxes), .opened = {}});
  }
  std::vector<Story> found;
  for (const Uuid& decision : decisions) {
    const auto story = stories.find(decision);
    if (story != stories.end() && theirs[decision]) found.push_back(std::move(story->second));
  }
  return found;
}

absl::Status PersonReader::Open(Story& story) const {
  for (Chapter& chapter : story.chapters) {
    for (const store::StoredSealed& box : chapter.boxes) {
      const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& one) { return one.handle == box.handle; });
      if (key == keys_.end()) continue;
      CANDOR_RETURN_IF_ERROR(vault::OpenBox(key->key, ledger_->origin(), chapter.leaf, box.sections, chapter.opened));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Story> PersonReader::Opened(const Uuid& decision) const {
  CANDOR_ASSIGN_OR_RETURN(std::vector<Story> stories, Stories({decision}));
  if (stories.empty()) return NotTheirs();
  CANDOR_RETURN_IF_ERROR(Open(stories.front()));
  return std::move(stories.front());
}

absl::StatusOr<std::vector<Story>> PersonReader::Newest(std::uint64_t before, int limit) const {
  std::vector<Uuid> decisions;
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto found, store::DecisionsOfHandle(*connection, ledger_->tenant(), keys_[0].handle,
                                                                       before, limit));
    for (const store::DecisionOfHandle& one : found) decisions.push_back(one.decision);
  }
  return Stories(decisions);
}

absl::StatusOr<std::vector<store::StoredLeaf>> PersonReader::Readings(std::uint64_t before, int limit) const {
  return ReadingsOf(*ledger_, writers_, keys_[0].handle, before, limit);
}

absl::Status PersonReader::AddReceipts(const std::vector<store::StoredLeaf>& leaves,
                                       google::protobuf::RepeatedPtrField<v1::Receipt>& out) const {
  return rpc::AddReceipts(*ledger_, writers_, leaves, out);
}

}  // namespace candor::rpc
