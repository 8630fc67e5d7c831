// The log of decisions as an authority gets it: a line for each leaf, of what leaves hold for all to read and
// nothing that is sealed.
//
// Belongs to one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "services/flow/report.h"

namespace candor::flow {

class LogExtract {
 public:
  struct Line {
    std::string time, type, decision, said, marks;  // As a person reads it in short.
    std::string csv;
  };

  // Errors: kInvalidArgument TOO_LARGE.
  absl::Status Take(const SeenDecision& decision);

  const std::map<std::uint64_t, Line>& lines() const { return lines_; }            // By position.
  const std::map<std::string, std::uint64_t>& types() const { return types_; }     // Leaves, by type.
  const std::map<std::string, std::uint64_t>& marks() const { return marks_; }     // Leaves, by mark.
  std::string Csv() const;

 private:
  std::map<std::uint64_t, Line> lines_;
  std::map<std::string, std::uint64_t> types_, marks_;
  std::size_t bytes_ = 0;
};

// A value as a cell of a table that programs read: in quotation marks where it must be.
std::string CsvCell(std::string_view text);

}  // namespace candor::flow
