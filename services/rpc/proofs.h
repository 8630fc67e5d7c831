// Receipts of leaves that were recorded before.
//
// Thread-safe.
#pragma once

#include "candor/v1/receipt.pb.h"
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

// The receipts of leaves under one signed checkpoint, in their order.
absl::Status AddReceipts(ledger::Ledger& ledger, store::Pool& writers, const std::vector<store::StoredLeaf>& leaves,
                         google::protobuf::RepeatedPtrField<v1::Receipt>& out);

// A signed note of the ledger as the wire tells it.
absl::Status FillCheckpoint(store::Connection& connection, const ledger::Ledger& ledger, const std::string& note,
                            v1::Checkpoint& out);

}  // namespace candor::rpc
