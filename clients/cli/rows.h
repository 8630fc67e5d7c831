// Rows of a file, one after another: CSV (RFC 4180, first line the names) where its name
// ends in .csv, else a JSON object a line.
//
// A RowFile belongs to one thread. Holds one row at a time.
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/template.h"
#include "services/base/digest.h"

namespace candor::cli {

struct Row {
  std::uint64_t number = 0;  // From 1; the line of names is none.
  JsonObject values;
  std::string problem;  // Why it cannot be read; then it has no values.
};

class RowFile {
 public:
  // Errors: kFailedPrecondition that names the file.
  static absl::StatusOr<RowFile> Open(const std::string& path);

  // False at the end.
  bool Next(Row& row);

  // Names of columns; empty where rows name their own.
  const std::vector<std::string>& names() const { return names_; }
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  enum class Read { kRow, kLong, kEnd };
  RowFile(std::ifstream file, bool is_csv) : file_(std::move(file)), is_csv_(is_csv) {}

  // One record: a line, or more where quotes hold line feeds.
  Read NextRecord(std::string& record);
  absl::Status ReadNames(const std::string& path);

  std::ifstream file_;
  bool is_csv_;
  std::vector<std::string> names_;
  std::uint64_t number_ = 0, bytes_read_ = 0;
};

// The values of one CSV record. Nothing where quotes do not fit.
std::optional<std::vector<std::string>> SplitCsv(std::string_view record);

// A digest of everything in the file, without holding it. Errors: as Open.
absl::StatusOr<Digest> DigestOfFile(const std::string& path);

}  // namespace candor::cli
