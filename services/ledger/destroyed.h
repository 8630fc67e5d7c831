// What an erasure destroys, found under the head lock.
//
// Belongs to the thread of the transaction.
#pragma once

#include <string>
#include <vector>

#include "services/ledger/entry.h"

namespace candor::ledger {

struct Destroyed {
  struct Leaf {
    std::uint64_t position = 0;
    Uuid id;
    std::vector<std::string> sections;  // Empty: nothing but the fingerprint of its request.
  };
  std::vector<store::Handle> handles;
  std::vector<Leaf> leaves;
};

// Errors: kNotFound NOT_FOUND where nothing is there to destroy; kDataLoss where what is sealed cannot
// be read; as `erasing.may`.
absl::StatusOr<Destroyed> FindDestroyed(store::LedgerTransaction& transaction, const Erasing& erasing);

}  // namespace candor::ledger
