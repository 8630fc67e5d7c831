// Checks a whole ledger, row by row, and names the table, row and column of whatever was
// altered. Chain and tree are each checked alone, against leaf hashes computed anew.
//
// A LedgerCheck belongs to one thread. It keeps about 32 bytes a leaf (the ids, which
// must be unique), and one segment. Two ways to feed it:
//   one thread    Entry, Section, Tile in order of position; Head; Finish.
//   many threads  a SegmentCheck each over other segments; Join in order; Tile for the
//                 levels from 2 on; Head; Finish.
// Source: ledger format, sections 2, 3, 4, 6 and 10.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "services/core/tlog/checkpoint.h"
#include "services/verify/facts.h"
#include "services/verify/finding.h"
#include "services/verify/row.h"
#include "services/verify/segment.h"

namespace candor::verify {

struct Report {
  std::uint64_t size = 0;  // Number of leaves up to the last one seen.
  Digest root;             // Over those leaves as they are.
  Digest chain;            // Recomputed likewise.
  std::optional<core::Checkpoint>
      checkpoint;                  // If the note could be read and its signature is good.
  NamedMissing missing;            // What its own leaves call missing.
  Forgotten forgotten;             // And erased.
  Succession succession;           // Which ledgers come before and after it.
  std::vector<Finding> findings;   // Altered, missing, doubled: the ledger is not intact.
  std::vector<Finding> malformed;  // Breaches by the writer, under a good signature all the same.

  bool intact() const { return findings.empty(); }
};

class LedgerCheck {
 public:
  explicit LedgerCheck(std::string_view origin)
      : LedgerCheck(LedgerPlan{.origin = std::string(origin)}) {}
  explicit LedgerCheck(LedgerPlan plan);
  ~LedgerCheck();

  // For SegmentCheck; lives as long as this.
  const LedgerPlan& plan() const;

  void Entry(const EntryRow& row);
  void Section(const SectionRow& row);

  // Before, between or after the entries, but one of levels 0 and 1 not after an entry
  // beyond its segment.
  void Tile(const TileRow& row);

  // Segments in order of position, the first one at 0.
  void Join(SegmentResult segment);

  // The row of `heads`; at most once.
  void Head(const HeadRow& row);

  // A row of a small table; any order, any time before Finish.
  void Told(ToldRow row);

  // What the rows of `erased` of one erasure add up to.
  void Erased(std::uint64_t erasure, const core::ErasureFacts& facts);

  // Compares all with the signed checkpoint, of the last size or of one of the plan. The
  // note must be signed by one of `keys` that the ledger's own leaves allow at that size.
  // May be called once.
  Report Finish(std::string_view checkpoint_note, const std::vector<core::VerifierKey>& keys);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace candor::verify
