#include "services/ledger/ledger.h"

#include <algorithm>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/core/tlog/checkpoint.h"
#include "services/ledger/prover.h"
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
  ledger->signer_ = std::make_unique<crypto::Ed25519Key>(ledger->keyring_->ledger_seed());
  ledger->verifier_key_ = core::VerifierKey::Of(origin, ledger->signer_->public_key());
  // Before the own mark is made, so that its loss is noticed too.
  const absl::Status compared = ledger->CompareMarks(connection);
  if (IsReadOnly(compared)) return ledger;  // Open for reading.
  CANDOR_RETURN_IF_ERROR(compared);
  // The file comes first: whoever reads the signer must find it.
  CANDOR_ASSIGN_OR_RETURN(ledger->mark_, Mark::Open(desk.marks_folder, tenant, desk.process));
  CANDOR_RETURN_IF_ERROR(store::AddSigner(connection, tenant, desk.process));
  const absl::StatusOr<Signed> head = ledger->SignHead(connection);
  if (!head.ok() && !IsReadOnly(head.status())) return head.status();
  return ledger;
}

absl::Status Ledger::Writable() const {
  absl::MutexLock lock(&mutex_);
  return read_only_.empty() ? absl::OkStatus() : ReadOnly(read_only_);
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
  const bool sealed = keyring_->HeadSeal(origin_, head) == head.seal;
  std::string sideways;
  {
    absl::MutexLock lock(&mutex_);
    if (time_line_ != head.time_line) {
      return Because(absl::AbortedError("the database is another than before"), "TIME_LINE_CHANGED");
    }
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
  absl::MutexLock lock(&mutex_);
  if (!read_only_.empty()) return ReadOnly(read_only_);
  time_line_ = connection.system_identifier();
  return absl::OkStatus();
}

absl::StatusOr<Signed> Ledger::Sign(std::uint64_t size, const Digest& root,
                                    const std::string& time_line) {
  CANDOR_RETURN_IF_ERROR(Writable());
  absl::MutexLock one(&signing_);
  Signed newest;
  Digest newest_root;
  {
    absl::MutexLock lock(&mutex_);
    newest = newest_;
    newest_root = newest_root_;
  }
  if (!newest.note.empty() && newest.size == size) {
    if (newest_root == root) return newest;
    MakeReadOnly("a second root was to be signed for one size");
    return Writable();
  }
  const std::string text = core::CheckpointText({.origin = origin_, .size = size, .root = root});
  Signed made{.size = size, .note = core::SignNote(text, verifier_key_, *signer_)};
  if (size < newest.size) return made;  // A size of this history, late; the mark is higher.
  CANDOR_RETURN_IF_ERROR(mark_->Set({.size = size, .root = root.ToBase64(), .time_line = time_line}));
  absl::MutexLock lock(&mutex_);
  newest_ = made;
  newest_root_ = root;
  return made;
}

absl::StatusOr<Signed> Ledger::SignHead(store::Connection& connection) {
  store::Head head;
  CANDOR_RETURN_IF_ERROR(store::Append(connection, [&](store::LedgerTransaction& ledger) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(head, ledger.Lock(tenant_));
    CANDOR_RETURN_IF_ERROR(CheckHead(head));
    return ledger.Touch();
  }));
  return Sign(head.size, head.root, head.time_line);
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
