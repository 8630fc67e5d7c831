// The sections of the leaf at hand, against its commitments.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "services/core/leaf/leaf.h"
#include "services/verify/row.h"
#include "services/verify/segment.h"
#include "services/verify/segment_data.h"

namespace candor::verify {

class SectionCheck {
 public:
  // Findings go to `data`, which outlives this, as `plan` does. What is wanted by the plan
  // and not given is named.
  SectionCheck(SegmentData& data, const LedgerPlan& plan) : data_(data), plan_(plan) {}

  // Goes on to the next leaf; nothing if it could not be read.
  void Begin(std::uint64_t position, const std::optional<core::Leaf>& leaf);

  void Take(const SectionRow& row);
  void TakeFingerprint(std::uint64_t position, BytesView fingerprint);

  // After the last row.
  void End();

 private:
  struct Expected {
    std::string name;
    Digest commitment;
    bool given = false;
  };

  void CheckOpened(const SectionRow& row, const Expected& expected);
  void TakeErased(const SectionRow& row);
  void AddFingerprint(std::uint64_t position, const char* what);
  void Add(std::uint64_t position, std::string_view name, std::string_view what);

  SegmentData& data_;
  const LedgerPlan& plan_;
  std::optional<std::uint64_t> position_;
  bool is_known_ = false;
  std::string origin_;
  std::string leaf_id_;
  std::vector<Expected> expected_;
  bool wants_fingerprint_ = false;  // Of the leaf at hand.
  bool is_erased_ = false;
  bool lost_fingerprint_ = false;  // And nothing else.
};

}  // namespace candor::verify
