#include "services/law/calendar.h"

#include <algorithm>

namespace candor::law {
namespace {

using Observed = Calendar::Observed;

bool IsWeekend(absl::CivilDay day) { return !IsWorkingDay(day, {}); }

// Those of one year, in order, each on the day on which it is kept.
std::vector<absl::CivilDay> KeptIn(absl::civil_year_t year, const std::vector<Holiday>& rules, Observed observed) {
  std::vector<absl::CivilDay> days;
  for (const Holiday& rule : rules) {
    if (const auto day = rule.In(year)) days.push_back(*day);
  }
  std::sort(days.begin(), days.end());
  if (observed == Observed::kAsItFalls) return days;
  std::vector<absl::CivilDay> kept;
  std::copy_if(days.begin(), days.end(), std::back_inserter(kept), [](absl::CivilDay day) { return !IsWeekend(day); });
  for (absl::CivilDay day : days) {
    if (!IsWeekend(day)) continue;
    if (observed == Observed::kNearestWeekday) {
      day += absl::GetWeekday(day) == absl::Weekday::saturday ? -1 : 1;
    } else {
      while (IsWeekend(day) || std::find(kept.begin(), kept.end(), day) != kept.end()) ++day;
    }
    kept.push_back(day);
  }
  return kept;
}

}  // namespace

// The computus of Gauss in the form of Meeus, Jones and Butcher.
absl::CivilDay EasterOf(absl::civil_year_t year) {
  const auto a = year % 19, b = year / 100, c = year % 100;
  const auto h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const auto l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  const auto days = h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114;
  return absl::CivilDay(year, days / 31, days % 31 + 1);
}

std::optional<absl::CivilDay> Holiday::In(absl::civil_year_t year) const {
  if (since && year < *since) return std::nullopt;
  if (date) return date->year() == year ? date : std::nullopt;
  if (easter) return EasterOf(year) + *easter;
  if (!weekday) return absl::CivilDay(year, month, day);
  if (nth < 0) return absl::PrevWeekday(absl::CivilDay(absl::CivilMonth(year, month) + 1), *weekday);
  return absl::NextWeekday(absl::CivilDay(year, month) - 1, *weekday) + 7 * (nth - 1);
}

Holidays Calendar::Between(absl::CivilDay first, absl::CivilDay last) const {
  Holidays found;
  // One that falls on a Saturday, 1 January, may be kept in the year before.
  for (absl::civil_year_t year = first.year(); year <= last.year() + 1; ++year) {
    std::vector<absl::CivilDay> days = KeptIn(year, holidays, observed);
    const std::vector<absl::CivilDay> theirs = KeptIn(year, own, Observed::kAsItFalls);
    days.insert(days.end(), theirs.begin(), theirs.end());
    for (const absl::CivilDay day : days) {
      if (day >= first && day <= last) found.insert(day);
    }
  }
  return found;
}

}  // namespace candor::law
