// One look at tasks of review, over one connection: what leaves say of them, who did what, and what is
// sealed there.
//
// Belongs to one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/domain/caller.h"
#include "services/domain/cases.h"
#include "services/domain/statement.h"
#include "services/domain/task.h"
#include "services/ledger/entry.h"
#include "services/ledger/ledgers.h"
#include "services/vault/opening.h"

namespace candor::flow {

absl::Status FourEyes(const char* why);   // FOUR_EYES_REQUIRED
absl::Status NoSuch(const char* what);    // NOT_FOUND
absl::Status IsHuman(const domain::Caller& caller);

class Desk {
 public:
  // Both must outlive this. `writers` reads sealed sections.
  Desk(ledger::Ledger& ledger, store::Pool& writers)
      : tenant_(ledger.tenant()), connection_(writers.Borrow()),
        opening_(*connection_, ledger.keyring(), tenant_, ledger.origin()) {}

  store::Connection& connection() { return *connection_; }
  vault::Opening& opening() { return opening_; }

  // Errors: kNotFound NOT_FOUND.
  absl::StatusOr<domain::Task> Read(const Uuid& task_id);
  absl::StatusOr<domain::Case> ReadCase(const Uuid& case_id);

  // Who wrote the leaf at a position, as it stands sealed; empty once that was erased.
  absl::StatusOr<std::string> Writer(std::uint64_t position);

  absl::StatusOr<bool> Holds(const domain::Caller& caller, const domain::Task& task, absl::Time now);

  // Each human looks for themselves, and none at what they asked for; nobody answers for what they decided.
  // Whom nobody remembers may have been the caller. Errors: kFailedPrecondition FOUR_EYES_REQUIRED.
  absl::Status MayReview(const domain::Caller& caller, const domain::Task& task);

  // The leaves of the decision of a case that say what was decided, with their positions.
  absl::StatusOr<std::vector<std::pair<std::uint64_t, core::Leaf>>> Deciding(const domain::Task& task);

  // What answers a case: it amends what was decided last, and names what was decided instead. Errors:
  // kNotFound NOT_FOUND.
  absl::Status Answer(const domain::Task& task, core::Leaf& leaf);

  // What was shown and answered is the person's; what the reviewer thought is the reviewer's. Errors:
  // kFailedPrecondition ERASED: there is nobody to answer.
  absl::Status SealAsOf(const domain::Task& task, ledger::Entry& entry);

  // Whether nobody is left whom a case could be answered to. Errors: kFailedPrecondition WRONG_STATE.
  absl::Status MayDrop(const domain::Task& task);

  absl::StatusOr<bool> IsSameAction(const domain::Task& task, const domain::Statement& statement);

 private:
  // Neither who called, nor whom an outcome names.
  absl::Status TookNoPart(const domain::Caller& caller, const domain::Task& task);
  // A member of what a human's own leaf seals about them.
  absl::StatusOr<std::string> Section(const Uuid& principal, const char* member);

  const Uuid tenant_;
  store::Pool::Lease connection_;
  vault::Opening opening_;
};

}  // namespace candor::flow
