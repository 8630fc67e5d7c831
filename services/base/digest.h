// Thirty-two bytes: a SHA-256 digest, a root, a commitment, a link of the chain.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/base/bytes.h"

namespace candor {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  BytesView view() const { return bytes; }
  std::string ToBase64() const { return candor::ToBase64(bytes); }
  std::string ToHex() const { return candor::ToHex(bytes); }

  // Nothing unless `view` is exactly 32 bytes; unless `text` is the base64 of 32.
  static std::optional<Digest> FromBytes(BytesView view);
  static std::optional<Digest> FromBase64(std::string_view text);

  friend auto operator<=>(const Digest&, const Digest&) = default;
};

}  // namespace candor
