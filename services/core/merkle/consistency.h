// Consistency proofs: the evidence that a tree only grew, and changed nothing it had.
//
// Pure functions over values; any thread may call.
// Source: RFC 9162, section 2.1.4. Frozen by the vectors merkle/consistency.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::core {

struct ConsistencyProof {
  std::uint64_t old_size = 0;  // From 1: from the empty tree there is no proof.
  std::uint64_t new_size = 0;  // Not below `old_size`; if equal, the path is empty.
  std::vector<Digest> path;    // At most 65 digests.
};

struct RootPair {
  Digest old_root;
  Digest new_root;
};

// Checks that the tree under `roots.new_root` has the one under `roots.old_root` as its
// beginning.
//
// Errors:
//   kInvalidArgument  The sizes are out of order or the path has the wrong length.
//   kDataLoss         The proof is well formed but leads to other roots: the two trees
//                     are not one history, or the proof was altered.
absl::Status VerifyConsistency(const ConsistencyProof& proof, const RootPair& roots);

// The roots that a proof leads to. `old_root` is where it begins if the old size is a power of
// two, and not asked for otherwise. Errors: kInvalidArgument, as above.
absl::StatusOr<RootPair> ConsistencyRoots(const ConsistencyProof& proof, const Digest& old_root);

}  // namespace candor::core
