// Rows that do not fit what stands beside them, and what is to blame.
//
// A row says its leaf three times: by the bytes themselves, by the column leaf_hash, and
// by the link chain_hash. A full tile says it a fourth time. One altered place leaves the
// others in agreement against it.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/base/digest.h"
#include "services/verify/finding.h"

namespace candor::verify {

// What a row says to the chain.
struct Link {
  Digest leaf_hash;               // Of the bytes as they are.
  std::optional<Digest> chain{};  // The column, if it is a digest.
};

struct Suspect {
  std::uint64_t position = 0;
  Link link{};
  std::optional<Digest> column{};            // The column leaf_hash, if it is another digest.
  std::optional<Digest> tile{};              // What a full tile has for this position.
  std::optional<std::uint64_t> elsewhere{};  // Where tiles have this very leaf.
  std::optional<Digest> before{};            // chain_hash of the row before.
  std::optional<Link> next{};                // The row after.
  std::optional<Digest> end{};               // Of the last row: what the head says of the chain.
  std::vector<Finding> unless_altered{};     // What else was found; void if the leaf is altered.
};

class Diagnosis {
 public:
  explicit Diagnosis(Findings& findings) : findings_(findings) {}

  // In order of position. What is not known of the row before or after counts for
  // nothing.
  void Take(Suspect suspect);

  // Whether a finding explains that the tree is another than the signed one.
  bool tree_is_explained() const { return tree_is_explained_; }
  void ExplainTree() { tree_is_explained_ = true; }

  // Whether the leaf there is not the one that was recorded.
  bool IsAltered(std::uint64_t position) const { return altered_.contains(position); }

  // The chain after `position`, if it was found to be another than the column says.
  std::optional<Digest> CorrectedAt(std::uint64_t position) const;

 private:
  void TakeDifferentColumn(const Suspect& suspect);
  void TakeDifferentTile(const Suspect& suspect);
  void TakeBrokenLink(const Suspect& suspect);
  bool TakeSwap(const Suspect& suspect);

  bool LinksWith(const Suspect& suspect, const Digest& leaf_hash) const;
  bool NextContinues(const Suspect& suspect, const Digest& chain) const;
  void Blame(const Suspect& suspect, const char* column, std::string what);
  void BlameLeaf(std::uint64_t position, std::string what);
  void Correct(std::uint64_t position, const Digest& chain);

  Findings& findings_;
  bool tree_is_explained_ = false;
  std::set<std::uint64_t> altered_;
  std::optional<std::uint64_t> swapped_with_before_;
  std::uint64_t corrected_position_ = 0;
  std::optional<Digest> corrected_;
};

}  // namespace candor::verify
