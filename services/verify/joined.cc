#include "services/verify/joined.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/check.h"
#include "services/core/chain/chain.h"
#include "services/verify/unique.h"

namespace candor::verify {
namespace {

constexpr const char* kEntries = "entries";

template <typename T>
void MoveInto(std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

JoinedLedger::JoinedLedger(const LedgerPlan& plan, Findings& findings, Findings& malformed)
    : plan_(plan), findings_(findings), malformed_(malformed), diagnosis_(findings) {
  if (plan.with_columns) last_chain_ = core::ChainStart(plan.origin);
  roots_[0] = range_.Root();
}

void JoinedLedger::Take(SegmentData& segment) {
  CANDOR_CHECK(segment.first >= size_);
  if (segment.first > size_) TakeGap(segment.first);
  if (segment.tree_is_explained) diagnosis_.ExplainTree();
  TakeSuspects(segment);
  TakeTree(segment);
  if (last_time_ && segment.first_time && *segment.first_time < *last_time_) {
    malformed_.Add({.table = kEntries,
                    .position = segment.first,
                    .column = "leaf",
                    .what = "time: is before the last one"});
  }
  if (segment.last_time) last_time_ = segment.last_time;
  row_time_ = segment.row_time;
  size_ = segment.first + segment.rows;
  findings_.Append(std::move(segment.findings));
  malformed_.Append(std::move(segment.malformed));
  ids_.push_back({.first = segment.first,
                  .leaves = std::move(segment.leaf_ids),
                  .requests = std::move(segment.request_ids)});
  MoveInto(segment.keys, keys_);
  MoveInto(segment.erased, erased_);
  MoveInto(segment.telling, telling_);
  for (const ErasureLeaf& leaf : segment.erasures) erasures_[leaf.position] = leaf.facts;
  if (segment.succession.predecessor) succession_.predecessor = std::move(segment.succession.predecessor);
  if (!closed_at_ && segment.closed_at) {
    closed_at_ = segment.closed_at;
    succession_.successor = std::move(segment.succession.successor);
  }
  missing_ += segment.missing;
}

// Whole segments are missing: what comes after can be checked only by itself.
void JoinedLedger::TakeGap(std::uint64_t first) {
  findings_.Add({.table = kEntries,
                 .position = size_,
                 .what = absl::StrCat("is missing, and all up to ", first - 1)});
  diagnosis_.ExplainTree();
  if (last_row_) diagnosis_.Take(*std::exchange(last_row_, std::nullopt));
  tree_is_known_ = false;
  last_chain_.reset();
  size_ = first;
}

void JoinedLedger::TakeSuspects(SegmentData& segment) {
  if (last_row_) {
    last_row_->next = segment.first_row;
    diagnosis_.Take(*std::exchange(last_row_, std::nullopt));
  }
  for (Suspect& suspect : segment.suspects) {
    if (suspect.position == segment.first) {
      suspect.before = last_chain_;
      if (!suspect.link.chain && last_chain_) {
        suspect.link.chain = core::ChainNext(*last_chain_, suspect.link.leaf_hash);
      }
    }
    if (suspect.position + 1 == segment.first + segment.rows) {
      last_row_ = std::move(suspect);
    } else {
      diagnosis_.Take(std::move(suspect));
    }
  }
  last_chain_ = segment.last_chain;
}

void JoinedLedger::TakeTree(const SegmentData& segment) {
  tree_is_known_ = tree_is_known_ && segment.tree_is_known;
  if (!tree_is_known_) return segment_roots_.clear();
  const auto with = [this](const std::vector<Subtree>& subtrees) {
    core::CompactRange range = range_;
    for (const auto& [level, root] : subtrees) range.AppendSubtree(level, root);
    return range;
  };
  for (const auto& [size, subtrees] : segment.at_sizes) roots_[size] = with(subtrees).Root();
  range_ = with(segment.subtrees);
  if (segment.roots) segment_roots_.push_back(*segment.roots);
  const bool of_plan =
      std::find(plan_.sizes.begin(), plan_.sizes.end(), range_.size()) != plan_.sizes.end();
  if (of_plan) roots_[range_.size()] = range_.Root();
}

void JoinedLedger::End(std::optional<Digest> head_chain, const std::vector<ToldRow>& told,
                       const std::map<std::uint64_t, core::ErasureFacts>& erased) {
  if (last_row_) {
    last_row_->end = head_chain;
    diagnosis_.Take(*std::exchange(last_row_, std::nullopt));
  }
  if (tree_is_known_) roots_[size_] = range_.Root();
  if (closed_at_ && *closed_at_ + 1 < size_) {
    malformed_.Add({.table = kEntries,
                    .position = *closed_at_ + 1,
                    .column = "leaf",
                    .what = "stands after the leaf that closes the ledger"});
  }
  CheckErased(erased);
  CheckIds();
  if (plan_.with_told) CheckTold(told);
}

void JoinedLedger::CheckTold(const std::vector<ToldRow>& rows) {
  Told told;
  for (const TellingLeaf& leaf : telling_) told.Leaf(leaf);
  for (const ToldRow& row : rows) told.Row(row);
  told.End([this](std::uint64_t position) { return diagnosis_.IsAltered(position); }, findings_);
}

Forgotten JoinedLedger::forgotten() const {
  Forgotten forgotten{.persons = erasures_.size(), .sections = 0};
  for (const auto& [position, facts] : erasures_) forgotten.sections += facts.items;
  return forgotten;
}

void JoinedLedger::CheckErased(const std::map<std::uint64_t, core::ErasureFacts>& kept) {
  for (const auto& [position, facts] : erasures_) {
    const auto rows = kept.find(position);
    const bool same = rows == kept.end() ? facts.items == 0
                                         : rows->second.items == facts.items && rows->second.root == facts.root;
    if (!plan_.with_erased || same || diagnosis_.IsAltered(position)) continue;
    findings_.Add({.table = "erased", .position = position, .what = "its rows are not what that erasure says it destroyed"});
  }
  for (const auto& [position, facts] : kept) {
    if (erasures_.contains(position)) continue;
    findings_.Add({.table = "erased", .position = position, .what = "its rows name no erasure"});
  }
  for (const ErasedSection& section : erased_) {
    const auto leaf = erasures_.find(section.erasure_position);
    const bool proved = leaf != erasures_.end() && section.erasure_position > section.position &&
                        core::VerifyErased(section.item, section.proof, leaf->second).ok();
    if (proved) continue;
    findings_.Add({.table = "sealed",
                   .position = section.position,
                   .column = "sections",
                   .what = section.name + ": is missing, and its proof of erasure does not hold"});
  }
}

void JoinedLedger::CheckIds() {
  UniqueIds leaves("leaf_id", malformed_);
  UniqueIds requests("request_id", malformed_);
  for (const Ids& ids : ids_) {
    leaves.Add(ids.first, ids.leaves);
    requests.Add(ids.first, ids.requests);
  }
  leaves.Check();
  requests.Check();
}

std::optional<Digest> JoinedLedger::RootAt(std::uint64_t size) const {
  const auto at = roots_.find(size);
  if (at == roots_.end()) return std::nullopt;
  return at->second;
}

std::optional<core::CompactRange> JoinedLedger::range() const {
  if (!tree_is_known_) return std::nullopt;
  return range_;
}

std::optional<Digest> JoinedLedger::chain() const {
  if (size_ == 0) return last_chain_;
  const std::optional<Digest> corrected = diagnosis_.CorrectedAt(size_ - 1);
  return corrected ? corrected : last_chain_;
}

std::optional<absl::Time> JoinedLedger::time() const {
  if (size_ == 0 || diagnosis_.IsAltered(size_ - 1)) return std::nullopt;
  return row_time_;
}

}  // namespace candor::verify
