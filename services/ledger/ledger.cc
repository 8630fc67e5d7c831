#include "services/ledger/ledger.h"

#include <algorithm>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/core/merkle/consistency.h"
#include "services/core/tlog/checkpoint.h"
#include "services/ledger/prover.h"
#include "services/store/erasures.h"
#include "services/store/reader.h"
#include "services/store/tenants.h"

namespace candor::ledger {
namespace {

constexpr absl::Duration kClockTolerance = absl::Seconds(1);

absl::Status ReadOnly(const std::string& why) {
  return Because(absl::FailedPreconditionError("the ledger is read-only: " + why), "LEDGER_READ_ONLY");
}

}  // namespace

Uuid GivesUpMark(const Uuid& process) { return core::DerivedRequest("mark_lost", process); }

bool IsReadOnly(const absl::Status& status) { return ReasonOf(status) == "LEDGER_READ_ONLY"; }

absl::StatusOr<std::shared_ptr<Ledger>> Ledger::Open(store::Connection& connection,
                                                     const vault::OperatorKeys& keys,
                                                     const Desk& desk, const Uuid& tenant,
                                                     const std::string& origin, const Clock& clock) {
  std::shared_ptr<Ledger> ledger(new Ledger(tenant, origin, desk, clock));
  CANDOR_ASSIGN_OR_RETURN(const auto wrapped, store::TenantKeys(connection, tenant));
  CANDOR_ASSIGN_OR_RETURN(ledger->keyring_, vault::Keyring::Open(keys, tenant, wrapped, clock));
  ledger->TakeSeeds();
  CANDOR_ASSIGN_OR_RETURN(const store::Head last, store::ReadHead(connection, tenant));
  {
    absl::MutexLock lock(&ledger->mutex_);
    ledger->signer_ = last.signer;
  }
  // Before the own mark is made, so that its loss is noticed too.
  const absl::Status compared = ledger->CompareMarks(connection);
  if (IsReadOnly(compared)) return ledger;  // Open for reading.
  CANDOR_RETURN_IF_ERROR(compared);
  // The file comes first: whoever reads the signer must find it.
  CANDOR_ASSIGN_OR_RETURN(ledger->mark_, Mark::Open(desk.marks_folder, tenant, desk.process));
  CANDOR_ASSIGN_OR_RETURN(ledger->journal_, ErasedJournal::Open(desk.marks_folder, tenant, desk.process));
  CANDOR_RETURN_IF_ERROR(store::AddSigner(connection, tenant, desk.process));
  const absl::StatusOr<Signed> head = ledger->SignHead(connection);
  if (!head.ok() && !IsReadOnly(head.status())) return head.status();
  if (head.ok() && head->size > 0) {
    CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf newest, store::LeafAt(connection, tenant, head->size - 1));
    if (const std::string successor = SuccessorIn(newest.leaf); !successor.empty()) ledger->Close(successor);
  }
  return ledger;
}

void Ledger::TakeSeeds() {
  const std::map<std::uint64_t, crypto::Key> seeds = keyring_->ledger_seeds();
  absl::MutexLock lock(&mutex_);
  for (const auto& [number, seed] : seeds) {
    if (signers_.contains(number)) continue;
    crypto::Ed25519Key key(seed);
    core::VerifierKey vkey = core::VerifierKey::Of(origin_, key.public_key());
    signers_[number] = std::make_shared<Signer>(Signer{.key = std::move(key), .vkey = std::move(vkey)});
  }
}

absl::Status Ledger::RereadKeys(store::Connection& connection) {
  const absl::Status read = keyring_->Reread(connection);
  if (ReasonOf(read) == "KEYS_UNAVAILABLE") {
    return Because(absl::UnavailableError(std::string(read.message())), "KEYS_UNAVAILABLE");
  }
  CANDOR_RETURN_IF_ERROR(read);
  TakeSeeds();
  return absl::OkStatus();
}

