// The columns of `entries` that repeat members of the leaf.
//
// Pure functions; any thread may call.
#pragma once

#include <vector>

#include "services/core/leaf/leaf.h"
#include "services/verify/finding.h"
#include "services/verify/row.h"

namespace candor::verify {

// One finding for each column that says something else than its member.
std::vector<Finding> CheckColumns(const EntryRow& row, const core::Leaf& leaf);

}  // namespace candor::verify
