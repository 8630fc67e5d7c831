#include "services/domain/registry_rules.h"

#include <algorithm>
#include <map>

#include "services/base/clock.h"
#include "services/base/status.h"

namespace candor::domain {
namespace {

absl::Status Missing(const std::string& what) { return Because(absl::NotFoundError(what), "NOT_FOUND"); }
absl::Status Wrong(const std::string& what) { return Because(absl::FailedPreconditionError(what), "WRONG_STATE"); }
absl::Status NoEvidence(const std::string& what) {
  return Because(absl::FailedPreconditionError(what), "EVIDENCE_MISSING");
}

std::optional<absl::Time> TimeOf(const core::Json& facts, std::string_view name) {
  return FromRfc3339(FactText(facts, name));
}

// A run that ended long ago is no newer for being recorded today.
absl::Time EndOf(const Registered& run) { return std::min(TimeOf(run.facts, "ended").value_or(run.time), run.time); }

absl::Status CheckEvidence(const Registry& registry, const core::Json& facts, absl::Time now) {
  const bool approves = FactText(facts, "model_state") == "approved";
  const std::vector<std::string> named = FactTexts(facts, "assurance");
  if (named.empty()) {
    return approves ? NoEvidence("assurance_ids: an approval rests on at least one run") : absl::OkStatus();
  }
  for (const std::string& id : named) {
    const auto leaf = Uuid::FromText(id);
    const Entry* run = leaf ? registry.FindAssurance(*leaf) : nullptr;
    if (run == nullptr) return NoEvidence("assurance_ids: names a run that was never recorded");
    if (VersionKey::Of((*run)->facts) != VersionKey::Of(facts)) return NoEvidence("assurance_ids: names a run of another version");
    if (!approves) continue;
    if (FactText((*run)->facts, "assurance_result") != "passed") {
      return NoEvidence("assurance_ids: names a run that did not pass");
    }
    if (now - EndOf(**run) > kEvidenceLife) return NoEvidence("assurance_ids: names a run older than 180 days");
  }
  return absl::OkStatus();
}

}  // namespace

bool MayFollow(std::string_view state, std::string_view next) {
  static const std::map<std::string_view, std::set<std::string_view>> follow = {
      {"registered", {"shadow", "conditional", "approved", "retired", "blocked"}},
      {"shadow", {"conditional", "approved", "retired", "blocked"}},
      {"conditional", {"shadow", "conditional", "approved", "retired", "blocked"}},
      {"approved", {"shadow", "conditional", "approved", "retired", "blocked"}},
      {"retired", {"blocked"}},
      {"blocked", {"shadow", "conditional", "approved", "retired"}}};
  const auto from = follow.find(state);
  return from != follow.end() && from->second.contains(next);
}

bool NeedsConfirmation(std::string_view state) { return state != "blocked"; }

absl::Status MayRegisterVersion(const Registry& registry, const core::Json& facts) {
  const VersionKey key = VersionKey::Of(facts);
  if (!registry.systems().contains(key.system)) return Missing("version.system: no such system is registered");
  const auto version = registry.versions().find(key);
  if (version == registry.versions().end()) return absl::OkStatus();
  if (FactText(version->second.leaves.front()->facts, "model_digest") == FactText(facts, "model_digest")) {
    return absl::OkStatus();
  }
  return Because(absl::AlreadyExistsError("this version is registered with another digest: choose another name"),
                 "NAME_TAKEN");
}

absl::Status MayRegisterDataSet(const Registry& registry, const core::Json& facts) {
  const auto set = registry.data_sets().find({FactText(facts, "data_set"), FactText(facts, "data_set_version")});
  if (set == registry.data_sets().end() ||
      FactText(set->second.front()->facts, "data_set_digest") == FactText(facts, "data_set_digest")) {
    return absl::OkStatus();
  }
  return Because(absl::AlreadyExistsError("this version is registered with another digest: choose another name"),
                 "NAME_TAKEN");
}

absl::Status MayPropose(const Registry& registry, const core::Json& facts, absl::Time now) {
  const auto version = registry.versions().find(VersionKey::Of(facts));
  if (version == registry.versions().end()) return Missing("no such model version is registered");
  if (!MayFollow(version->second.approval().state, FactText(facts, "model_state"))) {
    return Wrong("state: does not follow from the present one");
  }
  if (const auto until = TimeOf(facts, "approved_until"); until && *until <= now) {
    return BadField("until_time", "must lie ahead");
  }
  return CheckEvidence(registry, facts, now);
}

absl::Status MaySettle(const Registry& registry, const Uuid& id, absl::Time now) {
  const auto found = registry.proposals().find(id);
  if (found == registry.proposals().end()) return Missing("proposal_id: no such proposal");
  const Proposal& proposal = found->second;
  if (proposal.settled != nullptr) return Wrong("the proposal was settled before");
  const Registered& proposed = *proposal.proposed;
  const auto version = registry.versions().find(VersionKey::Of(proposed.facts));
  if (version == registry.versions().end() || version->second.approval().position > proposed.position) {
    return Wrong("the state changed since it was proposed: propose anew");
  }
  const auto until = TimeOf(proposed.facts, "approved_until");
  if (now - proposed.time > kProposalLife || (until && *until <= now)) {
    return Because(absl::FailedPreconditionError("its time is over: propose anew"), "EXPIRED");
  }
  return absl::OkStatus();
}

absl::Status MayLift(const Registry& registry, const Uuid& id) {
  const Stop* stop = registry.FindStop(id);
  if (stop == nullptr) return Missing("stop_id: no such stop");
  return stop->lifted == nullptr ? absl::OkStatus() : Wrong("the stop is lifted already");
}

absl::Status MayStop(const core::Json& facts) {
  for (const char* name : {"system", "model_version", "action"}) {
    if (FactText(facts, name) == "unlisted") {
      return Missing(std::string(name) + ": no such code is declared, so nothing would be stopped");
    }
  }
  return absl::OkStatus();
}

}  // namespace candor::domain
