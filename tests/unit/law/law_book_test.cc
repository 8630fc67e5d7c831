// What may stand in a file of laws, and how a fault is named.
#include "services/law/law_book.h"

#include <gmock/gmock.h>

namespace candor::law {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kTenant = "01890000-0000-7000-8000-000000000001";

std::string Clocks(const std::string& rest, const std::string& id = "c_one") {
  return R"({"here": {"clocks": [
    {"id": "c_30", "law": "none", "article": "none", "starts": "then", "ends": "later", "length": {"days": 30}, "status": "design", "source": "us"},
    {"law": "A law", "article": "1", "starts": "then", "ends": "later", "source": "there", "id": ")" +
         id + "\", " + rest + "}]}}";
}
std::string WrongIn(const std::string& text) {
  const auto book = LawBook::Read({{"here.json", text}});
  return book.ok() ? "" : std::string(book.status().message());
}
std::string Holidays(const std::string& holiday) { return R"({"here": {"calendar": {"source": "there", "holidays": [)" + holiday + "]}}}"; }

TEST(TheBook, HoldsEveryLawThatIsShipped) {
  const auto book = LawBook::Read(ShippedLaws());
  ASSERT_TRUE(book.ok()) << book.status();
  for (const Clock& clock : book->clocks()) {
    const bool is_link = clock.source.starts_with("https://") || clock.status == "design";
    EXPECT_TRUE(is_link) << clock.code;
  }
  for (const char* name : {"eu", "de", "us", "uk"}) EXPECT_NE(book->FindCalendar(name), nullptr) << name;
}

TEST(TheBook, TimesARequestByTheLawInForceOnItsDay) {
  const LawBook book = *LawBook::Read(ShippedLaws());
  const absl::CivilDay today(2026, 11, 23), later(2027, 1, 1);
  EXPECT_EQ(book.ClockOf("contest", today).code, "c_gdpr_12");
  EXPECT_EQ(book.ClockOf("explain_86", today).code, "c_aia_86");
  EXPECT_EQ(book.ClockOf("dispute", today).code, "c_fcra_611");
  EXPECT_EQ(book.ClockOf("correction_co", today).code, "c_30") << "Colorado's begins with 2027";
  EXPECT_EQ(book.ClockOf("correction_co", later).code, "c_co_30");
  EXPECT_EQ(book.ClockOf("appeal", today).code, "c_30");
}

TEST(TheBook, NamesLineAndColumnOfWhatIsNoJson) {
  EXPECT_EQ(WrongIn("{\"here\": {\n  \"clocks\": [}}"), "here.json: line 2, column 14: no value");
  EXPECT_EQ(WrongIn("{\"a\": 1, \"a\": 2}"), "here.json: line 1, column 13: a member name twice");
  EXPECT_THAT(WrongIn(""), HasSubstr("here.json: line 1, column 1: "));
}

TEST(TheBook, NamesTheMemberThatIsWrong) {
  const std::string rest = R"("length": {"months": 1}, "status": "in_force")";
  EXPECT_THAT(WrongIn(Clocks(rest)), IsEmpty());
  EXPECT_EQ(WrongIn(Clocks(rest + R"(, "lenght": 1)")), "here.json: here.clocks[1].lenght: is not known here");
  EXPECT_EQ(WrongIn(Clocks(rest, "c_30")), "here.json: here.clocks[1].id: there are two of this name");
  EXPECT_EQ(WrongIn(Clocks(rest, "C 30")), "here.json: here.clocks[1].id: must be a code, such as c_30");
  EXPECT_THAT(WrongIn(Clocks(R"("length": {"months": 1}, "status": "old")")), HasSubstr("clocks[1].status: must be one of in_force, "));
  EXPECT_THAT(WrongIn(Clocks(R"("status": "draft")")), HasSubstr("clocks[1].length: must say how long"));
  EXPECT_THAT(WrongIn(Clocks(R"("length": {"months": 1, "days": 1}, "status": "draft")")), HasSubstr("length: must hold one of"));
  EXPECT_THAT(WrongIn(Clocks(R"("length": {"days": 0}, "status": "draft")")), HasSubstr("length.days: must be a whole number from 1"));
  EXPECT_THAT(WrongIn(Clocks(R"("length": {"days": 1.5}, "status": "draft")")), HasSubstr("length.days: must be a whole number"));
  EXPECT_THAT(WrongIn(Clocks(rest + R"(, "extension": {"days": 9})")), HasSubstr("extension: must be of the same unit as length"));
  EXPECT_THAT(WrongIn(Clocks(R"("length": {"hours": 9}, "rolls": true, "status": "draft")")), HasSubstr("of hours neither rolls nor stops"));
  EXPECT_THAT(WrongIn(Clocks(rest + R"(, "rolls": 1)")), HasSubstr("rolls: must be true or false"));
  EXPECT_THAT(WrongIn(Clocks(rest + R"(, "from": "2026-02-30")")), HasSubstr("from: must be a day, such as"));
  EXPECT_THAT(WrongIn(Clocks(rest + R"(, "from": "2026-02-03", "until": "2026-02-02")")), HasSubstr("until: must not lie before from"));
  EXPECT_THAT(WrongIn(Clocks(rest + R"(, "for": "contest")")), HasSubstr("for: must be a list"));
  EXPECT_THAT(WrongIn(Clocks(rest + R"(, "for": [7])")), HasSubstr("for[0]: must be a code"));
  EXPECT_EQ(WrongIn("[]"), "here.json: must hold one object, named by a code");
  EXPECT_EQ(WrongIn(R"({"here": []})"), "here.json: here: must be an object");
  EXPECT_EQ(WrongIn(R"({"here": {}})"), "no law file holds the clock c_30, for what no law times");
}

TEST(TheBook, RefusesTwoLawsThatTimeOneRequestOnOneDay) {
  const auto both = [&](const char* from) {
    LawFile other{"there.json", R"({"there": {"clocks": [{"law": "B", "article": "2", "starts": "s", "ends": "e", "source": "x", "id": "c_two",
      "length": {"days": 9}, "status": "in_force", "for": ["appeal"], "from": ")" + std::string(from) + "\"}]}}"};
    return LawBook::Read({{"here.json", Clocks(R"("length": {"days": 8}, "status": "in_force", "for": ["appeal"], "until": "2026-12-31")")}, other});
  };
  const auto book = both("2027-01-01");
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_EQ(book->ClockOf("appeal", absl::CivilDay(2026, 12, 31)).code, "c_one");
  EXPECT_EQ(book->ClockOf("appeal", absl::CivilDay(2027, 1, 1)).code, "c_two");
  EXPECT_EQ(both("2026-12-31").status().message(), "there.json: there.clocks[0].for: c_one times one of these kinds too");
}

TEST(TheBook, WantsOneRuleForEachHoliday) {
  for (const char* wrong : {R"({"name": "a"})", R"({"name": "a", "month": 1})", R"({"name": "a", "day": 1})",
                            R"({"name": "a", "month": 1, "weekday": "monday"})", R"({"name": "a", "easter": 1, "month": 1, "day": 1})"}) {
    EXPECT_THAT(WrongIn(Holidays(wrong)), HasSubstr("here.calendar.holidays[0]: must say when: date; or easter;")) << wrong;
  }
  EXPECT_THAT(WrongIn(Holidays(R"({"name": "a", "month": 2, "day": 30})")), HasSubstr("holidays[0].day: is none of that month"));
  EXPECT_THAT(WrongIn(Holidays(R"({"name": "a", "month": 2, "weekday": "mon", "nth": 1})")), HasSubstr("weekday: must be one of monday, "));
}

TEST(ATenantsCalendar, IsANamedOneWithDaysOfTheirOwn) {
  LawBook book = *LawBook::Read(ShippedLaws());
  EXPECT_EQ(book.CalendarOf(kTenant).name, "");
  const std::string text = std::string("{\"tenants\": {\"") + kTenant +
                           R"(": {"calendar": "de", "holidays": [{"name": "Fronleichnam", "easter": 60}, {"name": "closed", "date": "2026-12-24"}]}}})";
  const absl::Status read = book.ReadTenants({"tenants.json", text});
  ASSERT_TRUE(read.ok()) << read;
  const Calendar& calendar = book.CalendarOf(kTenant);
  EXPECT_EQ(calendar.name, "de:own");
  EXPECT_EQ(calendar.zone.name(), "Europe/Berlin");
  const law::Holidays days = calendar.Between(absl::CivilDay(2026, 6, 1), absl::CivilDay(2026, 12, 31));
  EXPECT_TRUE(days.contains(absl::CivilDay(2026, 6, 4)));
  EXPECT_TRUE(days.contains(absl::CivilDay(2026, 12, 24)));
  EXPECT_TRUE(days.contains(absl::CivilDay(2026, 10, 3)));
  EXPECT_EQ(book.CalendarOf("01890000-0000-7000-8000-000000000002").name, "");
}

