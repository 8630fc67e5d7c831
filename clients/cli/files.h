// Reading and writing the files that commands are given.
//
// Errors everywhere: kFailedPrecondition that names the file and what to do next.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace candor::cli {

// The whole file; `-` is standard input. Refuses more than `most_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t most_bytes = 64 << 20);

// The one line that the file holds, without its line feed.
absl::StatusOr<std::string> ReadLineFile(const std::string& path);

// Writes a file in full or not at all; replaces one that is there.
absl::Status WriteFile(const std::string& path, const std::string& text);

// A file that will hold a secret: made before the secret exists, mode 0600, so that a
// secret that is shown only once is never lost for want of a place. Never one that was
// there before. Removed again unless something was written.
class SecretFile {
 public:
  SecretFile() = default;
  ~SecretFile();
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;

  // Errors: as above, and kAlreadyExists.
  absl::Status Make(const std::string& path);

  // Writes `text`, synced to disk.
  absl::Status Write(const std::string& text);

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace candor::cli
