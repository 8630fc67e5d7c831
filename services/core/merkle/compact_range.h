// All that is needed of a tree to append to it: the roots of its maximal full subtrees.
//
// A value; distinct ones may be used by distinct threads.
// Source: RFC 6962, section 2.1; ledger format, section 5 (the head row).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::core {

class CompactRange {
 public:
  // Of the empty tree.
  CompactRange() = default;

  // Errors: kInvalidArgument unless there is one hash for each 1 bit of `size`.
  static absl::StatusOr<CompactRange> FromParts(std::uint64_t size, std::vector<Digest> hashes);

  std::uint64_t size() const { return size_; }

  // The largest subtree, which is the leftmost, first.
  const std::vector<Digest>& hashes() const { return hashes_; }

  // Costs one node hash for each subtree but one.
  Digest Root() const;

  // Costs one node hash on average.
  void Append(const Digest& leaf_hash) { AppendSubtree(0, leaf_hash); }

  // Appends the root of a full subtree of 2^level leaves. The size must be a multiple of
  // that, else this aborts.
  void AppendSubtree(int level, const Digest& root);

  bool operator==(const CompactRange&) const = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> hashes_;
};

}  // namespace candor::core