TEST(ATenantsCalendar, IsRefusedWithItsPlace) {
  const auto wrong = [](const std::string& tenant, const std::string& id = kTenant) {
    LawBook book = *LawBook::Read(ShippedLaws());
    return std::string(book.ReadTenants({"tenants.json", "{\"tenants\": {\"" + id + "\": " + tenant + "}}"}).message());
  };
  EXPECT_THAT(wrong(R"({"calendar": "de"})"), IsEmpty());
  EXPECT_THAT(wrong(R"({"calendar": "fr"})"), HasSubstr(".calendar: there is none of this name in policies/law"));
  EXPECT_THAT(wrong(R"({"calendar": "us"})"), HasSubstr(".zone: is required"));
  EXPECT_THAT(wrong(R"({"calendar": "us", "zone": "America/New_York"})"), IsEmpty());
  EXPECT_THAT(wrong(R"({"zone": "Europe/Atlantis"})"), HasSubstr(".zone: must be a time zone that this machine knows"));
  EXPECT_THAT(wrong(R"({"calendar": "de"})", "acme"), HasSubstr("tenants.acme: is no id of a tenant: a UUID"));
  LawBook book = *LawBook::Read(ShippedLaws());
  EXPECT_EQ(book.ReadTenants({"tenants.json", "{}"}).message(), "tenants.json: tenants: must be an object");
  EXPECT_EQ(book.ReadTenants({"tenants.json", "{\"tenants\": {}, \"x\": 1}"}).message(), "tenants.json: x: is not known here");
}

}  // namespace
}  // namespace candor::law
