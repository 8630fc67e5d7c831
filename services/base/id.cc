#include "services/base/id.h"

#include <algorithm>

namespace candor {
namespace {

constexpr std::size_t kTextLength = 36;

bool HyphenBelongsAt(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

int LowerHexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void SetVersion(Uuid& id, int version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | version << 4);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

}  // namespace

std::string Uuid::ToText() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text(kTextLength, '-');
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes) {
    if (HyphenBelongsAt(at)) ++at;
    text[at++] = kHex[byte >> 4];
    text[at++] = kHex[byte & 0xf];
  }
  return text;
}

std::optional<Uuid> Uuid::FromText(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uuid id;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (HyphenBelongsAt(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = LowerHexValue(text[i]);
    if (value < 0) return std::nullopt;
    std::uint8_t& byte = id.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digits;
  }
  if ((id.bytes[8] & 0xc0) != 0x80) return std::nullopt;
  return id;
}

Uuid Uuid::MakeV7(absl::Time time, std::span<const std::uint8_t, 10> random) {
  Uuid id;
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(time));
  for (std::size_t i = 0; i < 6; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i) & 0xff);
  }
  std::copy(random.begin(), random.end(), id.bytes.begin() + 6);
  SetVersion(id, 7);
  return id;
}

Uuid Uuid::MakeV8(std::span<const std::uint8_t, 16> bytes) {
  Uuid id;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  SetVersion(id, 8);
  return id;
}

}  // namespace candor
