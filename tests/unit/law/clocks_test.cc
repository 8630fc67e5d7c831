// The worked numbers of laws: dates that were computed by hand or published. Each clock of policies/law has a row.
#include "services/law/clocks.h"

#include <gmock/gmock.h>

#include <set>

#include "services/law/law_book.h"

namespace candor::law {
namespace {

const LawBook& Book() {
  static const LawBook* const book = [] {
    auto read = LawBook::Read(ShippedLaws());
    EXPECT_TRUE(read.ok()) << read.status();
    return new LawBook(*std::move(read));
  }();
  return *book;
}
absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, &time, nullptr)) << text;
  return time;
}
std::string DayIn(absl::Time time, absl::TimeZone zone = absl::UTCTimeZone()) {
  const absl::CivilSecond second = absl::ToCivilSecond(time, zone);
  EXPECT_EQ(second + 1, absl::CivilSecond(absl::CivilDay(second) + 1)) << "the last second of a day";
  return absl::FormatTime("%Y-%m-%d", time, zone);
}
Calendar NewYork() {
  Calendar calendar = *Book().FindCalendar("us");
  EXPECT_TRUE(absl::LoadTimeZone("America/New_York", &calendar.zone));
  return calendar;
}

struct Row {
  const char *clock, *start, *strict, *legal, *extended;
};

// Without holidays; days are of UTC.
constexpr Row kDays[] = {
    {"c_gdpr_12", "2026-03-05 15:30", "2026-04-05", "2026-04-06", "2026-06-05"},
    {"c_gdpr_12", "2026-08-31 15:30", "2026-09-30", "2026-09-30", "2026-11-30"},
    {"c_gdpr_12", "2027-01-31 15:30", "2027-02-28", "2027-03-01", "2027-04-30"},
    {"c_gdpr_12", "2028-01-31 15:30", "2028-02-29", "2028-02-29", "2028-04-30"},
    {"c_gdpr_12", "2028-02-29 15:30", "2028-03-29", "2028-03-29", "2028-05-29"},
    {"c_gdpr_12", "2026-11-22 15:30", "2026-12-22", "2026-12-22", "2027-02-22"},
    {"c_aia_73", "2027-12-03 09:00", "2027-12-18", "2027-12-20", nullptr},
    {"c_aia_73_death", "2027-12-03 09:00", "2027-12-13", "2027-12-13", nullptr},
    {"c_aia_73_widespread", "2027-12-03 09:00", "2027-12-05", "2027-12-07", nullptr},
    {"c_aia_86", "2027-12-03 09:00", "2028-01-02", "2028-01-02", nullptr},
    {"c_ccd2", "2026-11-20 09:00", "2026-12-20", "2026-12-20", nullptr},
    {"c_pwd_11", "2026-12-03 09:00", "2026-12-17", "2026-12-17", nullptr},
    {"c_pwd_11_correction", "2026-12-05 09:00", "2026-12-19", "2026-12-21", nullptr},
    {"c_dora_3", "2027-01-31 09:00", "2027-02-28", "2027-03-01", nullptr},
    {"c_ecoa_app", "2027-12-03 09:00", "2028-01-02", "2028-01-02", nullptr},
    {"c_ecoa_inc", "2028-02-01 09:00", "2028-03-02", "2028-03-02", nullptr},
    {"c_ecoa_acc", "2027-02-01 09:00", "2027-03-03", "2027-03-03", nullptr},
    {"c_ecoa_co", "2026-11-23 09:00", "2027-02-21", "2027-02-21", nullptr},
    {"c_ecoa_rsn", "2026-11-23 09:00", "2026-12-23", "2026-12-23", nullptr},
    {"c_fcra_60", "2026-11-23 09:00", "2027-01-22", "2027-01-22", nullptr},
    {"c_fcra_611", "2026-11-23 09:00", "2026-12-23", "2026-12-23", "2027-01-07"},
    {"c_ll144_use", "2026-11-02 15:00", "2026-11-16", "2026-11-16", nullptr},
    {"c_ll144_req", "2026-11-23 09:00", "2026-12-23", "2026-12-23", nullptr},
    {"c_ll144_aud", "2026-05-10 09:00", "2027-05-10", "2027-05-10", nullptr},
    {"c_ll144_aud", "2028-02-29 09:00", "2029-02-28", "2029-02-28", nullptr},
    {"c_ll144_pub", "2026-08-31 09:00", "2027-02-28", "2027-02-28", nullptr},
    {"c_co_30", "2027-01-01 09:00", "2027-01-31", "2027-01-31", nullptr},
    {"c_cppa_10", "2026-11-23 09:00", "2026-12-07", "2026-12-07", nullptr},
    {"c_cppa_45", "2026-11-23 09:00", "2027-01-07", "2027-01-07", "2027-02-21"},
    {"c_30", "2026-11-23 09:00", "2026-12-23", "2026-12-23", nullptr},
};
constexpr Row kHours[] = {
    {"c_gdpr_33", "2026-04-03 10:30", "2026-04-06 10:30", nullptr, nullptr},
    {"c_aia_26_5", "2028-02-28 23:00", "2028-02-29 23:00", nullptr, nullptr},
    {"c_aia_26_10", "2027-12-03 09:15", "2027-12-05 09:15", nullptr, nullptr},
    {"c_dora_1", "2026-11-23 22:00", "2026-11-24 02:00", nullptr, nullptr},
    {"c_dora_1_aware", "2026-11-23 09:00", "2026-11-24 09:00", nullptr, nullptr},
    {"c_dora_2", "2026-11-20 16:00", "2026-11-23 16:00", nullptr, nullptr},
    {"c_auth", "2026-12-31 12:00", "2027-01-03 12:00", nullptr, nullptr},
};

