#include "services/flow/oversight.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/text/grammar.h"
#include "services/crypto/random.h"
#include "services/domain/registered.h"
#include "services/flow/case_clock.h"
#include "services/flow/desk.h"
#include "services/flow/entries.h"
#include "services/policy/review.h"
#include "services/store/keys.h"
#include "services/store/tenants.h"
#include "services/vault/opening.h"

namespace candor::flow {
namespace {

using domain::Task;

constexpr int kMostTries = 20;     // Of a step, while others move the task too.
constexpr int kMostExpired = 100;  // In one go.
constexpr std::size_t kMostOpened = 16;  // Leaves of a decision that a person contests, the newest.

// What is about a task is about its decision, and its case.
void Belong(const Task& task, ledger::Entry& entry) {
  entry.leaf.decision = task.decision;
  if (task.decision) {
    entry.claim = ledger::Claim::kContinue;
    entry.named = *task.decision;
  }
  if (!task.IsCase()) return;
  entry.leaf.facts.Set("case", task.id.ToText());
  entry.side.push_back({store::SideRow::Table::kCase, {task.id.ToText()}});
}

// What becomes of a task that is given back.
const char* TypeOfRelease(const core::Json& facts) {
  const core::Json* extend = facts.Find("extend");
  if (extend != nullptr && extend->is_bool() && extend->boolean()) return domain::kCaseExtensionType;
  return facts.Find("question") != nullptr ? domain::kCaseQuestionType : domain::kTaskReleaseType;
}

// What moves a task says all of what can move.
store::TaskRow RowOf(const Task& task) {
  store::TaskRow row{.task_id = task.id, .from = task.position, .state = task.state};
  if (!task.claim) return row;
  row.claim_position = task.claim->position;
  row.claim_expire_time = task.claim->until;
  return row;
}

// The handles of those humans who ever did something that was recorded.
absl::StatusOr<std::vector<store::Handle>> HandlesOf(ledger::Ledger& ledger, store::Connection& connection,
                                                     const std::vector<Uuid>& principals) {
  std::vector<Digest> lookups;
  for (const Uuid& principal : principals) lookups.push_back(ledger.keyring().LookupOf(OwnerOf(principal)));
  CANDOR_ASSIGN_OR_RETURN(const auto keys, store::FindKeys(connection, ledger.tenant(), lookups));
  std::vector<store::Handle> handles;
  for (const auto& [_, key] : keys) handles.push_back(key.handle);
  return handles;
}

}  // namespace

absl::StatusOr<Task> Oversight::Get(const Uuid& tenant, const Uuid& task_id) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  return Desk(*ledger, writers_).Read(task_id);
}

absl::StatusOr<bool> Oversight::IsHeldBy(const domain::Caller& caller, const Task& task) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  return Desk(*ledger, writers_).Holds(caller, task, clock_.Now());
}

// A repetition gets its first answer, wherever the task stands by now.
absl::StatusOr<ledger::Receipt> Oversight::Write(const Uuid& tenant, const Uuid& task_id, const Make& make,
                                                 const Step& step) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  for (int tries = 0; tries < kMostTries; ++tries) {
    CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, make());
    {
      Desk desk(*ledger, writers_);
      CANDOR_ASSIGN_OR_RETURN(const Task task, desk.Read(task_id));
      Belong(task, entry);
      entry.task = RowOf(task);
      if (const absl::Status may = step(desk, task, entry); !may.ok()) {
        CANDOR_ASSIGN_OR_RETURN(const auto known, store::KnownRequests(desk.connection(), tenant, {entry.leaf.request}));
        if (known.empty()) return may;
      }
    }
    absl::StatusOr<ledger::Receipt> receipt = AppendAndWait(appender_, ledger, std::move(entry));
    if (ReasonOf(receipt.status()) != "TASK_CHANGED") return receipt;
  }
  return Because(absl::UnavailableError("too many work on the task at once: repeat"), "STORE_UNAVAILABLE");
}

absl::StatusOr<Oversight::Made> Oversight::Move(const domain::Caller& caller, const domain::Statement& statement,
                                                const char* type, const Step& step) {
  const Uuid task_id = *Uuid::FromText(domain::FactText(statement.facts, "task"));
  Made made;
  const auto make = [&] { return EntryOf(caller, statement, type, clock_.Now()); };
  CANDOR_ASSIGN_OR_RETURN(made.receipt, Write(*caller.tenant, task_id, make, step));
  CANDOR_ASSIGN_OR_RETURN(made.task, Get(*caller.tenant, task_id));
  return made;
}

