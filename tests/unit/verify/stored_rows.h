// Rows of the store, owned, so that a test can tamper with them; and findings as texts.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "services/verify/finding.h"
#include "services/verify/row.h"

namespace candor::verify {

struct StoredEntry {
  std::uint64_t position = 0;
  std::string leaf;
  Bytes leaf_hash;
  Bytes chain_hash;
  std::optional<Uuid> leaf_id, request_id, decision_id, closes_id;
  std::optional<int> verdict;
  std::optional<absl::Time> expire_time, due_time;
  std::optional<Uuid> epoch;
  std::optional<std::int64_t> seq;

  EntryRow row() const {
    return {.position = position,
            .leaf = AsBytes(leaf),
            .leaf_hash = leaf_hash,
            .chain_hash = chain_hash,
            .leaf_id = leaf_id,
            .request_id = request_id,
            .decision_id = decision_id,
            .closes_id = closes_id,
            .verdict = verdict,
            .expire_time = expire_time,
            .due_time = due_time,
            .epoch = epoch,
            .seq = seq};
  }
};

struct StoredTileRow {
  int level = 0;
  std::uint64_t index = 0;
  Bytes hashes;
  Bytes root;

  TileRow row() const { return {.level = level, .index = index, .hashes = hashes, .root = root}; }
};

struct StoredHead {
  std::uint64_t size = 0;
  Bytes root, chain;
  absl::Time time;
  Bytes range;
};

// Table, position and column of each finding: what tests compare.
inline std::vector<std::string> Places(const std::vector<Finding>& findings) {
  std::vector<std::string> places;
  for (const Finding& finding : findings) {
    places.push_back(finding.table);
    if (finding.position) places.back() += " " + std::to_string(*finding.position);
    if (!finding.column.empty()) places.back() += " " + finding.column;
  }
  std::sort(places.begin(), places.end());
  return places;
}

inline std::string Texts(const std::vector<Finding>& findings) {
  std::string texts;
  for (const Finding& finding : findings) texts += ToText(finding) + "\n";
  return texts;
}

}  // namespace candor::verify
