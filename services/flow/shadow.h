// A candidate set on live traffic: what it would have answered, counted beside what was
// answered. It changes nothing, and no caller waits for it.
//
// Thread-safe. Has one thread, `shadow`; what finds no place in its queue is counted as not
// judged.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/flow/policy_sets.h"
#include "services/flow/recalled.h"
#include "services/flow/tally.h"
#include "services/ledger/appender.h"

namespace candor::flow {

class Shadow {
 public:
  static constexpr std::size_t kMostWaiting = 1024;  // Of all tenants.
  static constexpr std::size_t kMostNamed = 100;     // Authorizations that a report names.

  // All must outlive this.
  Shadow(PolicySets& sets, ledger::Ledgers& ledgers, ledger::Appender& appender, const Clock& clock);
  // Writes down what was counted.
  ~Shadow();

  // An authorization that was recorded with that verdict, for the set of that digest. Returns at
  // once.
  void Offer(const Uuid& tenant, const Digest& set, std::shared_ptr<const Recalled> seen, domain::Verdict verdict,
             const Uuid& authorization);

  // What was counted since the last report, once all that waits is judged; as a leaf of type
  // `shadow_report`, if anything was. Errors: as Appender::Append.
  absl::StatusOr<BacktestReport> Report(const Uuid& tenant, const Digest& set);

 private:
  using Key = std::pair<Uuid, Digest>;
  struct Case {
    Key key;
    std::shared_ptr<const Recalled> seen;
    domain::Verdict verdict;
    Uuid authorization;
  };
  struct Counted {
    Tally tally;
    absl::Time since;
    Uuid last;                        // The newest authorization that was counted.
    std::vector<Uuid> differing;
  };

  void Run();
  void Judge(const Case& one);
  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return waiting_.empty() && !judging_; }
  Counted& CountedOf(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Write(const Key& key, const Counted& counted);

  PolicySets& sets_;
  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  const Clock& clock_;
  absl::Mutex mutex_;
  std::deque<Case> waiting_ ABSL_GUARDED_BY(mutex_);
  bool judging_ ABSL_GUARDED_BY(mutex_) = false, stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<Key, Counted> counted_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace candor::flow
