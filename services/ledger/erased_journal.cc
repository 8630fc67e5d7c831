#include "services/ledger/erased_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "services/base/status.h"
#include "services/core/text/lines.h"
#include "services/crypto/sha256.h"

namespace candor::ledger {
namespace {

constexpr std::string_view kSuffix = ".erased";
constexpr const char* kBegun = "begun";
constexpr const char* kDone = "done";

std::string CheckOf(const std::string& words) { return crypto::Sha256(AsBytes(words)).ToHex().substr(0, 16); }

std::string LineOf(const JournaledErasure& erasure) {
  std::string words = erasure.done ? kDone : kBegun;
  words.append(" ").append(erasure.leaf.ToText());
  for (const store::Handle& handle : erasure.handles) words.append(" ").append(ToHex(handle));
  return words + " " + CheckOf(words) + "\n";
}

std::optional<JournaledErasure> ErasureOf(std::string_view line) {
  const std::size_t last = line.rfind(' ');
  if (last == std::string_view::npos) return std::nullopt;
  const std::string words(line.substr(0, last));
  if (line.substr(last + 1) != CheckOf(words)) return std::nullopt;
  std::istringstream in(words);
  std::string state, leaf, handle;
  in >> state >> leaf;
  const auto id = Uuid::FromText(leaf);
  if (!id) return std::nullopt;
  JournaledErasure erasure{.leaf = *id, .done = state == kDone, .handles = {}};
  while (in >> handle) {
    const auto bytes = FromHex(handle);
    store::Handle& added = erasure.handles.emplace_back();
    if (!bytes || bytes->size() != added.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), added.begin());
  }
  return erasure;
}

// Whether the file ends in the middle of a line.
bool IsCutShort(int file) {
  const off_t end = lseek(file, 0, SEEK_END);
  char last = '\n';
  return end > 0 && pread(file, &last, 1, end - 1) == 1 && last != '\n';
}

}  // namespace

absl::StatusOr<std::unique_ptr<ErasedJournal>> ErasedJournal::Open(const std::string& folder, const Uuid& tenant,
                                                                   const Uuid& process) {
  const std::string path = folder + "/" + tenant.ToText() + "." + process.ToText() + std::string(kSuffix);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) {
    return Because(absl::FailedPreconditionError(path + ": cannot be opened for writing"), "KEYS_UNAVAILABLE");
  }
  // What a crash cut short ends here, so that the next line stands by itself.
  if (IsCutShort(file) && write(file, " cut\n", 5) != 5) {
    close(file);
    return Because(absl::FailedPreconditionError(path + ": cannot be written"), "KEYS_UNAVAILABLE");
  }
  // The name of a new file is durable only when its folder is.
  if (const int place = open(folder.c_str(), O_RDONLY | O_CLOEXEC); place >= 0) {
    fsync(place);
    close(place);
  }
  return std::unique_ptr<ErasedJournal>(new ErasedJournal(file));
}

ErasedJournal::~ErasedJournal() { close(file_); }

absl::Status ErasedJournal::Add(const JournaledErasure& erasure) {
  const std::string line = LineOf(erasure);
  if (write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fdatasync(file_) == 0) {
    return absl::OkStatus();
  }
  return Because(absl::UnavailableError("the journal of erasures cannot be written: nothing is destroyed"),
                 "KEYS_UNAVAILABLE");
}

absl::StatusOr<std::vector<JournaledErasure>> ReadJournals(const std::string& folder, const Uuid& tenant) {
  std::map<Uuid, JournaledErasure> erasures;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename();
    if (name.rfind(tenant.ToText() + ".", 0) != 0 || !std::string_view(name).ends_with(kSuffix)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::string_view rest = text;
    while (const auto line = core::TakeLine(rest)) {
      if (line->ends_with(" cut")) continue;
      auto erasure = ErasureOf(*line);
      if (!erasure) {
        return Because(absl::DataLossError(entry.path().string() + ": the journal of erasures is damaged"),
                       "KEYS_UNAVAILABLE");
      }
      const auto [at, is_new] = erasures.try_emplace(erasure->leaf, *erasure);
      if (!is_new) at->second.done = at->second.done || erasure->done;
    }
  }
  std::vector<JournaledErasure> all;
  for (auto& [leaf, erasure] : erasures) all.push_back(std::move(erasure));
  return all;
}

}  // namespace candor::ledger
