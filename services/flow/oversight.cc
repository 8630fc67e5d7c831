#include "services/flow/oversight.h"

#include <algorithm>
#include <set>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/text/grammar.h"
#include "services/crypto/random.h"
#include "services/domain/registered.h"
#include "services/flow/entries.h"
#include "services/flow/recalled.h"
#include "services/policy/review.h"
#include "services/store/keys.h"
#include "services/store/tenants.h"
#include "services/vault/opening.h"

namespace candor::flow {
namespace {

using domain::Task;

constexpr int kMostTries = 20;     // Of a step, while others move the task too.
constexpr int kMostExpired = 100;  // In one go.

absl::Status FourEyes(const char* why) { return Because(absl::FailedPreconditionError(why), "FOUR_EYES_REQUIRED"); }

absl::Status NoSuch(const char* what) {
  return Because(absl::NotFoundError(std::string("there is no such ") + what), "NOT_FOUND");
}

absl::Status IsHuman(const domain::Caller& caller) {
  return caller.kind == "human" ? absl::OkStatus() : FourEyes("the caller is no human: let one do it");
}

// What moves a task says all of what can move.
store::TaskRow RowOf(const Task& task) {
  store::TaskRow row{.task_id = task.id, .from = task.position, .state = task.state};
  if (!task.claim) return row;
  row.claim_position = task.claim->position;
  row.claim_expire_time = task.claim->until;
  return row;
}

// What the action is, among all that an authorization says: not what was told of the person, or asked by
// them, meanwhile, nor when.
core::Json ActionOf(const core::Json& facts) {
  core::Json action = core::Json::Object();
  const core::Json before = FactsBefore(facts);
  for (const core::Json::Member& member : before.members()) {
    const std::string& name = member.first;
    const bool apart = name == "started" || name == "objected" || name == "consent_withdrawn" ||
                       name.starts_with("notice") || name.starts_with("review");
    if (!apart) action.Set(name, member.second);
  }
  return action;
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

using Texts = std::map<std::string, std::string>;
Texts ActionOf(Texts sections) {
  for (const char* apart : {"caller", "notice", "changes"}) sections.erase(apart);
  return sections;
}

}  // namespace

class Oversight::Desk {
 public:
  Desk(ledger::Ledger& ledger, store::Pool& writers)
      : tenant_(ledger.tenant()), connection_(writers.Borrow()),
        opening_(*connection_, ledger.keyring(), tenant_, ledger.origin()) {}

  store::Connection& connection() { return *connection_; }
  vault::Opening& opening() { return opening_; }

