// The applications of mortgages.csv, as text: one row, one application.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mortgages {

struct Application {
  std::uint32_t number = 0;                    // Its row, from 1.
  std::map<std::string, std::string> columns;  // By the names of README.md, `deny` included.
};

// Reads a whole file: a line of names, then one line an application, values parted by
// commas, nothing quoted. Errors: kNotFound, and kInvalidArgument naming the line.
absl::StatusOr<std::vector<Application>> ReadApplications(const std::string& path);

}  // namespace mortgages