core::VerifierKey Ledger::verifier_key() const {
  absl::MutexLock lock(&mutex_);
  const auto found = signers_.find(signer_);
  return found == signers_.end() ? core::VerifierKey{} : found->second->vkey;
}

std::vector<core::VerifierKey> Ledger::verifier_keys() const {
  absl::MutexLock lock(&mutex_);
  std::vector<core::VerifierKey> keys;
  for (const auto& [number, signer] : signers_) keys.push_back(signer->vkey);
  return keys;
}

absl::StatusOr<core::VerifierKey> Ledger::KeyOf(const store::WrappedKey& seed) const {
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key key, keyring_->OpenTenantKey(seed));
  return core::VerifierKey::Of(origin_, crypto::Ed25519Key(key).public_key());
}

std::uint64_t Ledger::signer() const {
  absl::MutexLock lock(&mutex_);
  return signer_;
}

std::uint64_t Ledger::newest_signer() const {
  absl::MutexLock lock(&mutex_);
  return signers_.rbegin()->first;
}

absl::Status Ledger::Writable() const {
  absl::MutexLock lock(&mutex_);
  if (!read_only_.empty()) return ReadOnly(read_only_);
  return successor_.empty() ? absl::OkStatus() : ReadOnly("it is closed, and goes on as " + successor_);
}

std::string Ledger::SuccessorIn(const std::string& leaf) {
  const absl::StatusOr<core::Leaf> newest = core::ParseLeaf(leaf);
  if (!newest.ok() || newest->type != "close") return {};
  const std::string* successor = newest->facts.FindString("successor");
  return successor == nullptr ? std::string() : *successor;
}

void Ledger::Close(const std::string& successor) {
  absl::MutexLock lock(&mutex_);
  successor_ = successor;
}

void Ledger::MakeReadOnly(const std::string& why) {
  {
    absl::MutexLock lock(&mutex_);
    if (!read_only_.empty()) return;
    read_only_ = why;
  }
  Log(Level::kError, "ledger_read_only", {{"origin", origin_}, {"why", why}});
}

absl::Status Ledger::CheckHead(const store::Head& head) {
  CANDOR_RETURN_IF_ERROR(Writable());
  const absl::Time now = clock_.Now();
  if (now - head.database_time > kClockTolerance || head.database_time - now > kClockTolerance) {
    return Because(absl::UnavailableError(
                       "the clocks of server and database differ by more than a second: set them right"),
                   "STORE_UNAVAILABLE");
  }
  if (head.time - now > kClockTolerance) {
    return Because(absl::UnavailableError("the clock is more than a second behind the ledger's last "
                                          "leaf: set it right, or wait"),
                   "STORE_UNAVAILABLE");
  }
  const bool same_wrapper = keyring_->wrapper() == head.wrapper;
  const bool sealed = keyring_->HeadSeal(origin_, head) == head.seal;
  std::string sideways;
  {
    absl::MutexLock lock(&mutex_);
    if (time_line_ != head.time_line) {
      return Because(absl::AbortedError("the database is another than before"), "TIME_LINE_CHANGED");
    }
    if (sealed && (!same_wrapper || !signers_.contains(head.signer))) {
      return Because(absl::AbortedError("the keys of the ledger changed"), "KEYS_CHANGED");
    }
    if (sealed) signer_ = head.signer;
    if (head.size < newest_.size) {
      sideways = "the database holds fewer leaves than were signed: an older backup was restored, "
                 "or its tail was lost";
    } else if (head.size == newest_.size && !newest_.note.empty() && head.root != newest_root_) {
      sideways = "the database holds other leaves than were signed";
    } else if (!sealed) {
      sideways = "no server of this ledger moved its head there: leaves were appended or the head "
                 "altered with the rights of the database alone";
    }
  }
  if (!sideways.empty()) MakeReadOnly(sideways);
  return Writable();
}

