// Receipts of leaves that were recorded before.
//
// Thread-safe.
#pragma once

#include "services/ledger/entry.h"
#include "services/ledger/ledger.h"
#include "services/store/reader.h"

namespace candor::rpc {

// NOT_FOUND of a leaf that no signed checkpoint holds.
absl::Status Beyond();

// A signed checkpoint that holds the leaf at `position`; signs what another process appended.
// Errors: kNotFound NOT_FOUND; as Ledger::SignHead.
absl::StatusOr<ledger::Signed> SignedAbove(ledger::Ledger& ledger, store::Pool& writers, std::uint64_t position);

// The receipt of a leaf. Errors: as above.
absl::StatusOr<ledger::Receipt> ReceiptOf(ledger::Ledger& ledger, store::Pool& writers, store::StoredLeaf leaf);

}  // namespace candor::rpc
