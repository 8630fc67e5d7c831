#include "services/law/clocks.h"

#include <algorithm>

namespace candor::law {
namespace {

// No period is longer, with all that may come on top of it.
constexpr int kMostDays = 4000;

absl::Time EndOf(absl::CivilDay day, const Calendar& calendar) {
  return absl::FromCivil(day + 1, calendar.zone) - absl::Seconds(1);
}

absl::CivilDay LastDay(absl::CivilDay event, const Length& length, const Holidays& holidays) {
  if (length.months > 0) return AddMonths(event, length.months);
  if (length.business_days > 0) return AddWorkingDays(event, length.business_days, holidays);
  return event + length.days;
}

}  // namespace

bool Clock::StopsFor(std::string_view why) const {
  return std::find(stops_for.begin(), stops_for.end(), why) != stops_for.end();
}

Due DueOf(const Clock& clock, absl::Time start, const Calendar& calendar, Moved moved) {
  Length length = clock.length;
  if (moved.is_extended) {
    length.months += clock.extension.months;
    length.days += clock.extension.days;
    length.business_days += clock.extension.business_days;
    length.hours += clock.extension.hours;
  }
  if (length.hours > 0) return {.strict = start + absl::Hours(length.hours), .legal = start + absl::Hours(length.hours)};
  const absl::CivilDay event = absl::ToCivilDay(start, calendar.zone);
  const Holidays holidays = calendar.Between(event, event + kMostDays);
  const absl::CivilDay last = LastDay(event, length, holidays) + moved.stood_days;
  return {.strict = EndOf(last, calendar), .legal = EndOf(clock.rolls ? LegalEnd(event, last, holidays) : last, calendar)};
}

int StoodDays(absl::Time from, absl::Time until, const Calendar& calendar) {
  return static_cast<int>(absl::ToCivilDay(until, calendar.zone) - absl::ToCivilDay(from, calendar.zone));
}

}  // namespace candor::law
