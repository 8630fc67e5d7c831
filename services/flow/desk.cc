#include "services/flow/desk.h"

#include <set>

#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/flow/recalled.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

using domain::Task;

absl::Status TookPart() { return FourEyes("the caller took part in the decision: let another human answer"); }

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

using Texts = std::map<std::string, std::string>;
Texts ActionOf(Texts sections) {
  for (const char* apart : {"caller", "notice", "changes"}) sections.erase(apart);
  return sections;
}

}  // namespace

absl::Status FourEyes(const char* why) { return Because(absl::FailedPreconditionError(why), "FOUR_EYES_REQUIRED"); }

absl::Status NoSuch(const char* what) {
  return Because(absl::NotFoundError(std::string("there is no such ") + what), "NOT_FOUND");
}

absl::Status IsHuman(const domain::Caller& caller) {
  return caller.kind == "human" ? absl::OkStatus() : FourEyes("the caller is no human: let one do it");
}

absl::StatusOr<Task> Desk::Read(const Uuid& task_id) {
  const auto stored = store::LeafOfId(*connection_, tenant_, task_id);
  if (absl::IsNotFound(stored.status())) return NoSuch("task");
  CANDOR_RETURN_IF_ERROR(stored.status());
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf opening, core::ParseLeaf(stored->leaf));
  auto task = Task::OpenedBy(stored->position, opening);
  if (!task) return NoSuch("task");
  for (std::uint64_t after = stored->position;;) {
    CANDOR_ASSIGN_OR_RETURN(const auto leaves,
                            task->IsCase() ? store::LeavesOfCase(*connection_, tenant_, task_id, after)
                                           : store::LeavesOfDecision(*connection_, tenant_, *task->decision, after));
    for (const store::StoredLeaf& one : leaves) {
      CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(one.leaf));
      task->Apply(one.position, leaf);
      after = one.position;
    }
    if (leaves.size() < store::kMostLeavesOfDecision) return *std::move(task);
  }
}

absl::StatusOr<domain::Case> Desk::ReadCase(const Uuid& case_id) {
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafOfId(*connection_, tenant_, case_id));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf opening, core::ParseLeaf(stored.leaf));
  auto found = domain::Case::OpenedBy(stored.position, opening);
  if (!found) return NoSuch("case");
  for (std::uint64_t after = stored.position;;) {
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::LeavesOfCase(*connection_, tenant_, case_id, after));
    for (const store::StoredLeaf& one : leaves) {
      CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(one.leaf));
      found->Apply(one.position, leaf);
      after = one.position;
    }
    if (leaves.size() < store::kMostLeavesOfDecision) return *std::move(found);
  }
}

absl::StatusOr<std::string> Desk::Writer(std::uint64_t position) {
  CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(position));
  const auto section = sections.find("caller");
  if (section == sections.end()) return std::string();
  CANDOR_ASSIGN_OR_RETURN(const core::Json who, core::ParseCanonical(section->second, core::JsonKind::kSection));
  return domain::FactText(who, "principal");
}

absl::StatusOr<bool> Desk::Holds(const domain::Caller& caller, const Task& task, absl::Time now) {
  if (caller.kind != "human" || task.StateAt(now) != domain::kTaskClaimed) return false;
  CANDOR_ASSIGN_OR_RETURN(const std::string holder, Writer(task.claim->position));
  return holder == caller.principal.ToText();
}

absl::Status Desk::MayReview(const domain::Caller& caller, const Task& task) {
  CANDOR_RETURN_IF_ERROR(IsHuman(caller));
  std::vector<std::uint64_t> others;
  if (task.opened_by_human && !task.IsCase()) others.push_back(task.opened_at);
  for (const Task::Said& said : task.reviews) others.push_back(said.position);
  for (const std::uint64_t position : others) {
    CANDOR_ASSIGN_OR_RETURN(const std::string writer, Writer(position));
    if (!writer.empty() && writer != caller.principal.ToText()) continue;
    return FourEyes(position == task.opened_at ? "the caller asked for the decision: let another human look at it"
                                               : "the caller resolved it already: let another human do it");
  }
  return task.IsCase() && task.decision ? TookNoPart(caller, task) : absl::OkStatus();
}

