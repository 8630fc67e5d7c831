// What a segment leaves behind for the join.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "services/base/digest.h"
#include "services/base/id.h"
#include "services/core/commit/erasure.h"
#include "services/verify/facts.h"
#include "services/verify/finding.h"
#include "services/verify/suspect.h"
#include "services/verify/tiles.h"
#include "services/verify/told.h"

namespace candor::verify {

struct ErasureLeaf {
  std::uint64_t position = 0;
  core::ErasureFacts facts;
};

// A section that is said to be erased: it stands or falls with a leaf further on.
struct ErasedSection {
  std::uint64_t position = 0;
  std::string name;
  Digest item;
  std::uint64_t erasure_position = 0;
  core::ErasureProof proof;
};

// A full subtree: its height and root.
using Subtree = std::pair<int, Digest>;

struct SegmentData {
  std::uint64_t first = 0;
  std::uint64_t rows = 0;  // Up to the last one there, or missing at the end.

  Findings findings;
  Findings malformed;
  std::map<std::uint64_t, std::vector<Finding>> unless_altered;  // Void if that leaf is altered.
  std::vector<Suspect> suspects;  // By position; the first row is always among them.
  bool tree_is_explained = false;

  // Over the leaves as they are. Without them if a row is missing that no tile tells.
  bool tree_is_known = true;
  std::vector<Subtree> subtrees;  // Of all rows, left to right.
  std::vector<std::pair<std::uint64_t, std::vector<Subtree>>> at_sizes;  // Sizes of the plan.
  std::optional<TileRoots> roots;  // Of the whole segment, if it is full.

  std::optional<Link> first_row;
  std::optional<Digest> last_chain;
  std::optional<absl::Time> first_time;
  std::optional<absl::Time> last_time;
  std::optional<absl::Time> row_time;  // Of the last row itself.

  std::vector<Uuid> leaf_ids;  // One for each row; all zero where none could be read.
  std::vector<Uuid> request_ids;
  std::vector<KeyChange> keys;
  std::vector<ErasureLeaf> erasures;
  std::vector<ErasedSection> erased;
  std::optional<std::uint64_t> closed_at;
  Succession succession;
  std::vector<TellingLeaf> telling;
  NamedMissing missing;
};

}  // namespace candor::verify
