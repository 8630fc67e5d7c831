#include "clients/cli/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "clients/cli/errors.h"

namespace candor::cli {
namespace {

constexpr std::size_t kPiece = 1 << 20;

}  // namespace

PartFile::~PartFile() {
  if (file_ >= 0) close(file_);
}

absl::Status PartFile::Open(const std::string& path) {
  path_ = path;
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) return Wrong();
  std::string piece(kPiece, '\0');
  for (ssize_t more; (more = read(file_, piece.data(), piece.size())) != 0;) {
    if (more < 0) return Wrong();
    hash_.Add(AsBytes(std::string_view(piece).substr(0, static_cast<std::size_t>(more))));
    size_ += static_cast<std::uint64_t>(more);
  }
  return absl::OkStatus();
}

absl::Status PartFile::Add(const std::string& chunk) {
  for (std::string_view rest = chunk; !rest.empty();) {
    const ssize_t written = write(file_, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return Wrong();
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  hash_.Add(AsBytes(chunk));
  size_ += chunk.size();
  return absl::OkStatus();
}

absl::Status PartFile::Become(const std::string& path, std::string_view digest) {
  if (AsText(hash_.Finish().view()) != digest) {
    return Unusable(path_ + ": is not what the server sent", "remove it and export again");
  }
  std::error_code error;
  if (fsync(file_) != 0) return Wrong();
  std::filesystem::rename(path_, path, error);
  return error ? Unusable(path + ": " + error.message(), "give a file in the same folder as " + path_) : absl::OkStatus();
}

absl::Status PartFile::Wrong() const { return Unusable(path_ + ": " + std::strerror(errno), "give a file that can be written"); }

}  // namespace candor::cli
