// Periods by hand.
#include "services/law/periods.h"

#include <gtest/gtest.h>

namespace candor::law {
namespace {

using absl::CivilDay;

TEST(AMonth, EndsOnTheSameNumberOrTheLastOfTheMonth) {
  EXPECT_EQ(AddMonths(CivilDay(2026, 8, 31), 1), CivilDay(2026, 9, 30));
  EXPECT_EQ(AddMonths(CivilDay(2027, 1, 31), 1), CivilDay(2027, 2, 28));
  EXPECT_EQ(AddMonths(CivilDay(2028, 1, 31), 1), CivilDay(2028, 2, 29)) << "a leap year";
  EXPECT_EQ(AddMonths(CivilDay(2028, 2, 29), 12), CivilDay(2029, 2, 28)) << "a year after a leap day";
  EXPECT_EQ(AddMonths(CivilDay(2026, 12, 22), 1), CivilDay(2027, 1, 22));
  EXPECT_EQ(AddMonths(CivilDay(2026, 11, 22), 3), CivilDay(2027, 2, 22)) << "extended by two";
}

TEST(WorkingDays, PassOverWeekendsAndHolidays) {
  const Holidays new_york = {CivilDay(2026, 11, 11), CivilDay(2026, 11, 26)};
  EXPECT_EQ(AddWorkingDays(CivilDay(2026, 11, 2), 10, new_york), CivilDay(2026, 11, 17));
  EXPECT_EQ(AddWorkingDays(CivilDay(2026, 11, 2), 10, {}), CivilDay(2026, 11, 16));
}

TEST(APeriodOfDays, HasAtLeastTwoWorkingDays) {
  const CivilDay friday(2027, 12, 3);
  EXPECT_EQ(LegalEnd(friday, friday + 2, {}), CivilDay(2027, 12, 7)) << "Sunday rolls to Monday, the first working day";
  EXPECT_EQ(LegalEnd(friday, friday + 1, {}), CivilDay(2027, 12, 6)) << "a period of one day only rolls";
  EXPECT_EQ(LegalEnd(friday, friday + 10, {}), CivilDay(2027, 12, 13));
}

}  // namespace
}  // namespace candor::law
