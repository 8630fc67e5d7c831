#include "services/crypto/sha256.h"

#include <algorithm>
#include <cstring>

#include "services/base/check.h"
#include "services/crypto/algorithms.h"
#include "services/crypto/sha256_stream.h"

namespace candor::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;

Sha256Stream& ThisThreads() {
  thread_local Sha256Stream hasher;
  return hasher;
}

// Hashes `first` and then the parts. Short inputs are joined before: a call for each part
// costs as much as hashing it.
Digest HashAll(BytesView first, std::initializer_list<BytesView> parts, bool secret) {
  std::uint8_t joined[256];
  std::size_t total = first.size();
  for (const BytesView part : parts) total += part.size();
  Sha256Stream& hasher = ThisThreads();
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
  Sha256Stream& hasher = ThisThreads();
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
