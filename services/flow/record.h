// After: what was decided, what came of it, and what will not be used.
//
// Thread-safe. What really happened is never refused: whatever does not fit is marked.
#pragma once

#include "services/flow/authorize.h"

namespace candor::flow {

class Record {
 public:
  // All must outlive this.
  Record(ledger::Ledgers& ledgers, ledger::Appender& appender, SettingsBook& settings,
         Judge& judge, store::Pool& readers, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), settings_(settings), judge_(judge), readers_(readers),
        clock_(clock) {}

  // The outcome of an authorization.
  void Outcome(const domain::Caller& caller, domain::Statement statement, ledger::Done done);
  // A decision that nobody gated.
  void Observed(const domain::Caller& caller, domain::Statement statement, ledger::Done done);
  // Anything that follows a decision or an authorization: `type` result, notice, obligations.
  void Following(const domain::Caller& caller, domain::Statement statement, std::string type,
                 ledger::Done done);
  // A start of a component ended: facts producer, epoch, count. Refused when it was closed
  // with another count, or when a higher number is there.
  void Closing(const domain::Caller& caller, domain::Statement statement, ledger::Done done);
  // The authorization will not be used.
  void Cancelled(const domain::Caller& caller, domain::Statement statement, ledger::Done done);

 private:
  // Adds what the rules say of what happened.
  absl::Status AddVerdict(const domain::Caller& caller, const char* call, domain::Statement& statement);
  void Append(const domain::Caller& caller, domain::Statement statement, std::string type,
              ledger::Claim claim, std::vector<std::string> marks, ledger::Done done);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  SettingsBook& settings_;
  Judge& judge_;
  store::Pool& readers_;
  const Clock& clock_;
};

}  // namespace candor::flow
