#include "services/rpc/convert/task.h"

#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {

void Fill(const domain::Task& task, absl::Time now, bool mine, v1::Task& out) {
  out.set_task_id(task.id.ToText());
  out.set_kind(static_cast<v1::TaskKind>(EnumNumber(*v1::TaskKind_descriptor(), task.kind)));
  out.set_state(static_cast<v1::TaskState>(EnumNumber(*v1::TaskState_descriptor(), task.StateAt(now))));
  out.set_queue(task.queue);
  if (task.decision) out.set_decision_id(task.decision->ToText());
  if (!task.IsCase()) out.set_authorization_id(task.id.ToText());
  out.set_system(task.system);
  out.set_action(task.action);
  for (const std::string& reason : task.reasons) out.add_reason_codes(ReasonCode(reason));
  *out.mutable_create_time() = ToWire(task.created);
  *out.mutable_due_time() = ToWire(task.due);
  if (task.StateAt(now) == domain::kTaskClaimed) {
    *out.mutable_claim_expire_time() = ToWire(task.claim->until);
    out.set_claimed_by_caller(mine);
  }
  out.set_humans_needed(static_cast<std::uint32_t>(task.humans_needed));
  if (task.state != domain::kTaskResolved || task.reviews.empty()) return;
  const domain::Task::Said& last = task.reviews.back();
  out.set_resolution(static_cast<v1::Resolution>(EnumNumber(*v1::Resolution_descriptor(), last.resolution)));
  out.set_review_id(last.leaf.ToText());
  if (!task.IsCase()) *out.mutable_review_expire_time() = ToWire(task.review_expires);
}

bool SeesAll(const domain::Caller& caller) {
  return caller.Has(domain::Role::kReviewer) || caller.Has(domain::Role::kCompliance);
}

bool MaySee(const domain::Caller& caller, const domain::Task& task) {
  return SeesAll(caller) || (caller.kind != "human" && !task.opened_by_human && caller.code == task.opener);
}

}  // namespace candor::rpc
