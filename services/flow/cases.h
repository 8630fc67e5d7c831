// What a person asks for becomes a case: a leaf with the clocks that laws start by it, and a task for
// the human who answers it, unless it is answered at once.
//
// Thread-safe. Each call waits for its commit.
#pragma once

#include <stop_token>

#include "services/flow/case_book.h"
#include "services/flow/entries.h"
#include "services/law/law_book.h"

namespace candor::flow {

class Cases {
 public:
  // All must outlive this.
  Cases(ledger::Ledgers& ledgers, ledger::Appender& appender, CaseBook& book, store::Pool& readers,
        const law::LawBook& laws, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), book_(book), readers_(readers), laws_(laws), clock_(clock) {}

  struct Made {
    ledger::Receipt receipt;
    domain::Case opened;
  };
  // What a decision that a case is about says of itself.
  struct About {
    std::string system, action, component;  // `component` asked for it; empty: a human did.
  };
  // Opens a case of a kind, a word of the contract's CaseKind, by a leaf of `type`; about the decision that
  // the statement names. What comes of it counts for whoever asks next. Errors: kFailedPrecondition
  // WRONG_STATE where one of that kind about that decision is open; as Appender::Append.
  absl::StatusOr<Made> Open(const domain::Caller& person, domain::Statement statement, const char* type,
                            const std::string& kind, const About& about);

  // A case of the person; all of them, oldest first. Errors: kNotFound NOT_FOUND.
  absl::StatusOr<domain::Case> Get(const domain::Caller& person, const Uuid& case_id);
  absl::StatusOr<std::vector<domain::Case>> All(const domain::Caller& person);

  // Says by a leaf, once, that the answer to a case is late; to be called about once a second.
  void NameLate(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop);

 private:
  absl::StatusOr<ledger::Receipt> Append(const domain::Caller& person, const domain::Statement& statement,
                                         const std::string& kind, const ledger::Entry& entry);
  absl::Status MayOpen(const domain::Caller& person, const domain::Statement& statement, const std::string& kind);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  CaseBook& book_;
  store::Pool& readers_;
  const law::LawBook& laws_;
  const Clock& clock_;
};

}  // namespace candor::flow
