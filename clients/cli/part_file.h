// A file that comes in pieces, and has its name only once it is whole.
//
// Errors everywhere: kFailedPrecondition that names the file and what to do next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/crypto/sha256_stream.h"

namespace candor::cli {

class PartFile {
 public:
  PartFile() = default;
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  // Readable by its owner alone; goes on with one that is there.
  absl::Status Open(const std::string& path);
  absl::Status Add(const std::string& chunk);

  // What came is what was sent, by its SHA-256: the file gets its name.
  absl::Status Become(const std::string& path, std::string_view digest);

  std::uint64_t size() const { return size_; }

 private:
  absl::Status Wrong() const;

  std::string path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  crypto::Sha256Stream hash_;
};

}  // namespace candor::cli
