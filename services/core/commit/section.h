// Sections: a salted commitment stands in the leaf, the text is sealed beside it.
//
// Pure functions; any thread may call. Salts and nonces come in as values: 32 and 12
// random bytes, new for each section of each leaf.
// Source: ledger format, section 3. Frozen by sections.json.
#pragma once

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/base/bytes.h"
#include "services/base/digest.h"
#include "services/crypto/secret.h"

namespace candor::core {

// Which section of which leaf of which ledger; borrowed texts.
struct SectionOf {
  std::string_view origin;
  std::string_view leaf_id;  // As it stands in the leaf.
  std::string_view name;
};

// What stands in the leaf. Costs one HMAC over the bytes.
Digest CommitSection(const SectionOf& of, const Digest& salt, BytesView bytes);

// Checks a section that is shown. The salt must be 32 bytes: a shorter one can give the
// same HMAC.
//
// Errors: kInvalidArgument for a salt of another size; kDataLoss: the bytes or the salt
// are not what the leaf committed to.
absl::Status CheckSection(const SectionOf& of, BytesView salt, BytesView bytes,
                          const Digest& commitment);

// The key that seals this one section.
crypto::Key SectionKey(const crypto::Key& data_key, const SectionOf& of);

// nonce || AES-256-GCM(salt || length || bytes || zeros to a multiple of 64) || tag.
// `bytes` must be at most 256 KiB, else this aborts.
Bytes SealSection(const crypto::Key& data_key, const SectionOf& of, const Digest& salt,
                  std::span<const std::uint8_t, 12> nonce, BytesView bytes);

struct Opened {
  Digest salt;
  Bytes bytes;
};

// Opens what SealSection made, and nothing else: padding is zeros, and no longer than
// needed. Nothing may be shown before CheckSection, so give the commitment where known.
//
// Errors: kDataLoss: not sealed under this key for this section, or altered.
absl::StatusOr<Opened> OpenSection(const crypto::Key& data_key, const SectionOf& of,
                                   BytesView sealed);
absl::StatusOr<Opened> OpenSection(const crypto::Key& data_key, const SectionOf& of,
                                   BytesView sealed, const Digest& commitment);

}  // namespace candor::core
