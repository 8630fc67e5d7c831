// A backtest: recorded decisions, judged once more by another policy set as if it had ruled
// then, and what would have come out differently.
//
// Thread-safe. It sees what the gate saw: facts, sealed sections, registry, limits and clock
// of each decision. Nothing of a decision changes; the report is a leaf.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/flow/policy_sets.h"
#include "services/flow/register.h"
#include "services/flow/tally.h"

namespace candor::flow {

class Backtest {
 public:
  // All must outlive this. `writers` reads sealed sections.
  Backtest(ledger::Ledgers& ledgers, Register& registers, RegistryBook& book, PolicySets& sets, store::Pool& writers)
      : ledgers_(ledgers), registers_(registers), book_(book), sets_(sets), writers_(writers) {}

  struct Asked {
    Digest set;
    std::uint64_t first = 0, end = 0;  // Positions [first, end); end 0: that of the ledger now.
    std::string action;                // Empty: every one.
    std::string group_by;              // A protected attribute; empty: none.
  };
  // Told from one thread at a time: decisions tried, and positions passed of those in the range.
  using Progress = std::function<void(std::uint64_t tried, std::uint64_t passed, std::uint64_t positions)>;

  struct Done {
    BacktestReport report;
    Register::Made made;
  };
  // A repetition of the request joins the run, while it goes on, and has its recorded report afterwards: whoever
  // lost the connection asks again. Errors: kNotFound for the set; kResourceExhausted QUEUE_FULL while another one
  // of this tenant runs; kUnavailable when Stop was called.
  absl::StatusOr<Done> Run(const domain::Caller& caller, domain::Statement statement, const Asked& asked,
                           const Progress& progress);

  // Lets what runs end soon.
  void Stop() { stopping_ = true; }

 private:
  class Replay;
  // One that runs, for all who wait for it.
  struct Shared {
    Uuid request;
    std::string fingerprint_text;
    absl::Mutex mutex;
    std::uint64_t tried ABSL_GUARDED_BY(mutex) = 0, passed ABSL_GUARDED_BY(mutex) = 0,
                  positions ABSL_GUARDED_BY(mutex) = 0;
    std::optional<absl::StatusOr<Done>> done ABSL_GUARDED_BY(mutex);
  };
  absl::StatusOr<Done> RunOnce(const domain::Caller& caller, domain::Statement statement, const Asked& asked,
                               const Progress& progress);
  absl::StatusOr<Done> Replayed(const domain::Caller& caller, domain::Statement statement, const Asked& asked,
                                const Progress& progress);
  static absl::StatusOr<Done> Join(Shared& shared, const Progress& progress);

  ledger::Ledgers& ledgers_;
  Register& registers_;
  RegistryBook& book_;
  PolicySets& sets_;
  store::Pool& writers_;
  std::atomic<bool> stopping_ = false;
  absl::Mutex mutex_;
  std::map<Uuid, std::shared_ptr<Shared>> running_ ABSL_GUARDED_BY(mutex_);  // By tenant.
};

}  // namespace candor::flow
