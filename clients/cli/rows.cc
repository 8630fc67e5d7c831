#include "clients/cli/rows.h"

#include <set>

#include "absl/strings/match.h"
#include "clients/cli/errors.h"
#include "clients/cli/output.h"
#include "services/base/bytes.h"
#include "services/crypto/sha256.h"

namespace candor::cli {
namespace {

constexpr std::size_t kMostRecordBytes = 1 << 20;
constexpr std::size_t kBlockBytes = 1 << 20;

absl::StatusOr<std::ifstream> OpenFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (file && file.peek() != std::ifstream::traits_type::eof()) return file;
  return Unusable(path + ": is empty or cannot be read",
                  "check the name and the rights of the file");
}

}  // namespace

absl::StatusOr<RowFile> RowFile::Open(const std::string& path) {
  CANDOR_ASSIGN_OR_RETURN(std::ifstream file, OpenFile(path));
  RowFile rows(std::move(file), absl::EndsWithIgnoreCase(path, ".csv"));
  if (rows.is_csv_) CANDOR_RETURN_IF_ERROR(rows.ReadNames(path));
  return rows;
}

absl::Status RowFile::ReadNames(const std::string& path) {
  std::string record;
  if (NextRecord(record) == Read::kRow) {
    if (record.starts_with("\xEF\xBB\xBF")) record.erase(0, 3);
    names_ = SplitCsv(record).value_or(std::vector<std::string>());
  }
  const std::set<std::string> different(names_.begin(), names_.end());
  if (!names_.empty() && different.size() == names_.size() && !different.contains("")) {
    return absl::OkStatus();
  }
  return Unusable(path + ": its first line does not name every column once",
                  "begin the file with a line of names");
}

RowFile::Read RowFile::NextRecord(std::string& record) {
  record.clear();
  bool quoted = false, closed = false, is_long = false, any = false;
  int before = ',';
  for (int c = file_.get(); c != std::ifstream::traits_type::eof(); c = file_.get()) {
    any = true;
    ++bytes_read_;
    // Quotes open at the start of a value alone; doubled, they stay open.
    const bool opens = is_csv_ && c == '"' && !quoted && (before == ',' || closed);
    closed = quoted && c == '"';
    quoted = opens || (quoted && !closed);
    before = c;
    // What is too long to be a row ends with its line, whatever its quotes say.
    if (c == '\n' && (!quoted || is_long)) break;
    if (record.size() < kMostRecordBytes) {
      record += static_cast<char>(c);
    } else {
      is_long = true;
    }
  }
  if (!any) return Read::kEnd;
  if (record.ends_with('\r')) record.pop_back();
  return is_long ? Read::kLong : Read::kRow;
}

bool RowFile::Next(Row& row) {
  row = {};
  std::string record;
  Read read = NextRecord(record);
  while (read == Read::kRow && record.empty()) read = NextRecord(record);
  if (read == Read::kEnd) return false;
  row.number = ++number_;
  if (read == Read::kLong) {
    row.problem = "is longer than 1 MiB";
  } else if (!IsUtf8(record)) {
    row.problem = "is not UTF-8";
  } else if (is_csv_) {
    const auto values = SplitCsv(record);
    if (!values) row.problem = "its quotation marks do not fit";
    if (values && values->size() != names_.size()) {
      row.problem = "does not hold " + std::to_string(names_.size()) + " values";
    }
    for (std::size_t i = 0; row.problem.empty() && i < names_.size(); ++i) {
      (*row.values.mutable_fields())[names_[i]].set_string_value((*values)[i]);
    }
  } else if (auto object = ParseObject(record, "row"); object.ok()) {
    row.values = *std::move(object);
  } else {
    row.problem = "is not a JSON object";
  }
  return true;
}

std::optional<std::vector<std::string>> SplitCsv(std::string_view record) {
  std::vector<std::string> values(1);
  for (std::size_t at = 0; at < record.size();) {
    if (record[at] == ',') {
      values.emplace_back();
      ++at;
      continue;
    }
    if (record[at] != '"') {
      const std::size_t end = std::min(record.find(',', at), record.size());
      values.back() = record.substr(at, end - at);
      if (values.back().find('"') != std::string::npos) return std::nullopt;
      at = end;
      continue;
    }
    for (++at;; ++at) {
      if (at >= record.size()) return std::nullopt;
      if (record[at] == '"' && (++at >= record.size() || record[at] != '"')) break;
      values.back() += record[at];
    }
    if (at < record.size() && record[at] != ',') return std::nullopt;
  }
  return values;
}

absl::StatusOr<Digest> DigestOfFile(const std::string& path) {
  CANDOR_ASSIGN_OR_RETURN(std::ifstream file, OpenFile(path));
  Digest digest;
  std::string block(kBlockBytes, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    digest = crypto::Sha256(
        {digest.view(), AsBytes(std::string_view(block).substr(
                            0, static_cast<std::size_t>(file.gcount())))});
  }
  return digest;
}

}  // namespace candor::cli
