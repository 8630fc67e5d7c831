// The worked numbers of laws: dates that were computed by hand or published.
#include "services/law/periods.h"

#include <gtest/gtest.h>

#include "services/law/clocks.h"

namespace candor::law {
namespace {

using absl::CivilDay;

std::string Text(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone()); }
absl::Time On(int year, int month, int day) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, 15, 30), absl::UTCTimeZone());
}
Due ByGdpr(absl::Time received, const Holidays& holidays = {}) { return DueOf(ClockOf("object"), received, holidays); }

TEST(AMonth, EndsOnTheSameNumberOrTheLastOfTheMonth) {
  EXPECT_EQ(AddMonths(CivilDay(2026, 8, 31), 1), CivilDay(2026, 9, 30));
  EXPECT_EQ(AddMonths(CivilDay(2027, 1, 31), 1), CivilDay(2027, 2, 28));
  EXPECT_EQ(AddMonths(CivilDay(2028, 1, 31), 1), CivilDay(2028, 2, 29)) << "a leap year";
  EXPECT_EQ(AddMonths(CivilDay(2026, 12, 22), 1), CivilDay(2027, 1, 22));
  EXPECT_EQ(AddMonths(CivilDay(2026, 11, 22), 3), CivilDay(2027, 2, 22)) << "extended by two";
}

TEST(WorkingDays, PassOverWeekendsAndHolidays) {
  const Holidays new_york = {CivilDay(2026, 11, 11), CivilDay(2026, 11, 26)};
  EXPECT_EQ(AddWorkingDays(CivilDay(2026, 11, 2), 10, new_york), CivilDay(2026, 11, 17));
  EXPECT_EQ(AddWorkingDays(CivilDay(2026, 11, 2), 10, {}), CivilDay(2026, 11, 16));
}

TEST(ARequestUnderGdpr, IsDueAMonthLaterAndByLawOnAWorkingDay) {
  EXPECT_EQ(Text(ByGdpr(On(2026, 3, 5)).strict), "2026-04-05 23:59:59") << "Easter Sunday";
  EXPECT_EQ(Text(ByGdpr(On(2026, 3, 5)).legal), "2026-04-06 23:59:59");
  EXPECT_EQ(Text(ByGdpr(On(2026, 3, 5), {CivilDay(2026, 4, 6)}).legal), "2026-04-07 23:59:59") << "Easter Monday";
  EXPECT_EQ(Text(ByGdpr(On(2026, 8, 31)).legal), "2026-09-30 23:59:59");
  EXPECT_EQ(Text(ByGdpr(On(2027, 1, 31)).strict), "2027-02-28 23:59:59");
  EXPECT_EQ(Text(ByGdpr(On(2027, 1, 31)).legal), "2027-03-01 23:59:59");
  EXPECT_EQ(Text(ByGdpr(On(2028, 1, 31)).strict), "2028-02-29 23:59:59");
}

TEST(APeriodOfDays, HasAtLeastTwoWorkingDays) {
  const CivilDay friday(2027, 12, 3);
  EXPECT_EQ(LegalEnd(friday, friday + 2, {}), CivilDay(2027, 12, 7)) << "Sunday rolls to Monday, the first working day";
  EXPECT_EQ(LegalEnd(friday, friday + 1, {}), CivilDay(2027, 12, 6)) << "a period of one day only rolls";
  EXPECT_EQ(LegalEnd(friday, friday + 10, {}), CivilDay(2027, 12, 13));
}

TEST(ADay, IsOneOfUtcWhereClocksAreSetForward) {
  // 29 March 2026, 01:00 UTC: clocks in Berlin go on an hour; 25 October: back.
  const auto at = [](int month, int day, int hour) {
    return absl::FromCivil(absl::CivilSecond(2026, month, day, hour, 30), absl::UTCTimeZone());
  };
  for (const int hour : {0, 1, 2, 23}) {
    EXPECT_EQ(Text(ByGdpr(at(3, 29, hour)).strict), "2026-04-29 23:59:59");
    EXPECT_EQ(Text(ByGdpr(at(9, 25, hour)).strict), "2026-10-25 23:59:59");
  }
  EXPECT_EQ(Text(ByGdpr(On(2028, 2, 29)).strict), "2028-03-29 23:59:59") << "asked on a leap day";
}

TEST(AClock, ThatNoLawRollsEndsOnAnyDay) {
  const Due due = DueOf(ClockOf("explain_86"), On(2027, 12, 3), {});
  EXPECT_EQ(Text(due.strict), "2028-01-02 23:59:59") << "a Sunday";
  EXPECT_EQ(due.legal, due.strict);
  EXPECT_EQ(ClockOf("appeal").days, 30);
}

}  // namespace
}  // namespace candor::law
