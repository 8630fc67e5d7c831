// Bytes as they are owned, borrowed and written down.
//
// Pure functions; any thread may call. Base64 is RFC 4648 section 4: standard
// alphabet, padded, zero trailing bits; anything else is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace candor {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

// The bytes of a text, borrowed; and bytes seen as a text, borrowed.
inline BytesView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void AppendBase64(BytesView bytes, std::string& out);
std::string ToBase64(BytesView bytes);
std::optional<Bytes> FromBase64(std::string_view text);

// Lower case; both cases are read.
std::string ToHex(BytesView bytes);
std::optional<Bytes> FromHex(std::string_view text);

// Appends a number in network byte order.
void AppendBigEndian16(std::uint16_t value, std::string& out);
void AppendBigEndian32(std::uint32_t value, std::string& out);
void AppendBigEndian64(std::uint64_t value, std::string& out);

// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, shortest forms, to U+10FFFF).
bool IsUtf8(std::string_view text);

}  // namespace candor
