#include "services/ledger/batch.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/base/status.h"
#include "services/core/chain/chain.h"
#include "services/core/merkle/tree_hash.h"
#include "services/vault/evidence.h"

namespace candor::ledger {
namespace {

constexpr int kMostTries = 5;

bool NamesALeaf(const Entry& entry) { return entry.claim != Claim::kNone; }

// Every distinct key that an item uses.
std::vector<const vault::FoundKey*> KeysOf(const Item& item) {
  std::vector<const vault::FoundKey*> keys;
  for (const vault::SealedBox& box : item.sealed.boxes) keys.push_back(&box.key);
  if (item.fingerprint && std::none_of(keys.begin(), keys.end(), [&](const vault::FoundKey* key) {
        return key->key == item.fingerprint_key.key;
      })) {
    keys.push_back(&item.fingerprint_key);
  }
  return keys;
}

}  // namespace

store::Questions Batch::Ask(bool in_step) {
  store::Questions questions;
  bool vouched = true;
  for (const auto& item : items_) {
    questions.requests.push_back(item->entry.leaf.request);
    if (NamesALeaf(item->entry)) questions.named.push_back(item->entry.named);
    if (item->entry.leaf.amends) questions.named.push_back(*item->entry.leaf.amends);
    for (const vault::FoundKey* key : KeysOf(*item)) {
      key->fresh ? questions.lookups.push_back(key->key->lookup)
                 : questions.handles.push_back(key->key->wrapped.handle);
      vouched = vouched && in_step && ledger_.keyring().Vouches(*key);
    }
    if (const auto& producer = item->entry.leaf.producer) {
      questions.numbers.push_back({.epoch = producer->epoch, .seq = producer->seq});
    }
    if (item->entry.missing) questions.missing.push_back(*item->entry.missing);
    if (item->entry.registry) questions.registry = true;
    if (item->entry.cases) questions.cases = true;
    if (MovesTask(item->entry)) questions.tasks.push_back(item->entry.task->task_id);
  }
  const store::Questions of_these{.requests = questions.requests, .named = {}, .lookups = questions.lookups,
                                  .handles = questions.handles, .numbers = {}};
  asks_ = !in_step || !vouched || questions != of_these;
  return asks_ ? questions : store::Questions{};
}

void Batch::Settle(const store::Answers& answers) {
  gaps_.clear(), fresh_.clear(), repeats_.clear(), again_.clear(), later_.clear(), stored_.clear();
  marks_.assign(items_.size(), {});
  keeps_claim_.assign(items_.size(), 0);

  absl::flat_hash_map<std::size_t, const store::Answers::Recorded*> recorded;
  for (const auto& answer : answers.recorded) recorded[answer.asked] = &answer;
  absl::flat_hash_map<std::size_t, const store::Answers::Named*> named;
  for (const auto& answer : answers.named) named[answer.asked] = &answer;
  absl::flat_hash_map<std::size_t, store::Handle> persons;
  for (const auto& answer : answers.persons) persons[answer.asked] = answer.handle;
  const absl::flat_hash_set<std::size_t> dead(answers.dead_handles.begin(), answers.dead_handles.end());
  const absl::flat_hash_set<std::size_t> seen(answers.seen_numbers.begin(), answers.seen_numbers.end());
  const absl::flat_hash_set<std::size_t> late(answers.late_numbers.begin(), answers.late_numbers.end());
  absl::flat_hash_map<std::size_t, const store::Answers::Missing*> missing;
  for (const auto& answer : answers.missing) missing[answer.asked] = &answer;
  absl::flat_hash_map<std::size_t, std::uint64_t> tasks;
  for (const auto& answer : answers.tasks) tasks[answer.asked] = answer.position;

  absl::flat_hash_set<Uuid> requests, closed;
  absl::flat_hash_set<std::pair<Uuid, std::uint64_t>> numbers;
  absl::flat_hash_map<std::array<std::uint8_t, 32>, store::Handle> first_keys;  // Of persons new to the ledger.
  std::size_t named_at = 0, lookup_at = 0, handle_at = 0, number_at = 0, missing_at = 0, task_at = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    Item& item = *items_[i];
    const Entry& entry = item.entry;
    // Consume this item's answers first, whatever becomes of it.
    const store::Answers::Named* of_named = nullptr;
    if (NamesALeaf(entry)) {
      const auto found = named.find(named_at++);
      if (found != named.end()) of_named = found->second;
    }
    const bool amends_unknown = entry.leaf.amends && named.find(named_at++) == named.end();
    bool key_changed = false;
    std::vector<const vault::DataKey*> stored_keys;
    for (const vault::FoundKey* key : KeysOf(item)) {
      bool changed = false;
      if (key->fresh) {
        // Nothing new goes under a key that is on its way out.
        changed = key->key->wrapped.generation != ledger_.keyring().wrapper();
        const auto person = asks_ ? persons.find(lookup_at++) : persons.end();
        if (person != persons.end()) {
          stored_keys.push_back(key->key.get());
          changed = changed || person->second != key->key->wrapped.handle;
        } else if (const auto first = first_keys.find(key->key->lookup.bytes); first != first_keys.end()) {
          changed = changed || first->second != key->key->wrapped.handle;
        }
      } else if (asks_) {
        changed = dead.contains(handle_at++);
      }
      if (changed) ledger_.keyring().Drop(key->key->lookup);
      key_changed = key_changed || changed;
    }
    bool number_seen = false, number_late = false;
    if (const auto& producer = entry.leaf.producer) {
      number_seen = seen.contains(number_at) || numbers.contains({producer->epoch, producer->seq});
      number_late = late.contains(number_at++) || IsOfAGap(*producer);
    }
    const store::Answers::Missing* of_missing = nullptr;
    if (entry.missing) {
      const auto found = missing.find(missing_at++);
      if (found != missing.end()) of_missing = found->second;
    }

    std::optional<std::uint64_t> of_task;
    if (MovesTask(entry)) {
      const auto found = tasks.find(task_at++);
      if (found != tasks.end()) of_task = found->second;
    }

    if (const auto repeat = recorded.find(i); repeat != recorded.end()) {
      if (key_changed && item.tries++ < kMostTries && repeat->second->fingerprint) {
        again_.push_back(i);
        continue;
      }
      SettleRepeat(i, *repeat->second);
      continue;
    }
    // An erasure is committed alone: what it destroys is exactly what stands before it. So is the last leaf.
    const auto is_alone = [](const Entry& one) { return one.erasing || one.leaf.type == "close"; };
    if (!fresh_.empty() && (is_alone(entry) || is_alone(items_[fresh_.front()]->entry))) {
      later_.push_back(i);
      continue;
    }
    if (!requests.insert(entry.leaf.request).second) {
      later_.push_back(i);
      continue;
    }
    if (key_changed) {
      if (item.tries++ < kMostTries) {
        again_.push_back(i);
      } else {
        item.position = Because(absl::AbortedError("the person's key changes too often: repeat"), "STORE_UNAVAILABLE");
      }
      continue;
    }
    if (number_seen) {
      item.position = Because(absl::AlreadyExistsError("producer.seq was used by another request of this epoch"),
                              "SEQUENCE_REUSED");
      continue;
    }
    if (amends_unknown) {
      item.position = Because(absl::NotFoundError("amends_id: no such leaf"), "NOT_FOUND");
      continue;
    }
    absl::Status claim = SettleClaim(i, of_named);
    if (claim.ok()) claim = SettleMissing(entry, of_missing);
    if (claim.ok()) claim = SettleRegistry(entry, answers.registry);
    if (claim.ok()) claim = SettleCases(entry, answers.cases);
    if (claim.ok()) claim = SettleTask(entry, of_task);
    if (!claim.ok()) {
      item.position = std::move(claim);
      continue;
    }
    if (number_late) marks_[i].emplace_back("late");
    if (keeps_claim_[i] != 0 && !closed.insert(entry.named).second) {
      // Two outcomes of one authorization in one batch: the first one has it.
      keeps_claim_[i] = 0;
      if (entry.claim == Claim::kCancel) {
        item.position = NotOpen("the authorization was used or cancelled before", "WRONG_STATE");
        continue;
      }
      marks_[i].emplace_back("unauthorized");
    }
    std::sort(marks_[i].begin(), marks_[i].end());
    marks_[i].erase(std::unique(marks_[i].begin(), marks_[i].end()), marks_[i].end());
    for (const vault::DataKey* key : stored_keys) stored_.emplace(key->lookup.bytes, key->wrapped.handle);
    for (const vault::FoundKey* key : KeysOf(item)) {
      if (key->fresh) first_keys.emplace(key->key->lookup.bytes, key->key->wrapped.handle);
    }
    if (const auto& producer = entry.leaf.producer) numbers.emplace(producer->epoch, producer->seq);
    if (entry.missing) gaps_.push_back(&*entry.missing);
    fresh_.push_back(i);
  }
}

