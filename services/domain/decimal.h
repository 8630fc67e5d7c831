// Comparing decimal numbers kept as text, without ever making them binary fractions.
#pragma once

#include <compare>
#include <string_view>

namespace candor::domain {

// Compares two numbers in the grammar of core::IsDecimal, which both must match.
std::strong_ordering CompareDecimals(std::string_view a, std::string_view b);

}  // namespace candor::domain
