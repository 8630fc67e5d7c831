// What happens by the clock: marks are synced to disk, checkpoints published, and what did
// not come in time becomes leaves.
//
// Two threads of its own, joined on destruction: the sync of a mark waits for nothing else.
#pragma once

#include <map>
#include <stop_token>
#include <thread>

#include "services/flow/missing.h"

namespace candor::server {

class Housekeeping {
 public:
  // All must outlive this.
  Housekeeping(ledger::Ledgers& ledgers, ledger::Appender& appender, store::Pool& readers, store::Pool& writers,
               const Clock& clock);

 private:
  void KeepMarks(const std::stop_token& stop);
  void NameMissing(const std::stop_token& stop);
  void Publish(ledger::Ledger& ledger);

  ledger::Ledgers& ledgers_;
  store::Pool& writers_;
  flow::Missing missing_;                    // Of the second thread.
  std::map<Uuid, std::uint64_t> published_;  // Of the first one.
  std::jthread marks_, sweep_;
};

}  // namespace candor::server
