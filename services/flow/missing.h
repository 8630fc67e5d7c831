// What did not come: authorizations without an outcome in time, and numbers that a
// producer left out, become leaves.
//
// Belongs to one thread. Two servers may look at one ledger: what they name follows from
// the same leaves, so it is written once.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <stop_token>

#include "services/ledger/appender.h"
#include "services/store/reader.h"

namespace candor::flow {

class Missing {
 public:
  // A gap is named when it is this old and this far behind, or its epoch was closed.
  static constexpr absl::Duration kGapAge = absl::Seconds(60);
  static constexpr std::uint64_t kGapWindow = 1024;

  // All must outlive this.
  Missing(ledger::Appender& appender, store::Pool& readers, const Clock& clock)
      : appender_(appender), readers_(readers), clock_(clock) {}

  // Names what is due now; to be called about once a second. What could not be written, or
  // read, is tried again at the next call.
  void NameOutcomes(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop);
  void NameNumbers(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop);

  // Writes down that the operator gave up the mark of `process`; whether that is durable.
  bool NameLostMark(const std::shared_ptr<ledger::Ledger>& ledger, const Uuid& process);

 private:
  // What is known of one ledger.
  struct Seen {
    store::Overdue swept;                                // Authorizations up to here were looked at.
    bool knows_epochs = false;
    std::set<Uuid> epochs;                               // To be looked at.
    std::map<Uuid, std::uint64_t> decided;               // By epoch: numbers up to here were.
    std::deque<std::pair<absl::Time, std::uint64_t>> sizes;  // When the ledger had which size.
  };

  bool AppendAll(const std::shared_ptr<ledger::Ledger>& ledger, std::vector<ledger::Entry> entries);
  // Whether all numbers of the epoch that are due were looked at.
  bool NameEpoch(const std::shared_ptr<ledger::Ledger>& ledger, store::Connection& connection, Seen& seen,
                 const Uuid& epoch, std::uint64_t old_size);

  ledger::Appender& appender_;
  store::Pool& readers_;
  const Clock& clock_;
  std::map<Uuid, Seen> seen_;
};

}  // namespace candor::flow
