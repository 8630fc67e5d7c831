#include "services/rpc/convert/case.h"

#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {

void Fill(const domain::Case& from, v1::Case& out) {
  const auto stage = [](const std::string& word) {
    return static_cast<v1::CaseStage>(EnumNumber(*v1::CaseStage_descriptor(), word));
  };
  out.set_case_id(from.id.ToText());
  out.set_kind(static_cast<v1::CaseKind>(EnumNumber(*v1::CaseKind_descriptor(), from.kind)));
  out.set_state(from.IsWaiting() ? v1::CASE_STATE_WAITING : from.IsOpen() ? v1::CASE_STATE_OPEN : v1::CASE_STATE_ANSWERED);
  if (from.decision) out.add_decision_ids(from.decision->ToText());
  *out.mutable_receive_time() = ToWire(from.received);
  *out.mutable_due_time() = ToWire(from.due);
  *out.mutable_legal_due_time() = ToWire(from.legal_due);
  out.set_clock(from.clock);
  out.set_calendar(from.calendar);
  if (from.extended_at != 0) *out.mutable_extend_time() = ToWire(from.extended);
  if (from.IsWaiting()) {
    out.set_question(static_cast<v1::QuestionKind>(EnumNumber(*v1::QuestionKind_descriptor(), from.question)));
    out.set_clock_stands(from.clock_stands);
  }
  out.set_stage(stage(from.stage()));
  for (const domain::Case::Step& step : from.steps) {
    v1::CaseStep& shown = *out.add_steps();
    shown.set_stage(stage(step.stage));
    *shown.mutable_time() = ToWire(step.time);
    shown.set_leaf_id(step.leaf.ToText());
  }
  if (from.IsOpen()) return;
  *out.mutable_answer_time() = ToWire(from.answered);
  out.set_outcome(static_cast<v1::CaseOutcome>(EnumNumber(*v1::CaseOutcome_descriptor(), from.outcome)));
  out.set_changed_decision_id(from.changed_decision);
  out.set_refusal_ground(from.refusal_ground);
}

}  // namespace candor::rpc
