#include "services/base/clock.h"

#include <chrono>
#include <cstdint>

#include "absl/time/clock.h"
#include "services/base/check.h"

namespace candor {
namespace {

constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
constexpr std::int64_t kMicrosADay = 86'400'000'000;

void Write(std::string& text, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i > 0; --i) {
    text[at + i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

int Read(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text[at + i] - '0');
  return value;
}

bool HasForm(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool good = kForm[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == kForm[i];
    if (!good) return false;
  }
  return true;
}

}  // namespace

absl::Time SystemClock::Now() const {
  return absl::Now();
}

std::string ToRfc3339(absl::Time time) {
  const std::int64_t micros = absl::ToUnixMicros(time);
  std::int64_t day = micros / kMicrosADay;
  if (micros % kMicrosADay < 0) --day;
  const auto of_day = static_cast<std::uint64_t>(micros - day * kMicrosADay);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const int year = static_cast<int>(date.year());
  CANDOR_CHECK(year >= 1 && year <= 9999);

  std::string text(kForm);
  Write(text, 0, 4, static_cast<std::uint64_t>(year));
  Write(text, 5, 2, static_cast<unsigned>(date.month()));
  Write(text, 8, 2, static_cast<unsigned>(date.day()));
  Write(text, 11, 2, of_day / 3'600'000'000);
  Write(text, 14, 2, of_day / 60'000'000 % 60);
  Write(text, 17, 2, of_day / 1'000'000 % 60);
  Write(text, 20, 6, of_day % 1'000'000);
  return text;
}

std::optional<absl::Time> FromRfc3339(std::string_view text) {
  if (!HasForm(text)) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{Read(text, 0, 4)},
      std::chrono::month{static_cast<unsigned>(Read(text, 5, 2))},
      std::chrono::day{static_cast<unsigned>(Read(text, 8, 2))}};
  const int hour = Read(text, 11, 2);
  const int minute = Read(text, 14, 2);
  const int second = Read(text, 17, 2);
  if (!date.ok() || date.year() < std::chrono::year{1}) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;

  const std::int64_t day = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = (std::int64_t{hour} * 60 + minute) * 60 + second;
  return absl::FromUnixMicros(day * kMicrosADay + seconds * 1'000'000 + Read(text, 20, 6));
}

}  // namespace candor
