// What a batch decides about each entry: what it does to the leaf it names, and whether what it
// was checked against still holds.
#include <algorithm>

#include "services/base/status.h"
#include "services/ledger/batch.h"

namespace candor::ledger {
bool MovesTask(const Entry& entry) { return entry.task && entry.task->from; }

absl::Status NotOpen(const char* what, const char* reason) {
  return Because(absl::FailedPreconditionError(what), reason);
}

absl::Status Batch::SettleClaim(std::size_t i, const store::Answers::Named* named) {
  Item& item = *items_[i];
  Entry& entry = item.entry;
  marks_[i] = entry.leaf.marks;
  switch (entry.claim) {
    case Claim::kNone: return absl::OkStatus();
    case Claim::kContinue:
      // A decision is called after its first leaf.
      if (named == nullptr || named->decision != entry.named) {
        return Because(absl::NotFoundError("decision_id: no such decision"), "NOT_FOUND");
      }
      return absl::OkStatus();
    case Claim::kFollow:
      if (named == nullptr) marks_[i].emplace_back("unauthorized");
      break;
    case Claim::kMiss:
      if (named == nullptr || named->closed) return NotOpen("the authorization has its outcome", "WRONG_STATE");
      break;
    case Claim::kCancel:
      if (named == nullptr || named->verdict == 0) {
        return Because(absl::NotFoundError("authorization_id: no such authorization"), "NOT_FOUND");
      }
      if (named->closed) {
        return NotOpen("the authorization was used or cancelled before", "WRONG_STATE");
      }
      keeps_claim_[i] = 1;
      break;
    case Claim::kClose:
      entry.due_time.reset();  // They may stand there from an earlier try.
      entry.expire_time.reset();
      if (named == nullptr || named->verdict == 0 || named->closed) {
        marks_[i].emplace_back("unauthorized");
      } else {
        keeps_claim_[i] = 1;
        if (named->due > absl::UnixEpoch()) entry.due_time = named->due;
        if (named->expires > absl::UnixEpoch()) entry.expire_time = named->expires;
        if (named->verdict == 4) marks_[i].emplace_back("against_verdict");
        if (named->verdict == 3) CloseEscalation(i, named->task);
      }
      break;
  }
  // The decision is the authorization's own; of an unknown one, a decision by itself.
  const Uuid decision = named != nullptr && named->decision ? *named->decision : entry.leaf.id;
  if (entry.leaf.decision != decision) {
    entry.leaf.decision = decision;
    CANDOR_ASSIGN_OR_RETURN(item.unfinished, core::UnfinishedLeaf::Make(entry.leaf));
  }
  return absl::OkStatus();
}

// What was done about an escalation without a new authorization.
void Batch::CloseEscalation(std::size_t i, store::Answers::Named::Task task) {
  using Task = store::Answers::Named::Task;
  switch (task) {
    case Task::kNone:
    case Task::kWaits: marks_[i].emplace_back("unresolved"); break;
    case Task::kOverridden:
    case Task::kExpired: marks_[i].emplace_back("against_verdict"); break;
    case Task::kUpheld:  // A review never permits by itself.
      marks_[i].emplace_back("unauthorized");
      keeps_claim_[i] = 0;
      break;
  }
}

absl::Status Batch::SettleMissing(const Entry& entry, const store::Answers::Missing* answer) const {
  if (!entry.missing) return absl::OkStatus();
  const store::Questions::Missing& range = *entry.missing;
  const bool in_batch = std::any_of(fresh_.begin(), fresh_.end(), [&](std::size_t i) {
    const auto& producer = items_[i]->entry.leaf.producer;
    return producer && producer->epoch == range.epoch && producer->seq >= range.first && producer->seq <= range.last;
  });
  if (in_batch || (answer != nullptr && answer->seen)) {
    return NotOpen("a number of the epoch came that should be missing", "WRONG_STATE");
  }
  const bool closed_otherwise = answer != nullptr && answer->count && *answer->count != range.first - 1;
  if (entry.leaf.type == kClosingType && closed_otherwise) {
    return NotOpen("the epoch was closed before with another count", "WRONG_STATE");
  }
  return absl::OkStatus();
}

bool Batch::HasFresh(store::SideRow::Table table) const {
  return std::any_of(fresh_.begin(), fresh_.end(), [&](std::size_t i) {
    const auto& side = items_[i]->entry.side;
    return std::any_of(side.begin(), side.end(), [&](const auto& row) { return row.table == table; });
  });
}

absl::Status Batch::SettleRegistry(const Entry& entry, std::uint64_t newest) const {
  if (!entry.registry) return absl::OkStatus();
  if (newest == *entry.registry && !HasFresh(store::SideRow::Table::kRegistry)) return absl::OkStatus();
  return Because(absl::AbortedError("something was registered meanwhile"), "REGISTRY_CHANGED");
}

absl::Status Batch::SettleCases(const Entry& entry, std::uint64_t newest) const {
  if (!entry.cases) return absl::OkStatus();
  if (newest == *entry.cases && !HasFresh(store::SideRow::Table::kCase)) return absl::OkStatus();
  return Because(absl::AbortedError("another case moved meanwhile"), "CASES_CHANGED");
}

absl::Status Batch::SettleTask(const Entry& entry, std::optional<std::uint64_t> newest) const {
  if (!MovesTask(entry)) return absl::OkStatus();
  const Uuid& task = entry.task->task_id;
  const bool in_batch = std::any_of(fresh_.begin(), fresh_.end(), [&](std::size_t i) {
    const Entry& other = items_[i]->entry;
    return (other.task && other.task->task_id == task) || (other.claim == Claim::kCancel && other.named == task);
  });
  if (!in_batch && newest == *entry.task->from) return absl::OkStatus();
  return Because(absl::AbortedError("somebody else moved the task meanwhile"), "TASK_CHANGED");
}

}  // namespace candor::ledger
