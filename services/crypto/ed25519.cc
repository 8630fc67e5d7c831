#include "services/crypto/ed25519.h"

#include <openssl/evp.h>

#include "services/base/check.h"

namespace candor::crypto {
namespace {

using MdContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using PublicHandle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

MdContext NewContext() {
  MdContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  CANDOR_CHECK(context != nullptr);
  return context;
}

}  // namespace

struct Ed25519Key::Handle {
  explicit Handle(const Key& seed)
      : key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.view().data(),
                                            seed.view().size())) {
    CANDOR_CHECK(key != nullptr);
  }
  ~Handle() { EVP_PKEY_free(key); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  EVP_PKEY* key;
};

Ed25519Key::Ed25519Key(const Key& seed) : handle_(std::make_unique<Handle>(seed)) {
  std::size_t length = public_key_.size();
  CANDOR_CHECK(EVP_PKEY_get_raw_public_key(handle_->key, public_key_.data(), &length) == 1);
  CANDOR_CHECK(length == public_key_.size());
}

Ed25519Key::~Ed25519Key() = default;
Ed25519Key::Ed25519Key(Ed25519Key&&) noexcept = default;
Ed25519Key& Ed25519Key::operator=(Ed25519Key&&) noexcept = default;

Signature Ed25519Key::Sign(BytesView message) const {
  const MdContext context = NewContext();
  CANDOR_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle_->key) == 1);
  Signature signature;
  std::size_t length = signature.size();
  CANDOR_CHECK(EVP_DigestSign(context.get(), signature.data(), &length, message.data(),
                              message.size()) == 1);
  CANDOR_CHECK(length == signature.size());
  return signature;
}

bool VerifyEd25519(const PublicKey& key, BytesView message, BytesView signature) {
  if (signature.size() != Signature{}.size()) return false;
  const PublicHandle handle(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, key.data(), key.size()),
      &EVP_PKEY_free);
  if (handle == nullptr) return false;
  const MdContext context = NewContext();
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace candor::crypto
