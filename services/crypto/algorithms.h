// The algorithms of OpenSSL that this room uses, fetched once for the whole process: a
// fetch at each use costs more than the use.
//
// Any thread may call. Nothing here is freed: threads may end after static destruction.
#pragma once

#include <openssl/evp.h>

#include "services/base/check.h"

namespace candor::crypto {

inline const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CANDOR_CHECK(algorithm != nullptr);
  return algorithm;
}

inline const EVP_CIPHER* GcmAlgorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CANDOR_CHECK(algorithm != nullptr);
  return algorithm;
}

inline const EVP_CIPHER* WrapAlgorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-WRAP", nullptr);
  CANDOR_CHECK(algorithm != nullptr);
  return algorithm;
}

}  // namespace candor::crypto
