#include "services/base/clock.h"

#include <gtest/gtest.h>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"

namespace candor {
namespace {

TEST(Rfc3339, WritesMicrosecondsInUtc) {
  const absl::Time time = absl::FromUnixMicros(1'780'000'000'000'001);

  EXPECT_EQ(ToRfc3339(time), "2026-05-28T20:26:40.000001Z");
}

TEST(Rfc3339, CutsOffWhatIsFinerThanAMicrosecond) {
  const absl::Time time = absl::FromUnixMicros(-1) + absl::Nanoseconds(999);

  EXPECT_EQ(ToRfc3339(time), "1969-12-31T23:59:59.999999Z");
}

// The oracle is Abseil's own formatting, which knows nothing of ours.
TEST(Rfc3339, AgreesWithAbseilOverTenThousandYears) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::Time first = absl::FromCivil(absl::CivilSecond(1, 1, 1), utc);
  const absl::Time end = absl::FromCivil(absl::CivilSecond(10000, 1, 1), utc);
  const absl::Duration step = absl::Hours(7919) + absl::Microseconds(1'234'567);
  for (absl::Time time = first; time < end; time += step) {
    const std::string text = ToRfc3339(time);

    ASSERT_EQ(text, absl::FormatTime("%E4Y-%m-%dT%H:%M:%E6SZ", time, utc));
    ASSERT_EQ(FromRfc3339(text), time);
  }
}

TEST(Rfc3339, RefusesDaysThatAreNotInTheCalendar) {
  for (const char* text :
       {"2027-02-29T00:00:00.000000Z", "2100-02-29T00:00:00.000000Z", "2026-04-31T00:00:00.000000Z",
        "2026-13-01T00:00:00.000000Z", "2026-00-01T00:00:00.000000Z", "2026-01-00T00:00:00.000000Z",
        "0000-01-01T00:00:00.000000Z"}) {
    EXPECT_EQ(FromRfc3339(text), std::nullopt) << text;
  }
  EXPECT_NE(FromRfc3339("2000-02-29T00:00:00.000000Z"), std::nullopt);
}

TEST(Rfc3339, RefusesEveryOtherForm) {
  for (const char* text :
       {"", "2026-06-30T23:59:60.000000Z", "2026-06-30T24:00:00.000000Z",
        "2026-06-30T12:60:00.000000Z", "2026-06-30T12:00:00Z", "2026-06-30T12:00:00.000Z",
        "2026-06-30T12:00:00.000000", "2026-06-30t12:00:00.000000Z", "2026-06-30T12:00:00.000000z",
        "2026-06-30T12:00:00.000000Z\n", "2026-06-30 12:00:00.000000Z",
        "+026-06-30T12:00:00.000000Z"}) {
    EXPECT_EQ(FromRfc3339(text), std::nullopt) << text;
  }
}

TEST(SystemClock, TellsATimeNearAbseils) {
  const absl::Time before = absl::Now();

  const absl::Time now = SystemClock().Now();

  EXPECT_GE(now, before);
  EXPECT_LE(now, absl::Now());
}

}  // namespace
}  // namespace candor
