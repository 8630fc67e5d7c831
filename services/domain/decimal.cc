#include "services/domain/decimal.h"

#include <string>

namespace candor::domain {
namespace {

struct Parts {
  bool negative = false;
  std::string_view whole, fraction;  // The fraction without trailing zeros.
};

Parts Split(std::string_view text) {
  Parts parts;
  parts.negative = !text.empty() && text.front() == '-';
  if (parts.negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  parts.whole = text.substr(0, dot);
  if (dot != std::string_view::npos) parts.fraction = text.substr(dot + 1);
  while (!parts.fraction.empty() && parts.fraction.back() == '0') parts.fraction.remove_suffix(1);
  if (parts.whole == "0" && parts.fraction.empty()) parts.negative = false;  // -0 is 0.
  return parts;
}

std::strong_ordering CompareSizes(const Parts& a, const Parts& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() <=> b.whole.size();
  if (a.whole != b.whole) return a.whole <=> b.whole;
  return a.fraction <=> b.fraction;
}

}  // namespace

std::strong_ordering CompareDecimals(std::string_view a, std::string_view b) {
  const Parts left = Split(a), right = Split(b);
  if (left.negative != right.negative) {
    return left.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return left.negative ? CompareSizes(right, left) : CompareSizes(left, right);
}

}  // namespace candor::domain
