#include "services/core/merkle/prover.h"

#include <algorithm>
#include <bit>

#include "services/base/status.h"
#include "services/core/merkle/tree_hash.h"

namespace candor::core {
namespace {

// The leaves [first, end), where `first` is a multiple of the smallest power of two that
// is not below their number: what the splits of RFC 6962 leave.
struct Run {
  std::uint64_t first = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - first; }

  // The first leaf of the right half: the largest power of two below the size.
  std::uint64_t split() const { return first + std::bit_floor(size() - 1); }
};

absl::StatusOr<Digest> RootOf(Run run, FullNode node) {
  std::vector<Digest> lefts;
  while (!std::has_single_bit(run.size())) {
    const int level = static_cast<int>(std::bit_width(run.size())) - 1;
    CANDOR_ASSIGN_OR_RETURN(lefts.emplace_back(), node(level, run.first >> level));
    run.first = run.split();
  }
  const int level = std::countr_zero(run.size());
  CANDOR_ASSIGN_OR_RETURN(Digest root, node(level, run.first >> level));
  for (; !lefts.empty(); lefts.pop_back()) root = HashNode(lefts.back(), root);
  return root;
}

}  // namespace

absl::StatusOr<std::vector<Digest>> ProveInclusion(std::uint64_t index, std::uint64_t size,
                                                   FullNode node) {
  if (index >= size) return absl::InvalidArgumentError("the index is not below the size");
  std::vector<Digest> path;
  Run run{.first = 0, .end = size};
  while (run.size() > 1) {
    const bool left = index < run.split();
    const Run other = left ? Run{run.split(), run.end} : Run{run.first, run.split()};
    run = left ? Run{run.first, run.split()} : Run{run.split(), run.end};
    CANDOR_ASSIGN_OR_RETURN(path.emplace_back(), RootOf(other, node));
  }
  std::reverse(path.begin(), path.end());
  return path;
}

absl::StatusOr<std::vector<Digest>> ProveConsistency(std::uint64_t old_size, std::uint64_t new_size,
                                                     FullNode node) {
  if (old_size == 0 || old_size > new_size) {
    return absl::InvalidArgumentError("the old size is zero, or above the new one");
  }
  std::vector<Digest> path;
  Run run{.first = 0, .end = new_size};
  bool is_old_tree = true;  // `run`, once it ends with the old tree, is all of it.
  while (run.end != old_size) {
    if (old_size <= run.split()) {
      CANDOR_ASSIGN_OR_RETURN(path.emplace_back(), RootOf({run.split(), run.end}, node));
      run.end = run.split();
    } else {
      CANDOR_ASSIGN_OR_RETURN(path.emplace_back(), RootOf({run.first, run.split()}, node));
      run.first = run.split();
      is_old_tree = false;
    }
  }
  if (!is_old_tree) {
    CANDOR_ASSIGN_OR_RETURN(path.emplace_back(), RootOf(run, node));
  }
  std::reverse(path.begin(), path.end());
  return path;
}

absl::StatusOr<Digest> RootAt(std::uint64_t size, FullNode node) {
  if (size == 0) return EmptyRoot();
  return RootOf({.first = 0, .end = size}, node);
}

absl::StatusOr<CompactRange> RangeAt(std::uint64_t size, FullNode node) {
  std::vector<Digest> hashes;
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    CANDOR_ASSIGN_OR_RETURN(hashes.emplace_back(), node(level, (size >> level) - 1));
  }
  return CompactRange::FromParts(size, std::move(hashes));
}

}  // namespace candor::core
