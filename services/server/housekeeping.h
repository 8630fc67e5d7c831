// What happens by the clock: marks are synced to disk, checkpoints published, and
// authorizations without an outcome in time become leaves.
//
// One thread of its own, joined on destruction.
#pragma once

#include <map>
#include <stop_token>
#include <thread>

#include "services/ledger/appender.h"

namespace candor::server {

class Housekeeping {
 public:
  // All must outlive this.
  Housekeeping(ledger::Ledgers& ledgers, ledger::Appender& appender, store::Pool& writers, const Clock& clock);

 private:
  void Run(const std::stop_token& stop);
  void Publish(ledger::Ledger& ledger);
  void NameMissingOutcomes(const std::shared_ptr<ledger::Ledger>& ledger);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  store::Pool& writers_;
  const Clock& clock_;
  std::map<Uuid, std::uint64_t> published_;
  std::map<Uuid, absl::Time> swept_;
  std::jthread thread_;
};

}  // namespace candor::server
