#include "services/law/clocks.h"

#include <algorithm>
#include <iterator>

namespace candor::law {
namespace {

constexpr Clock kGdpr{.code = "c_gdpr_12", .law = "GDPR Article 12(3)", .months = 1, .rolls = true};
constexpr Clock kOther{.code = "c_30", .law = "", .days = 30};

struct Row {
  std::string_view case_kind;
  Clock clock;
};
constexpr Row kTable[] = {
    {"access", kGdpr}, {"rectify", kGdpr}, {"erase", kGdpr}, {"restrict", kGdpr}, {"object", kGdpr},
    {"human_intervention", kGdpr}, {"contest", kGdpr}, {"opt_out", kGdpr}, {"withdraw_consent", kGdpr},
    {"explain_86", {.code = "c_aia_86", .law = "AI Act Article 86", .days = 30}},
    {"dispute", {.code = "c_fcra_611", .law = "FCRA section 611(a)(1)", .days = 30}},
    {"correction_co", {.code = "c_co_30", .law = "Colorado SB 26-189", .days = 30}},
};

absl::Time EndOf(absl::CivilDay day) { return absl::FromCivil(day + 1, absl::UTCTimeZone()) - absl::Seconds(1); }

}  // namespace

const Clock& ClockOf(std::string_view case_kind) {
  const auto* row = std::find_if(std::begin(kTable), std::end(kTable), [&](const Row& one) { return one.case_kind == case_kind; });
  return row == std::end(kTable) ? kOther : row->clock;
}

Due DueOf(const Clock& clock, absl::Time received, const Holidays& holidays) {
  const absl::CivilDay event = absl::ToCivilDay(received, absl::UTCTimeZone());
  const absl::CivilDay last = clock.months > 0 ? AddMonths(event, clock.months) : event + clock.days;
  return {.strict = EndOf(last), .legal = EndOf(clock.rolls ? LegalEnd(event, last, holidays) : last)};
}

}  // namespace candor::law
