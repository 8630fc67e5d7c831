#include "services/verify/receipt.h"

#include <optional>
#include <string>

#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/proof.h"

namespace candor::verify {
namespace {

constexpr const char* kReceipt = "receipt";

std::string Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// The checkpoint, if its signature is good and its origin is the expected one.
std::optional<core::Checkpoint> Open(const core::Proof& proof,
                                     const std::vector<core::VerifierKey>& keys,
                                     std::string_view expected_origin, ReceiptVerdict& verdict) {
  absl::StatusOr<core::Checkpoint> checkpoint = core::OpenCheckpoint(proof.checkpoint, keys);
  if (!checkpoint.ok()) {
    verdict.findings.push_back(
        {.table = kReceipt, .column = "checkpoint", .what = Message(checkpoint.status())});
    return std::nullopt;
  }
  verdict.checkpoint = *checkpoint;
  if (expected_origin.empty() || checkpoint->origin == expected_origin) return *checkpoint;
  verdict.findings.push_back(
      {.table = kReceipt, .column = "checkpoint", .what = "is of another ledger"});
  return std::nullopt;
}

void CheckLeaf(std::string_view leaf_bytes, ReceiptVerdict& verdict) {
  absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(leaf_bytes);
  if (!leaf.ok()) {
    verdict.malformed.push_back(
        {.table = kReceipt, .column = "leaf", .what = Message(leaf.status())});
    return;
  }
  if (!verdict.checkpoint.origin.empty() && leaf->ledger != verdict.checkpoint.origin) {
    verdict.malformed.push_back(
        {.table = kReceipt, .column = "leaf", .what = "names another ledger than its checkpoint"});
    return;
  }
  verdict.leaf = *std::move(leaf);
}

void CheckProof(std::string_view leaf_bytes, std::string_view proof_text,
                const std::vector<core::VerifierKey>& keys, std::string_view expected_origin,
                ReceiptVerdict& verdict) {
  absl::StatusOr<core::Proof> proof = core::ParseProof(proof_text);
  if (!proof.ok()) {
    verdict.findings.push_back(
        {.table = kReceipt, .column = "proof", .what = Message(proof.status())});
    return;
  }
  verdict.position = proof->index;
  const std::optional<core::Checkpoint> checkpoint = Open(*proof, keys, expected_origin, verdict);
  if (!checkpoint) return;
  const absl::Status status = core::VerifyInclusion(
      core::HashLeaf(AsBytes(leaf_bytes)),
      {.leaf_index = proof->index, .tree_size = checkpoint->size, .path = std::move(proof->path)},
      checkpoint->root);
  if (status.ok()) return;
  const bool malformed = status.code() == absl::StatusCode::kInvalidArgument;
  verdict.findings.push_back(
      {.table = kReceipt,
       .position = verdict.position,
       .column = "proof",
       .what = malformed ? Message(status) : "does not lead from this leaf to the root"});
}

}  // namespace

ReceiptVerdict VerifyReceipt(std::string_view leaf_bytes, std::string_view proof_text,
                             const std::vector<core::VerifierKey>& keys,
                             std::string_view expected_origin) {
  ReceiptVerdict verdict;
  CheckProof(leaf_bytes, proof_text, keys, expected_origin, verdict);
  CheckLeaf(leaf_bytes, verdict);
  verdict.intact = verdict.findings.empty();
  return verdict;
}

}  // namespace candor::verify
