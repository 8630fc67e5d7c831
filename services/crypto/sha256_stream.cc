#include "services/crypto/sha256_stream.h"

#include "services/base/check.h"
#include "services/crypto/algorithms.h"

namespace candor::crypto {

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  CANDOR_CHECK(context_ != nullptr);
  CANDOR_CHECK(EVP_DigestInit_ex2(context_, Sha256Algorithm(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() {
  EVP_MD_CTX_free(context_);
}

void Sha256Stream::Add(BytesView bytes) {
  if (bytes.empty()) return;
  CANDOR_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
}

Digest Sha256Stream::Finish() {
  Digest digest;
  unsigned length = 0;
  CANDOR_CHECK(EVP_DigestFinal_ex(context_, digest.bytes.data(), &length) == 1);
  CANDOR_CHECK(length == digest.bytes.size());
  CANDOR_CHECK(EVP_DigestInit_ex2(context_, nullptr, nullptr) == 1);
  return digest;
}

}  // namespace candor::crypto
