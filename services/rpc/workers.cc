#include "services/rpc/workers.h"

#include <pthread.h>

#include <utility>

#include "services/base/status.h"

namespace candor::rpc {
namespace {

constexpr std::size_t kMostWaiting = 1000;

}  // namespace

Workers::Workers(int threads) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "worker");
      Run();
    });
  }
}

Workers::~Workers() {
  const absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

bool Workers::Take(Work& work) {
  const absl::MutexLock lock(&mutex_);
  if (waiting_.size() >= kMostWaiting) return false;
  waiting_.push_back(std::move(work));
  return true;
}

void Workers::Run() {
  const auto ready = [this] {
    mutex_.AssertHeld();
    return stopping_ || !waiting_.empty();
  };
  for (;;) {
    Work work;
    {
      const absl::MutexLock lock(&mutex_, absl::Condition(&ready));
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

absl::Status Overloaded() {
  return RetryAfter(Because(absl::ResourceExhaustedError("too many calls wait: repeat after the delay"), "QUEUE_FULL"),
                    absl::Milliseconds(250));
}

}  // namespace candor::rpc
