#include "services/crypto/secret.h"

#include <openssl/crypto.h>

namespace candor::crypto {

void Cleanse(std::span<std::uint8_t> bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace candor::crypto
