#include "services/flow/case_clock.h"

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/domain/registered.h"

namespace candor::flow {
namespace {

absl::Status Wrong(const char* why) { return Because(absl::FailedPreconditionError(why), "WRONG_STATE"); }

}  // namespace

law::Due CaseClock::Begin(const std::string& case_kind, absl::Time now, core::Json& facts) const {
  const law::Clock& clock = laws_.ClockOf(case_kind, absl::ToCivilDay(now, calendar_.zone));
  const law::Due due = law::DueOf(clock, now, calendar_);
  facts.Set("case_kind", case_kind).Set("case_clock", clock.code);
  facts.Set("case_due", ToRfc3339(due.strict)).Set("case_legal_due", ToRfc3339(due.legal));
  if (!calendar_.name.empty()) facts.Set("case_calendar", calendar_.name);
  return due;
}

absl::Status CaseClock::Extend(const domain::Case& one, absl::Time now, ledger::Entry& entry) const {
  const law::Clock* clock = laws_.Find(one.clock);
  if (!one.IsOpen()) return Wrong("the case is answered");
  if (one.extended_at != 0) return Wrong("the case takes longer already: it can do so once");
  if (clock == nullptr || !clock->extension.IsSet()) return Wrong("the law that times this case lets it take no longer");
  if (now > one.legal_due) return Wrong("the person had to be told before the answer was due: answer now");
  Set(law::DueOf(*clock, one.received, calendar_, {.is_extended = true, .stood_days = one.stood_days}), entry);
  return absl::OkStatus();
}

absl::Status CaseClock::Ask(const domain::Case& one, ledger::Entry& entry) const {
  const law::Clock* clock = laws_.Find(one.clock);
  if (!one.IsOpen()) return Wrong("the case is answered");
  if (one.IsWaiting()) return Wrong("the case waits for an answer to another question");
  const bool stands = clock != nullptr && clock->StopsFor(domain::FactText(entry.leaf.facts, "question"));
  entry.leaf.facts.Set("clock_stands", stands);
  return absl::OkStatus();
}

void CaseClock::Resume(const domain::Case& one, absl::Time now, ledger::Entry& entry) const {
  const law::Clock* clock = laws_.Find(one.clock);
  if (!one.IsWaiting() || !one.clock_stands || clock == nullptr) return;
  const int stood = law::StoodDays(one.asked, now, calendar_);
  entry.leaf.facts.Set("stood_days", stood);
  Set(law::DueOf(*clock, one.received, calendar_, {.is_extended = one.extended_at != 0, .stood_days = one.stood_days + stood}), entry);
}

void CaseClock::Set(const law::Due& due, ledger::Entry& entry) {
  entry.leaf.facts.Set("case_due", ToRfc3339(due.strict)).Set("case_legal_due", ToRfc3339(due.legal));
  entry.task->due_time = due.strict;
}

}  // namespace candor::flow