absl::StatusOr<std::vector<std::pair<std::uint64_t, core::Leaf>>> Desk::Deciding(const Task& task) {
  static const std::set<std::string, std::less<>> kDeciding = {"authorization", "outcome", "correction", "cancellation",
                                                               domain::kReviewType};
  std::vector<std::pair<std::uint64_t, core::Leaf>> deciding;
  for (std::uint64_t after = 0;;) {
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::LeavesOfDecision(*connection_, tenant_, *task.decision, after));
    for (const store::StoredLeaf& one : leaves) {
      CANDOR_ASSIGN_OR_RETURN(core::Leaf leaf, core::ParseLeaf(one.leaf));
      after = one.position;
      const bool of_task = domain::FactText(leaf.facts, "task") == task.id.ToText();
      if (kDeciding.contains(leaf.type) && !of_task) deciding.emplace_back(one.position, std::move(leaf));
    }
    if (leaves.size() < store::kMostLeavesOfDecision) return deciding;
  }
}

absl::Status Desk::TookNoPart(const domain::Caller& caller, const Task& task) {
  CANDOR_ASSIGN_OR_RETURN(const auto deciding, Deciding(task));
  CANDOR_ASSIGN_OR_RETURN(const std::string code, Section(caller.principal, "human_code"));
  for (const auto& [position, leaf] : deciding) {
    if (leaf.caller_kind == "human") {
      CANDOR_ASSIGN_OR_RETURN(const std::string writer, Writer(position));
      if (writer.empty() || writer == caller.principal.ToText()) return TookPart();
    }
    if (leaf.type == domain::kReviewType) continue;
    CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(position));
    const auto section = sections.find("oversight");
    if (section == sections.end()) continue;
    CANDOR_ASSIGN_OR_RETURN(const core::Json who, core::ParseCanonical(section->second, core::JsonKind::kSection));
    const std::string named = domain::FactText(who, "human_reference");
    if (!named.empty() && (named == code || named == caller.principal.ToText())) return TookPart();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Desk::Section(const Uuid& principal, const char* member) {
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafOfId(*connection_, tenant_, principal));
  CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(stored.position));
  const auto section = sections.find("oversight");
  if (section == sections.end()) return std::string();
  CANDOR_ASSIGN_OR_RETURN(const core::Json what, core::ParseCanonical(section->second, core::JsonKind::kSection));
  return domain::FactText(what, member);
}

absl::Status Desk::Answer(const Task& task, core::Leaf& leaf) {
  if (const auto changed = Uuid::FromText(domain::FactText(leaf.facts, "changed_decision"))) {
    const auto found = store::LeafOfId(*connection_, tenant_, *changed);
    if (absl::IsNotFound(found.status())) return NoSuch("changed_decision_id");
    CANDOR_RETURN_IF_ERROR(found.status());
  }
  if (!task.decision) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const auto deciding, Deciding(task));
  leaf.amends = *task.decision;
  for (const auto& [_, one] : deciding) {
    if (one.type == "outcome" || one.type == "correction") leaf.amends = one.id;
  }
  return absl::OkStatus();
}

absl::Status Desk::SealAsOf(const Task& task, ledger::Entry& entry) {
  CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(task.opened_at));
  const auto person = sections.find("person");
  if (task.IsCase() && person == sections.end()) {
    return Because(absl::FailedPreconditionError("the person was erased: there is nobody to answer"), "ERASED");
  }
  if (person != sections.end()) {
    CANDOR_ASSIGN_OR_RETURN(const core::Json who, core::ParseCanonical(person->second, core::JsonKind::kSection));
    entry.fingerprint_owner = {.kind = vault::Owner::Kind::kPerson, .reference = domain::FactText(who, "reference")};
  }
  const vault::Owner reviewer = entry.sections.back().owner;  // That of `caller`.
  for (vault::Section& section : entry.sections) {
    if (section.name == "inputs" || section.name == "contest") section.owner = entry.fingerprint_owner;
    if (section.name == "oversight") section.owner = reviewer;
  }
  return absl::OkStatus();
}

absl::Status Desk::MayDrop(const Task& task) {
  CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(task.opened_at));
  if (task.settled == absl::Time() && !sections.contains("person")) return absl::OkStatus();
  return Because(absl::FailedPreconditionError("the case is settled, or its person can be answered"), "WRONG_STATE");
}

absl::StatusOr<bool> Desk::IsSameAction(const Task& task, const domain::Statement& statement) {
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafAt(*connection_, tenant_, task.opened_at));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(stored.leaf));
  if (statement.decision != task.decision || ActionOf(leaf.facts) != ActionOf(statement.facts)) return false;
  CANDOR_ASSIGN_OR_RETURN(const auto sections, opening_.Sections(task.opened_at));
  if (sections.size() != leaf.sections.size()) return false;  // Some were erased.
  return ActionOf(sections) == ActionOf(statement.sections);
}

}  // namespace candor::flow
