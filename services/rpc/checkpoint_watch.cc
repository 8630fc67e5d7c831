#include "services/rpc/checkpoint_watch.h"

#include <pthread.h>

#include "services/base/status.h"
#include "services/rpc/convert/bytes.h"
#include "services/rpc/proofs.h"
#include "services/store/reader.h"

namespace candor::rpc {
namespace {

constexpr int kTicksBetween = 10;  // A second.

absl::Status Stopping() {
  return Because(absl::UnavailableError("the server is stopping: watch again"), "STORE_UNAVAILABLE");
}

}  // namespace

CheckpointWatch::CheckpointWatch(ledger::Ledgers& ledgers, store::Pool& readers, store::Pool& writers)
    : ledgers_(ledgers), readers_(readers), writers_(writers), thread_([this] {
        pthread_setname_np(pthread_self(), "checkpoints");
        Run();
      }) {}

void CheckpointWatch::Add(Watcher watcher) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) return added_.push_back(std::move(watcher));
  }
  watcher.reply(Stopping());
}

void CheckpointWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void CheckpointWatch::Run() {
  for (;;) {
    Watchers added;
    {
      const auto woken = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !added_.empty(); };
      absl::MutexLock lock(&mutex_);
      watchers_.empty() ? mutex_.Await(absl::Condition(&woken))
                        : static_cast<void>(mutex_.AwaitWithTimeout(absl::Condition(&woken), kTick));
      added.swap(added_);
      if (stopping_) {
        for (auto& [_, watchers] : watchers_) added.splice(added.end(), watchers);
        for (Watcher& watcher : added) watcher.reply(Stopping());
        return;
      }
    }
    for (auto at = added.begin(); at != added.end();) {
      Watchers& watchers = watchers_[*at->caller.tenant];
      watchers.splice(watchers.end(), added, at++);
    }
    for (auto at = watchers_.begin(); at != watchers_.end();) {
      std::map<bool, absl::StatusOr<v1::Checkpoint>> newest;
      for (auto watcher = at->second.begin(); watcher != at->second.end();) {
        auto known = newest.find(watcher->published);
        if (known == newest.end()) {
          known = newest.emplace(watcher->published, Newest(at->first, watcher->published)).first;
        }
        watcher = Tell(*watcher, known->second) ? std::next(watcher) : at->second.erase(watcher);
      }
      at = at->second.empty() ? watchers_.erase(at) : std::next(at);
    }
  }
}

absl::StatusOr<v1::Checkpoint> CheckpointWatch::Newest(const Uuid& tenant, bool published) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  store::Pool::Lease connection = readers_.Borrow();
  std::string note;
  if (!published) {
    CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(*connection, tenant));
    if (head.size > 0) {
      CANDOR_ASSIGN_OR_RETURN(const ledger::Signed newest, SignedAbove(*ledger, writers_, head.size - 1));
      note = newest.note;
    }
  }
  if (note.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const store::PublishedCheckpoint stored, store::ReadCheckpoint(*connection, tenant));
    note = stored.note;
  }
  v1::Checkpoint checkpoint;
  CANDOR_RETURN_IF_ERROR(FillCheckpoint(*connection, *ledger, note, checkpoint));
  return checkpoint;
}

// What can't be read now is told with a later tick.
bool CheckpointWatch::Tell(Watcher& watcher, const absl::StatusOr<v1::Checkpoint>& newest) {
  if (++watcher.ticks % kTicksBetween == 0) {
    if (absl::Status may = watcher.may(); !may.ok()) {
      watcher.reply(std::move(may));
      return false;
    }
  }
  Stream::Heard heard = watcher.say(std::nullopt);
  if (heard == Stream::Heard::kTaken && newest.ok() && (!watcher.told || newest->size() > *watcher.told)) {
    v1::WatchCheckpointsResponse response;
    grpc::ByteBuffer bytes;
    *response.mutable_checkpoint() = *newest;
    if (ToWire(response, bytes).ok()) heard = watcher.say(std::move(bytes));
    if (heard == Stream::Heard::kTaken) watcher.told = newest->size();
  }
  if (heard != Stream::Heard::kGone) return true;
  watcher.reply(absl::CancelledError());
  return false;
}

}  // namespace candor::rpc
