// The files of an audit bundle, where they lie in the tar, read in pieces: a bundle may be
// larger than the memory.
//
// Values and readers; each belongs to one thread.
// Source: ledger format, sections 7 and 10.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::verify {

// The bytes of a bundle, wherever they are.
class BundleSource {
 public:
  virtual ~BundleSource() = default;
  virtual std::uint64_t size() const = 0;

  // Exactly as many as `to` holds, from `at` on. Errors: kUnavailable, when they can't be read.
  virtual absl::Status Read(std::uint64_t at, std::span<char> to) const = 0;
};

struct PackedFile {
  std::string name;
  std::uint64_t at = 0;  // Of its first byte in the tar.
  std::uint64_t size = 0;
  Digest sha256;
};

class BundleFiles {
 public:
  // Reads the whole tar once. `source` must outlive this.
  //
  // Errors: kInvalidArgument with what of the tar is malformed; those of `source`.
  static absl::StatusOr<BundleFiles> Read(const BundleSource& source);

  const std::vector<PackedFile>& all() const { return all_; }  // As they stand in the tar.
  const PackedFile* Find(std::string_view name) const;
  std::vector<const PackedFile*> Below(std::string_view prefix) const;
  std::uint64_t mtime() const { return mtime_; }

  // A line of `leaves/` that tells of an erasure, and how many lines there are before it.
  struct ErasureLine {
    std::uint64_t line = 0;
    std::string text;
  };
  const std::vector<ErasureLine>& erasures() const { return erasures_; }

  // Empty if there is no such file, or a larger one.
  absl::StatusOr<std::string> Text(std::string_view name, std::size_t most) const;
  absl::StatusOr<std::string> Text(const PackedFile& file) const;

  const BundleSource& source() const { return *source_; }

 private:
  class Index;

  const BundleSource* source_ = nullptr;
  std::vector<PackedFile> all_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::vector<ErasureLine> erasures_;
  std::uint64_t mtime_ = 0;
};

// The lines of some files, one after the other.
class BundleLines {
 public:
  BundleLines(const BundleSource& source, std::vector<const PackedFile*> files)
      : source_(source), files_(std::move(files)) {}

  // The next one without its line feed, until the next call; nothing after the last.
  //
  // Errors: kInvalidArgument for a line that is too long or has no end; those of the source.
  absl::StatusOr<std::optional<std::string_view>> Next();

  // Of the line that came last.
  const std::string& file() const { return files_[at_file_]->name; }
  std::uint64_t line() const { return line_; }  // From 1.

 private:
  const BundleSource& source_;
  std::vector<const PackedFile*> files_;
  std::size_t at_file_ = 0;
  std::uint64_t at_ = 0;     // What of the file is in the buffer.
  std::uint64_t line_ = 0;
  std::string buffer_;
  std::size_t taken_ = 0;    // Of the buffer.
};

}  // namespace candor::verify
