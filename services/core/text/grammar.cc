#include "services/core/text/grammar.h"

#include <algorithm>

#include "services/base/id.h"

namespace candor::core {
namespace {

bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHexLetter(char c) {
  return c >= 'a' && c <= 'f';
}
bool IsWordPart(char c) {
  return IsLower(c) || IsDigit(c) || c == '_';
}

// Takes characters off the front while `belongs` says so; returns how many.
template <typename Belongs>
std::size_t Take(std::string_view& text, Belongs belongs) {
  const auto end = std::find_if_not(text.begin(), text.end(), belongs);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

bool TakeOne(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// A number that may stand for a person, or a digest, is no code.
bool HasTellingRun(std::string_view text) {
  constexpr int kMostDigits = 6;
  constexpr int kMostHex = 15;
  int digits = 0;
  int hex = 0;
  for (const char c : text) {
    digits = IsDigit(c) ? digits + 1 : 0;
    hex = IsDigit(c) || IsHexLetter(c) ? hex + 1 : 0;
    if (digits > kMostDigits || hex > kMostHex) return true;
  }
  return false;
}

}  // namespace

bool IsCode(std::string_view text) {
  constexpr std::size_t kMostGroups = 3;
  if (HasTellingRun(text)) return false;
  if (text.empty() || !IsLower(text.front())) return false;
  if (Take(text, IsWordPart) > 32) return false;
  for (std::size_t group = 0; !text.empty(); ++group) {
    if (group == kMostGroups) return false;
    if (!TakeOne(text, '.') && !TakeOne(text, ':') && !TakeOne(text, '-')) return false;
    const std::size_t length = Take(text, IsWordPart);
    if (length < 1 || length > 16) return false;
  }
  return true;
}

bool IsCodeOrId(std::string_view text) {
  return IsCode(text) || Uuid::FromText(text).has_value();
}

bool IsDecimal(std::string_view text) {
  TakeOne(text, '-');
  if (!TakeOne(text, '0') && Take(text, IsDigit) == 0) return false;
  if (text.empty()) return true;
  return TakeOne(text, '.') && Take(text, IsDigit) > 0 && text.empty();
}

bool IsOrigin(std::string_view text) {
  const std::string_view host = text.substr(0, text.find('/'));
  const auto in_host = [](char c) { return IsLower(c) || IsDigit(c) || c == '.' || c == '-'; };
  const auto in_segment = [&](char c) { return in_host(c) || c == '_'; };
  if (host == "candor") return false;
  const std::size_t length = Take(text, in_host);
  if (length < 1 || length > 100) return false;

  int segments = 0;
  while (TakeOne(text, '/')) {
    const std::string_view rest = text;
    const std::string_view segment = rest.substr(0, Take(text, in_segment));
    if (segment.empty() || segment.size() > 50) return false;
    if (segment == "bundle" || segment == "..") return false;
    ++segments;
  }
  return text.empty() && segments >= 1 && segments <= 3;
}

bool IsSectionName(std::string_view text) {
  const std::size_t length = Take(text, [](char c) { return IsLower(c) || c == '_'; });
  if (length < 1 || length > 32) return false;
  if (text.empty()) return true;
  if (!TakeOne(text, '.') || text.empty() || text.front() == '0') return false;
  const std::size_t digits = Take(text, IsDigit);
  return digits >= 1 && digits <= 2 && text.empty();
}

bool IsMemberName(std::string_view text) {
  if (text.empty() || text.size() > 64 || !IsLower(text.front())) return false;
  return std::all_of(text.begin(), text.end(), IsWordPart);
}

bool IsHandle(std::string_view text) {
  return text.size() == 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || IsHexLetter(c); });
}

}  // namespace candor::core
