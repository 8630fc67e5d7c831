// What happens by the clock: marks are synced to disk, checkpoints published, what did not
// come in time becomes leaves, a rotation that was cut short goes on, ledgers are read on for searches,
// and whether anything can be recorded is told.
//
// Four threads of its own, joined on destruction: the sync of a mark waits for nothing else.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <thread>

#include "services/flow/cases.h"
#include "services/flow/missing.h"
#include "services/flow/oversight.h"
#include "services/flow/rotate.h"
#include "services/flow/search_book.h"

namespace candor::server {

class Housekeeping {
 public:
  // Called when it changes, and at first: whether the database can be reached and at least
  // one ledger takes entries, or none is there yet.
  using Tell = std::function<void(bool writable)>;

  // All must outlive this.
  Housekeeping(ledger::Ledgers& ledgers, ledger::Appender& appender, flow::Rotate& rotate, flow::Oversight& oversight,
               flow::Cases& cases, flow::SearchBook& search, store::Pool& readers, store::Pool& writers, const Clock& clock, Tell tell);

 private:
  void KeepMarks(const std::stop_token& stop);
  void NameMissing(const std::stop_token& stop);
  void GoOnRotating(const std::stop_token& stop);
  void ReadOn(const std::stop_token& stop);
  void Publish(ledger::Ledger& ledger);
  void TellWritable();

  ledger::Ledgers& ledgers_;
  flow::Rotate& rotate_;
  flow::Oversight& oversight_;
  flow::Cases& cases_;
  flow::SearchBook& search_;
  const Clock& clock_;
  store::Pool& writers_;
  flow::Missing missing_;                    // Of the second thread.
  std::map<Uuid, std::uint64_t> published_;  // Of the first one.
  const Tell tell_;
  std::optional<bool> told_;
  std::jthread marks_, sweep_, rotation_, reading_;
};

}  // namespace candor::server
