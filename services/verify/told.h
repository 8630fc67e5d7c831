// Rows of the small tables that repeat what a leaf says: limits, declared codes, gaps,
// closed epochs. That a row was taken away is not seen here.
//
// Pure functions; any thread may call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/core/leaf/leaf.h"
#include "services/verify/finding.h"

namespace candor::verify {

// The columns after the tenant's, in the order of schema/migrations but for `position`.
struct ToldRow {
  std::string table;
  std::uint64_t position = 0;  // Of the leaf that says the same.
  std::vector<std::string> values;
};

// What is wrong with the row, held against the leaf at its position.
std::optional<Finding> CheckTold(const ToldRow& row, const core::Leaf& leaf);

}  // namespace candor::verify
