#include "services/core/commit/erasure.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/prover.h"
#include "services/core/merkle/tree_hash.h"
#include "services/crypto/sha256.h"

namespace candor::core {

Digest ErasureItem(const Digest& k, std::string_view leaf_id, std::string_view section) {
  return crypto::HmacSha256(k.view(), {AsBytes(leaf_id), AsBytes("\n"), AsBytes(section)});
}

ErasureTree::ErasureTree(std::vector<Digest> items) : items_(std::move(items)) {
  std::sort(items_.begin(), items_.end());
  std::vector<Digest> level;
  for (const Digest& item : items_) level.push_back(HashLeaf(item.view()));
  while (!level.empty()) {
    std::vector<Digest> above;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
      above.push_back(HashNode(level[i], level[i + 1]));
    }
    levels_.push_back(std::move(level));
    level = std::move(above);
  }
}

const Digest& ErasureTree::Node(int level, std::uint64_t index) const {
  return levels_[static_cast<std::size_t>(level)][index];
}

Digest ErasureTree::root() const {
  return *RootAt(size(), [this](int level, std::uint64_t index) { return Node(level, index); });
}

absl::StatusOr<ErasureProof> ErasureTree::ProofOf(const Digest& item) const {
  const auto at = std::lower_bound(items_.begin(), items_.end(), item);
  if (at == items_.end() || *at != item) return absl::NotFoundError("no such item");
  ErasureProof proof;
  proof.index = static_cast<std::uint64_t>(at - items_.begin());
  const auto node = [this](int level, std::uint64_t index) { return Node(level, index); };
  CANDOR_ASSIGN_OR_RETURN(proof.path, ProveInclusion(proof.index, size(), node));
  return proof;
}

absl::Status VerifyErased(const Digest& item, const ErasureProof& proof,
                          const ErasureFacts& facts) {
  return VerifyInclusion(HashLeaf(item.view()),
                         {.leaf_index = proof.index, .tree_size = facts.items, .path = proof.path},
                         facts.root);
}

}  // namespace candor::core