void Batch::SettleRepeat(std::size_t i, const store::Answers::Recorded& recorded) {
  Item& item = *items_[i];
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(recorded.leaf);
  const bool same_caller = leaf.ok() && leaf->caller_id == item.entry.leaf.caller_id &&
                           leaf->caller_kind == item.entry.leaf.caller_kind;
  if (!same_caller) {
    item.position = Because(absl::AlreadyExistsError("the request_id was used before"), "REQUEST_ID_REUSED");
  } else if (item.fingerprint && !recorded.fingerprint) {
    item.position = Because(absl::FailedPreconditionError("the request was recorded at position " +
                                                          std::to_string(recorded.position) +
                                                          " and its content was erased since"),
                            "ERASED");
  } else if (item.fingerprint != recorded.fingerprint) {
    item.position = Because(absl::AlreadyExistsError("the request_id was used before with other content"),
                            "REQUEST_ID_REUSED");
  } else {
    item.position = recorded.position;
    item.leaf = recorded.leaf;
    repeats_.push_back(i);
  }
}

bool Batch::IsOfAGap(const core::Producer& producer) const {
  return std::any_of(gaps_.begin(), gaps_.end(), [&](const store::Questions::Missing* gap) {
    return gap->epoch == producer.epoch && gap->first <= producer.seq && producer.seq <= gap->last;
  });
}

