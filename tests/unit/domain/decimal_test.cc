#include "services/domain/decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "services/core/text/grammar.h"

namespace candor::domain {
namespace {

// Numbers from the smallest to the largest, those of one line equal: the order that
// Python's decimal.Decimal gives them.
const std::vector<std::vector<std::string>> kRising = {
    {"-100000000000000000000000000000000.5"},
    {"-10", "-10.0"},
    {"-9.99"},
    {"-1.5", "-1.50"},
    {"-1.05"},
    {"-1", "-1.000"},
    {"-0.5"},
    {"-0.05"},
    {"-0.00000000000000000000000000000001"},
    {"0", "-0", "0.0", "-0.000"},
    {"0.00000000000000000000000000000001"},
    {"0.049"},
    {"0.05", "0.050"},
    {"0.0500001"},
    {"0.49"},
    {"0.5", "0.50"},
    {"0.93"},
    {"0.930000000000000000001"},
    {"1", "1.0"},
    {"1.05"},
    {"1.5"},
    {"2"},
    {"9.99"},
    {"10", "10.00"},
    {"49.9", "49.90"},
    {"49.95"},
    {"50"},
    {"99999999999999999999999999999999"},
    {"99999999999999999999999999999999.1"},
    {"100000000000000000000000000000000"},
};

TEST(CompareDecimals, OrdersEveryPairAsPythonDoes) {
  for (std::size_t i = 0; i < kRising.size(); ++i) {
    for (std::size_t j = 0; j < kRising.size(); ++j) {
      for (const std::string& a : kRising[i]) {
        for (const std::string& b : kRising[j]) {
          ASSERT_TRUE(core::IsDecimal(a) && core::IsDecimal(b));
          EXPECT_EQ(CompareDecimals(a, b), i <=> j) << a << " and " << b;
        }
      }
    }
  }
}

// A number in thousandths, written with up to three digits after the point.
std::string Written(std::int64_t thousandths, int digits) {
  const std::string whole = std::to_string(std::abs(thousandths) / 1000);
  std::string fraction = std::to_string(1000 + std::abs(thousandths) % 1000).substr(1);
  fraction.resize(static_cast<std::size_t>(digits));
  return (thousandths < 0 ? "-" : "") + whole + (digits == 0 ? "" : "." + fraction);
}

TEST(CompareDecimals, OrdersRandomNumbersAsTheirThousandths) {
  std::mt19937_64 random(20260101);
  const std::int64_t units[] = {1000, 100, 10, 1};
  for (int round = 0; round < 20000; ++round) {
    const int digits_a = static_cast<int>(random() % 4), digits_b = static_cast<int>(random() % 4);
    // Small ones, so that equal ones are met too.
    const std::int64_t a = (static_cast<std::int64_t>(random() % 41) - 20) * units[digits_a];
    const std::int64_t b = (static_cast<std::int64_t>(random() % 41) - 20) * units[digits_b];

    EXPECT_EQ(CompareDecimals(Written(a, digits_a), Written(b, digits_b)), a <=> b)
        << Written(a, digits_a) << " and " << Written(b, digits_b);
  }
}

}  // namespace
}  // namespace candor::domain