TEST(EachClock, EndsWhereItsWorkedNumberSays) {
  for (const Row& row : kDays) {
    const Clock* clock = Book().Find(row.clock);
    ASSERT_NE(clock, nullptr) << row.clock;
    const Due due = DueOf(*clock, At(row.start), Calendar());
    EXPECT_EQ(DayIn(due.strict), row.strict) << row.clock;
    EXPECT_EQ(DayIn(due.legal), row.legal) << row.clock;
    EXPECT_EQ(clock->extension.IsSet(), row.extended != nullptr) << row.clock;
    if (row.extended != nullptr) {
      EXPECT_EQ(DayIn(DueOf(*clock, At(row.start), Calendar(), {.is_extended = true}).strict), row.extended) << row.clock;
    }
  }
  for (const Row& row : kHours) {
    const Clock* clock = Book().Find(row.clock);
    ASSERT_NE(clock, nullptr) << row.clock;
    const Due due = DueOf(*clock, At(row.start), *Book().FindCalendar("de"));
    EXPECT_EQ(due.strict, At(row.strict)) << row.clock;
    EXPECT_EQ(due.legal, due.strict) << row.clock << ": hours end on any day";
  }
}

TEST(EachClock, HasARow) {
  std::set<std::string> rows, clocks;
  for (const Row& row : kDays) rows.insert(row.clock);
  for (const Row& row : kHours) rows.insert(row.clock);
  for (const Clock& clock : Book().clocks()) clocks.insert(clock.code);
  EXPECT_EQ(rows, clocks);
}

TEST(ARequestUnderGdpr, GoesOverHolidaysToAWorkingDayWhereItsTenantIs) {
  const Clock& clock = *Book().Find("c_gdpr_12");
  const Due due = DueOf(clock, At("2026-03-05 15:30"), *Book().FindCalendar("de"));
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  EXPECT_EQ(DayIn(due.strict, berlin), "2026-04-05") << "Easter Sunday";
  EXPECT_EQ(DayIn(due.legal, berlin), "2026-04-07") << "Easter Monday is a holiday";
  EXPECT_EQ(DayIn(DueOf(clock, At("2026-11-24 15:30"), *Book().FindCalendar("eu")).legal, Book().FindCalendar("eu")->zone), "2027-01-04")
      << "Christmas Eve to the second day of the year, and a weekend";
  EXPECT_EQ(DayIn(DueOf(clock, At("2026-11-25 15:30"), *Book().FindCalendar("uk")).legal, Book().FindCalendar("uk")->zone), "2026-12-29")
      << "Boxing Day is kept on a Monday";
}

