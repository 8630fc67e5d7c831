// The clocks that laws start when a person asks for something.
//
// Pure functions.
#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "services/law/periods.h"

namespace candor::law {

// A clock: how long there is for an answer. One of months or days is set.
struct Clock {
  std::string_view code, law;
  int months = 0, days = 0;
  bool rolls = false;  // The law moves an end on a day on which nobody works.
};

// The clock that a request of this kind starts: a word of the contract's CaseKind. What no law
// times has 30 days.
const Clock& ClockOf(std::string_view case_kind);

// The last second of the last day, in UTC: by the calendar, by which alarms go, and by the law.
struct Due {
  absl::Time strict, legal;
};
Due DueOf(const Clock& clock, absl::Time received, const Holidays& holidays);

}  // namespace candor::law
