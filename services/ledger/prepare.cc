// Sealing and encoding, before the head lock.
#include <algorithm>
#include <map>

#include "services/base/status.h"
#include "services/core/commit/lookup.h"
#include "services/ledger/batch.h"
#include "services/store/keys.h"

namespace candor::ledger {
namespace {

// Whether an entry is about an earlier leaf and leaves it to that one whom it concerns.
bool SaysNoPerson(const Entry& entry) {
  return entry.claim != Claim::kNone && std::none_of(entry.sections.begin(), entry.sections.end(), [](const auto& section) {
           return section.owner.kind == vault::Owner::Kind::kPerson;
         });
}

// The keys of the persons whom the named leaves concern; nothing where they were erased.
using NamedPersons = std::map<Uuid, std::optional<vault::FoundKey>>;
absl::StatusOr<NamedPersons> PersonsOfNamed(Ledger& ledger, store::Connection& connection, const Items& items) {
  std::vector<Uuid> named;
  for (const auto& item : items) {
    if (SaysNoPerson(item->entry)) named.push_back(item->entry.named);
  }
  CANDOR_ASSIGN_OR_RETURN(const auto wrapped, store::PersonKeysOf(connection, ledger.tenant(), named));
  NamedPersons keys;
  for (const auto& [leaf_id, key] : wrapped) {
    std::optional<vault::FoundKey>& found = keys[leaf_id];
    if (!key) continue;
    CANDOR_ASSIGN_OR_RETURN(found, ledger.keyring().Found(connection, *key));
  }
  return keys;
}

// What comes after the erasure of the person whom the named leaf concerned: nobody knows who that
// was, so it gets a key that is that of the named leaf alone.
void OwnByNamed(Entry& entry) {
  const vault::Owner owner{.kind = vault::Owner::Kind::kPerson, .reference = "decision:" + entry.named.ToText()};
  for (vault::Section& section : entry.sections) {
    if (section.owner.kind == vault::Owner::Kind::kTenant) section.owner = owner;
  }
  if (entry.fingerprint_owner.kind == vault::Owner::Kind::kTenant) entry.fingerprint_owner = owner;
}

}  // namespace

absl::Status Prepare(Ledger& ledger, store::Connection& connection, Items& items) {
  CANDOR_ASSIGN_OR_RETURN(const NamedPersons persons, PersonsOfNamed(ledger, connection, items));
  std::vector<Digest> lookups;
  for (const auto& item : items) {
    if (SaysNoPerson(item->entry)) {
      const auto person = persons.find(item->entry.named);
      if (person != persons.end() && !person->second) OwnByNamed(item->entry);
    }
    for (const vault::Section& section : item->entry.sections) {
      lookups.push_back(ledger.keyring().LookupOf(section.owner));
    }
    if (!item->entry.fingerprint_text.empty()) {
      lookups.push_back(ledger.keyring().LookupOf(item->entry.fingerprint_owner));
    }
  }
  CANDOR_ASSIGN_OR_RETURN(const std::vector<vault::FoundKey> keys,
                          ledger.keyring().Resolve(connection, lookups));
  auto next = keys.begin();
  for (const auto& item : items) {
    Entry& entry = item->entry;
    std::vector<vault::FoundKey> own(next, next + static_cast<std::ptrdiff_t>(entry.sections.size()));
    next += static_cast<std::ptrdiff_t>(own.size());
    const auto person = SaysNoPerson(entry) ? persons.find(entry.named) : persons.end();
    const bool has_key = person != persons.end() && person->second;
    if (has_key) {
      for (std::size_t i = 0; i < own.size(); ++i) {
        if (entry.sections[i].owner.kind == vault::Owner::Kind::kTenant) own[i] = *person->second;
      }
    }
    item->sealed = vault::SealSections(ledger.origin(), entry.leaf.id.ToText(), entry.sections, own);
    if (!entry.fingerprint_text.empty()) {
      item->fingerprint_key = *next++;
      if (has_key) item->fingerprint_key = *person->second;
      item->fingerprint = core::Fingerprint(item->fingerprint_key.key->key, entry.fingerprint_text);
    }
    entry.leaf.ledger = ledger.origin();
    entry.leaf.sections = item->sealed.commitments;
    absl::StatusOr<core::UnfinishedLeaf> leaf = core::UnfinishedLeaf::Make(entry.leaf);
    if (leaf.ok()) {
      item->unfinished = *std::move(leaf);
    } else {
      item->position = Because(leaf.status(), "TOO_LARGE");
    }
  }
  return absl::OkStatus();
}

}  // namespace candor::ledger
