// The tree of RFC 6962, section 2.1, written down word for word and slowly: what the real
// one is compared with.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "services/core/merkle/tree_hash.h"

namespace candor::core {

// The largest power of two below `n`.
inline std::size_t NaiveSplit(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

inline Digest NaiveRoot(std::span<const Digest> leaves) {
  if (leaves.empty()) return EmptyRoot();
  if (leaves.size() == 1) return leaves[0];
  const std::size_t k = NaiveSplit(leaves.size());
  return HashNode(NaiveRoot(leaves.first(k)), NaiveRoot(leaves.subspan(k)));
}

inline std::vector<Digest> NaivePath(std::size_t m, std::span<const Digest> leaves) {
  if (leaves.size() == 1) return {};
  const std::size_t k = NaiveSplit(leaves.size());
  std::vector<Digest> path;
  if (m < k) {
    path = NaivePath(m, leaves.first(k));
    path.push_back(NaiveRoot(leaves.subspan(k)));
  } else {
    path = NaivePath(m - k, leaves.subspan(k));
    path.push_back(NaiveRoot(leaves.first(k)));
  }
  return path;
}

inline std::vector<Digest> NaiveSubproof(std::size_t m, std::span<const Digest> leaves, bool b) {
  if (m == leaves.size()) return b ? std::vector<Digest>() : std::vector{NaiveRoot(leaves)};
  const std::size_t k = NaiveSplit(leaves.size());
  std::vector<Digest> path;
  if (m <= k) {
    path = NaiveSubproof(m, leaves.first(k), b);
    path.push_back(NaiveRoot(leaves.subspan(k)));
  } else {
    path = NaiveSubproof(m - k, leaves.subspan(k), false);
    path.push_back(NaiveRoot(leaves.first(k)));
  }
  return path;
}

// Hashes of the leaves "0", "1", "2" and so on.
inline std::vector<Digest> NumberedLeaves(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(HashLeaf(AsBytes(std::to_string(i))));
  return leaves;
}

}  // namespace candor::core
