#include "services/rpc/proofs.h"

#include "services/base/status.h"
#include "services/core/tlog/proof.h"
#include "services/ledger/prover.h"
#include "services/store/tenants.h"

namespace candor::rpc {

absl::Status Beyond() {
  return Because(
      absl::NotFoundError("beyond the highest signed size: ask for less, or repeat later"),
      "NOT_FOUND");
}

absl::StatusOr<ledger::Signed> SignedAbove(ledger::Ledger& ledger, store::Pool& writers, std::uint64_t position) {
  ledger::Signed newest = ledger.newest();
  if (newest.size > position && !newest.note.empty()) return newest;
  // Another process may have appended: sign what is there now.
  store::Pool::Lease connection = writers.Borrow();
  const absl::StatusOr<ledger::Signed> head = ledger.SignHead(*connection);
  if (!head.ok() && ledger::IsReadOnly(head.status())) {
    // What was published before still stands.
    CANDOR_ASSIGN_OR_RETURN(const store::PublishedCheckpoint published,
                            store::ReadCheckpoint(*connection, ledger.tenant()));
    if (published.size <= position) return Beyond();
    return ledger::Signed{.size = published.size, .note = published.note};
  }
  CANDOR_RETURN_IF_ERROR(head.status());
  if (head->size <= position) return Beyond();
  return *head;
}

absl::StatusOr<ledger::Receipt> ReceiptOf(ledger::Ledger& ledger, store::Pool& writers, store::StoredLeaf leaf) {
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(ledger, writers, leaf.position));
  store::Pool::Lease connection = writers.Borrow();
  ledger::Prover prover(*connection, ledger.tenant(), checkpoint.size);
  CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Inclusion(leaf.position));
  return ledger::Receipt{.position = leaf.position,
                         .leaf = std::move(leaf.leaf),
                         .proof = core::ProofText(leaf.position, path, checkpoint.note)};
}

}  // namespace candor::rpc