// Brings a change of keys under the lock: it names the size from which it holds.
absl::Status Batch::ChangeKeys(Item& item, std::uint64_t position) {
  Entry& entry = item.entry;
  store::Head& head = rows_.head;
  const auto next = [](std::uint64_t wanted, std::uint64_t& number) {
    if (wanted == 0) return true;
    return wanted == ++number;
  };
  if (!next(entry.signer, head.signer) || !next(entry.wrapper, head.wrapper)) {
    return NotOpen("another rotation of keys came first", "WRONG_STATE");
  }
  if (entry.leaf.type != "key") return absl::OkStatus();
  entry.leaf.facts.Set("from", static_cast<std::int64_t>(position + 1));
  CANDOR_ASSIGN_OR_RETURN(item.unfinished, core::UnfinishedLeaf::Make(entry.leaf));
  return absl::OkStatus();
}

const Erasing* Batch::erasing() const {
  if (fresh_.empty() || !items_[fresh_.front()]->entry.erasing) return nullptr;
  return &*items_[fresh_.front()]->entry.erasing;
}

absl::Status Batch::Destroy(absl::StatusOr<Destroyed> destroyed) {
  Item& item = *items_[fresh_.front()];
  if (destroyed.ok()) {
    destroyed_ = *std::move(destroyed);
    for (const vault::FoundKey* key : KeysOf(item)) {
      const auto& handles = destroyed_.handles;
      if (std::find(handles.begin(), handles.end(), key->key->wrapped.handle) == handles.end()) continue;
      destroyed = Because(absl::FailedPreconditionError("the caller is the person: let another human do it"),
                          "FOUR_EYES_REQUIRED");
    }
  }
  if (destroyed.ok()) return absl::OkStatus();
  if (!absl::IsNotFound(destroyed.status()) && !absl::IsFailedPrecondition(destroyed.status())) return destroyed.status();
  item.position = destroyed.status();
  fresh_.clear();
  return absl::OkStatus();
}