absl::StatusOr<std::string> Ledger::Difference(store::Connection& connection) {
  // In this order: other processes go on, and each has its mark before it is a signer, and
  // its leaves before it has their mark.
  CANDOR_ASSIGN_OR_RETURN(const std::vector<Uuid> signers, store::Signers(connection, tenant_));
  const absl::StatusOr<std::vector<FoundMark>> marks = ReadMarks(desk_.marks_folder, tenant_);
  if (!marks.ok()) return std::string(marks.status().message());
  CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(connection, tenant_));
  for (const Uuid& signer : signers) {
    const bool presented = std::any_of(marks->begin(), marks->end(), [&](const FoundMark& mark) {
      return mark.process == signer;
    });
    if (presented || desk_.lost.contains(signer)) continue;
    CANDOR_ASSIGN_OR_RETURN(const auto given_up, store::KnownRequests(connection, tenant_, {GivesUpMark(signer)}));
    if (given_up.empty()) return "the mark of process " + signer.ToText() + " is missing from " + desk_.marks_folder;
  }
  for (const FoundMark& mark : *marks) {
    if (!mark.value || mark.value->size == 0) continue;
    if (mark.value->size > head.size) {
      return "the database holds " + std::to_string(head.size) + " leaves, but " +
             std::to_string(mark.value->size) +
             " were signed: an older backup was restored, or its tail was lost";
    }
    Prover prover(connection, tenant_, mark.value->size);
    const absl::StatusOr<Digest> root = prover.Root();
    if (absl::IsUnavailable(root.status())) return root.status();
    if (!root.ok() || root->ToBase64() != mark.value->root) {
      return "the database holds other leaves than were signed at size " +
             std::to_string(mark.value->size);
    }
  }
  return std::string();
}

absl::Status Ledger::CompareMarks(store::Connection& connection) {
  CANDOR_ASSIGN_OR_RETURN(const std::string difference, Difference(connection));
  if (!difference.empty()) MakeReadOnly(difference);
  CANDOR_RETURN_IF_ERROR(ReplayErasures(connection));
  absl::MutexLock lock(&mutex_);
  if (!read_only_.empty()) return ReadOnly(read_only_);
  time_line_ = connection.system_identifier();
  return absl::OkStatus();
}

absl::Status Ledger::NoteErasure(const store::Batch& batch, bool done) {
  if (batch.destroyed.empty()) return absl::OkStatus();
  return journal_->Add({.leaf = batch.entries.front().leaf_id, .done = done, .handles = batch.destroyed});
}

// What was begun alone, of a ledger that lost nothing, was never committed.
absl::Status Ledger::ReplayErasures(store::Connection& connection) {
  const auto journal = ReadJournals(desk_.marks_folder, tenant_);
  if (!journal.ok()) {
    MakeReadOnly(std::string(journal.status().message()));
    return absl::OkStatus();
  }
  std::vector<store::Handle> asked, again;
  for (const JournaledErasure& erasure : *journal) {
    asked.insert(asked.end(), erasure.handles.begin(), erasure.handles.end());
  }
  CANDOR_ASSIGN_OR_RETURN(const auto alive, store::LiveHandles(connection, tenant_, asked));
  if (alive.empty()) return absl::OkStatus();
  const bool went_back = !Writable().ok();
  for (const JournaledErasure& erasure : *journal) {
    for (const store::Handle& handle : erasure.handles) {
      if (alive.contains(handle) && (erasure.done || went_back)) again.push_back(handle);
    }
  }
  if (again.empty()) return absl::OkStatus();
  CANDOR_RETURN_IF_ERROR(store::DestroyKeys(connection, tenant_, again));
  Log(Level::kWarning, "erasures_replayed", {{"origin", origin_}, {"keys", std::to_string(again.size())}});
  MakeReadOnly("the database came back from before an erasure that was answered: what it destroyed was destroyed again");
  return absl::OkStatus();
}

