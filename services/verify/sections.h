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
#include "services/verify/segment_data.h"

namespace candor::verify {

class SectionCheck {
 public:
  // Findings go to `data`, which outlives this. With `all_wanted`, a section of a leaf
  // that is not given is named.
  SectionCheck(SegmentData& data, bool all_wanted) : data_(data), all_wanted_(all_wanted) {}

  // Goes on to the next leaf; nothing if it could not be read.
  void Begin(std::uint64_t position, const std::optional<core::Leaf>& leaf);

  void Take(const SectionRow& row);

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
  void Add(std::uint64_t position, std::string_view name, std::string_view what);

  SegmentData& data_;
  bool all_wanted_;
  std::optional<std::uint64_t> position_;
  bool is_known_ = false;
  std::string origin_;
  std::string leaf_id_;
  std::vector<Expected> expected_;
};

}  // namespace candor::verify
