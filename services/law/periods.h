// How laws count time: periods of months and days, and what becomes of one that ends on a day on which
// nobody works. EU periods follow Regulation 1182/71: the day of the event does not count.
//
// Pure functions.
#pragma once

#include <set>

#include "absl/time/civil_time.h"

namespace candor::law {

// Days besides Saturdays and Sundays on which nobody works.
using Holidays = std::set<absl::CivilDay>;

bool IsWorkingDay(absl::CivilDay day, const Holidays& holidays);

// The day of the same number so many months later, or the last of that month where it has none.
absl::CivilDay AddMonths(absl::CivilDay day, int months);

// The working day so many working days after `day`.
absl::CivilDay AddWorkingDays(absl::CivilDay day, int count, const Holidays& holidays);

// The last day of a period that began after `event` and ends by the calendar on `last`, not before it:
// the next working day, and one that leaves at least two of them in any period of two days or more.
absl::CivilDay LegalEnd(absl::CivilDay event, absl::CivilDay last, const Holidays& holidays);

}  // namespace candor::law
