// Tells watchers of tasks whatever changes, as soon as it is committed, by whichever server.
//
// Thread-safe. One thread asks the database for all watchers of a tenant at once; without
// watchers it sleeps.
#pragma once

#include <list>
#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "candor/v1/oversight_service.pb.h"
#include "services/flow/case_book.h"
#include "services/flow/oversight.h"
#include "services/rpc/stream.h"

namespace candor::rpc {

// Adds the case that a task is about, without its texts. What was erased is left out.
absl::Status AddCase(flow::CaseBook& cases, const Uuid& tenant, const Uuid& case_id, v1::Task& out);

class TaskWatch {
 public:
  static constexpr absl::Duration kTick = absl::Milliseconds(25);

  struct Watcher {
    domain::Caller caller;
    std::optional<Uuid> task;  // Only this one.
    std::string queue;         // Only of this one; empty: of all.
    Stream::Say say;
    Stream::Reply reply;
    std::function<absl::Status()> may;       // Asked about once a second: a key may be revoked.
    std::map<Uuid, domain::Task> waiting{};  // To be told, each as it is now.
    int ticks = 0;
  };

  // All must outlive this.
  TaskWatch(flow::Oversight& oversight, flow::CaseBook& cases, store::Pool& readers, const Clock& clock);
  ~TaskWatch() { Stop(); }

  void Add(Watcher watcher);
  // Ends every watch as UNAVAILABLE, and takes no more.
  void Stop();

 private:
  // The watchers of one tenant, and how far they were told.
  struct Group {
    std::uint64_t position = 0;
    bool begun = false;
    std::list<Watcher> watchers;
  };

  void Run();
  bool Begin(store::Connection& connection, const Uuid& tenant, Watcher& watcher);
  bool ReadOn(store::Connection& connection, const Uuid& tenant, Group& group);
  // Whether it still listens.
  bool Tell(Watcher& watcher);

  flow::Oversight& oversight_;
  flow::CaseBook& cases_;
  store::Pool& readers_;
  const Clock& clock_;
  std::map<Uuid, Group> groups_;  // Of the thread.
  absl::Mutex mutex_;
  std::list<Watcher> added_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace candor::rpc
