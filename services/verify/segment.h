// One aligned run of 65,536 entries, checked by itself: several threads can each check
// other segments of one ledger, and LedgerCheck joins them afterwards, in order.
//
// A SegmentCheck belongs to one thread. It keeps about 200 bytes a leaf until Finish, its
// result about 32.
// Source: ledger format, sections 2, 4 and 6.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/verify/finding.h"
#include "services/verify/row.h"

namespace candor::verify {

inline constexpr int kSegmentHeight = 16;
inline constexpr std::uint64_t kSegmentSize = std::uint64_t{1} << kSegmentHeight;

// What the whole check knows from the start; the same for all its segments.
struct LedgerPlan {
  std::string origin;

  // Sizes of checkpoints that will be asked for below the last size.
  std::vector<std::uint64_t> sizes{};

  bool with_columns = true;    // Rows have all columns; false: leaves alone, and no chain.
  bool with_tiles = true;      // Rows of `tiles` will be given: a missing full one is named.
  bool with_sections = false;  // Rows of sections will be given: a missing one is named.
  bool with_fingerprints = false;  // And what tells a request's repetition: likewise.
  bool with_erased = false;        // And of `erased`, by LedgerCheck::Erased: likewise.
  bool with_told = false;          // Rows of the small tables will be given: likewise.
};

// What a segment leaves behind; only LedgerCheck looks inside.
struct SegmentData;
class SegmentResult {
 public:
  explicit SegmentResult(std::unique_ptr<SegmentData> data);
  SegmentResult(SegmentResult&&) noexcept;
  SegmentResult& operator=(SegmentResult&&) noexcept;
  ~SegmentResult();

  std::uint64_t first_position() const;
  const SegmentData& data() const { return *data_; }
  SegmentData& data() { return *data_; }

 private:
  std::unique_ptr<SegmentData> data_;
};

class SegmentCheck {
 public:
  // `plan` must outlive this. `first_position` must be a multiple of kSegmentSize, else
  // this aborts.
  SegmentCheck(const LedgerPlan& plan, std::uint64_t first_position);
  ~SegmentCheck();

  // The rows of this segment, by position. One that is out of order, twice there or of
  // another segment is a finding.
  void Entry(const EntryRow& row);

  // The sections of the entry given last.
  void Section(const SectionRow& row);

  // What the sealed rows of the entry given last keep to tell a repetition of its request.
  void Fingerprint(std::uint64_t position, BytesView fingerprint);

  // Tiles of levels 0 and 1 whose leaves lie in this segment; any order, any time before
  // Finish.
  void Tile(const TileRow& row);

  // `size`: of the ledger, so that rows missing at the end are named; for a segment that
  // is not the last, anything beyond its end. May be called once.
  SegmentResult Finish(std::uint64_t size);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace candor::verify
