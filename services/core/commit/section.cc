#include "services/core/commit/section.h"

#include <algorithm>

#include "services/base/check.h"
#include "services/base/status.h"
#include "services/core/json/json.h"
#include "services/crypto/seal.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kPadTo = 64;

absl::Status NotThisSection() {
  return absl::DataLossError("not what was sealed under this key for this section");
}

// origin || LF || leaf id || LF || section, after a label if there is one.
std::string Place(std::string_view label, const SectionOf& of) {
  std::string place;
  place.reserve(label.size() + of.origin.size() + of.leaf_id.size() + of.name.size() + 2);
  place += label;
  place += of.origin;
  place += '\n';
  place += of.leaf_id;
  place += '\n';
  place += of.name;
  return place;
}

std::size_t PaddedBytes(std::size_t length) {
  return (kSaltBytes + kLengthBytes + length + kPadTo - 1) / kPadTo * kPadTo;
}

absl::StatusOr<Opened> TakePlaintextApart(BytesView plaintext) {
  if (plaintext.size() < kSaltBytes + kLengthBytes) return NotThisSection();
  const BytesView number = plaintext.subspan(kSaltBytes, kLengthBytes);
  const std::size_t length = static_cast<std::size_t>(number[0]) << 24 |
                             static_cast<std::size_t>(number[1]) << 16 |
                             static_cast<std::size_t>(number[2]) << 8 | number[3];
  if (length > kMaxSectionBytes || plaintext.size() != PaddedBytes(length)) return NotThisSection();
  const BytesView rest = plaintext.subspan(kSaltBytes + kLengthBytes);
  const BytesView padding = rest.subspan(length);
  if (std::any_of(padding.begin(), padding.end(), [](std::uint8_t byte) { return byte != 0; })) {
    return NotThisSection();
  }
  return Opened{.salt = *Digest::FromBytes(plaintext.first(kSaltBytes)),
                .bytes = Bytes(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(length))};
}

}  // namespace

Digest CommitSection(const SectionOf& of, const Digest& salt, BytesView bytes) {
  const std::string place = Place("candor/section/v1\n", of);
  return crypto::HmacSha256(salt.view(), {AsBytes(place), AsBytes("\n"), bytes});
}

absl::Status CheckSection(const SectionOf& of, BytesView salt, BytesView bytes,
                          const Digest& commitment) {
  const std::optional<Digest> whole_salt = Digest::FromBytes(salt);
  if (!whole_salt) return absl::InvalidArgumentError("the salt is not 32 bytes");
  if (CommitSection(of, *whole_salt, bytes) == commitment) return absl::OkStatus();
  return absl::DataLossError("not what the leaf committed to");
}

crypto::Key SectionKey(const crypto::Key& data_key, const SectionOf& of) {
  return crypto::HkdfExpand(data_key.view(), Place("candor/seal/v1\n", of));
}

Bytes SealSection(const crypto::Key& data_key, const SectionOf& of, const Digest& salt,
                  std::span<const std::uint8_t, 12> nonce, BytesView bytes) {
  CANDOR_CHECK(bytes.size() <= kMaxSectionBytes);
  std::string length;
  AppendBigEndian32(static_cast<std::uint32_t>(bytes.size()), length);
  Bytes plaintext;
  plaintext.reserve(PaddedBytes(bytes.size()));
  plaintext.insert(plaintext.end(), salt.bytes.begin(), salt.bytes.end());
  plaintext.insert(plaintext.end(), length.begin(), length.end());
  plaintext.insert(plaintext.end(), bytes.begin(), bytes.end());
  plaintext.resize(PaddedBytes(bytes.size()));
  Bytes sealed =
      crypto::SealAesGcm(SectionKey(data_key, of), nonce, plaintext, AsBytes(Place("", of)));
  crypto::Cleanse(plaintext);
  return sealed;
}

absl::StatusOr<Opened> OpenSection(const crypto::Key& data_key, const SectionOf& of,
                                   BytesView sealed) {
  CANDOR_ASSIGN_OR_RETURN(Bytes plaintext, crypto::OpenAesGcm(SectionKey(data_key, of), sealed,
                                                              AsBytes(Place("", of))));
  absl::StatusOr<Opened> opened = TakePlaintextApart(plaintext);
  crypto::Cleanse(plaintext);
  return opened;
}

absl::StatusOr<Opened> OpenSection(const crypto::Key& data_key, const SectionOf& of,
                                   BytesView sealed, const Digest& commitment) {
  CANDOR_ASSIGN_OR_RETURN(Opened opened, OpenSection(data_key, of, sealed));
  CANDOR_RETURN_IF_ERROR(CheckSection(of, opened.salt.view(), opened.bytes, commitment));
  return opened;
}

}  // namespace candor::core
