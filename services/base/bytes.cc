#include "services/base/bytes.h"

#include <array>
#include <cstring>

namespace candor {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> MakeBase64Values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    values[static_cast<std::uint8_t>(kBase64[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kBase64Values = MakeBase64Values();

std::uint32_t Base64Value(char c) {
  return kBase64Values[static_cast<std::uint8_t>(c)];
}

// The last group of a text, with its padding: 1 or 2 bytes. False unless its unused bits
// are zero.
bool DecodePaddedGroup(std::string_view group, Bytes& out) {
  const std::uint32_t a = Base64Value(group[0]);
  const std::uint32_t b = Base64Value(group[1]);
  if (a == kNone || b == kNone) return false;
  out.push_back(static_cast<std::uint8_t>(a << 2 | b >> 4));
  if (group[2] == '=') return (b & 0xf) == 0;
  const std::uint32_t c = Base64Value(group[2]);
  if (c == kNone || (c & 0x3) != 0) return false;
  out.push_back(static_cast<std::uint8_t>((b & 0xf) << 4 | c >> 2));
  return true;
}

// Length of the UTF-8 sequence that begins at `s`, of which `left` bytes are there; 0 if
// it is not well formed. The first byte is above 0x7f.
std::size_t SequenceLength(const std::uint8_t* s, std::size_t left) {
  const auto follows = [&](std::size_t i, std::uint8_t low, std::uint8_t high) {
    return i < left && s[i] >= low && s[i] <= high;
  };
  const std::uint8_t first = s[0];
  if (first >= 0xc2 && first <= 0xdf) return follows(1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const std::uint8_t low = first == 0xe0 ? 0xa0 : 0x80;   // Shortest form.
    const std::uint8_t high = first == 0xed ? 0x9f : 0xbf;  // No surrogates.
    return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const std::uint8_t low = first == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = first == 0xf4 ? 0x8f : 0xbf;  // Up to U+10FFFF.
    return follows(1, low, high) && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void AppendBase64(BytesView bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t three = std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8 |
                                std::uint32_t{bytes[i + 2]};
    *to++ = kBase64[three >> 18];
    *to++ = kBase64[three >> 12 & 0x3f];
    *to++ = kBase64[three >> 6 & 0x3f];
    *to++ = kBase64[three & 0x3f];
  }
  const std::size_t left = bytes.size() - i;
  if (left == 0) return;
  const std::uint32_t last =
      std::uint32_t{bytes[i]} << 16 | (left == 2 ? std::uint32_t{bytes[i + 1]} << 8 : 0);
  *to++ = kBase64[last >> 18];
  *to++ = kBase64[last >> 12 & 0x3f];
  *to++ = left == 2 ? kBase64[last >> 6 & 0x3f] : '=';
  *to++ = '=';
}

std::string ToBase64(BytesView bytes) {
  std::string out;
  AppendBase64(bytes, out);
  return out;
}

std::optional<Bytes> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const bool padded = !text.empty() && text.back() == '=';
  const std::size_t whole = padded ? text.size() - 4 : text.size();
  Bytes out(whole / 4 * 3);
  std::uint32_t all = 0;
  for (std::size_t i = 0, to = 0; i < whole; i += 4) {
    const std::uint32_t a = Base64Value(text[i]);
    const std::uint32_t b = Base64Value(text[i + 1]);
    const std::uint32_t c = Base64Value(text[i + 2]);
    const std::uint32_t d = Base64Value(text[i + 3]);
    all |= a | b | c | d;
    out[to++] = static_cast<std::uint8_t>(a << 2 | b >> 4);
    out[to++] = static_cast<std::uint8_t>((b & 0xf) << 4 | c >> 2);
    out[to++] = static_cast<std::uint8_t>((c & 0x3) << 6 | d);
  }
  if (all > 0x3f) return std::nullopt;  // One of them was kNone.
  if (padded && !DecodePaddedGroup(text.substr(whole), out)) return std::nullopt;
  return out;
}

std::string ToHex(BytesView bytes) {
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kHex[bytes[i] >> 4];
    out[2 * i + 1] = kHex[bytes[i] & 0xf];
  }
  return out;
}

// Two loops without branches: the compiler takes many characters at a time.
std::optional<Bytes> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  const auto* from = reinterpret_cast<const std::uint8_t*>(text.data());
  std::uint8_t bad = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = static_cast<std::uint8_t>(from[i] - '0') < 10;
    const bool is_letter = static_cast<std::uint8_t>((from[i] | 0x20) - 'a') < 6;
    bad |= static_cast<std::uint8_t>(!(is_digit | is_letter));
  }
  if (bad != 0) return std::nullopt;
  const auto value = [](std::uint8_t c) { return static_cast<std::uint8_t>((c & 0xf) + (c >> 6) * 9); };
  Bytes out(text.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(value(from[2 * i]) << 4 | value(from[2 * i + 1]));
  }
  return out;
}

void AppendBigEndian16(std::uint16_t value, std::string& out) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}

void AppendBigEndian32(std::uint32_t value, std::string& out) {
  AppendBigEndian16(static_cast<std::uint16_t>(value >> 16), out);
  AppendBigEndian16(static_cast<std::uint16_t>(value & 0xffff), out);
}

void AppendBigEndian64(std::uint64_t value, std::string& out) {
  AppendBigEndian32(static_cast<std::uint32_t>(value >> 32), out);
  AppendBigEndian32(static_cast<std::uint32_t>(value & 0xffffffff), out);
}

bool IsUtf8(std::string_view text) {
  const auto* s = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    if (s[i] < 0x80) {
      ++i;
      // Most text is ASCII: eight characters at a time.
      for (std::uint64_t word = 0; text.size() - i >= 8; i += 8) {
        std::memcpy(&word, s + i, 8);
        if ((word & 0x8080808080808080U) != 0) break;
      }
      continue;
    }
    const std::size_t length = SequenceLength(s + i, text.size() - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

}  // namespace candor