absl::StatusOr<Oversight::Made> Oversight::Claim(const domain::Caller& caller, const domain::Statement& statement) {
  return Move(caller, statement, domain::kTaskClaimType, [&](Desk& desk, const Task& task, ledger::Entry& entry) -> absl::Status {
    const absl::Time now = clock_.Now();
    CANDOR_RETURN_IF_ERROR(task.MayClaim(now));
    CANDOR_RETURN_IF_ERROR(desk.MayReview(caller, task));
    CANDOR_ASSIGN_OR_RETURN(const bool holds, desk.Holds(caller, task, now));
    if (!holds && task.IsHeldAt(now)) {
      return Because(absl::FailedPreconditionError("another human holds the task"), "WRONG_STATE");
    }
    entry.task->claims = true;
    entry.task->claim_expire_time = absl::FromUnixMicros(absl::ToUnixMicros(now + domain::kClaimLasts));
    entry.leaf.facts.Set("claim_expires", ToRfc3339(*entry.task->claim_expire_time));
    if (!task.IsCase()) return absl::OkStatus();
    CANDOR_ASSIGN_OR_RETURN(const domain::Case theirs, desk.ReadCase(task.id));
    CaseClock(laws_, *caller.tenant).Resume(theirs, now, entry);
    return absl::OkStatus();
  });
}

absl::StatusOr<Oversight::Made> Oversight::Release(const domain::Caller& caller, const domain::Statement& statement) {
  const char* type = TypeOfRelease(statement.facts);
  const bool tells = type != std::string_view(domain::kTaskReleaseType);  // The person.
  return Move(caller, statement, type, [&](Desk& desk, const Task& task, ledger::Entry& entry) -> absl::Status {
    if (tells) CANDOR_RETURN_IF_ERROR(desk.SealAsOf(task, entry));
    const absl::Time now = clock_.Now();
    CANDOR_RETURN_IF_ERROR(task.MayRelease(now));
    CANDOR_ASSIGN_OR_RETURN(const bool holds, desk.Holds(caller, task, now));
    if (!holds) return Because(absl::FailedPreconditionError("another human holds the task"), "WRONG_STATE");
    entry.task->claim_position.reset();
    entry.task->claim_expire_time.reset();
    if (!tells) return absl::OkStatus();
    CANDOR_ASSIGN_OR_RETURN(const domain::Case theirs, desk.ReadCase(task.id));
    const CaseClock case_clock(laws_, *caller.tenant);
    return type == std::string_view(domain::kCaseExtensionType) ? case_clock.Extend(theirs, now, entry)
                                                                : case_clock.Ask(theirs, entry);
  });
}

absl::StatusOr<Oversight::Made> Oversight::Reply(const domain::Caller& person, const domain::Statement& statement) {
  return Move(person, statement, domain::kCaseReplyType, [&](Desk& desk, const Task& task, ledger::Entry& entry) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const domain::Case theirs, desk.ReadCase(task.id));
    if (!theirs.IsWaiting()) return Because(absl::FailedPreconditionError("the case asks nothing"), "WRONG_STATE");
    CaseClock(laws_, *person.tenant).Resume(theirs, clock_.Now(), entry);
    return absl::OkStatus();
  });
}

