// Signed notes: a text with one or more signatures under it.
//
// Pure functions over values; any thread may call.
// Source: C2SP signed-note v1.0.0, of its signature types only Ed25519 (0x01).
//
//   candor.example/test-ledger
//   0
//   47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
//
//   — candor.example/test-ledger KEqy2T4xRV5w0je4i1ucmOSVnotmVgiGSm4u6w9Jd001NGYcr8wR…
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/base/bytes.h"
#include "services/crypto/ed25519.h"

namespace candor::core {

// A public key with the name it signs under.
struct VerifierKey {
  std::string name;
  std::uint32_t id = 0;  // First 4 bytes of SHA-256(name || LF || 0x01 || key).
  crypto::PublicKey key{};

  // Reads `name+<8 hexadecimal characters>+<base64 of 0x01 || key>`.
  //
  // Errors: kInvalidArgument; also for keys of another type or with a false id.
  static absl::StatusOr<VerifierKey> Parse(std::string_view text);

  static VerifierKey Of(std::string name, const crypto::PublicKey& key);
  std::string ToText() const;

  bool operator==(const VerifierKey&) const = default;
};

struct Note {
  struct Signature {
    std::string name;
    std::uint32_t id = 0;
    Bytes bytes;  // 64 for Ed25519; at least 1.
  };

  std::string text;  // What is signed; ends in a line feed.
  std::vector<Signature> signatures;
};

// No note of more signatures, or of more bytes, is read.
inline constexpr std::size_t kMaxNoteSignatures = 100;
inline constexpr std::size_t kMaxNoteBytes = 1'000'000;

// The note: `text`, a blank line, one signature line. `text` must end in a line feed and
// have no control characters, and `key` belong to `signer`, else this aborts.
std::string SignNote(std::string_view text, const VerifierKey& key,
                     const crypto::Ed25519Key& signer);

// One signature line alone, with its line feed.
std::string SignatureLine(const Note::Signature& signature);

// Errors: kInvalidArgument with what is malformed.
absl::StatusOr<Note> ParseNote(std::string_view note);

// Checks that at least one signature is by a key of `known`, and that every signature by
// such a key is good. Signatures by others are passed over.
//
// Errors: kDataLoss: none is by a known key, or one that is by a known key is bad.
absl::Status VerifyNote(const Note& note, const std::vector<VerifierKey>& known);

}  // namespace candor::core
