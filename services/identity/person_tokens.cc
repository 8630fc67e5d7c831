#include "services/identity/person_tokens.h"

#include <algorithm>
#include <optional>

#include "services/base/status.h"
#include "services/crypto/random.h"
#include "services/crypto/seal.h"

namespace candor::identity {
namespace {

constexpr std::string_view kPrefix = "candor_person_";
constexpr std::size_t kIdLength = 32, kIdBytes = 16, kTimeBytes = 8;
constexpr std::size_t kLongest = 2000;

absl::Status Invalid() {
  return Because(absl::UnauthenticatedError("the person's token is altered, unknown or over: ask the "
                                            "tenant's system for another"),
                 "CREDENTIAL_INVALID");
}

Uuid UuidFrom(BytesView bytes) {
  Uuid id;
  std::copy_n(bytes.begin(), kIdBytes, id.bytes.begin());
  return id;
}

// id (16) || time of the end in microseconds (8) || may only read (1) || length of language (1) ||
// language || person.
std::string Packed(const PersonToken& token) {
  std::string text(AsText(token.token.view()));
  AppendBigEndian64(static_cast<std::uint64_t>(absl::ToUnixMicros(token.expires)), text);
  text += static_cast<char>(token.read_only);
  text += static_cast<char>(token.language.size());
  return text + token.language + token.person;
}

// Only of what Packed made: it was sealed.
PersonToken Unpacked(const Uuid& tenant, BytesView bytes) {
  PersonToken token{.tenant = tenant, .token = UuidFrom(bytes), .expires = {}, .person = {}, .language = {}};
  std::uint64_t micros = 0;
  for (std::size_t i = kIdBytes; i < kIdBytes + kTimeBytes; ++i) micros = micros << 8 | bytes[i];
  token.expires = absl::FromUnixMicros(static_cast<std::int64_t>(micros));
  bytes = bytes.subspan(kIdBytes + kTimeBytes);
  token.read_only = bytes[0] != 0;
  token.language = AsText(bytes.subspan(2, bytes[1]));
  token.person = AsText(bytes.subspan(2 + std::size_t{bytes[1]}));
  return token;
}

}  // namespace

bool IsPersonToken(std::string_view credential) { return credential.substr(0, kPrefix.size()) == kPrefix; }

absl::StatusOr<std::string> PersonTokens::Make(const PersonToken& token) const {
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key key, key_of_(token.tenant));
  const std::string packed = Packed(token);
  const std::string tenant = ToHex(token.tenant.view());
  const Bytes sealed = crypto::SealAesGcm(key, crypto::RandomBytes<12>(), AsBytes(packed), AsBytes(tenant));
  return std::string(kPrefix) + tenant + "_" + ToHex(sealed);
}

absl::StatusOr<domain::Caller> PersonTokens::Authenticate(std::string_view text) const {
  if (!IsPersonToken(text) || text.size() > kLongest) return Invalid();
  text.remove_prefix(kPrefix.size());
  if (text.size() <= kIdLength || text[kIdLength] != '_') return Invalid();
  const auto id = FromHex(text.substr(0, kIdLength)), sealed = FromHex(text.substr(kIdLength + 1));
  if (!id || !sealed) return Invalid();
  const Uuid tenant = UuidFrom(*id);
  const absl::StatusOr<crypto::Key> key = key_of_(tenant);
  if (absl::IsNotFound(key.status())) return Invalid();
  CANDOR_RETURN_IF_ERROR(key.status());
  const auto packed = crypto::OpenAesGcm(*key, *sealed, AsBytes(ToHex(tenant.view())));
  if (!packed.ok()) return Invalid();
  const PersonToken token = Unpacked(tenant, *packed);
  if (token.expires <= clock_.Now()) return Invalid();
  return domain::Caller{.tenant = tenant, .principal = token.token, .kind = "human", .code = {},
                        .roles = domain::Bit(domain::Role::kPerson), .person = token.person,
                        .language = token.language, .read_only = token.read_only};
}

}  // namespace candor::identity
