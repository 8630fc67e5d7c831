// What persons asked for, kept in memory and read on as the ledger grows; and what it means for a
// request about one of them. Persons are found by their keys; what was erased is found by nobody.
//
// Thread-safe. Another process's case is seen after kFresh at the latest; this process's own at once,
// after Read.
#pragma once

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/base/clock.h"
#include "services/domain/cases.h"
#include "services/domain/statement.h"
#include "services/ledger/ledgers.h"

namespace candor::flow {

class CaseBook {
 public:
  static constexpr absl::Duration kFresh = absl::Milliseconds(500);

  // All must outlive this. `writers` reads sealed sections.
  CaseBook(ledger::Ledgers& ledgers, store::Pool& writers, const Clock& clock)
      : ledgers_(ledgers), writers_(writers), clock_(clock) {}

  // Adds what the persons of a request asked for before: the facts `objected`, see
  // domain::ObjectionTo, and `consent_withdrawn`, a list of whose consents do not count: `person`, and
  // `data_used.N` of the N-th datum from 0. A consent given after it was withdrawn counts again.
  // Errors: kUnavailable; kDataLoss.
  absl::Status AddStanding(const Uuid& tenant, domain::Statement& statement);

  // The cases as they stand now. Errors: as above.
  absl::StatusOr<std::shared_ptr<const domain::Cases>> Read(const Uuid& tenant);

  // Those of a person, oldest first. Errors: as above.
  absl::StatusOr<std::vector<domain::Case>> Of(const Uuid& tenant, const std::string& person);

 private:
  using Snapshot = std::shared_ptr<const domain::Cases>;
  struct Page {
    Snapshot cases;
    absl::Time read;
  };
  absl::StatusOr<Snapshot> Get(const Uuid& tenant);
  absl::StatusOr<std::vector<domain::Case>> Find(const domain::Cases& cases, const Uuid& tenant, const std::string& person);

  ledger::Ledgers& ledgers_;
  store::Pool& writers_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  std::map<Uuid, Page> pages_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::flow
