#include "services/core/tlog/note.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/check.h"
#include "services/base/digest.h"
#include "services/core/text/lines.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

constexpr std::uint8_t kEd25519 = 0x01;
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space.

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(what);
}

std::uint32_t ReadBigEndian32(BytesView bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

std::string IdAsHex(std::uint32_t id) {
  std::string bytes;
  AppendBigEndian32(id, bytes);
  return ToHex(AsBytes(bytes));
}

// The characters of Unicode's White_Space above ASCII.
bool HasUnicodeSpace(std::string_view text) {
  constexpr std::string_view kSpaces[] = {
      "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
      "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xe2\x80\x80", "\xe2\x80\x81",
      "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
      "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a"};
  return std::any_of(std::begin(kSpaces), std::end(kSpaces), [&](std::string_view space) {
    return text.find(space) != std::string_view::npos;
  });
}

bool IsKeyName(std::string_view name) {
  const auto refused = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '+'; };
  if (name.empty() || !IsUtf8(name)) return false;
  return std::none_of(name.begin(), name.end(), refused) && !HasUnicodeSpace(name);
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
}

absl::StatusOr<Note::Signature> ParseSignatureLine(std::string_view line) {
  constexpr std::size_t kIdBytes = 4;
  if (!TakePrefix(line, kDash)) return Malformed("a signature line begins otherwise");
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return Malformed("a signature line without a signature");
  Note::Signature signature;
  signature.name = line.substr(0, space);
  if (!IsKeyName(signature.name)) return Malformed("a signature line without a key name");
  const std::optional<Bytes> bytes = FromBase64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kIdBytes) return Malformed("a signature that is not base64");
  signature.id = ReadBigEndian32(*bytes);
  signature.bytes.assign(bytes->begin() + kIdBytes, bytes->end());
  return signature;
}

std::uint32_t KeyId(std::string_view name, const crypto::PublicKey& key) {
  const Digest digest =
      crypto::Sha256({AsBytes(name), AsBytes("\n"), BytesView(&kEd25519, 1), BytesView(key)});
  return ReadBigEndian32(digest.view());
}

}  // namespace

absl::StatusOr<VerifierKey> VerifierKey::Parse(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return Malformed("a key is name, id and key");
  const std::optional<Bytes> bytes = FromBase64(text.substr(second + 1));
  crypto::PublicKey key;
  if (!bytes || bytes->size() != key.size() + 1) return Malformed("a key of another length");
  if (bytes->front() != kEd25519) return Malformed("a key of another type than Ed25519");
  std::copy(bytes->begin() + 1, bytes->end(), key.begin());

  const std::string_view name = text.substr(0, first);
  if (!IsKeyName(name)) return Malformed("a key without a proper name");
  VerifierKey verifier = Of(std::string(name), key);
  if (text.substr(first + 1, second - first - 1) != IdAsHex(verifier.id)) {
    return Malformed("a key with another id than its own");
  }
  return verifier;
}

VerifierKey VerifierKey::Of(std::string name, const crypto::PublicKey& key) {
  const std::uint32_t id = KeyId(name, key);
  return {.name = std::move(name), .id = id, .key = key};
}

std::string VerifierKey::ToText() const {
  Bytes typed = {kEd25519};
  typed.insert(typed.end(), key.begin(), key.end());
  return absl::StrCat(name, "+", IdAsHex(id), "+", ToBase64(typed));
}

std::string SignNote(std::string_view text, const VerifierKey& key,
                     const crypto::Ed25519Key& signer) {
  CANDOR_CHECK(!text.empty() && text.back() == '\n');
  CANDOR_CHECK(!HasControls(text) && IsUtf8(text));
  CANDOR_CHECK(key == VerifierKey::Of(key.name, signer.public_key()) && IsKeyName(key.name));
  const crypto::Signature signature = signer.Sign(AsBytes(text));
  std::string note(text);
  note += '\n';
  note += SignatureLine(
      {.name = key.name, .id = key.id, .bytes = Bytes(signature.begin(), signature.end())});
  return note;
}

std::string SignatureLine(const Note::Signature& signature) {
  std::string blob;
  AppendBigEndian32(signature.id, blob);
  blob += AsText(signature.bytes);
  std::string line(kDash);
  line += signature.name;
  line += ' ';
  AppendBase64(AsBytes(blob), line);
  line += '\n';
  return line;
}

absl::StatusOr<Note> ParseNote(std::string_view note) {
  constexpr std::string_view kBlankLine = "\n\n";
  if (note.size() > kMaxNoteBytes) return Malformed("a note of too many bytes");
  if (!IsUtf8(note)) return Malformed("a note that is not well-formed UTF-8");
  if (HasControls(note)) return Malformed("a note with control characters");
  const std::size_t split = note.rfind(kBlankLine);
  if (split == std::string_view::npos) return Malformed("a note without a blank line");

  Note parsed;
  parsed.text = note.substr(0, split + 1);
  std::string_view rest = note.substr(split + kBlankLine.size());
  while (!rest.empty()) {
    const std::optional<std::string_view> line = TakeLine(rest);
    if (!line) return Malformed("a note without a final line feed");
    if (parsed.signatures.size() == kMaxNoteSignatures) return Malformed("too many signatures");
    absl::StatusOr<Note::Signature> signature = ParseSignatureLine(*line);
    if (!signature.ok()) return signature.status();
    parsed.signatures.push_back(*std::move(signature));
  }
  if (parsed.signatures.empty()) return Malformed("a note without a signature");
  return parsed;
}

absl::Status VerifyNote(const Note& note, const std::vector<VerifierKey>& known) {
  bool verified = false;
  for (const Note::Signature& signature : note.signatures) {
    for (const VerifierKey& key : known) {
      if (key.name != signature.name || key.id != signature.id) continue;
      if (!crypto::VerifyEd25519(key.key, AsBytes(note.text), signature.bytes)) {
        return absl::DataLossError("the signature of a known key is bad");
      }
      verified = true;
    }
  }
  if (verified) return absl::OkStatus();
  return absl::DataLossError("no signature is by a known key");
}

}  // namespace candor::core