// Finishes an erasure under the lock: what it destroys is an item each, and evidence is kept of it.
absl::Status Batch::Erase(Item& item, std::uint64_t position) {
  if (!item.entry.erasing) return absl::OkStatus();
  const std::string& origin = ledger_.origin();
  std::vector<Digest> items;
  for (const Destroyed::Leaf& leaf : destroyed_.leaves) {
    const vault::Evidence evidence = vault::MakeEvidence(leaf.sections);
    for (const auto& [section, k] : evidence) items.push_back(core::ErasureItem(k, leaf.id.ToText(), section));
    rows_.erased.push_back({.position = leaf.position,
                            .evidence = ledger_.keyring().SealEvidence(origin, leaf.position, position,
                                                                       vault::ToBytes(evidence))});
  }
  rows_.destroyed = destroyed_.handles;
  rows_.side.push_back({.table = store::SideRow::Table::kErasure,
                        .values = {std::to_string(rows_.head.wrapper)}, .position = position});
  core::Json& facts = item.entry.leaf.facts;
  const core::ErasureTree tree(std::move(items));
  facts.Set("items", static_cast<std::int64_t>(tree.size())).Set("root", tree.root().ToBase64());
  facts.Set("wrapping_key", static_cast<std::int64_t>(rows_.head.wrapper));
  CANDOR_ASSIGN_OR_RETURN(item.unfinished, core::UnfinishedLeaf::Make(item.entry.leaf));
  return absl::OkStatus();
}

absl::Status Batch::Build(const store::Head& head, absl::Time now, OpenTiles tiles) {
  const absl::Time time = std::max(absl::FromUnixMicros(absl::ToUnixMicros(now)), head.time);
  CANDOR_ASSIGN_OR_RETURN(const core::CompactRange before, core::CompactRange::FromParts(head.size, head.range));
  if (before.Root() != head.root) {
    return Because(absl::DataLossError("the head's root is not that of its range"), "VERIFICATION_FAILED");
  }
  rows_ = store::Batch{};
  rows_.first_position = head.size;
  rows_.head = head;
  rows_.head.time = time;
  std::vector<Digest> hashes;
  Digest chain = head.chain;
  std::uint64_t position = head.size;
  for (const std::size_t i : fresh_) {
    Item& item = *items_[i];
    if ((position == 0) != (item.entry.leaf.type == "ledger")) {
      return Because(absl::FailedPreconditionError("the first leaf of a ledger, and no other, is of type ledger"),
                     "WRONG_STATE");
    }
    MarkByTime(i, time);
    CANDOR_RETURN_IF_ERROR(ChangeKeys(item, position));
    CANDOR_RETURN_IF_ERROR(Erase(item, position));
    item.leaf = item.unfinished->Finish(time, marks_[i]);
    item.position = position;
    hashes.push_back(core::HashLeaf(AsBytes(item.leaf)));
    chain = core::ChainNext(chain, hashes.back());
    rows_.entries.push_back({.leaf_id = item.entry.leaf.id, .request_id = item.entry.leaf.request,
                             .decision_id = item.entry.leaf.decision, .closes_id = {},
                             .verdict = item.entry.verdict, .expire_time = {}, .due_time = {}, .epoch = {}, .seq = 0, .leaf_hash = hashes.back(),
                             .chain_hash = chain, .leaf = item.leaf});
    AddRows(i, position++);
    tiles.Add(hashes.back(), rows_.tiles);
  }
  tree_.emplace(before, hashes);
  tiles_ = std::move(tiles);
  rows_.head.size = position;
  rows_.head.root = tree_->root();
  rows_.head.chain = chain;
  rows_.head.range = tree_->after().hashes();
  rows_.head.seal = ledger_.keyring().HeadSeal(ledger_.origin(), rows_.head);
  return absl::OkStatus();
}

