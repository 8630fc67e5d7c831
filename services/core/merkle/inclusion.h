// Inclusion proofs: the evidence that one leaf lies under a given tree root.
//
// Pure functions over values: no I/O, no clock, no locks; any thread may call.
// Source: RFC 9162, section 2.1.3 (the trees of RFC 6962, with SHA-256).
// Frozen by the vectors merkle/inclusion.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::core {

// A path of sibling hashes, the one nearest the leaf first.
struct InclusionProof {
  std::uint64_t leaf_index = 0;  // Zero-based; less than `tree_size`.
  std::uint64_t tree_size = 0;   // Number of leaves under the root.
  std::vector<Digest> path;      // At most 64 digests.
};

// Returns the root that `proof` leads to when it starts from `leaf_hash`.
//
// `leaf_hash` is HashLeaf(entry), neither the entry nor its plain SHA-256.
// Costs one SHA-256 over 65 bytes for each element of the path.
//
// Errors:
//   kInvalidArgument  `leaf_index` is not below `tree_size`, or the path has
//                     the wrong length for the two: the proof is malformed.
absl::StatusOr<Digest> RootFromInclusion(const Digest& leaf_hash, const InclusionProof& proof);

// Checks that the leaf with `leaf_hash` lies under `root`.
//
// Errors:
//   kInvalidArgument  As for RootFromInclusion.
//   kDataLoss         The proof is well formed but leads to another root: the
//                     leaf, the proof or the root is not what was committed to.
absl::Status VerifyInclusion(const Digest& leaf_hash, const InclusionProof& proof,
                             const Digest& root);

}  // namespace candor::core
