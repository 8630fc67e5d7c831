// Tells watchers of a ledger each newer checkpoint, whichever server signed it.
//
// Thread-safe. One thread asks for all watchers of a tenant at once; without watchers it sleeps.
#pragma once

#include <list>
#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "candor/v1/ledger_service.pb.h"
#include "services/domain/caller.h"
#include "services/ledger/ledgers.h"
#include "services/rpc/stream.h"

namespace candor::rpc {

class CheckpointWatch {
 public:
  static constexpr absl::Duration kTick = absl::Milliseconds(100);

  struct Watcher {
    domain::Caller caller;
    bool published = false;  // Only what was published.
    Stream::Say say;
    Stream::Reply reply;
    std::function<absl::Status()> may;     // Asked about once a second: a key may be revoked.
    std::optional<std::uint64_t> told{};   // The size of the last one.
    int ticks = 0;
  };

  // All must outlive this.
  CheckpointWatch(ledger::Ledgers& ledgers, store::Pool& readers, store::Pool& writers);
  ~CheckpointWatch() { Stop(); }

  void Add(Watcher watcher);
  // Ends every watch as UNAVAILABLE, and takes no more.
  void Stop();

 private:
  using Watchers = std::list<Watcher>;

  void Run();
  absl::StatusOr<v1::Checkpoint> Newest(const Uuid& tenant, bool published);
  // Whether it still listens.
  bool Tell(Watcher& watcher, const absl::StatusOr<v1::Checkpoint>& newest);

  ledger::Ledgers& ledgers_;
  store::Pool& readers_;
  store::Pool& writers_;
  std::map<Uuid, Watchers> watchers_;  // Of the thread.
  absl::Mutex mutex_;
  Watchers added_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace candor::rpc