void Batch::MarkByTime(std::size_t i, absl::Time time) {
  const Entry& entry = items_[i]->entry;
  if (entry.claim != Claim::kClose) return;
  const auto mark = [&](const char* word) {
    const auto at = std::lower_bound(marks_[i].begin(), marks_[i].end(), word);
    if (at == marks_[i].end() || *at != word) marks_[i].insert(at, word);
  };
  if (entry.due_time && time > *entry.due_time) mark("late");
  if (entry.expire_time && entry.act_time.value_or(time) > *entry.expire_time) {
    mark("unauthorized");
    keeps_claim_[i] = 0;
  }
}

void Batch::AddRows(std::size_t i, std::uint64_t position) {
  const Item& item = *items_[i];
  store::EntryRow& row = rows_.entries.back();
  if (keeps_claim_[i] != 0) row.closes_id = item.entry.named;
  if (item.entry.verdict != 0) {
    row.expire_time = item.entry.expire_time;
    row.due_time = item.entry.due_time;
  }
  if (const auto& producer = item.entry.leaf.producer) {
    row.epoch = producer->epoch;
    row.seq = producer->seq;
  }
  bool has_fingerprint = !item.fingerprint.has_value();
  for (const vault::SealedBox& box : item.sealed.boxes) {
    const bool here = !has_fingerprint && box.key.key == item.fingerprint_key.key;
    has_fingerprint = has_fingerprint || here;
    rows_.sealed.push_back({.position = position, .handle = box.key.key->wrapped.handle,
                            .fingerprint = here ? item.fingerprint : std::nullopt, .sections = box.body});
  }
  if (!has_fingerprint) {
    rows_.sealed.push_back({.position = position, .handle = item.fingerprint_key.key->wrapped.handle,
                            .fingerprint = item.fingerprint, .sections = {}});
  }
  for (const vault::FoundKey* key : KeysOf(item)) {
    if (!key->fresh || !stored_.emplace(key->key->lookup.bytes, key->key->wrapped.handle).second) continue;
    rows_.persons.push_back({.lookup = key->key->lookup, .key = key->key->wrapped});
  }
  const auto add = [&](store::TaskRow task, std::vector<store::TaskRow>& to) {
    task.position = position;
    task.leaf_id = item.entry.leaf.id;
    task.time = rows_.head.time;
    to.push_back(std::move(task));
  };
  if (item.entry.task) add(*item.entry.task, rows_.tasks);
  if (item.entry.claim == Claim::kCancel) add({.task_id = item.entry.named}, rows_.cancelled);
  for (store::SideRow side : item.entry.side) {
    side.position = position;
    rows_.side.push_back(std::move(side));
  }
}

void Batch::Committed() {
  absl::flat_hash_set<Uuid> epochs;
  for (const std::size_t i : fresh_) {
    const Entry& entry = items_[i]->entry;
    if (entry.leaf.producer) epochs.insert(entry.leaf.producer->epoch);
    if (entry.missing) epochs.insert(entry.missing->epoch);
    if (!entry.erasing) continue;
    for (const Digest& lookup : entry.erasing->lookups) ledger_.keyring().Drop(lookup);
    ledger_.keyring().Distrust();
  }
  if (!epochs.empty()) ledger_.Touched(epochs);
  for (const auto& [lookup, handle] : stored_) ledger_.keyring().Committed({.bytes = lookup}, handle);
  ledger_.open_tiles() = std::move(tiles_);
}

}  // namespace candor::ledger
