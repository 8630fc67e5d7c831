// What full tiles tell about rows that stand at other positions than they should: after
// a row was cut out or put in, all that follow are shifted.
//
// A value; belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "services/base/digest.h"
#include "services/verify/finding.h"

namespace candor::verify {

class Order {
 public:
  struct Pair {
    std::size_t row = 0;  // Within the segment.
    Digest tile{};        // What the tile has for it.
    Digest leaf{};        // What it is.
  };

  // Of a segment in which nothing differs.
  Order() = default;

  // `pairs` by row. Rows that no tile covers may be left out.
  Order(std::uint64_t first_position, std::vector<Pair> pairs);

  bool has_shifts() const { return !shifts_.empty(); }
  void NameShifts(Findings& findings) const;

  // Whether row `row` is part of a shift, and so is named with it.
  bool Explains(std::size_t row) const;

  // The position whose tile has this row's leaf, if it is another than its own.
  std::optional<std::uint64_t> ElsewhereOf(std::size_t row) const;

 private:
  // The rows [first, end) are those that stood `by` further on.
  struct Shift {
    std::size_t first = 0;
    std::size_t end = 0;
    std::int64_t by = 0;
  };

  void FindShifts(const std::vector<Pair>& pairs);
  void Stretch(Shift& shift, const std::vector<Pair>& pairs) const;

  std::uint64_t first_position_ = 0;
  std::map<std::size_t, std::size_t> elsewhere_;  // By row: the row it should be.
  std::vector<Shift> shifts_;
};

}  // namespace candor::verify
