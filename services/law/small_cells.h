// Which counts of a table are hidden because they are of few people, so that no sum tells them either.
//
// Pure functions; any thread may call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace candor::law {

inline constexpr std::uint64_t kSmallestCell = 10;

struct Cell {
  std::vector<std::string> values;  // One of each attribute.
  std::uint64_t people = 0;
};

// Of each cell whether it is hidden: those of fewer than ten people; and, the smallest first, so many more that
// wherever some are hidden together they are at least two cells and ten people: in the whole table, and among
// those that share a value, whose sum another table shows.
std::vector<bool> Hidden(const std::vector<Cell>& cells);

}  // namespace candor::law
