// Evidence of an erasure: one item for each destroyed section, the items sorted as bytes,
// and an RFC 6962 tree over them whose root and size stand in the erasure leaf.
//
// Pure functions and values; any thread may call.
// Source: ledger format, sections 3 and 10. Frozen by erasure.json.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::core {

// HMAC-SHA-256(k, leaf id || LF || section): says nothing without `k`, 32 random bytes.
Digest ErasureItem(const Digest& k, std::string_view leaf_id, std::string_view section);

struct ErasureProof {
  std::uint64_t index = 0;  // Of the item among the sorted ones.
  std::vector<Digest> path;
};

// Immutable once made; any thread may read.
class ErasureTree {
 public:
  // `items` in any order. Costs a sort and two hashes an item.
  explicit ErasureTree(std::vector<Digest> items);

  const std::vector<Digest>& items() const { return items_; }  // Sorted.
  std::uint64_t size() const { return items_.size(); }
  Digest root() const;

  // Errors: kNotFound: no such item.
  absl::StatusOr<ErasureProof> ProofOf(const Digest& item) const;

 private:
  const Digest& Node(int level, std::uint64_t index) const;

  std::vector<Digest> items_;
  std::vector<std::vector<Digest>> levels_;  // Roots of the full subtrees of 2^level items.
};

// What the erasure leaf says.
struct ErasureFacts {
  std::uint64_t items = 0;
  Digest root;
};

// Checks that `item` is one of those that the erasure leaf counts.
//
// Errors: kInvalidArgument, kDataLoss, as for VerifyInclusion.
absl::Status VerifyErased(const Digest& item, const ErasureProof& proof, const ErasureFacts& facts);

}  // namespace candor::core
