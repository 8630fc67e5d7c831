// New keys for a ledger. The first leaf brings them, in one commit with their rows; what
// follows from it can be stopped anywhere and goes on from what is stored.
//
// Thread-safe; several servers may go on with the same rotation.
#pragma once

#include <stop_token>

#include "services/flow/entries.h"
#include "services/ledger/appender.h"

namespace candor::flow {

class Rotate {
 public:
  // All must outlive this.
  Rotate(ledger::Ledgers& ledgers, ledger::Appender& appender, store::Pool& writers,
         store::Pool& erasers, const vault::OperatorKeys& keys, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), writers_(writers), erasers_(erasers), keys_(keys), clock_(clock) {}

  struct Rotated {
    ledger::Receipt receipt;  // Of the leaf that brought the keys.
    std::uint64_t wrapper = 0;
    std::uint64_t rewrapped = 0;  // Keys, by this call.
  };
  // Brings a new key that wraps those of persons and, if the statement says `ledger_key`,
  // a new one that signs; then goes on to the end. Errors: kFailedPrecondition WRONG_STATE
  // when another rotation came first.
  absl::StatusOr<Rotated> Keys(const domain::Caller& caller, const Uuid& tenant, domain::Statement statement);

  // Ends what was begun, here or elsewhere: retires a key that signs, wraps all keys under
  // the newest ones, destroys what wraps none any more. How many were wrapped anew; nothing
  // where nothing is under way. Goes on with a ledger that is read-only as far as it can.
  absl::StatusOr<std::uint64_t> GoOn(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop = {});

  // Says by a leaf, once, of each erasure that no key of this server could undo it any more, not even with a backup of
  // the database. How many.
  absl::StatusOr<int> NameFinal(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop = {});

 private:
  absl::StatusOr<std::uint64_t> Rewrap(ledger::Ledger& ledger, const std::stop_token& stop);
  absl::Status RetireSigner(const std::shared_ptr<ledger::Ledger>& ledger);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  store::Pool& writers_;
  store::Pool& erasers_;
  const vault::OperatorKeys& keys_;
  const Clock& clock_;
};

}  // namespace candor::flow
