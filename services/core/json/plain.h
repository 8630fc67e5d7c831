// Characters that stand for themselves in a JSON string. RFC 8259, section 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace candor::core {

inline bool IsPlain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

// The place of the first character from `at` on that is not plain, or the end.
inline std::size_t PlainUntil(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U, kHighs = 0x8080808080808080U;
  const auto has_below = [](std::uint64_t word, std::uint64_t least) { return (word - kOnes * least) & ~word & kHighs; };
  for (std::uint64_t word = 0; text.size() - at >= 8; at += 8) {  // Eight at a time.
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t special = has_below(word, 0x20) | has_below(word ^ (kOnes * '"'), 1) |
                                  has_below(word ^ (kOnes * '\\'), 1);
    if (special != 0) break;
  }
  while (at < text.size() && IsPlain(text[at])) ++at;
  return at;
}

}  // namespace candor::core
