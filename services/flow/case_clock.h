// When a case is due, by the law that times it and the calendar of its tenant, and what moves that.
//
// Thread-safe. What it decides stands in the facts of the entry: a case is counted once, not again by a later law.
#pragma once

#include "services/domain/cases.h"
#include "services/ledger/entry.h"
#include "services/law/law_book.h"

namespace candor::flow {

class CaseClock {
 public:
  // `laws` must outlive this.
  CaseClock(const law::LawBook& laws, const Uuid& tenant) : laws_(laws), calendar_(laws.CalendarOf(tenant.ToText())) {}

  // What a case of a kind begins with, in the facts of the leaf that opens it.
  law::Due Begin(const std::string& case_kind, absl::Time now, core::Json& facts) const;

  // Makes a case due as late as its law permits. Errors: kFailedPrecondition WRONG_STATE.
  absl::Status Extend(const domain::Case& one, absl::Time now, ledger::Entry& entry) const;

  // Lets it wait for what `entry` asks the person for, in the fact `question`. Errors: as above.
  absl::Status Ask(const domain::Case& one, ledger::Entry& entry) const;

  // Lets one that waits go on.
  void Resume(const domain::Case& one, absl::Time now, ledger::Entry& entry) const;

 private:
  static void Set(const law::Due& due, ledger::Entry& entry);

  const law::LawBook& laws_;
  const law::Calendar& calendar_;
};

}  // namespace candor::flow