absl::StatusOr<Oversight::Made> Oversight::Resolve(const domain::Caller& caller, const domain::Statement& statement) {
  return Move(caller, statement, domain::kReviewType, [&](Desk& desk, const Task& task, ledger::Entry& entry) -> absl::Status {
    CANDOR_RETURN_IF_ERROR(IsHuman(caller));
    CANDOR_RETURN_IF_ERROR(desk.SealAsOf(task, entry));
    const absl::Time now = clock_.Now();
    CANDOR_RETURN_IF_ERROR(task.MayResolve(now));
    CANDOR_RETURN_IF_ERROR(desk.MayReview(caller, task));
    CANDOR_ASSIGN_OR_RETURN(const bool holds, desk.Holds(caller, task, now));
    if (!holds) return Because(absl::FailedPreconditionError("another human holds the task"), "WRONG_STATE");

    CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf opened,
                            store::LeafAt(desk.connection(), *caller.tenant, task.opened_at));
    core::Json& facts = entry.leaf.facts;
    store::TaskRow& row = *entry.task;
    const std::int64_t held = std::max<std::int64_t>(0, absl::ToInt64Seconds(now - task.claim->since));
    if (task.IsCase()) CANDOR_RETURN_IF_ERROR(desk.Answer(task, entry.leaf));
    facts.Set("reviewed_hash", core::HashLeaf(AsBytes(opened.leaf)).ToBase64());
    facts.Set("held_seconds", held);
    row.claim_position.reset();
    row.claim_expire_time.reset();
    const std::string resolution = domain::FactText(facts, "resolution");
    row.settles = task.Settles(resolution);
    row.state = row.settles ? domain::kTaskResolved : domain::kTaskSecondNeeded;
    if (row.settles) {
      const std::int64_t* claimed = facts.FindInteger("claimed_active_seconds");
      row.resolution = resolution;
      row.active_seconds = static_cast<std::uint64_t>(claimed == nullptr ? held : std::min(*claimed, held));
      if (task.IsCase()) return absl::OkStatus();  // It counts for no authorization.
      row.review_expire_time = absl::FromUnixMicros(absl::ToUnixMicros(now + domain::kReviewLasts));
      facts.Set("review_expires", ToRfc3339(*row.review_expire_time));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<Oversight::Seen> Oversight::Read(const domain::Caller& caller, const Task& task) {
  static const std::set<std::string, std::less<>> kNotShown = {"caller", "protected"};
  CANDOR_RETURN_IF_ERROR(IsHuman(caller));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Seen seen;
  domain::Statement statement;
  statement.request = crypto::NewId(clock_.Now());
  statement.decision = task.decision;
  core::Json names = core::Json::Array();
  {
    Desk desk(*ledger, writers_);
    CANDOR_ASSIGN_OR_RETURN(const auto stored, store::LeafAt(desk.connection(), *caller.tenant, task.opened_at));
    std::vector<std::pair<std::uint64_t, core::Leaf>> leaves(1, {task.opened_at, core::Leaf()});
    CANDOR_ASSIGN_OR_RETURN(leaves[0].second, core::ParseLeaf(stored.leaf));
    if (task.IsCase() && task.decision) {
      CANDOR_ASSIGN_OR_RETURN(auto deciding, desk.Deciding(task));
      const std::size_t first = deciding.size() - std::min(deciding.size(), kMostOpened);
      std::move(deciding.begin() + static_cast<std::ptrdiff_t>(first), deciding.end(), std::back_inserter(leaves));
    }
    std::set<std::string> opened_names;
    for (const auto& [position, leaf] : leaves) {
      CANDOR_ASSIGN_OR_RETURN(auto opened, desk.opening().Salted(position));
      if (position == task.opened_at && opened.size() < leaf.sections.size() && !opened.contains("person")) {
        return Because(absl::FailedPreconditionError("the person was erased: nothing is left to look at"), "ERASED");
      }
      for (const auto& [name, _] : leaf.sections) {
        if (kNotShown.contains(name.substr(0, name.find('.')))) continue;
        Shown& shown = seen.sections.emplace_back(name, leaf.id);
        if (const auto section = opened.find(name); section != opened.end()) {
          opened_names.insert(name);
          shown.section = std::move(section->second);
        }
      }
    }
    for (const std::string& name : opened_names) names.Append(name);
  }
  statement.facts.Set("task", task.id.ToText()).Set("read_reason", "review");
  if (!names.empty()) statement.facts.Set("read_sections", std::move(names));
  core::Json asked = core::Json::Object();
  asked.Set("method", "get_task").Set("request", core::Json::Object().Set("task_id", task.id.ToText()).Set("with_sections", true));
  statement.fingerprint_text = asked.Encode();
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "read", clock_.Now()));
  Belong(task, entry);
  CANDOR_ASSIGN_OR_RETURN(seen.receipt, AppendAndWait(appender_, ledger, std::move(entry)));
  return seen;
}

void Oversight::ExpireDue(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop) {
  const auto due = store::OverdueTasks(*writers_.Borrow(), ledger->tenant(), clock_.Now(), kMostExpired);
  if (!due.ok()) return;
  for (const Uuid& task_id : *due) {
    if (stop.stop_requested()) return;
    const auto make = [&]() -> absl::StatusOr<ledger::Entry> {
      ledger::Entry entry = Follows(domain::kTaskExpiredType, task_id, clock_.Now());
      entry.leaf.facts.Set("task", task_id.ToText());
      return entry;
    };
    const auto receipt = Write(ledger->tenant(), task_id, make, [&](Desk& desk, const Task& task, ledger::Entry& entry) {
      entry.task->settles = true;
      entry.task->state = domain::kTaskExpired;
      entry.task->claim_position.reset();
      entry.task->claim_expire_time.reset();
      return task.IsCase() ? desk.MayDrop(task) : task.MayExpire(clock_.Now());
    });
    const bool moved = ReasonOf(receipt.status()) == "WRONG_STATE";
    if (!receipt.ok() && !moved) {
      Log(Level::kWarning, "leaf_not_written", {{"type", domain::kTaskExpiredType}, {"reason", ReasonOf(receipt.status())}});
    }
  }
}

absl::StatusOr<std::vector<store::StoredTask>> Oversight::List(const domain::Caller& caller, store::TaskFilter filter) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto handles, HandlesOf(*ledger, *connection, {caller.principal}));
  if (!handles.empty()) filter.handle = handles.front();
  filter.now = clock_.Now();
  return store::ListTasks(*connection, *caller.tenant, filter);
}

