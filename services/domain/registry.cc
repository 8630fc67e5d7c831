#include "services/domain/registry.h"

#include <algorithm>
#include <array>

namespace candor::domain {
namespace {

constexpr std::array<std::string_view, 10> kTypes = {
    "assurance", "data_set",       "decision_type", "model_state",      "model_state_proposal",
    "model_version", "reason_catalogue", "stop",    "stop_lifted",      "system"};

// Adds to the list `name` of `facts` what the list of `more` has and it lacks.
void AddToList(const core::Json& more, const char* name, core::Json& facts) {
  const core::Json *added = more.Find(name), *before = facts.Find(name);
  if (added == nullptr || !added->is_array()) return;
  core::Json list = before != nullptr && before->is_array() ? *before : core::Json::Array();
  for (const core::Json& one : added->items()) {
    if (std::find(list.items().begin(), list.items().end(), one) == list.items().end()) list.Append(one);
  }
  facts.Set(name, std::move(list));
}

bool Covers(const std::string& stopped, std::string_view asked) {
  return stopped.empty() || asked.empty() || asked == "unlisted" || stopped == asked;
}

}  // namespace

bool IsTrue(const core::Json& facts, std::string_view name) {
  const core::Json* fact = facts.Find(name);
  return fact != nullptr && fact->is_bool() && fact->boolean();
}

std::string FactText(const core::Json& facts, std::string_view name) {
  const std::string* text = facts.FindString(name);
  return text == nullptr ? std::string() : *text;
}

std::vector<std::string> FactTexts(const core::Json& facts, std::string_view name) {
  std::vector<std::string> texts;
  const core::Json* list = facts.Find(name);
  if (list == nullptr || !list->is_array()) return texts;
  for (const core::Json& one : list->items()) {
    if (one.is_string()) texts.push_back(one.string());
  }
  return texts;
}

VersionKey VersionKey::Of(const core::Json& facts) {
  return {.system = FactText(facts, "system"), .model = FactText(facts, "model"),
          .version = FactText(facts, "model_version")};
}

bool Registry::Holds(std::string_view type) {
  return PolicyLife::Holds(type) || HoldBook::Holds(type) || GrantBook::Holds(type) ||
          std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

void Registry::Apply(std::uint64_t position, const core::Leaf& leaf) {
  const auto has = [&](const char* name) {
    return std::any_of(leaf.sections.begin(), leaf.sections.end(),
                       [&](const auto& section) { return section.first == name; });
  };
  const bool sealed = has("registry");
  const auto entry = std::make_shared<const Registered>(
      Registered{.position = position, .leaf = leaf.id, .time = leaf.time,
                 .by_human = leaf.caller_kind == "human", .sealed = sealed, .of_person = has("person"), .facts = leaf.facts});
  position_ = position;
  if (leaf.type == "system") {
    System& system = systems_[FactText(leaf.facts, "system")];
    core::Json facts = leaf.facts;
    for (const char* list : {"models", "model_versions"}) AddToList(system.facts, list, facts);
    system = {.newest = entry, .facts = std::move(facts)};
  } else if (leaf.type == "decision_type") {
    DecisionType& type = decision_types_[FactText(leaf.facts, "action")];
    type.facts.Set("action", FactText(leaf.facts, "action"));
    for (const char* list : {"outcomes", "reasons", "purposes", "resource_types", "data_categories"}) {
      AddToList(leaf.facts, list, type.facts);
    }
    type.newest = entry;
    if (sealed) type.named = entry;
  } else if (leaf.type == "model_version") {
    AddVersion(entry);
  } else if (leaf.type == "model_state_proposal") {
    proposals_.emplace(leaf.id, Proposal{.proposed = entry, .settled = {}});
  } else if (leaf.type == "model_state") {
    ChangeState(entry, leaf.amends);
  } else if (leaf.type == "data_set") {
    data_sets_[{FactText(leaf.facts, "data_set"), FactText(leaf.facts, "data_set_version")}].push_back(entry);
  } else if (leaf.type == "reason_catalogue") {
    reasons_[FactText(leaf.facts, "language")].push_back(entry);
  } else if (leaf.type == "assurance") {
    assurance_.push_back(entry);
  } else if (leaf.type == "stop") {
    in_force_.insert(stops_.size());
    stops_.push_back({.called = entry, .lifted = {}, .system = FactText(leaf.facts, "system"),
                      .model_version = FactText(leaf.facts, "model_version"),
                      .action = FactText(leaf.facts, "action")});
  } else if (leaf.type == "stop_lifted") {
    Lift(entry, leaf.amends);
  } else if (HoldBook::Holds(leaf.type)) {
    holds_.Apply(leaf.type, entry, leaf.amends);
  } else if (GrantBook::Holds(leaf.type)) {
    grants_.Apply(leaf.type, entry, leaf.amends);
  } else {
    policies_.Apply(leaf.type, entry, leaf.amends);
  }
}

void Registry::AddVersion(const Entry& entry) {
  ModelVersion& version = versions_[VersionKey::Of(entry->facts)];
  version.leaves.push_back(entry);
  if (!version.approvals.empty()) return;
  version.approvals.push_back({.position = entry->position, .changed = entry->time});
}

void Registry::ChangeState(const Entry& entry, const std::optional<Uuid>& proposal) {
  if (!proposal) return Enter(entry->facts, entry);
  const auto found = proposals_.find(*proposal);
  if (found == proposals_.end() || found->second.settled != nullptr) return;
  found->second.settled = entry;
  if (!IsTrue(entry->facts, "rejected")) Enter(found->second.proposed->facts, entry);
}

void Registry::Enter(const core::Json& change, const Entry& entry) {
  const auto version = versions_.find(VersionKey::Of(change));
  if (version == versions_.end()) return;
  Approval approval{.state = FactText(change, "model_state"), .position = entry->position, .changed = entry->time};
  for (const char* name : {"approved_for", "approved_until"}) {
    if (const core::Json* fact = change.Find(name)) approval.facts.Set(name, *fact);
  }
  version->second.approvals.push_back(std::move(approval));
}

void Registry::Lift(const Entry& entry, const std::optional<Uuid>& stop) {
  for (const std::size_t i : in_force_) {
    if (!stop || stops_[i].called->leaf != *stop) continue;
    stops_[i].lifted = entry;
    in_force_.erase(i);
    return;
  }
}

const ModelVersion* Registry::FindVersion(const VersionKey& key) const {
  if (!key.model.empty()) {
    const auto found = versions_.find(key);
    return found == versions_.end() ? nullptr : &found->second;
  }
  const ModelVersion* only = nullptr;
  for (auto at = versions_.lower_bound({.system = key.system, .model = {}, .version = {}});
       at != versions_.end() && at->first.system == key.system; ++at) {
    if (at->first.version != key.version) continue;
    if (only != nullptr) return nullptr;
    only = &at->second;
  }
  return only;
}

const Entry* Registry::FindAssurance(const Uuid& leaf) const {
  const auto found = std::find_if(assurance_.begin(), assurance_.end(),
                                  [&](const Entry& entry) { return entry->leaf == leaf; });
  return found == assurance_.end() ? nullptr : &*found;
}

const Stop* Registry::FindStop(const Uuid& leaf) const {
  const auto found =
      std::find_if(stops_.begin(), stops_.end(), [&](const Stop& stop) { return stop.called->leaf == leaf; });
  return found == stops_.end() ? nullptr : &*found;
}

const Stop* Registry::StopFor(std::string_view system, std::string_view model_version,
                              std::string_view action) const {
  for (const std::size_t i : in_force_) {
    const Stop& stop = stops_[i];
    if (Covers(stop.system, system) && Covers(stop.model_version, model_version) && Covers(stop.action, action)) {
      return &stop;
    }
  }
  return nullptr;
}

core::Json RegistryFacts(const Registry& registry, const core::Json& leaf_facts) {
  core::Json seen = core::Json::Object();
  const auto type = registry.decision_types().find(FactText(leaf_facts, "action"));
  if (type != registry.decision_types().end()) seen.Set("decision_type", type->second.facts);
  const auto system = registry.systems().find(FactText(leaf_facts, "system"));
  if (system != registry.systems().end()) seen.Set("system", system->second.facts);
  const ModelVersion* version = registry.FindVersion(VersionKey::Of(leaf_facts));
  if (version == nullptr) return seen;
  core::Json facts = version->leaves.back()->facts;
  facts.Set("state", version->approval().state);
  for (const auto& [name, value] : version->approval().facts.members()) facts.Set(name, value);
  seen.Set("version", std::move(facts));
  return seen;
}

}  // namespace candor::domain
