// Human review: tasks move only by leaves, each written while what it was checked against is still
// the newest; and how a review counts for who authorizes again.
//
// Thread-safe. Each call waits for its commit: humans are slow.
#pragma once

#include <functional>
#include <map>
#include <stop_token>

#include "services/core/commit/section.h"
#include "services/domain/caller.h"
#include "services/domain/statement.h"
#include "services/domain/task.h"
#include "services/law/law_book.h"
#include "services/ledger/appender.h"
#include "services/policy/engine.h"
#include "services/store/tasks.h"

namespace candor::flow {

class Desk;

class Oversight {
 public:
  // All must outlive this. `writers` reads sealed sections.
  Oversight(ledger::Ledgers& ledgers, ledger::Appender& appender, store::Pool& writers, const law::LawBook& laws,
            const Clock& clock)
      : ledgers_(ledgers), appender_(appender), writers_(writers), laws_(laws), clock_(clock) {}

  struct Made {
    ledger::Receipt receipt;
    domain::Task task;  // As it stands after it.
  };

  // A task as its leaves say it. Errors: kNotFound NOT_FOUND.
  absl::StatusOr<domain::Task> Get(const Uuid& tenant, const Uuid& task_id);

  // Whether the caller holds it now.
  absl::StatusOr<bool> IsHeldBy(const domain::Caller& caller, const domain::Task& task);

  // `statement` names the task in the fact `task`. Errors: kNotFound; kFailedPrecondition
  // WRONG_STATE, EXPIRED, FOUR_EYES_REQUIRED.
  absl::StatusOr<Made> Claim(const domain::Caller& caller, const domain::Statement& statement);
  absl::StatusOr<Made> Release(const domain::Caller& caller, const domain::Statement& statement);
  absl::StatusOr<Made> Resolve(const domain::Caller& caller, const domain::Statement& statement);
  // The person of a case answers the question that it waits with; whose case it is must be known.
  absl::StatusOr<Made> Reply(const domain::Caller& person, const domain::Statement& statement);

  // A section as a reviewer reads it; withheld where it is erased.
  struct Shown {
    std::string name;
    Uuid leaf;  // Where it stands.
    std::optional<core::Opened> section;
  };
  struct Seen {
    ledger::Receipt receipt;
    std::vector<Shown> sections;
  };
  // Opens what a reviewer needs: what was to be decided, or what the person says and what was decided.
  // The reading is a leaf. Errors: kFailedPrecondition
  // FOUR_EYES_REQUIRED for who is no human, ERASED.
  absl::StatusOr<Seen> Read(const domain::Caller& caller, const domain::Task& task);

  // Those due first; the filter's `now` and `handle` are filled in. And how queues are doing.
  absl::StatusOr<std::vector<store::StoredTask>> List(const domain::Caller& caller, store::TaskFilter filter);
  absl::StatusOr<std::vector<store::QueueRow>> Queues(const Uuid& tenant, const std::string& queue, absl::Time from,
                                                      absl::Time until);

  // Settles tasks whose time is over; to be called about once a second.
  void ExpireDue(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop);

  // How the review that `statement` names counts for it now: adds the facts review_state,
  // review_humans and review_answers, and the decision where it names none. Gives what an
  // authorization that permits does to the task. Errors: kNotFound NOT_FOUND.
  absl::StatusOr<store::TaskRow> RestOn(const Uuid& tenant, domain::Statement& statement);

 private:
  using Make = std::function<absl::StatusOr<ledger::Entry>()>;
  // What a step adds to its entry, once it may be done.
  using Step = std::function<absl::Status(Desk&, const domain::Task&, ledger::Entry&)>;
  absl::StatusOr<ledger::Receipt> Write(const Uuid& tenant, const Uuid& task_id, const Make& make, const Step& step);
  absl::StatusOr<Made> Move(const domain::Caller& caller, const domain::Statement& statement, const char* type,
                            const Step& step);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  store::Pool& writers_;
  const law::LawBook& laws_;
  const Clock& clock_;
};

// A task as its row says it: for lists. What counts is asked of the leaves.
absl::StatusOr<domain::Task> TaskOf(const store::StoredTask& row);

// Lets an escalated authorization open its task, in the same commit: facts queue, review_due and
// humans_needed, and the row.
void OpenTask(const policy::Judgement& judgement, absl::Time now, ledger::Entry& entry);

}  // namespace candor::flow
