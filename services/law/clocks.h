// The clocks that laws start, and when they end.
//
// Values and pure functions; any thread may call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/law/calendar.h"

namespace candor::law {

// How long something lasts. One member is set.
struct Length {
  int months = 0, days = 0, business_days = 0, hours = 0;
  bool IsSet() const { return months + days + business_days + hours > 0; }
};

// What one provision says; see policies/law.
struct Clock {
  bool StopsFor(std::string_view why) const;
  bool IsInForceOn(absl::CivilDay day) const { return day >= from && day <= until; }

  std::string code, law, article, starts, ends, source;
  std::string status;                 // in_force, enacted_future, draft, withdrawn, repealed, enjoined or design.
  std::vector<std::string> case_kinds;  // Words of the contract's CaseKind that start it.
  Length length;
  Length extension;                   // By how much more at most, if it says so before its end.
  std::vector<std::string> stops_for;  // What it stands for while it is asked of the person.
  bool rolls = false;                 // By Regulation 1182/71: on to a working day, and two of them at least.
  absl::CivilDay from = absl::CivilDay::min(), until = absl::CivilDay::max();
};

// When it ends: by the calendar, by which alarms go, and by the law. The last second of a day where the calendar
// is; of hours, that very moment.
struct Due {
  absl::Time strict, legal;
};

// What moves it.
struct Moved {
  bool is_extended = false;  // To the longest that the law permits.
  int stood_days = 0;        // For so long it stood. Hours never stand.
};
Due DueOf(const Clock& clock, absl::Time start, const Calendar& calendar, Moved moved = {});

// How many days a clock stood: those that began meanwhile.
int StoodDays(absl::Time from, absl::Time until, const Calendar& calendar);

}  // namespace candor::law
