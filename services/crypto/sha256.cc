#include "services/crypto/sha256.h"

#include <algorithm>
#include <cstring>

#include "services/base/check.h"
#include "services/crypto/algorithms.h"

namespace candor::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;

// One hash at a time, always ready for the next: it is started again as soon as one is
// finished, which also overwrites the last result (it may have been a key).
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()) {
    CANDOR_CHECK(context_ != nullptr);
    CANDOR_CHECK(EVP_DigestInit_ex2(context_, Sha256Algorithm(), nullptr) == 1);
  }
  ~Hasher() { EVP_MD_CTX_free(context_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void Add(BytesView bytes) {
    if (bytes.empty()) return;
    CANDOR_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
  }

  Digest Finish() {
    Digest digest;
    unsigned length = 0;
    CANDOR_CHECK(EVP_DigestFinal_ex(context_, digest.bytes.data(), &length) == 1);
    CANDOR_CHECK(length == digest.bytes.size());
    CANDOR_CHECK(EVP_DigestInit_ex2(context_, nullptr, nullptr) == 1);
    return digest;
  }

 private:
  EVP_MD_CTX* context_;
};

Hasher& ThisThreads() {
  thread_local Hasher hasher;
  return hasher;
}

// Hashes `first` and then the parts. Short inputs are joined before: a call for each part
// costs as much as hashing it.
Digest HashAll(BytesView first, std::initializer_list<BytesView> parts, bool secret) {
  std::uint8_t joined[256];
  std::size_t total = first.size();
  for (const BytesView part : parts) total += part.size();
  Hasher& hasher = ThisThreads();
  if (total > sizeof(joined)) {
    hasher.Add(first);
    for (const BytesView part : parts) hasher.Add(part);
    return hasher.Finish();
  }
  std::uint8_t* end = std::copy(first.begin(), first.end(), joined);
  for (const BytesView part : parts) end = std::copy(part.begin(), part.end(), end);
  hasher.Add({joined, end});
  if (secret) Cleanse({joined, end});
  return hasher.Finish();
}

}  // namespace

Digest Sha256(std::initializer_list<BytesView> parts) {
  return HashAll({}, parts, /*secret=*/false);
}

Digest Sha256(BytesView bytes) {
  Hasher& hasher = ThisThreads();
  hasher.Add(bytes);
  return hasher.Finish();
}

Digest HmacSha256(BytesView key, std::initializer_list<BytesView> parts) {
  Secret<kBlockBytes> padded;
  const std::span<std::uint8_t, kBlockBytes> block = padded.fill();
  if (key.size() > kBlockBytes) {
    const Digest hashed = Sha256(key);
    std::memcpy(block.data(), hashed.bytes.data(), hashed.bytes.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }

  for (std::uint8_t& byte : block) byte ^= 0x36;
  const Digest inner = HashAll(block, parts, /*secret=*/true);
  for (std::uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  return HashAll(block, {inner.view()}, /*secret=*/true);
}

Key HkdfExpand(BytesView key, std::string_view label) {
  constexpr std::uint8_t kFirstBlock = 1;
  Digest block = HmacSha256(key, {AsBytes(label), {&kFirstBlock, 1}});
  Key out{std::span<const std::uint8_t, 32>(block.bytes)};
  Cleanse(block.bytes);
  return out;
}

}  // namespace candor::crypto
