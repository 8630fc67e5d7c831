#include "services/core/merkle/inclusion.h"

#include <bit>

#include "services/core/merkle/tree_hash.h"

namespace candor::core {
namespace {

// Siblings below the point where the path of the leaf meets that of the last leaf, and
// left siblings above it.
std::size_t PathLength(std::uint64_t leaf_index, std::uint64_t tree_size) {
  const int inner = static_cast<int>(std::bit_width(leaf_index ^ (tree_size - 1)));
  const int border = inner < 64 ? std::popcount(leaf_index >> inner) : 0;
  return static_cast<std::size_t>(inner + border);
}

}  // namespace

absl::StatusOr<Digest> RootFromInclusion(const Digest& leaf_hash, const InclusionProof& proof) {
  if (proof.leaf_index >= proof.tree_size) {
    return absl::InvalidArgumentError("the leaf index is not below the tree size");
  }
  if (proof.path.size() != PathLength(proof.leaf_index, proof.tree_size)) {
    return absl::InvalidArgumentError("the path has the wrong length");
  }
  std::uint64_t node = proof.leaf_index;
  std::uint64_t last = proof.tree_size - 1;
  Digest hash = leaf_hash;
  for (const Digest& sibling : proof.path) {
    while (node % 2 == 0 && node == last) {  // No sibling at this level.
      node >>= 1;
      last >>= 1;
    }
    hash = node % 2 == 1 ? HashNode(sibling, hash) : HashNode(hash, sibling);
    node >>= 1;
    last >>= 1;
  }
  return hash;
}

absl::Status VerifyInclusion(const Digest& leaf_hash, const InclusionProof& proof,
                             const Digest& root) {
  const absl::StatusOr<Digest> found = RootFromInclusion(leaf_hash, proof);
  if (!found.ok()) return found.status();
  if (*found == root) return absl::OkStatus();
  return absl::DataLossError("the path leads to another root");
}

}  // namespace candor::core
