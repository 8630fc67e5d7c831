// Holidays as rules give them, against lists that authorities published.
#include "services/law/calendar.h"

#include <gmock/gmock.h>

#include "services/law/law_book.h"

namespace candor::law {
namespace {

using absl::CivilDay;

// Those of a year that are no Saturday and no Sunday, as MM-DD.
std::string WeekdaysOf(const char* calendar, int year) {
  const absl::StatusOr<LawBook> book = LawBook::Read(ShippedLaws());
  EXPECT_TRUE(book.ok()) << book.status();
  std::string days;
  for (const CivilDay day : book->FindCalendar(calendar)->Between(CivilDay(year, 1, 1), CivilDay(year, 12, 31))) {
    if (IsWorkingDay(day, {})) days += (days.empty() ? "" : " ") + absl::FormatCivilTime(day).substr(5);
  }
  return days;
}

TEST(EasterSunday, IsWhereTheTablesOfTheChurchesHaveIt) {
  EXPECT_EQ(EasterOf(1961), CivilDay(1961, 4, 2));
  EXPECT_EQ(EasterOf(2000), CivilDay(2000, 4, 23));
  EXPECT_EQ(EasterOf(2024), CivilDay(2024, 3, 31));
  EXPECT_EQ(EasterOf(2026), CivilDay(2026, 4, 5));
  EXPECT_EQ(EasterOf(2027), CivilDay(2027, 3, 28));
  EXPECT_EQ(EasterOf(2038), CivilDay(2038, 4, 25)) << "the latest there is";
  EXPECT_EQ(EasterOf(2285), CivilDay(2285, 3, 22)) << "the earliest there is";
}

TEST(HolidaysOfTheInstitutionsOfTheUnion, AreThoseOfTheOfficialJournal) {
  EXPECT_EQ(WeekdaysOf("eu", 2014), "01-01 01-02 04-17 04-18 04-21 05-01 05-09 05-29 05-30 06-09 07-21 08-15 12-24 12-25 12-26 12-29 12-30 12-31")
      << "OJ C 39, 12.2.2013";
  EXPECT_EQ(WeekdaysOf("eu", 2023), "01-02 04-06 04-07 04-10 05-01 05-09 05-18 05-19 05-29 07-21 08-15 11-01 11-02 12-25 12-26 12-27 12-28 12-29")
      << "OJ C 201 I, 28.5.2021, for staff in Brussels";
}

TEST(HolidaysOfGermany, AreThoseOfAllItsLands) {
  EXPECT_EQ(WeekdaysOf("de", 2026), "01-01 04-03 04-06 05-01 05-14 05-25 12-25");
  EXPECT_EQ(WeekdaysOf("de", 2024), "01-01 03-29 04-01 05-01 05-09 05-20 10-03 12-25 12-26");
}

TEST(FederalHolidaysOfTheUnitedStates, AreKeptOnTheNearestWeekday) {
  EXPECT_EQ(WeekdaysOf("us", 2026), "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25");
  EXPECT_EQ(WeekdaysOf("us", 2027), "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31")
      << "the last is New Year's Day of 2028";
  EXPECT_EQ(WeekdaysOf("us", 2020), "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25") << "before Juneteenth";
}

TEST(BankHolidaysOfEnglandAndWales, HaveSubstituteDays) {
  EXPECT_EQ(WeekdaysOf("uk", 2026), "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28");
  EXPECT_EQ(WeekdaysOf("uk", 2027), "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28") << "Christmas on a Saturday";
  EXPECT_EQ(WeekdaysOf("uk", 2028), "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26");
}

TEST(ACalendar, KnowsTheDaysThatItIsAskedForAlone) {
  Calendar calendar;
  calendar.own.push_back({.name = "inventory", .date = CivilDay(2026, 11, 23)});
  EXPECT_THAT(calendar.Between(CivilDay(2026, 11, 23), CivilDay(2026, 11, 23)), ::testing::SizeIs(1));
  EXPECT_TRUE(calendar.Between(CivilDay(2026, 11, 24), CivilDay(2027, 11, 30)).empty()) << "a single date is of one year";
}

}  // namespace
}  // namespace candor::law
