#include "services/rpc/proofs.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"
#include "services/ledger/prover.h"
#include "services/rpc/convert/answer.h"
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

absl::Status FillCheckpoint(store::Connection& connection, const ledger::Ledger& ledger,
                            const std::string& note, v1::Checkpoint& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Checkpoint checkpoint,
                          core::OpenCheckpoint(note, ledger.verifier_keys()));
  out.set_origin(checkpoint.origin);
  out.set_size(checkpoint.size);
  out.set_root(std::string(AsText(checkpoint.root.view())));
  out.set_note(note);
  if (checkpoint.size == 0) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf last,
                          store::LeafAt(connection, ledger.tenant(), checkpoint.size - 1));
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(last.leaf);
  if (leaf.ok()) *out.mutable_leaf_time() = ToWire(leaf->time);
  return absl::OkStatus();
}

absl::Status AddReceipts(ledger::Ledger& ledger, store::Pool& writers, const std::vector<store::StoredLeaf>& leaves,
                         google::protobuf::RepeatedPtrField<v1::Receipt>& out) {
  if (leaves.empty()) return absl::OkStatus();
  std::uint64_t highest = 0;
  for (const store::StoredLeaf& leaf : leaves) highest = std::max(highest, leaf.position);
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(ledger, writers, highest));
  store::Pool::Lease connection = writers.Borrow();
  ledger::Prover prover(*connection, ledger.tenant(), checkpoint.size);
  for (const store::StoredLeaf& leaf : leaves) {
    CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Inclusion(leaf.position));
    ToWire({.position = leaf.position, .leaf = leaf.leaf, .proof = core::ProofText(leaf.position, path, checkpoint.note)},
           *out.Add());
  }
  return absl::OkStatus();
}

}  // namespace candor::rpc
