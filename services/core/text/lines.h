// Taking a text apart line by line, strictly: every line ends in one line feed.
//
// Pure functions; any thread may call.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace candor::core {

// Takes the next line off the front, without its line feed; nothing if there is none.
inline std::optional<std::string_view> TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

inline bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// A decimal number below 2^64 without sign or leading zeros.
inline std::optional<std::uint64_t> ReadNumber(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

}  // namespace candor::core
