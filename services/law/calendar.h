// Calendars: which days are public holidays somewhere, and when a day begins there.
//
// Values; any thread may call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/law/periods.h"

namespace candor::law {

// Easter Sunday of the Western churches, of 1583 or later.
absl::CivilDay EasterOf(absl::civil_year_t year);

// A holiday, by one of four rules: a single date; days after Easter Sunday; the nth of a weekday in a
// month, -1 being the last; else a day of a month.
struct Holiday {
  // When it is in a year; nothing: not then.
  std::optional<absl::CivilDay> In(absl::civil_year_t year) const;

  std::string name{};
  std::optional<absl::CivilDay> date{};
  std::optional<int> easter{};
  int month = 0, day = 0;
  std::optional<absl::Weekday> weekday{};
  int nth = 0;
  std::optional<absl::civil_year_t> since{};  // The first year of it.
};

struct Calendar {
  // What becomes of a holiday on a Saturday or a Sunday: nothing; Saturday's is kept on the Friday before it
  // and Sunday's on the Monday after; or it is kept on the next weekday that is none.
  enum class Observed { kAsItFalls, kNearestWeekday, kNextWeekday };

  // All days from `first` to `last`, both included, on which nobody works because of a holiday.
  Holidays Between(absl::CivilDay first, absl::CivilDay last) const;

  std::string name;  // A code; empty: weekends alone, and days of UTC.
  absl::TimeZone zone = absl::UTCTimeZone();
  Observed observed = Observed::kAsItFalls;
  std::vector<Holiday> holidays;
  std::vector<Holiday> own{};  // A tenant's, kept as they fall.
};

}  // namespace candor::law
