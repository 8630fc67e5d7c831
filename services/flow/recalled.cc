#include "services/flow/recalled.h"

#include <algorithm>
#include <array>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/flow/judge.h"

namespace candor::flow {
namespace {

using core::Json;

// What the gate itself added to the facts that its rules had seen.
constexpr std::array<std::string_view, 15> kGateFacts = {
    "expires", "obligations", "outcome_due",     "policy",   "policy_digest",  "policy_time",
    "registry_position", "required_notices", "rules", "verdict", "verdict_reasons", "further_obligations",
    "queue", "review_due", "humans_needed"};

absl::Time TimeSeen(const core::Leaf& leaf) {
  return FromRfc3339(domain::FactText(leaf.facts, "policy_time")).value_or(leaf.time);
}

}  // namespace

Json FactsBefore(const Json& facts) {
  Json before = Json::Object();
  for (const Json::Member& member : facts.members()) {
    if (std::find(kGateFacts.begin(), kGateFacts.end(), member.first) == kGateFacts.end()) {
      before.Set(member.first, member.second);
    }
  }
  return before;
}

absl::StatusOr<Recalled> Recall::Of(std::uint64_t position, const core::Leaf& leaf) {
  Recalled recalled{.facts = FactsBefore(leaf.facts), .registered = Json::Object(), .earlier = Json::Array(),
                    .sections = {}, .settings = {}, .registry = nullptr, .time = TimeSeen(leaf)};
  CANDOR_ASSIGN_OR_RETURN(recalled.sections, opening_.Sections(position));
  for (const auto& [name, _] : leaf.sections) {
    if (recalled.sections.contains(name)) continue;
    return Because(absl::FailedPreconditionError("what it rested on was erased: it can't be judged once more"), "ERASED");
  }
  CANDOR_ASSIGN_OR_RETURN(recalled.settings, SettingsAt(position));
  const std::int64_t* seen = leaf.facts.FindInteger("registry_position");
  CANDOR_ASSIGN_OR_RETURN(recalled.registry,
                          book_.AsOf(ledger_.tenant(), seen != nullptr ? static_cast<std::uint64_t>(*seen) : position));
  recalled.registered = domain::RegistryFacts(*recalled.registry, recalled.facts);
  if (leaf.decision && *leaf.decision != leaf.id) {
    CANDOR_ASSIGN_OR_RETURN(recalled.earlier, EarlierLeaves(connection_, ledger_.tenant(), *leaf.decision, position));
  }
  return recalled;
}

absl::StatusOr<domain::Settings> Recall::SettingsAt(std::uint64_t position) {
  if (limits_.empty()) {
    CANDOR_ASSIGN_OR_RETURN(limits_, store::LimitsHistory(connection_, ledger_.tenant()));
    limits_.insert(limits_.begin(), {0, {}});
  }
  auto after = std::upper_bound(limits_.begin() + 1, limits_.end(), position,
                                [](std::uint64_t at, const auto& row) { return at < row.first; });
  const store::LimitsRow& row = std::prev(after)->second;
  domain::Settings settings;
  settings.amount = row.amount;
  settings.currency = row.currency;
  settings.confidence = row.confidence;
  return settings;
}

}  // namespace candor::flow
