// The AI component: takes application after application through the gate.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "examples/mortgages/applications.h"
#include "examples/mortgages/card.h"
#include "examples/mortgages/gate.h"

namespace mortgages {

struct Counts {
  std::uint64_t authorized = 0;  // ALLOW, with obligations this component honours.
  std::uint64_t escalated = 0;   // A human has to look; nothing was decided.
  std::uint64_t refused = 0;     // Anything else; nothing was decided.
  std::uint64_t recorded = 0;
  std::uint64_t marked = 0;  // Recorded, but with a mark.
  std::uint64_t results = 0;
  std::uint64_t receipts = 0;
};

class Component {
 public:
  // `receipts` is a folder for the receipts, or empty. All arguments outlive the component.
  Component(const Card& card, Gate& gate, const std::string& receipts)
      : card_(card), gate_(gate), receipts_(receipts) {}

  // Takes all applications through, `in_flight` at a time, each by a thread of its own.
  // Returns the first error; applications under way are finished then, and no new begun.
  absl::Status Run(const std::vector<Application>& applications, int in_flight);

  Counts counts() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::uint64_t applications_done() const { return done_; }

 private:
  absl::Status Take(const Application& application);
  absl::Status Decide(const Application& application, const Decision& decision,
                      const candor::v1::AuthorizeResponse& answer);
  // Checks that the leaf is the one of this request and keeps the receipt.
  absl::Status Keep(const candor::v1::Receipt& receipt, const std::string& request_id,
                    const std::string& expected);
  void Count(std::uint64_t Counts::*count) ABSL_LOCKS_EXCLUDED(mutex_);

  const Card& card_;
  Gate& gate_;
  const std::string receipts_;

  std::atomic<std::size_t> next_{0};
  std::atomic<std::uint64_t> done_{0};

  mutable absl::Mutex mutex_;
  Counts counts_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mortgages