  absl::StatusOr<Task> Read(const Uuid& task_id) {
    const auto stored = store::LeafOfId(*connection_, tenant_, task_id);
    if (absl::IsNotFound(stored.status())) return NoSuch("task");
    CANDOR_RETURN_IF_ERROR(stored.status());
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf opening, core::ParseLeaf(stored->leaf));
    auto task = Task::OpenedBy(stored->position, opening);
    if (!task) return NoSuch("task");
    for (std::uint64_t after = stored->position;;) {
      CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::LeavesOfDecision(*connection_, tenant_, task->decision, after));
      for (const store::StoredLeaf& one : leaves) {
        CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(one.leaf));
        task->Apply(one.position, leaf);
        after = one.position;
      }
      if (leaves.size() < store::kMostLeavesOfDecision) return *std::move(task);
    }
  }

  // Who wrote the leaf at a position, as it stands sealed; empty once that was erased.
  absl::StatusOr<std::string> Writer(std::uint64_t position) {
    CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(position));
    const auto section = sections.find("caller");
    if (section == sections.end()) return std::string();
    CANDOR_ASSIGN_OR_RETURN(const core::Json who, core::ParseCanonical(section->second, core::JsonKind::kSection));
    return domain::FactText(who, "principal");
  }

  absl::StatusOr<bool> Holds(const domain::Caller& caller, const Task& task, absl::Time now) {
    if (caller.kind != "human" || task.StateAt(now) != domain::kTaskClaimed) return false;
    CANDOR_ASSIGN_OR_RETURN(const std::string holder, Writer(task.claim->position));
    return holder == caller.principal.ToText();
  }

  // Each human looks for themselves, and none at what they asked for. Whom nobody remembers may
  // have been the caller.
  absl::Status MayReview(const domain::Caller& caller, const Task& task) {
    CANDOR_RETURN_IF_ERROR(IsHuman(caller));
    std::vector<std::uint64_t> others;
    if (task.opened_by_human) others.push_back(task.opened_at);
    for (const Task::Said& said : task.reviews) others.push_back(said.position);
    for (const std::uint64_t position : others) {
      CANDOR_ASSIGN_OR_RETURN(const std::string writer, Writer(position));
      if (!writer.empty() && writer != caller.principal.ToText()) continue;
      return FourEyes(position == task.opened_at ? "the caller asked for the decision: let another human look at it"
                                                 : "the caller resolved it already: let another human do it");
    }
    return absl::OkStatus();
  }

  // What was shown is the person's; what the reviewer thought is the reviewer's.
  absl::Status SealAsOf(const Task& task, ledger::Entry& entry) {
    CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(task.opened_at));
    const auto person = sections.find("person");
    if (person != sections.end()) {
      CANDOR_ASSIGN_OR_RETURN(const core::Json who, core::ParseCanonical(person->second, core::JsonKind::kSection));
      entry.fingerprint_owner = {.kind = vault::Owner::Kind::kPerson, .reference = domain::FactText(who, "reference")};
    }
    const vault::Owner reviewer = entry.sections.back().owner;  // That of `caller`.
    for (vault::Section& section : entry.sections) {
      if (section.name == "inputs") section.owner = entry.fingerprint_owner;
      if (section.name == "oversight") section.owner = reviewer;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> IsSameAction(const Task& task, const domain::Statement& statement) {
    CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafAt(*connection_, tenant_, task.opened_at));
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(stored.leaf));
    if (statement.decision != task.decision || ActionOf(leaf.facts) != ActionOf(statement.facts)) return false;
    CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(task.opened_at));
    if (sections.size() != leaf.sections.size()) return false;  // Some were erased.
    return ActionOf(sections) == ActionOf(statement.sections);
  }

 private:
  const Uuid tenant_;
  store::Pool::Lease connection_;
  vault::Opening opening_;
};

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
      entry.leaf.decision = task.decision;
      entry.claim = ledger::Claim::kContinue;
      entry.named = task.decision;
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
    return absl::OkStatus();
  });
}

absl::StatusOr<Oversight::Made> Oversight::Release(const domain::Caller& caller, const domain::Statement& statement) {
  return Move(caller, statement, domain::kTaskReleaseType, [&](Desk& desk, const Task& task, ledger::Entry& entry) -> absl::Status {
    const absl::Time now = clock_.Now();
    CANDOR_RETURN_IF_ERROR(task.MayRelease(now));
    CANDOR_ASSIGN_OR_RETURN(const bool holds, desk.Holds(caller, task, now));
    if (!holds) return Because(absl::FailedPreconditionError("another human holds the task"), "WRONG_STATE");
    entry.task->claim_position.reset();
    entry.task->claim_expire_time.reset();
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
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(stored.leaf));
    CANDOR_ASSIGN_OR_RETURN(auto opened, desk.opening().Salted(task.opened_at));
    if (opened.size() < leaf.sections.size() && !opened.contains("person")) {
      return Because(absl::FailedPreconditionError("the person was erased: nothing is left to look at"), "ERASED");
    }
    for (const auto& [name, _] : leaf.sections) {
      if (kNotShown.contains(name.substr(0, name.find('.')))) continue;
      Shown& shown = seen.sections.emplace_back(name);
      if (const auto section = opened.find(name); section != opened.end()) {
        names.Append(name);
        shown.section = std::move(section->second);
      }
    }
  }
  statement.facts.Set("task", task.id.ToText()).Set("read_reason", "review");
  if (!names.empty()) statement.facts.Set("read_sections", std::move(names));
  core::Json asked = core::Json::Object();
  asked.Set("method", "get_task").Set("request", core::Json::Object().Set("task_id", task.id.ToText()).Set("with_sections", true));
  statement.fingerprint_text = asked.Encode();
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "read", clock_.Now()));
  entry.claim = ledger::Claim::kContinue;
  entry.named = task.decision;
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
    const auto receipt = Write(ledger->tenant(), task_id, make, [&](Desk&, const Task& task, ledger::Entry& entry) {
      entry.task->settles = true;
      entry.task->state = domain::kTaskExpired;
      entry.task->claim_position.reset();
      entry.task->claim_expire_time.reset();
      return task.MayExpire(clock_.Now());
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
