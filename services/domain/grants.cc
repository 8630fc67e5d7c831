#include "services/domain/grants.h"

#include <algorithm>

#include "services/base/clock.h"
#include "services/base/status.h"

namespace candor::domain {
namespace {

constexpr const char *kProposed = "grant", *kSettled = "grant_confirmed", *kRevoked = "grant_revoked";

absl::Status NoSuch() { return Because(absl::NotFoundError("grant_id: no such grant"), "NOT_FOUND"); }
absl::Status WrongState(const char* why) { return Because(absl::FailedPreconditionError(why), "WRONG_STATE"); }
absl::Status Over() {
  return Because(absl::FailedPreconditionError("the time of the grant is over: propose another"), "EXPIRED");
}

std::set<std::string, std::less<>> SetOf(const core::Json& facts, std::string_view name) {
  const std::vector<std::string> texts = FactTexts(facts, name);
  return {texts.begin(), texts.end()};
}

bool Fits(const std::set<std::string, std::less<>>& asked, const std::string& text) {
  return asked.empty() || asked.contains(text);
}

}  // namespace

GrantScope GrantScope::Of(const core::Json& facts) {
  GrantScope scope;
  scope.systems = SetOf(facts, "systems");
  scope.actions = SetOf(facts, "actions");
  scope.jurisdictions = SetOf(facts, "jurisdictions");
  scope.sections = SetOf(facts, "read_sections");
  const std::int64_t* smallest = facts.FindInteger("smallest_group");
  if (smallest != nullptr && *smallest > 0) scope.smallest_group = static_cast<std::uint64_t>(*smallest);
  for (const std::string& text : FactTexts(facts, "decisions")) {
    if (const auto id = Uuid::FromText(text)) scope.decisions.insert(*id);
  }
  if (const auto from = FromRfc3339(FactText(facts, "from"))) scope.from = *from;
  if (const auto until = FromRfc3339(FactText(facts, "until"))) scope.until = *until;
  return scope;
}

bool GrantScope::Covers(const Uuid& decision, const core::Json& facts) const {
  if (!decisions.empty() && !decisions.contains(decision)) return false;
  if (!Fits(systems, FactText(facts, "system")) || !Fits(actions, FactText(facts, "action"))) return false;
  if (jurisdictions.empty()) return true;
  const std::vector<std::string> places = FactTexts(facts, "jurisdictions");
  return std::any_of(places.begin(), places.end(), [&](const auto& place) { return jurisdictions.contains(place); });
}

bool GrantScope::Opens(std::string_view section) const {
  return sections.contains(section) || sections.contains(section.substr(0, section.find('.')));
}

Grant::State Grant::StateAt(absl::Time now) const {
  if (revoked != nullptr || (settled != nullptr && IsTrue(settled->facts, "rejected"))) return State::kRevoked;
  if (now >= expires) return State::kExpired;
  return settled == nullptr ? State::kProposed : State::kActive;
}

bool GrantBook::Holds(std::string_view type) { return type == kProposed || type == kSettled || type == kRevoked; }

void GrantBook::Apply(std::string_view type, const Entry& entry, const std::optional<Uuid>& amends) {
  if (type == kProposed) {
    all_.push_back({.proposed = entry, .settled = {}, .revoked = {}, .authority = FactText(entry->facts, "authority"),
                    .expires = FromRfc3339(FactText(entry->facts, "grant_expires")).value_or(absl::InfinitePast()),
                    .scope = GrantScope::Of(entry->facts)});
    return;
  }
  for (Grant& grant : all_) {
    if (!amends || grant.proposed->leaf != *amends) continue;
    Entry& turn = type == kSettled ? grant.settled : grant.revoked;
    if (turn == nullptr) turn = entry;
  }
}

const Grant* GrantBook::Find(const Uuid& leaf) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const Grant& one) { return one.proposed->leaf == leaf; });
  return found == all_.end() ? nullptr : &*found;
}

absl::Status GrantBook::MayPropose(const core::Json& facts, absl::Time now) {
  const auto expires = FromRfc3339(FactText(facts, "grant_expires"));
  if (!expires || *expires <= now) return BadField("expire_time", "must lie in the future");
  if (*expires - now > kLongestGrant) return BadField("expire_time", "must lie at most 366 days ahead");
  const GrantScope scope = GrantScope::Of(facts);
  if (scope.from >= scope.until) return BadField("scope.until_time", "must lie after from_time");
  return absl::OkStatus();
}

absl::Status GrantBook::MaySettle(const Uuid& id, absl::Time now) const {
  const Grant* grant = Find(id);
  if (grant == nullptr) return NoSuch();
  if (grant->settled != nullptr || grant->revoked != nullptr) return WrongState("the grant was settled before");
  return now < grant->expires ? absl::OkStatus() : Over();
}

absl::Status GrantBook::MayRevoke(const Uuid& id, absl::Time now) const {
  const Grant* grant = Find(id);
  if (grant == nullptr) return NoSuch();
  const Grant::State state = grant->StateAt(now);
  if (state == Grant::State::kRevoked || state == Grant::State::kExpired) return WrongState("the grant has ended already");
  return absl::OkStatus();
}

absl::Status GrantBook::MayUse(const Uuid& id, absl::Time now) const {
  const Grant* grant = Find(id);
  if (grant == nullptr) return NoSuch();
  switch (grant->StateAt(now)) {
    case Grant::State::kActive:
      return absl::OkStatus();
    case Grant::State::kExpired:
      return Over();
    case Grant::State::kProposed:
      return WrongState("the grant waits for a second human");
    case Grant::State::kRevoked:
      return WrongState("the grant was revoked, or turned down");
  }
  return NoSuch();
}

}  // namespace candor::domain