TEST(BusinessDays, PassOverTheHolidaysOfTheirCalendar) {
  const Calendar calendar = NewYork();
  const Due due = DueOf(*Book().Find("c_ll144_use"), At("2026-11-02 15:00"), calendar);
  EXPECT_EQ(DayIn(due.strict, calendar.zone), "2026-11-17") << "Veterans Day";
  Calendar election = calendar;
  election.own.push_back({.name = "Election Day", .date = absl::CivilDay(2026, 11, 3)});
  EXPECT_EQ(DayIn(DueOf(*Book().Find("c_ll144_use"), At("2026-11-02 15:00"), election).strict, calendar.zone), "2026-11-18");
}

TEST(ADay, IsOneOfTheCalendarsZone) {
  const Clock& clock = *Book().Find("c_ecoa_app");
  const Calendar calendar = NewYork();
  // In New York it is 22:30 of the day before.
  EXPECT_EQ(DayIn(DueOf(clock, At("2026-03-06 03:30"), calendar).strict, calendar.zone), "2026-04-04");
  EXPECT_EQ(DayIn(DueOf(clock, At("2026-03-06 03:30"), Calendar()).strict), "2026-04-05");
}

TEST(ADay, IsAsLongAsItIsWhereClocksAreSet) {
  // 29 March 2026: clocks in Berlin go on an hour, at 01:00 UTC; 25 October: back.
  const Calendar& calendar = *Book().FindCalendar("de");
  const Clock &month = *Book().Find("c_gdpr_12"), &hours = *Book().Find("c_gdpr_33");
  for (const char* start : {"2026-03-28 23:30", "2026-03-29 00:30", "2026-03-29 01:30", "2026-03-29 21:30"}) {
    EXPECT_EQ(DayIn(DueOf(month, At(start), calendar).strict, calendar.zone), "2026-04-29") << start;
  }
  EXPECT_EQ(DueOf(month, At("2026-02-28 12:00"), calendar).strict, At("2026-03-28 22:59") + absl::Seconds(59)) << "winter";
  EXPECT_EQ(DueOf(month, At("2026-03-01 12:00"), calendar).strict, At("2026-04-01 21:59") + absl::Seconds(59)) << "summer";
  EXPECT_EQ(DayIn(DueOf(month, At("2026-09-25 12:00"), calendar).strict, calendar.zone), "2026-10-25") << "25 hours long";
  EXPECT_EQ(DueOf(hours, At("2026-03-28 12:00"), calendar).strict, At("2026-03-31 12:00")) << "72 hours are 72 hours";
}

TEST(AClockThatStood, EndsAsManyDaysLater) {
  const Clock& clock = *Book().Find("c_gdpr_12");
  const Calendar& calendar = *Book().FindCalendar("de");
  const absl::Time start = At("2026-03-05 15:30");
  const int days = StoodDays(At("2026-03-10 09:00"), At("2026-03-30 09:00"), calendar);
  const Due due = DueOf(clock, start, calendar, {.stood_days = days});
  EXPECT_EQ(DayIn(due.strict, calendar.zone), "2026-04-25") << "twenty days, over a change of clocks";
  EXPECT_EQ(DayIn(due.legal, calendar.zone), "2026-04-27") << "a Saturday rolls";
  EXPECT_EQ(DayIn(DueOf(clock, start, calendar, {.is_extended = true, .stood_days = days}).strict, calendar.zone), "2026-06-25");
  EXPECT_EQ(StoodDays(At("2026-03-10 09:00"), At("2026-03-10 18:00"), calendar), 0) << "no day began meanwhile";
  EXPECT_EQ(StoodDays(At("2026-03-10 22:00"), At("2026-03-10 23:30"), calendar), 1) << "midnight of Berlin";
}

}  // namespace
}  // namespace candor::law
