// Authenticated encryption of a text, and wrapping of one key under another.
//
// Any thread may call: contexts are kept per thread, algorithms fetched once.
#pragma once

#include <array>
#include <optional>

#include "absl/status/statusor.h"
#include "services/base/bytes.h"
#include "services/crypto/secret.h"

namespace candor::crypto {

// AES-256-GCM (NIST SP 800-38D): nonce (12) || ciphertext || tag (16). A key may
// seal only one text with one nonce.
Bytes SealAesGcm(const Key& key, std::span<const std::uint8_t, 12> nonce, BytesView plaintext,
                 BytesView additional);

// Errors: kDataLoss when the text, the key or `additional` is not what was sealed.
absl::StatusOr<Bytes> OpenAesGcm(const Key& key, BytesView sealed, BytesView additional);

// AES-256-KW (RFC 3394): 32 bytes become 40.
std::array<std::uint8_t, 40> WrapKey(const Key& under, const Key& key);

// Errors: kDataLoss when `wrapped` is not a key wrapped under `under`.
absl::StatusOr<Key> UnwrapKey(const Key& under, BytesView wrapped);

}  // namespace candor::crypto