absl::StatusOr<Signed> Ledger::Sign(const store::Head& head) {
  CANDOR_RETURN_IF_ERROR(Writable());
  absl::MutexLock one(&signing_);
  Signed newest;
  Digest newest_root;
  std::shared_ptr<const Signer> signer;
  {
    absl::MutexLock lock(&mutex_);
    newest = newest_;
    newest_root = newest_root_;
    const auto found = signers_.find(head.signer);
    if (found != signers_.end()) signer = found->second;
  }
  if (signer == nullptr) return Because(absl::AbortedError("the keys of the ledger changed"), "KEYS_CHANGED");
  if (!newest.note.empty() && newest.size == head.size) {
    if (newest_root == head.root) return newest;
    MakeReadOnly("a second root was to be signed for one size");
    return Writable();
  }
  const std::string text = core::CheckpointText({.origin = origin_, .size = head.size, .root = head.root});
  Signed made{.size = head.size, .note = core::SignNote(text, signer->vkey, signer->key)};
  if (head.size < newest.size) return made;  // A size of this history, late; the mark is higher.
  CANDOR_RETURN_IF_ERROR(mark_->Set({.size = head.size, .root = head.root.ToBase64(), .time_line = head.time_line}));
  absl::MutexLock lock(&mutex_);
  newest_ = made;
  newest_root_ = head.root;
  signer_ = std::max(signer_, head.signer);
  return made;
}

absl::StatusOr<std::string> Ledger::SignOlder(store::Connection& connection, std::uint64_t size) {
  std::shared_ptr<const Signer> signer;
  Signed newest;
  core::Checkpoint checkpoint{.origin = origin_, .size = size, .root = {}};
  core::RootPair roots;
  {
    absl::MutexLock lock(&mutex_);
    newest = newest_;
    roots.new_root = newest_root_;
    signer = signers_.at(signer_);
  }
  if (size == newest.size) return newest.note;
  const auto wrong = [] {
    return Because(absl::DataLossError("the stored tree is not the one that was signed: verify the ledger"), "VERIFICATION_FAILED");
  };
  if (size == 0 || size > newest.size) return wrong();
  CANDOR_ASSIGN_OR_RETURN(checkpoint.root, Prover(connection, tenant_, size).Root());
  roots.old_root = checkpoint.root;
  core::ConsistencyProof proof{.old_size = size, .new_size = newest.size, .path = {}};
  CANDOR_ASSIGN_OR_RETURN(proof.path, Prover(connection, tenant_, newest.size).Consistency(size));
  if (!core::VerifyConsistency(proof, roots).ok()) return wrong();
  return core::SignNote(core::CheckpointText(checkpoint), signer->vkey, signer->key);
}

absl::StatusOr<Signed> Ledger::SignHead(store::Connection& connection) {
  store::Head head;
  const auto touch = [&] {
    return store::Append(connection, [&](store::LedgerTransaction& ledger) -> absl::Status {
      CANDOR_ASSIGN_OR_RETURN(head, ledger.Lock(tenant_));
      CANDOR_RETURN_IF_ERROR(CheckHead(head));
      return ledger.Touch();
    });
  };
  absl::Status touched = touch();
  if (ReasonOf(touched) == "KEYS_CHANGED") {
    CANDOR_RETURN_IF_ERROR(RereadKeys(connection));
    touched = touch();
  }
  CANDOR_RETURN_IF_ERROR(touched);
  return Sign(head);
}

Signed Ledger::newest() const {
  absl::MutexLock lock(&mutex_);
  return read_only_.empty() ? newest_ : Signed{};
}

void Ledger::Touched(const absl::flat_hash_set<Uuid>& epochs) {
  absl::MutexLock lock(&mutex_);
  touched_.insert(epochs.begin(), epochs.end());
}

std::vector<Uuid> Ledger::TakeTouched() {
  absl::MutexLock lock(&mutex_);
  std::vector<Uuid> touched(touched_.begin(), touched_.end());
  touched_.clear();
  return touched;
}

}  // namespace candor::ledger
