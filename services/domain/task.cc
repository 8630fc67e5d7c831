#include "services/domain/task.h"

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/domain/cases.h"
#include "services/domain/registered.h"

namespace candor::domain {
namespace {

absl::Status Wrong(const char* why) { return Because(absl::FailedPreconditionError(why), "WRONG_STATE"); }

absl::Status Expired() {
  return Because(absl::FailedPreconditionError("the task expired: the component authorizes anew"), "EXPIRED");
}

bool Permits(const core::Json& facts) {
  const std::string verdict = FactText(facts, "verdict");
  return verdict == "allow" || verdict == "transform";
}

}  // namespace

std::optional<Task> Task::OpenedBy(std::uint64_t position, const core::Leaf& leaf) {
  const bool escalated = leaf.type == "authorization" && leaf.decision;
  const bool asked = (leaf.type == kCaseType || leaf.type == kObjectionType) && leaf.facts.Find("queue") != nullptr;
  const auto due = FromRfc3339(FactText(leaf.facts, asked ? "case_due" : "review_due"));
  if ((!escalated && !asked) || !due) return std::nullopt;
  Task task;
  task.id = leaf.id;
  task.decision = leaf.decision;
  task.kind = asked ? "case" : "escalation";
  task.queue = FactText(leaf.facts, "queue");
  task.system = FactText(leaf.facts, "system");
  task.action = FactText(leaf.facts, "action");
  task.opener = asked ? FactText(leaf.facts, "component") : leaf.caller_id;
  task.opened_by_human = asked ? task.opener.empty() : leaf.caller_kind == "human";
  task.reasons = FactTexts(leaf.facts, "verdict_reasons");
  if (const core::Json* rules = leaf.facts.Find("rules"); rules != nullptr && rules->is_array()) {
    for (const core::Json& rule : rules->items()) {
      const bool escalates = FactText(rule, "verdict") == "escalate" && FactText(rule, "result") != "would_have_fired";
      if (escalates) task.rules.push_back(FactText(rule, "rule"));
    }
  }
  const std::int64_t* humans = leaf.facts.FindInteger("humans_needed");
  task.humans_needed = humans == nullptr ? 1 : static_cast<int>(*humans);
  task.created = leaf.time;
  task.due = *due;
  task.opened_at = task.position = position;
  return task;
}

bool Task::Apply(std::uint64_t leaf_position, const core::Leaf& leaf) {
  const auto time = [&](const char* fact) { return FromRfc3339(FactText(leaf.facts, fact)).value_or(absl::UnixEpoch()); };
  const auto settle = [&](std::string_view how) {
    state = how;
    settled = leaf.time;
    claim.reset();
  };
  const bool open = settled == absl::Time();
  if (leaf.type == "cancellation" && FactText(leaf.facts, "authorization") == id.ToText() && open) {
    settle(kTaskCancelled);
  } else if (leaf.type == "authorization" && state == kTaskResolved && !used && Permits(leaf.facts) &&
             !reviews.empty() && FactText(leaf.facts, "review") == reviews.back().leaf.ToText()) {
    used = true;
  } else if (leaf.type == "erasure" && FactText(leaf.facts, "case") == id.ToText() && open) {
    settle(kTaskResolved);  // What the person asked for.
  } else if (FactText(leaf.facts, "task") != id.ToText() || !open) {
    return false;
  } else if (leaf.type == kTaskClaimType) {
    const absl::Time since = IsHeldAt(leaf.time) ? claim->since : leaf.time;
    claim = {.position = leaf_position, .since = since, .until = time("claim_expires")};
  } else if (leaf.type == kTaskReleaseType || leaf.type == kCaseExtensionType || leaf.type == kCaseQuestionType) {
    claim.reset();
  } else if (leaf.type == kCaseReplyType) {
    // Nobody holds it more or less for it.
  } else if (leaf.type == kTaskExpiredType) {
    settle(kTaskExpired);
  } else if (leaf.type == kReviewType) {
    const std::string resolution = FactText(leaf.facts, "resolution");
    const bool last = Settles(resolution);
    reviews.push_back({.position = leaf_position, .leaf = leaf.id, .resolution = resolution});
    claim.reset();
    state = kTaskSecondNeeded;
    if (last) {
      settle(kTaskResolved);
      review_expires = time("review_expires");
    }
  } else {
    return false;
  }
  position = leaf_position;
  due = FromRfc3339(FactText(leaf.facts, "case_due")).value_or(due);
  return true;
}

std::string_view Task::StateAt(absl::Time now) const {
  if (settled != absl::Time()) return state;
  if (now >= due && !IsCase()) return kTaskExpired;
  return IsHeldAt(now) ? kTaskClaimed : std::string_view(state);
}

absl::Status Task::MayClaim(absl::Time now) const {
  const std::string_view at = StateAt(now);
  if (at == kTaskExpired) return Expired();
  if (at == kTaskResolved || at == kTaskCancelled) return Wrong("the task is settled");
  return absl::OkStatus();
}

absl::Status Task::MayRelease(absl::Time now) const {
  return StateAt(now) == kTaskClaimed ? absl::OkStatus() : Wrong("the caller does not hold the task: claim it first");
}

absl::Status Task::MayResolve(absl::Time now) const {
  CANDOR_RETURN_IF_ERROR(MayClaim(now));
  return MayRelease(now);
}

absl::Status Task::MayExpire(absl::Time now) const {
  return settled == absl::Time() && now >= due && !IsCase() ? absl::OkStatus() : Wrong("the task is settled, or has time");
}

}  // namespace candor::domain
