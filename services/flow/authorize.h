// Before: may this AI system take this decision?
//
// Thread-safe. Fails closed: no receipt, no permission.
#pragma once

#include "services/flow/case_book.h"
#include "services/flow/entries.h"
#include "services/flow/judge.h"
#include "services/flow/oversight.h"
#include "services/flow/settings_book.h"
#include "services/flow/shadow.h"
#include "services/ledger/appender.h"

namespace candor::flow {

class Authorize {
 public:
  // All must outlive this.
  Authorize(ledger::Ledgers& ledgers, ledger::Appender& appender, SettingsBook& settings,
            Judge& judge, Shadow& shadow, Oversight& oversight, CaseBook& cases, store::Pool& writers, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), settings_(settings), judge_(judge), shadow_(shadow),
        oversight_(oversight), cases_(cases), writers_(writers), clock_(clock) {}

  // Judges, records the answer, and gives its receipt to `done`; the leaf is the answer.
  void Run(const domain::Caller& caller, domain::Statement statement, ledger::Done done);

  // Whether the answer is a TRANSFORM: then it is whole with its changes only.
  static bool HasChanges(const ledger::Receipt& receipt);
  // The answer with its changes as they were sealed, so that a repetition gets the same. Reads
  // the database. Errors: kFailedPrecondition ERASED; kDataLoss; kUnavailable.
  absl::StatusOr<ledger::Receipt> WithChanges(const Uuid& tenant, ledger::Receipt receipt);

 private:
  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  SettingsBook& settings_;
  Judge& judge_;
  Shadow& shadow_;
  Oversight& oversight_;
  CaseBook& cases_;
  store::Pool& writers_;
  const Clock& clock_;
};

}  // namespace candor::flow
