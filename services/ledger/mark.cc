#include "services/ledger/mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "services/base/digest.h"
#include "services/base/status.h"
#include "services/crypto/sha256.h"

namespace candor::ledger {
namespace {

constexpr std::size_t kSlot = 512;  // One sector.
constexpr std::string_view kSuffix = ".mark";

std::string OwnerOf(const Uuid& tenant, const Uuid& process) { return tenant.ToText() + "." + process.ToText(); }

std::string Encode(const std::string& owner, const MarkValue& value) {
  std::string text = "candor mark\n" + owner + "\n" + std::to_string(value.size) + "\n" + value.root + "\n" +
                     value.time_line + "\n";
  text += crypto::Sha256(AsBytes(text)).ToHex() + "\n";
  text.resize(kSlot, ' ');
  return text;
}

struct Slot {
  std::string owner;
  MarkValue value;
};
std::optional<Slot> Decode(const std::string& slot) {
  std::istringstream lines(slot);
  std::string title, owner, size, root, time_line, check;
  std::getline(lines, title) && std::getline(lines, owner) && std::getline(lines, size) && std::getline(lines, root) &&
      std::getline(lines, time_line) && std::getline(lines, check);
  const std::string text = title + "\n" + owner + "\n" + size + "\n" + root + "\n" + time_line + "\n";
  if (crypto::Sha256(AsBytes(text)).ToHex() != check) return std::nullopt;
  MarkValue value{.size = 0, .root = root, .time_line = time_line};
  std::from_chars(size.data(), size.data() + size.size(), value.size);
  return Slot{.owner = owner, .value = value};
}

// The slot to write next: not the one that holds the highest mark.
int OlderSlot(int file) {
  std::optional<Slot> slots[2];
  for (int i = 0; i < 2; ++i) {
    std::string text(kSlot, ' ');
    if (pread(file, text.data(), kSlot, i * static_cast<off_t>(kSlot)) == static_cast<ssize_t>(kSlot)) {
      slots[i] = Decode(text);
    }
  }
  return slots[0] && (!slots[1] || slots[0]->value.size > slots[1]->value.size) ? 1 : 0;
}

std::string PathOf(const std::string& folder, const Uuid& tenant, const Uuid& process) {
  return folder + "/" + OwnerOf(tenant, process) + std::string(kSuffix);
}

}  // namespace

bool Mark::Exists(const std::string& folder, const Uuid& tenant, const Uuid& process) {
  std::error_code ignored;
  return std::filesystem::exists(PathOf(folder, tenant, process), ignored);
}

absl::StatusOr<std::unique_ptr<Mark>> Mark::Open(const std::string& folder, const Uuid& tenant,
                                                 const Uuid& process) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const std::string path = PathOf(folder, tenant, process);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return Because(absl::FailedPreconditionError(path + ": cannot be opened for writing"),
                   "KEYS_UNAVAILABLE");
  }
  // The name of a new file is durable only when its folder is.
  if (const int place = open(folder.c_str(), O_RDONLY | O_CLOEXEC); place >= 0) {
    fsync(place);
    close(place);
  }
  return std::unique_ptr<Mark>(new Mark(file, OlderSlot(file), OwnerOf(tenant, process)));
}

Mark::~Mark() {
  fdatasync(file_);
  close(file_);
}

absl::Status Mark::Set(const MarkValue& value) {
  const std::string text = Encode(owner_, value);
  if (pwrite(file_, text.data(), text.size(), slot_ * static_cast<off_t>(kSlot)) !=
      static_cast<ssize_t>(text.size())) {
    return Because(absl::UnavailableError("the mark cannot be written: nothing is signed"),
                   "KEYS_UNAVAILABLE");
  }
  slot_ = 1 - slot_;
  return absl::OkStatus();
}

absl::Status Mark::Sync() {
  return fdatasync(file_) == 0 ? absl::OkStatus()
                               : absl::UnavailableError("the mark cannot be synced to disk");
}

absl::StatusOr<std::vector<FoundMark>> ReadMarks(const std::string& folder, const Uuid& tenant) {
  std::vector<FoundMark> marks;
  std::error_code ignored;
  const std::string prefix = tenant.ToText() + ".";
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename();
    if (name.rfind(prefix, 0) != 0 || !std::string_view(name).ends_with(kSuffix)) continue;
    const auto process =
        Uuid::FromText(name.substr(prefix.size(), name.size() - prefix.size() - kSuffix.size()));
    if (!process) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    FoundMark mark{.process = *process, .value = {}};
    for (std::size_t at = 0; at + kSlot <= text.size(); at += kSlot) {
      const std::optional<Slot> slot = Decode(text.substr(at, kSlot));
      if (slot && slot->owner != OwnerOf(tenant, *process)) {
        return Because(absl::DataLossError(entry.path().string() + ": the mark is that of another ledger or server"),
                       "KEYS_UNAVAILABLE");
      }
      if (slot && (!mark.value || slot->value.size > mark.value->size)) mark.value = slot->value;
    }
    if (!text.empty() && !mark.value) {
      return Because(absl::DataLossError(entry.path().string() + ": the mark is damaged"),
                     "KEYS_UNAVAILABLE");
    }
    marks.push_back(std::move(mark));
  }
  return marks;
}

}  // namespace candor::ledger
