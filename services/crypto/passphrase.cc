#include "services/crypto/passphrase.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <bit>
#include <memory>

#include "services/base/check.h"

namespace candor::crypto {
namespace {

constexpr std::uint64_t kMostN = 1 << 20;
constexpr std::uint32_t kMostR = 32, kMostP = 16;

// OpenSSL takes what it only reads as pointers to what it might write.
void* Borrowed(BytesView bytes) {
  return const_cast<std::uint8_t*>(bytes.data());
}

}  // namespace

absl::StatusOr<Key> KeyOfPassphrase(BytesView passphrase, BytesView salt, const ScryptCost& cost) {
  if (cost.n < 2 || cost.n > kMostN || !std::has_single_bit(cost.n) || cost.r < 1 ||
      cost.r > kMostR || cost.p < 1 || cost.p > kMostP) {
    return absl::InvalidArgumentError("the cost of scrypt is out of bounds");
  }
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> algorithm(
      EVP_KDF_fetch(nullptr, "SCRYPT", nullptr), EVP_KDF_free);
  CANDOR_CHECK(algorithm != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
      EVP_KDF_CTX_new(algorithm.get()), EVP_KDF_CTX_free);
  CANDOR_CHECK(context != nullptr);
  std::uint64_t n = cost.n;
  std::uint32_t r = cost.r, p = cost.p;
  std::uint64_t most_bytes = 128 * n * r + 128 * std::uint64_t{r} * p + (1 << 20);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, Borrowed(passphrase),
                                        passphrase.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, Borrowed(salt), salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &most_bytes),
      OSSL_PARAM_construct_end()};
  Key key;
  if (EVP_KDF_derive(context.get(), key.fill().data(), key.fill().size(), params) == 1) return key;
  return absl::ResourceExhaustedError("there is not enough memory for scrypt");
}

}  // namespace candor::crypto
