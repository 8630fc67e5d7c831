// Ed25519 signatures (RFC 8032).
#pragma once

#include <array>
#include <memory>

#include "services/base/bytes.h"
#include "services/crypto/secret.h"

namespace candor::crypto {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// Holds one private key. Thread-safe.
class Ed25519Key {
 public:
  explicit Ed25519Key(const Key& seed);
  ~Ed25519Key();
  Ed25519Key(Ed25519Key&&) noexcept;
  Ed25519Key& operator=(Ed25519Key&&) noexcept;

  const PublicKey& public_key() const { return public_key_; }
  Signature Sign(BytesView message) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  PublicKey public_key_{};
};

// Whether `signature` is of `message` under `key`: RFC 8032, section 5.1.7, without the
// cofactor. S must be below the order of the group; keys of small order are not refused,
// because only keys that are trusted beforehand are ever asked about.
bool VerifyEd25519(const PublicKey& key, BytesView message, BytesView signature);

}  // namespace candor::crypto
