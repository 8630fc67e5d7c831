#include "services/law/periods.h"

#include <algorithm>

namespace candor::law {

bool IsWorkingDay(absl::CivilDay day, const Holidays& holidays) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday != absl::Weekday::saturday && weekday != absl::Weekday::sunday && !holidays.contains(day);
}

absl::CivilDay AddMonths(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  return std::min(absl::CivilDay(month) + (day.day() - 1), last);
}

absl::CivilDay AddWorkingDays(absl::CivilDay day, int count, const Holidays& holidays) {
  while (count > 0) {
    ++day;
    if (IsWorkingDay(day, holidays)) --count;
  }
  return day;
}

absl::CivilDay LegalEnd(absl::CivilDay event, absl::CivilDay last, const Holidays& holidays) {
  const bool is_long = last - event >= 2;
  while (!IsWorkingDay(last, holidays)) ++last;
  return is_long ? std::max(last, AddWorkingDays(event, 2, holidays)) : last;
}

}  // namespace candor::law
