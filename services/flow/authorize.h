// Before: may this AI system take this decision?
//
// Thread-safe. Fails closed: no receipt, no permission.
#pragma once

#include "services/flow/entries.h"
#include "services/flow/registry_book.h"
#include "services/flow/settings_book.h"
#include "services/ledger/appender.h"

namespace candor::flow {

class Authorize {
 public:
  // All must outlive this.
  Authorize(ledger::Ledgers& ledgers, ledger::Appender& appender, SettingsBook& settings,
            RegistryBook& registry, const policy::Engine& engine, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), settings_(settings), registry_(registry), engine_(engine),
        clock_(clock) {}

  // Judges, denies what is stopped, records the answer, and gives its receipt to `done`; the leaf is the answer.
  void Run(const domain::Caller& caller, domain::Statement statement, ledger::Done done);

 private:
  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  SettingsBook& settings_;
  RegistryBook& registry_;
  const policy::Engine& engine_;
  const Clock& clock_;
};

}  // namespace candor::flow
