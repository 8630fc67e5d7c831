// Joins the segments of a ledger, in order, to its whole tree and chain.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "services/core/merkle/compact_range.h"
#include "services/verify/finding.h"
#include "services/verify/segment.h"
#include "services/verify/segment_data.h"
#include "services/verify/suspect.h"

namespace candor::verify {

class JoinedLedger {
 public:
  // Both outlive this.
  JoinedLedger(const LedgerPlan& plan, Findings& findings, Findings& malformed);

  // The next segment. Whole segments may be missing before it.
  void Take(SegmentData& segment);

  // The rows up to the last one, once all are there. `head_chain`: what the head says,
  // if it is of this very size. `told`: all rows of the small tables.
  // `erased`: what the rows of each erasure add up to.
  void End(std::optional<Digest> head_chain, const std::vector<ToldRow>& told,
           const std::map<std::uint64_t, core::ErasureFacts>& erased);

  std::uint64_t size() const { return size_; }

  // Unknown when a row is missing that no tile tells, or `size` is neither the last one
  // nor of the plan.
  std::optional<Digest> RootAt(std::uint64_t size) const;
  std::optional<core::CompactRange> range() const;

  // The chain after the last row, as it should be.
  std::optional<Digest> chain() const;

  // Whether a finding explains why the tree is another than the signed one.
  bool tree_is_explained() const { return diagnosis_.tree_is_explained(); }

  // Of each full segment, from the first one on; none if the tree is unknown.
  const std::vector<TileRoots>& segment_roots() const { return segment_roots_; }

  const std::vector<KeyChange>& keys() const { return keys_; }
  const NamedMissing& missing() const { return missing_; }
  Forgotten forgotten() const;
  const Succession& succession() const { return succession_; }

  // Of the last row, if that is the leaf which was recorded.
  std::optional<absl::Time> time() const;

 private:
  void TakeGap(std::uint64_t first);
  void TakeSuspects(SegmentData& segment);
  void TakeTree(const SegmentData& segment);
  void CheckErased(const std::map<std::uint64_t, core::ErasureFacts>& kept);
  void CheckTold(const std::vector<ToldRow>& rows);
  void CheckIds();

  const LedgerPlan& plan_;
  Findings& findings_;
  Findings& malformed_;
  Diagnosis diagnosis_;

  std::uint64_t size_ = 0;
  bool tree_is_known_ = true;
  core::CompactRange range_;
  std::map<std::uint64_t, Digest> roots_;  // At the sizes of the plan.
  std::vector<TileRoots> segment_roots_;
  std::optional<Digest> last_chain_;     // As the column of the last row says.
  std::optional<Suspect> last_row_;      // If a suspect, kept until the next row is known.
  std::optional<absl::Time> last_time_;  // Of the last row that has one.
  std::optional<absl::Time> row_time_;   // Of the last row.

  struct Ids {
    std::uint64_t first = 0;
    std::vector<Uuid> leaves;
    std::vector<Uuid> requests;
  };
  std::vector<Ids> ids_;
  std::vector<KeyChange> keys_;
  std::map<std::uint64_t, core::ErasureFacts> erasures_;  // By position.
  std::vector<ErasedSection> erased_;
  std::optional<std::uint64_t> closed_at_;
  Succession succession_;
  std::vector<TellingLeaf> telling_;
  NamedMissing missing_;
};

}  // namespace candor::verify
