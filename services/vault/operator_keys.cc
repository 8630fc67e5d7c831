#include "services/vault/operator_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "services/base/bytes.h"
#include "services/base/status.h"
#include "services/crypto/random.h"

namespace candor::vault {
namespace {

constexpr std::string_view kPrefix = "operator.";
constexpr std::string_view kSuffix = ".key";

absl::Status Unusable(const std::string& path, const char* why) {
  return Because(absl::FailedPreconditionError(path + ": " + why), "KEYS_UNAVAILABLE");
}

// The generation in `operator.<generation>.key`, or zero.
std::uint64_t GenerationOf(const std::string& name) {
  if (name.size() <= kPrefix.size() + kSuffix.size()) return 0;
  if (name.rfind(kPrefix, 0) != 0 || !std::string_view(name).ends_with(kSuffix)) return 0;
  std::uint64_t generation = 0;
  const char* end = name.data() + name.size() - kSuffix.size();
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, generation);
  return error == std::errc() && stop == end ? generation : 0;
}

std::string PathOf(const std::string& folder, std::uint64_t generation) {
  return folder + "/" + std::string(kPrefix) + std::to_string(generation) + std::string(kSuffix);
}

absl::StatusOr<crypto::Key> ReadKey(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return Unusable(path, "cannot be read");
  if ((info.st_mode & 077) != 0) return Unusable(path, "others may read it: chmod 600 it");
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::optional<Bytes> bytes = FromHex(line);
  crypto::Cleanse({reinterpret_cast<std::uint8_t*>(line.data()), line.size()});
  if (!bytes || bytes->size() != 32) return Unusable(path, "is not a line of 64 hexadecimal characters");
  crypto::Key key{std::span<const std::uint8_t, 32>(bytes->data(), 32)};
  crypto::Cleanse(*bytes);
  return key;
}

}  // namespace

absl::Status WriteSecretFile(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return errno == EEXIST ? absl::AlreadyExistsError(path + ": exists")
                           : absl::FailedPreconditionError(path + ": cannot be written");
  }
  const bool whole = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                     fsync(file) == 0;
  close(file);
  if (!whole) return absl::FailedPreconditionError(path + ": cannot be written whole");
  // The name of a new file is durable only when its folder is.
  const int folder = open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  return absl::OkStatus();
}

absl::StatusOr<OperatorKeys> OperatorKeys::Load(const std::string& folder, bool make) {
  const OperatorKeys keys(folder);
  CANDOR_RETURN_IF_ERROR(keys.Reload());
  if (keys.newest() > 0) return keys;
  if (!make) return Unusable(folder, "holds no operator.<generation>.key: restore it with `candor keys restore`");
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
  CANDOR_RETURN_IF_ERROR(WriteSecretFile(PathOf(folder, 1), ToHex(crypto::RandomKey().view()) + "\n"));
  CANDOR_RETURN_IF_ERROR(keys.Reload());
  return keys;
}

absl::StatusOr<std::uint64_t> OperatorKeys::MakeNext(const std::string& folder) {
  CANDOR_ASSIGN_OR_RETURN(const OperatorKeys keys, Load(folder, /*make=*/false));
  const std::uint64_t next = keys.newest() + 1;
  CANDOR_RETURN_IF_ERROR(WriteSecretFile(PathOf(folder, next), ToHex(crypto::RandomKey().view()) + "\n"));
  return next;
}

absl::Status OperatorKeys::Reload() const {
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(held_->folder, ignored)) {
    const std::uint64_t generation = GenerationOf(file.path().filename());
    if (generation == 0) continue;
    CANDOR_ASSIGN_OR_RETURN(crypto::Key key, ReadKey(file.path()));
    absl::MutexLock lock(&held_->mutex);
    held_->keys.emplace(generation, std::move(key));
  }
  return absl::OkStatus();
}

std::set<std::uint64_t> OperatorKeys::generations() const {
  absl::MutexLock lock(&held_->mutex);
  std::set<std::uint64_t> generations;
  for (const auto& [generation, key] : held_->keys) generations.insert(generation);
  return generations;
}

std::uint64_t OperatorKeys::newest() const {
  absl::MutexLock lock(&held_->mutex);
  return held_->keys.empty() ? 0 : held_->keys.rbegin()->first;
}

absl::StatusOr<crypto::Key> OperatorKeys::Get(std::uint64_t generation) const {
  const auto known = [&]() -> std::optional<crypto::Key> {
    absl::MutexLock lock(&held_->mutex);
    const auto found = held_->keys.find(generation);
    if (found == held_->keys.end()) return std::nullopt;
    return found->second.Clone();
  };
  if (auto key = known()) return *std::move(key);
  CANDOR_RETURN_IF_ERROR(Reload());
  if (auto key = known()) return *std::move(key);
  return Unusable("operator." + std::to_string(generation) + ".key", "is not in the key folder");
}

}  // namespace candor::vault
