// One open ledger: its keys, what this process signed for it, and whether it may go on.
//
// Thread-safe. One thread at a time of this process appends; other processes may append too.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "services/base/clock.h"
#include "services/core/tlog/note.h"
#include "services/crypto/ed25519.h"
#include "services/ledger/erased_journal.h"
#include "services/ledger/mark.h"
#include "services/ledger/open_tiles.h"
#include "services/store/append.h"
#include "services/vault/keyring.h"

namespace candor::ledger {

// A checkpoint that this process signed.
struct Signed {
  std::uint64_t size = 0;
  std::string note;
};

// Where a process keeps what must not be in the database, and how it is called.
struct Desk {
  std::string marks_folder;
  Uuid process;
  std::set<Uuid> lost{};  // Processes whose marks an operator gave up.
};

// Request of the leaf, of type `mark_lost`, that gives up the mark of a process.
Uuid GivesUpMark(const Uuid& process);

// Whether an error says that the ledger takes no entries any more.
bool IsReadOnly(const absl::Status& status);

class Ledger {
 public:
  // Reads keys, compares the marks of all processes that may have signed with the stored tree, and signs the head.
  // One that fails that opens read-only. `clock` must outlive it. Errors: kNotFound, kUnavailable, kFailedPrecondition.
  static absl::StatusOr<std::shared_ptr<Ledger>> Open(store::Connection& connection,
                                                      const vault::OperatorKeys& keys,
                                                      const Desk& desk, const Uuid& tenant,
                                                      const std::string& origin, const Clock& clock);

  const Uuid& tenant() const { return tenant_; }
  const std::string& origin() const { return origin_; }
  core::VerifierKey verifier_key() const;                // That signs now.
  std::vector<core::VerifierKey> verifier_keys() const;  // That ever did or will, the first one first.
  // The one that a wrapped seed makes. Errors: kFailedPrecondition.
  absl::StatusOr<core::VerifierKey> KeyOf(const store::WrappedKey& seed) const;
  // Numbers of the key that signs now, and of the newest one: they differ while a rotation is under way.
  std::uint64_t signer() const;
  std::uint64_t newest_signer() const;
  vault::Keyring& keyring() { return *keyring_; }
  const vault::Keyring& keyring() const { return *keyring_; }

  // OK, or why nothing may be appended: kFailedPrecondition, reason LEDGER_READ_ONLY.
  absl::Status Writable() const;
  // From now on nothing is appended or signed. The first reason stays, and is logged.
  void MakeReadOnly(const std::string& why);

  // The ledger that goes on from this one, as a leaf `close` names it, else empty; Writable names it after Close.
  static std::string SuccessorIn(const std::string& leaf);
  void Close(const std::string& successor);

  // Checks a locked head against what was signed: that the ledger went neither backwards
  // nor sideways, that a server moved it, and the clocks. Errors:
  //   kAborted     TIME_LINE_CHANGED: the database is another than before: CompareMarks,
  //                then repeat; KEYS_CHANGED: RereadKeys, then repeat.
  //   kUnavailable the clocks of server and database differ by more than a second, or the
  //                clock is more than a second behind the head.
  //   kFailedPrecondition  the ledger is read-only now.
  absl::Status CheckHead(const store::Head& head);

  // Compares every mark with the stored tree, and destroys again what came back with the database after its
  // erasure; makes the ledger read-only when one differs, or is missing and not given up. Returns Writable().
  absl::Status CompareMarks(store::Connection& connection);

  // Notes outside of the database what an erasure destroys: before its commit, and after. Errors: kUnavailable.
  absl::Status NoteErasure(const store::Batch& batch, bool done);

  // Takes keys that another process brought. Errors: kUnavailable.
  absl::Status RereadKeys(store::Connection& connection);

  // Signs a size that this process's own transaction made durable, and marks it. Sizes may repeat, never with two
  // roots. Errors: as Writable; kUnavailable from the mark.
  absl::StatusOr<Signed> Sign(const store::Head& head);

  // Touches the locked head, commits cleanly, then signs it.
  absl::StatusOr<Signed> SignHead(store::Connection& connection);

  // The checkpoint of an older size, proved to lead to the newest here. Errors: kDataLoss; kUnavailable.
  absl::StatusOr<std::string> SignOlder(store::Connection& connection, std::uint64_t size);

  // The newest signed here; empty before the first, and of a ledger that is read-only: the database may hold less.
  Signed newest() const;

  // Notes that epochs of producers got numbers; TakeTouched gives those noted since the last call.
  void Touched(const absl::flat_hash_set<Uuid>& epochs);
  std::vector<Uuid> TakeTouched();

  // A ledger that opened read-only has no mark of its own.
  absl::Status SyncMark() { return mark_ == nullptr ? absl::OkStatus() : mark_->Sync(); }

  // The open tiles as of the last append; used by the appending thread alone.
  OpenTiles& open_tiles() { return open_tiles_; }

 private:
  Ledger(const Uuid& tenant, std::string origin, Desk desk, const Clock& clock)
      : tenant_(tenant), origin_(std::move(origin)), desk_(std::move(desk)), clock_(clock) {}
  absl::StatusOr<std::string> Difference(store::Connection& connection);
  absl::Status ReplayErasures(store::Connection& connection);
  void TakeSeeds();

  const Uuid tenant_;
  const std::string origin_;
  const Desk desk_;
  const Clock& clock_;
  std::unique_ptr<vault::Keyring> keyring_;
  std::unique_ptr<Mark> mark_;
  std::unique_ptr<ErasedJournal> journal_;
  OpenTiles open_tiles_;

  absl::Mutex signing_;  // One signature at a time, so that the mark only goes up.

  struct Signer {
    crypto::Ed25519Key key;
    core::VerifierKey vkey;
  };
  mutable absl::Mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<const Signer>> signers_ ABSL_GUARDED_BY(mutex_);  // By number.
  std::uint64_t signer_ ABSL_GUARDED_BY(mutex_) = 1;  // As the newest head says.
  Signed newest_ ABSL_GUARDED_BY(mutex_);
  Digest newest_root_ ABSL_GUARDED_BY(mutex_);
  std::string time_line_ ABSL_GUARDED_BY(mutex_);
  std::string read_only_ ABSL_GUARDED_BY(mutex_);
  std::string successor_ ABSL_GUARDED_BY(mutex_);  // Of a closed one.
  absl::flat_hash_set<Uuid> touched_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::ledger
