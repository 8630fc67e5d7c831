#include "clients/cli/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "clients/cli/errors.h"

namespace candor::cli {
namespace {

absl::Status Cannot(const std::string& path, const char* what, const char* next) {
  const int error = errno;
  return Unusable(path + ": " + what + ": " + std::strerror(error), next);
}

// The name of a new file is durable only when its folder is.
void SyncFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int file = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  fsync(file);
  close(file);
}

bool WriteAll(int file, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(file, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    at += static_cast<std::size_t>(written);
  }
  return fsync(file) == 0 || errno == EINVAL || errno == EROFS;  // A pipe cannot be synced.
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t most_bytes) {
  const bool standard_input = path == "-";
  const int file = standard_input ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Cannot(path, "cannot be read", "check the name and the rights of the file");
  std::string text;
  std::array<char, 65536> buffer;
  ssize_t length = 0;
  while ((length = read(file, buffer.data(), buffer.size())) != 0) {
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 || text.size() + static_cast<std::size_t>(length) > most_bytes) break;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  const int error = errno;
  if (!standard_input) close(file);
  errno = error;
  if (length < 0)
    return Cannot(path, "cannot be read", "check the name and the rights of the file");
  if (length > 0) {
    return Unusable(path + ": holds more than " + std::to_string(most_bytes) + " bytes",
                    "give the right file");
  }
  return text;
}

absl::StatusOr<std::string> ReadLineFile(const std::string& path) {
  CANDOR_ASSIGN_OR_RETURN(std::string text, ReadFile(path, 65536));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty() || text.find('\n') != std::string::npos) {
    return Unusable(path + ": does not hold one line", "give a file with exactly one line");
  }
  return text;
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  const char* const next = "give a place that can be written to";
  const std::string fresh = path + ".new";
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return Cannot(path, "cannot be written", next);
  const bool whole = WriteAll(file, text);
  const int error = errno;
  close(file);
  errno = error;
  if (whole && rename(fresh.c_str(), path.c_str()) == 0) {
    SyncFolderOf(path);
    return absl::OkStatus();
  }
  absl::Status failed = Cannot(path, "cannot be written", next);
  unlink(fresh.c_str());
  return failed;
}

SecretFile::~SecretFile() {
  if (file_ < 0) return;
  close(file_);
  unlink(path_.c_str());
}

absl::Status SecretFile::Make(const std::string& path) {
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file_ >= 0) {
    path_ = path;
    return absl::OkStatus();
  }
  if (errno == EEXIST) {
    return Advise(absl::AlreadyExistsError(path + ": is there already and may hold a secret"),
                  "give another name, or move the file away");
  }
  return Cannot(path, "cannot be made", "give a place that can be written to");
}

absl::Status SecretFile::Write(const std::string& text) {
  if (!WriteAll(file_, text))
    return Cannot(path_, "cannot be written", "free some room and repeat");
  close(file_);
  file_ = -1;
  SyncFolderOf(path_);
  return absl::OkStatus();
}

}  // namespace candor::cli
