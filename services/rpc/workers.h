// Threads for calls that read the database: completion queues wait for none of them.
//
// Thread-safe.
#pragma once

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace candor::rpc {

class Workers {
 public:
  using Work = absl::AnyInvocable<void()>;

  explicit Workers(int threads);
  // Does what was taken, then joins.
  ~Workers();

  // Takes `work`; no when too much waits already.
  bool Take(Work& work);

 private:
  void Run();

  absl::Mutex mutex_;
  std::deque<Work> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

// What the caller is told when Take says no: kResourceExhausted QUEUE_FULL, with a delay.
absl::Status Overloaded();

}  // namespace candor::rpc
