// What a person asks for becomes a case: a leaf with the clocks that laws start by it.
//
// Thread-safe. Each call waits for its commit.
#pragma once

#include "services/flow/case_book.h"
#include "services/flow/entries.h"

namespace candor::flow {

class Cases {
 public:
  // All must outlive this.
  Cases(ledger::Ledgers& ledgers, ledger::Appender& appender, CaseBook& book, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), book_(book), clock_(clock) {}

  struct Made {
    ledger::Receipt receipt;
    domain::Case opened;
  };
  // Opens a case of a kind, a word of the contract's CaseKind, by a leaf of `type`. What comes of it counts
  // for whoever asks next. Errors: as Appender::Append.
  absl::StatusOr<Made> Open(const domain::Caller& person, domain::Statement statement, const char* type,
                            const std::string& kind);

  // A case of the person. Errors: kNotFound NOT_FOUND.
  absl::StatusOr<domain::Case> Get(const domain::Caller& person, const Uuid& case_id);

 private:
  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  CaseBook& book_;
  const Clock& clock_;
};

}  // namespace candor::flow
