#include "services/domain/policy_life.h"

#include <algorithm>
#include <array>

#include "services/base/status.h"

namespace candor::domain {
namespace {

constexpr absl::Duration kProposalLives = absl::Hours(24 * 30);

constexpr std::array<std::string_view, 6> kTypes = {"backtest", "policy_activation", "policy_proposal",
                                                    "policy_rollback", "policy_set", "policy_shadow"};

absl::Status NotFound(const char* what) { return Because(absl::NotFoundError(what), "NOT_FOUND"); }
absl::Status WrongState(const char* what) { return Because(absl::FailedPreconditionError(what), "WRONG_STATE"); }

}  // namespace

const std::string PolicyLife::kNone;

bool PolicyLife::Holds(std::string_view type) { return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end(); }

void PolicyLife::Apply(std::string_view type, const Entry& entry, const std::optional<Uuid>& amends) {
  const std::string digest = FactText(entry->facts, "policy_digest");
  if (type == "policy_set") {
    sets_.try_emplace(digest, Set{.name = FactText(entry->facts, "policy_set"), .registered = entry});
  } else if (type == "backtest") {
    backtests_.emplace(entry->leaf, entry);
  } else if (type == "policy_proposal") {
    proposals_.emplace(entry->leaf, Proposal{.proposed = entry, .settled = {}});
  } else if (type == "policy_activation") {
    Settle(entry, amends);
  } else if (type == "policy_shadow") {
    shadow_ = IsTrue(entry->facts, "ended_shadow") ? kNone : digest;
  } else if (type == "policy_rollback") {
    if (active() != digest || rule_.size() < 2) return;
    rule_.pop_back();
    steps_.push_back({.turn = Turn::kFormer, .digest = digest, .entry = entry});
    steps_.push_back({.turn = Turn::kActive, .digest = active(), .entry = entry});
  }
}

void PolicyLife::Settle(const Entry& entry, const std::optional<Uuid>& proposal) {
  const auto found = proposal ? proposals_.find(*proposal) : proposals_.end();
  if (found == proposals_.end() || found->second.settled != nullptr) return;
  found->second.settled = entry;
  if (IsTrue(entry->facts, "rejected")) return;
  const std::string digest = FactText(found->second.proposed->facts, "policy_digest");
  if (!active().empty()) steps_.push_back({.turn = Turn::kFormer, .digest = active(), .entry = entry});
  rule_.push_back(digest);
  if (shadow_ == digest) shadow_.clear();
  steps_.push_back({.turn = Turn::kActive, .digest = digest, .entry = entry});
}

PolicyLife::State PolicyLife::StateOf(const std::string& digest) const {
  if (active() == digest) return State::kActive;
  if (shadow_ == digest) return State::kShadow;
  const bool ruled = std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
    return step.digest == digest && step.turn == Turn::kActive;
  });
  return ruled ? State::kFormer : State::kRegistered;
}

Entry PolicyLife::SinceWhen(const std::string& digest) const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->digest == digest) return step->entry;
  }
  const auto set = sets_.find(digest);
  return set == sets_.end() ? nullptr : set->second.registered;
}

absl::Status PolicyLife::Known(const std::string& digest) const {
  return sets_.contains(digest) ? absl::OkStatus() : NotFound("digest: no such policy set");
}

absl::Status PolicyLife::MayPropose(const core::Json& facts) const {
  const std::string digest = FactText(facts, "policy_digest");
  CANDOR_RETURN_IF_ERROR(Known(digest));
  const auto id = Uuid::FromText(FactText(facts, "report"));
  const auto report = id ? backtests_.find(*id) : backtests_.end();
  if (report == backtests_.end() || FactText(report->second->facts, "policy_digest") != digest) {
    return Because(absl::FailedPreconditionError("report_id: no backtest of this set; run one and name its report"),
                   "EVIDENCE_MISSING");
  }
  if (active() == digest) return WrongState("the set is in charge already");
  return absl::OkStatus();
}

absl::Status PolicyLife::MaySettle(const Uuid& proposal, absl::Time now) const {
  const auto found = proposals_.find(proposal);
  if (found == proposals_.end()) return NotFound("proposal_id: no such proposal");
  if (found->second.settled != nullptr) return WrongState("the proposal was settled before");
  const Registered& proposed = *found->second.proposed;
  const bool changed = std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
    return step.turn == Turn::kActive && step.entry->position > proposed.position;
  });
  if (changed) return WrongState("another set was put in charge since: propose anew");
  if (now - proposed.time > kProposalLives) {
    return Because(absl::FailedPreconditionError("the proposal is older than 30 days: propose anew"), "EXPIRED");
  }
  return absl::OkStatus();
}

absl::Status PolicyLife::MayRollBack(const core::Json& facts) const {
  if (active().empty() || active() != FactText(facts, "policy_digest")) return WrongState("digest: this set is not in charge");
  if (rule_.size() < 2) return WrongState("no set was in charge before this one");
  return absl::OkStatus();
}

absl::Status PolicyLife::MayShadow(const core::Json& facts) const {
  const std::string digest = FactText(facts, "policy_digest");
  CANDOR_RETURN_IF_ERROR(Known(digest));
  const bool ends = IsTrue(facts, "ended_shadow");
  if (ends && shadow_ != digest) return WrongState("digest: this set is no shadow");
  if (!ends && active() == digest) return WrongState("digest: this set is in charge");
  if (!ends && !shadow_.empty()) return WrongState("a set runs as a shadow already: end that first");
  return absl::OkStatus();
}

}  // namespace candor::domain
