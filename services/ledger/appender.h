// The appender: many callers, one batch, one commit, one receipt each.
//
// Append may be called by any thread. A few workers take what is waiting for a ledger as
// one batch, so that quiet ledgers cost nothing; for one ledger one worker prepares
// (seals, encodes) while another commits. Receipts are built and handed out by the
// thread `ack`. See section 5 of docs/reference/ledger-format.md.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/ledger/batch.h"
#include "services/ledger/ledgers.h"

namespace candor::ledger {

struct AppenderLimits {
  int workers = 2;
  std::size_t batch = 1000;                   // Entries in one commit.
  std::size_t queue_entries = 8192;           // Waiting for one ledger.
  std::size_t queue_bytes = 64 * 1024 * 1024;
};

class Appender {
 public:
  // `ledgers` and `clock` must outlive this.
  Appender(store::Address address, Ledgers& ledgers, const Clock& clock, AppenderLimits limits);
  // Drains what is waiting, then joins.
  ~Appender();

  // Makes `entry` durable under a signed checkpoint, then calls `done` with its receipt.
  // A repetition of a recorded request gives the first leaf. Errors given to `done`:
  //   kResourceExhausted QUEUE_FULL      the tenant's queue is full; carries a delay.
  //   kAlreadyExists REQUEST_ID_REUSED, SEQUENCE_REUSED
  //   kNotFound, kFailedPrecondition     as the claims of entry.h say; ERASED.
  //   kUnavailable                       nothing was written; repeat later.
  //   kUnknown COMMIT_IN_DOUBT           repeat with the same request id.
  //   kFailedPrecondition LEDGER_READ_ONLY  the ledger went backwards or was altered.
  void Append(std::shared_ptr<Ledger> ledger, Entry entry, Done done);

  // Entries waiting or being committed for a tenant.
  std::size_t Waiting(const Uuid& tenant) const;
  // Commits of any ledger since the start.
  std::uint64_t commits() const { return commits_; }
  const AppenderLimits& limits() const { return limits_; }

 private:
  // What waits for one ledger.
  struct Line {
    std::shared_ptr<Ledger> ledger;
    std::deque<std::unique_ptr<Item>> incoming, prepared;
    bool preparing = false, appending = false, listed = false;
    std::size_t entries = 0, bytes = 0;  // In either queue or in work.
  };
  struct Job {
    Line* line = nullptr;
    bool append = false;
    Items items;
  };
  // A committed batch, on its way to its callers.
  struct Committed {
    std::shared_ptr<Ledger> ledger;
    Items items;  // New ones, in order of position.
    std::optional<core::BatchTree> tree;
    std::string checkpoint;
  };

  void Work();
  // Something may have come for a line, or it may go on.
  void List(Line& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ListAgain(Line& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeJob(Job& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunPrepare(store::Connection& connection, Job& job);
  void PrepareItems(store::Connection& connection, Line& line, Items items, Items& ready);
  void RunAppend(store::Connection& connection, Job& job);
  void AppendItems(store::Connection& connection, Ledger& ledger, Items items, Line& line);
  absl::Status Commit(store::Connection& connection, Ledger& ledger, Batch& batch);
  void AnswerRepeats(store::Connection& connection, Ledger& ledger, Items items, const Signed& checkpoint);
  void Finish(Line& line, std::unique_ptr<Item> item, absl::StatusOr<Receipt> answer);
  void Release(Line& line, const Item& item);
  void Acknowledge();
  static void Answer(Committed& batch);

  const store::Address address_;
  Ledgers& ledgers_;
  const Clock& clock_;
  const AppenderLimits limits_;
  std::atomic<std::uint64_t> commits_ = 0;

  mutable absl::Mutex mutex_;
  std::map<Uuid, std::unique_ptr<Line>> lines_ ABSL_GUARDED_BY(mutex_);
  std::deque<Line*> active_ ABSL_GUARDED_BY(mutex_);  // Lines with work; served in turn.
  absl::CondVar changed_;  // Something came, or a worker is done with a line.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  absl::Mutex ack_mutex_;
  std::deque<Committed> acks_ ABSL_GUARDED_BY(ack_mutex_);
  bool acks_end_ ABSL_GUARDED_BY(ack_mutex_) = false;

  std::vector<std::jthread> workers_;
  std::jthread ack_;
};

}  // namespace candor::ledger