absl::StatusOr<std::vector<store::QueueRow>> Oversight::Queues(const Uuid& tenant, const std::string& queue,
                                                               absl::Time from, absl::Time until) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
  std::vector<Uuid> humans;
  for (const store::PrincipalRow& one : principals) {
    if (one.kind == "human") humans.push_back(one.principal_id);
  }
  CANDOR_ASSIGN_OR_RETURN(const auto handles, HandlesOf(*ledger, *connection, humans));
  return store::QueueRows(*connection, tenant, queue, clock_.Now(), from, until, handles);
}

absl::StatusOr<store::TaskRow> Oversight::RestOn(const Uuid& tenant, domain::Statement& statement) {
  const absl::Time now = clock_.Now();
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  Desk desk(*ledger, writers_);
  const Uuid review_id = *Uuid::FromText(domain::FactText(statement.facts, "review"));
  const auto stored = store::LeafOfId(desk.connection(), tenant, review_id);
  if (absl::IsNotFound(stored.status())) return NoSuch("review");
  CANDOR_RETURN_IF_ERROR(stored.status());
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(stored->leaf));
  const auto task_id = Uuid::FromText(domain::FactText(leaf.facts, "task"));
  if (leaf.type != domain::kReviewType || !task_id) return NoSuch("review");
  CANDOR_ASSIGN_OR_RETURN(const Task task, desk.Read(*task_id));
  if (task.IsCase()) return NoSuch("review");
  if (!statement.decision) statement.decision = task.decision;

  const auto state = [&]() -> absl::StatusOr<std::string_view> {
    if (task.state != domain::kTaskResolved || task.reviews.back().leaf != review_id) return "unsettled";
    CANDOR_ASSIGN_OR_RETURN(const bool same, desk.IsSameAction(task, statement));
    if (!same) return "other_action";
    if (now >= task.review_expires) return "expired";
    if (task.reviews.back().resolution == domain::kOverride) return policy::kOverridden;
    return task.used ? std::string_view("used") : policy::kUpheld;
  }();
  CANDOR_RETURN_IF_ERROR(state.status());
  core::Json answers = core::Json::Array();
  for (const std::string& rule : task.rules) answers.Append(rule);
  statement.facts.Set("review_state", *state);
  if (*state == policy::kUpheld) {
    statement.facts.Set("review_humans", task.reviews.size()).Set("review_answers", std::move(answers));
  }
  return RowOf(task);
}

absl::StatusOr<Task> TaskOf(const store::StoredTask& row) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(row.leaf));
  auto task = Task::OpenedBy(row.opened_at, leaf);
  if (!task) return Because(absl::DataLossError("a task stands on no leaf that opens one"), "VERIFICATION_FAILED");
  task->state = row.state;
  task->position = row.position;
  task->due = row.due_time;
  if (row.claim_position && row.claim_expire_time) {
    task->claim = {.position = *row.claim_position, .since = {}, .until = *row.claim_expire_time};
  }
  task->settled = row.settle_time.value_or(absl::Time());
  if (row.review_id) {
    task->reviews.push_back({.position = row.review_position, .leaf = *row.review_id, .resolution = row.resolution});
    task->review_expires = row.review_expire_time.value_or(absl::UnixEpoch());
  }
  return *std::move(task);
}

void OpenTask(const policy::Judgement& judgement, absl::Time now, ledger::Entry& entry) {
  std::string queue = "review";
  std::optional<absl::Time> asked;
  for (const policy::Obligation& one : judgement.obligations) {
    if (one.type != "require_review") continue;
    if (one.due) asked = std::min(asked.value_or(*one.due), *one.due);
    const std::string* named = one.params.FindString("queue");
    if (named != nullptr && core::IsCode(*named)) queue = *named;
  }
  const absl::Time due = absl::FromUnixMicros(absl::ToUnixMicros(asked.value_or(now + domain::kTaskLasts)));
  entry.leaf.facts.Set("queue", queue).Set("review_due", ToRfc3339(due));
  entry.leaf.facts.Set("humans_needed", policy::HumansNeeded(judgement));
  entry.task = store::TaskRow{.task_id = entry.leaf.id, .kind = "escalation", .queue = std::move(queue),
                              .opener = entry.leaf.caller_id, .decision_id = entry.leaf.decision, .due_time = due};
}

}  // namespace candor::flow
