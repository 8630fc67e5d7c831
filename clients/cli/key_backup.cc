#include "clients/cli/key_backup.h"

#include <array>
#include <limits>
#include <optional>

#include "services/base/bytes.h"
#include "services/base/id.h"
#include "services/base/status.h"
#include "services/core/text/lines.h"
#include "services/crypto/random.h"
#include "services/crypto/seal.h"

namespace candor::cli {
namespace {

constexpr std::string_view kFirstLine = "candor.keys/backup/v1";
constexpr std::string_view kScrypt = "scrypt ";
constexpr std::size_t kSaltBytes = 32;

absl::Status NotABackup() {
  return absl::InvalidArgumentError("is not a backup of operator's keys, or was cut short");
}

std::string HeaderOf(const crypto::ScryptCost& cost, BytesView salt) {
  return std::string(kFirstLine) + "\n" + std::string(kScrypt) + std::to_string(cost.n) + " " +
         std::to_string(cost.r) + " " + std::to_string(cost.p) + " " + ToBase64(salt) + "\n";
}

// The word up to the next space, which is taken too.
std::string_view TakeWord(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::optional<std::uint32_t> SmallNumber(std::string_view text) {
  const auto number = core::ReadNumber(text);
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

absl::StatusOr<std::vector<BackedUpFile>> FilesIn(std::string_view plain) {
  std::vector<BackedUpFile> files;
  while (!plain.empty()) {
    auto line = core::TakeLine(plain);
    if (!line) return NotABackup();
    std::string name(TakeWord(*line));
    const std::optional<Bytes> bytes = FromBase64(*line);
    if (!IsBackupName(name) || !bytes) return NotABackup();
    files.push_back({.name = std::move(name), .bytes = std::string(AsText(*bytes))});
  }
  return files;
}

}  // namespace

absl::StatusOr<std::string> SealBackup(const std::vector<BackedUpFile>& files,
                                       std::string_view passphrase,
                                       const crypto::ScryptCost& cost) {
  const auto salt = crypto::RandomBytes<kSaltBytes>();
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key key,
                          crypto::KeyOfPassphrase(AsBytes(passphrase), salt, cost));
  std::string plain;
  for (const BackedUpFile& file : files) {
    plain += file.name;
    plain += ' ';
    AppendBase64(AsBytes(file.bytes), plain);
    plain += '\n';
  }
  const std::string header = HeaderOf(cost, salt);
  const Bytes sealed =
      crypto::SealAesGcm(key, crypto::RandomBytes<12>(), AsBytes(plain), AsBytes(header));
  Forget(plain);
  return header + ToBase64(sealed) + "\n";
}

absl::StatusOr<std::vector<BackedUpFile>> OpenBackup(std::string_view text,
                                                     std::string_view passphrase) {
  std::string_view rest = text;
  const auto first = core::TakeLine(rest);
  auto second = core::TakeLine(rest);
  const auto third = core::TakeLine(rest);
  if (!first || *first != kFirstLine || !second || !core::TakePrefix(*second, kScrypt) || !third ||
      !rest.empty()) {
    return NotABackup();
  }
  const auto n = core::ReadNumber(TakeWord(*second));
  const auto r = SmallNumber(TakeWord(*second)), p = SmallNumber(TakeWord(*second));
  const std::optional<Bytes> salt = FromBase64(*second), sealed = FromBase64(*third);
  if (!n || !r || !p || !salt || salt->size() != kSaltBytes || !sealed) return NotABackup();
  const crypto::ScryptCost cost{.n = *n, .r = *r, .p = *p};
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key key,
                          crypto::KeyOfPassphrase(AsBytes(passphrase), *salt, cost));
  absl::StatusOr<Bytes> plain = crypto::OpenAesGcm(key, *sealed, AsBytes(HeaderOf(cost, *salt)));
  if (!plain.ok())
    return absl::DataLossError("the passphrase is another, or the backup was altered");
  absl::StatusOr<std::vector<BackedUpFile>> files = FilesIn(AsText(*plain));
  crypto::Cleanse(*plain);
  return files;
}

bool IsBackupName(std::string_view name) {
  std::string_view rest = name;
  if (core::TakePrefix(rest, "operator.")) {
    if (!rest.ends_with(".key")) return false;
    const auto generation = core::ReadNumber(rest.substr(0, rest.size() - 4));
    return generation && *generation > 0;
  }
  if (!core::TakePrefix(rest, "marks/")) return false;
  const std::size_t end = rest.rfind('.');
  if (end != 36 + 1 + 36 || (rest.substr(end) != ".mark" && rest.substr(end) != ".erased"))
    return false;
  return Uuid::FromText(rest.substr(0, 36)) && rest[36] == '.' &&
         Uuid::FromText(rest.substr(37, 36));
}

void Forget(std::string& text) {
  crypto::Cleanse({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
}

}  // namespace candor::cli
