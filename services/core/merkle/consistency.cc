#include "services/core/merkle/consistency.h"

#include <bit>

#include "services/core/merkle/tree_hash.h"

namespace candor::core {
namespace {

absl::Status WrongLength() {
  return absl::InvalidArgumentError("the path has the wrong length");
}

}  // namespace

absl::StatusOr<RootPair> ConsistencyRoots(const ConsistencyProof& proof, const Digest& known) {
  if (proof.old_size == 0 || proof.old_size > proof.new_size) {
    return absl::InvalidArgumentError("the old size is zero, or above the new one");
  }
  if (proof.old_size == proof.new_size) {
    if (!proof.path.empty()) return WrongLength();
    return RootPair{.old_root = known, .new_root = known};
  }

  // RFC 9162, section 2.1.4.2. A power of two is its own first element.
  std::uint64_t node = proof.old_size - 1;
  std::uint64_t last = proof.new_size - 1;
  const int shift = std::countr_one(node);
  node >>= shift;
  last >>= shift;
  std::size_t next = 0;
  if (!std::has_single_bit(proof.old_size)) {
    if (proof.path.empty()) return WrongLength();
    next = 1;
  }
  Digest old_root = next == 1 ? proof.path.front() : known;
  Digest new_root = old_root;
  for (; next < proof.path.size(); ++next) {
    if (last == 0) return WrongLength();
    const Digest& sibling = proof.path[next];
    if (node % 2 == 1 || node == last) {
      old_root = HashNode(sibling, old_root);
      new_root = HashNode(sibling, new_root);
      while (node % 2 == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_root = HashNode(new_root, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return WrongLength();
  return RootPair{.old_root = old_root, .new_root = new_root};
}

absl::Status VerifyConsistency(const ConsistencyProof& proof, const RootPair& roots) {
  const absl::StatusOr<RootPair> led = ConsistencyRoots(proof, roots.old_root);
  if (!led.ok()) return led.status();
  if (proof.old_size == proof.new_size && led->new_root != roots.new_root) return absl::DataLossError("two roots for one size");
  if (led->old_root != roots.old_root) return absl::DataLossError("the path leads to another old root");
  if (led->new_root != roots.new_root) return absl::DataLossError("the path leads to another new root");
  return absl::OkStatus();
}

}  // namespace candor::core
