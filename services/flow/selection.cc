#include "services/flow/selection.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

constexpr int kPage = 500;

absl::Status Unreadable() {
  return Because(absl::DataLossError("a leaf is missing or can't be read: verify the ledger"), "VERIFICATION_FAILED");
}

}  // namespace

absl::StatusOr<bool> Coverage::Holds(const core::Leaf& leaf) {
  if (!leaf.decision || !scope_.Covers(leaf.time)) return false;
  const auto [known, is_new] = known_.try_emplace(*leaf.decision, false);
  if (!is_new) return known->second;
  // What it is about stands in its first leaf.
  if (*leaf.decision == leaf.id) {
    known->second = scope_.Covers(leaf.id, leaf.facts);
  } else {
    CANDOR_ASSIGN_OR_RETURN(const auto begun, store::LeafOfId(connection_, tenant_, *leaf.decision));
    const auto beginning = core::ParseLeaf(begun.leaf);
    if (!beginning.ok()) return Unreadable();
    known->second = scope_.Covers(*leaf.decision, beginning->facts);
  }
  return known->second;
}

absl::StatusOr<std::vector<core::PositionRange>> Select(store::Connection& connection, const Uuid& tenant,
                                                        const domain::GrantScope& scope, std::uint64_t first,
                                                        std::uint64_t end) {
  std::vector<core::PositionRange> ranges;
  Coverage covered(connection, tenant, scope);
  for (std::uint64_t at = first; at < end;) {
    const std::uint64_t next = std::min(end, at + kPage);
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::Leaves(connection, tenant, at, next, kPage));
    if (leaves.size() != next - at) return Unreadable();
    for (const store::StoredLeaf& stored : leaves) {
      const auto leaf = core::ParseLeaf(stored.leaf);
      if (!leaf.ok()) return Unreadable();
      CANDOR_ASSIGN_OR_RETURN(const bool holds, covered.Holds(*leaf));
      if (!holds) continue;
      if (!ranges.empty() && ranges.back().last + 1 == stored.position) {
        ++ranges.back().last;
      } else {
        ranges.push_back({.first = stored.position, .last = stored.position});
      }
    }
    at = next;
  }
  return ranges;
}

absl::StatusOr<std::vector<core::PositionRange>> SelectFound(store::Connection& connection, const Uuid& tenant,
                                                             store::DecisionFilter filter, std::uint64_t first,
                                                             std::uint64_t end) {
  std::vector<core::PositionRange> ranges;
  for (;;) {
    CANDOR_ASSIGN_OR_RETURN(const auto rows, store::FindDecisions(connection, tenant, filter, kPage));
    std::vector<Uuid> decisions;
    for (const store::DecisionRow& row : rows) decisions.push_back(row.decision);
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::LeavesWithBoxes(connection, tenant, decisions, {}));
    for (const store::LeafWithBoxes& leaf : leaves) {
      const std::uint64_t at = leaf.stored.position;
      if (at >= first && at < end) ranges.push_back({.first = at, .last = at});
    }
    if (rows.size() < static_cast<std::size_t>(kPage)) break;
    filter.before = rows.back().position;
  }
  Join(ranges);
  return ranges;
}

void Join(std::vector<core::PositionRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<core::PositionRange> joined;
  for (const core::PositionRange& range : ranges) {
    if (!joined.empty() && range.first <= joined.back().last + 1) {
      joined.back().last = std::max(joined.back().last, range.last);
    } else {
      joined.push_back(range);
    }
  }
  ranges = std::move(joined);
}

bool Holds(const std::vector<core::PositionRange>& ranges, std::uint64_t position) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), position,
                                      [](std::uint64_t at, const core::PositionRange& range) { return at < range.first; });
  return after != ranges.begin() && position <= std::prev(after)->last;
}

}  // namespace candor::flow
