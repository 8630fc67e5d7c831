// Reads ledgers on for searches: each leaf of a decision changes what the decision is found by.
// Appends know nothing of it.
//
// Thread-safe; any number of processes may do it, one at a time for each ledger.
#pragma once

#include "services/base/clock.h"
#include "services/domain/grants.h"
#include "services/flow/courtesy.h"
#include "services/ledger/ledger.h"
#include "services/store/search.h"

namespace candor::flow {

// A decision as its leaves say it, in order. Errors: kDataLoss.
absl::StatusOr<store::DecisionRow> FoldDecision(const std::vector<store::StoredLeaf>& leaves);

// What of a ledger is seen under a grant of this scope. `leaves` must outlive it. Errors: kUnavailable;
// kDataLoss.
absl::StatusOr<store::Sight> SightOf(store::Pool& leaves, const Uuid& tenant, const domain::GrantScope& scope);

// And of its leaves below `size`, of which the last is of `time`: as if it had ended there.
store::Sight SightBelow(store::Pool& leaves, const Uuid& tenant, std::uint64_t size, absl::Time time);

class SearchBook {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(1);
  static constexpr absl::Duration kUntilRead = absl::Seconds(30);  // For what leaves nothing out.

  // All must outlive this.
  SearchBook(store::Pool& writers, Courtesy& courtesy, const Clock& clock)
      : writers_(writers), courtesy_(courtesy), clock_(clock) {}

  // Of all who read much.
  Courtesy& courtesy() { return courtesy_; }

  // Reads on until all leaves below `size` count, or `patience` is over, or it has no time for it (see Courtesy) within a
  // tenth of that. Returns how many count: more than `size`, where somebody read further. Errors: kUnavailable; kDataLoss.
  absl::StatusOr<std::uint64_t> ReadOn(const ledger::Ledger& ledger, std::uint64_t size, absl::Duration patience);

  // The same up to what is committed now.
  absl::StatusOr<std::uint64_t> CatchUp(const ledger::Ledger& ledger, absl::Duration patience);

 private:
  store::Pool& writers_;
  Courtesy& courtesy_;
  const Clock& clock_;
};

}  // namespace candor::flow
