// What a tenant registered, folded from the leaves that say so: what rules see, what lists
// show, and what is stopped.
//
// A pure value. Leaves come in order of their positions; a leaf that does not fit what came
// before it changes nothing.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/core/leaf/leaf.h"
#include "services/domain/grants.h"
#include "services/domain/holds.h"
#include "services/domain/policy_life.h"
#include "services/domain/registered.h"

namespace candor::domain {

// An AI system: its newest leaf, and the models and versions of all of them.
struct System {
  Entry newest;
  core::Json facts = core::Json::Object();
};

// A kind of decision: the codes of all its leaves, and the newest one that names it.
struct DecisionType {
  Entry newest, named;
  core::Json facts = core::Json::Object();
};

struct VersionKey {
  std::string system, model, version;
  // As facts name it.
  static VersionKey Of(const core::Json& facts);
  friend auto operator<=>(const VersionKey&, const VersionKey&) = default;
};

// Where a model version stands, since a leaf.
struct Approval {
  std::string state = "registered";
  core::Json facts = core::Json::Object();  // approved_for and approved_until, where they are.
  std::uint64_t position = 0;
  absl::Time changed;
};

// A version of a model: its leaves and the states it went through, each oldest first, and
// neither ever empty.
struct ModelVersion {
  std::vector<Entry> leaves;
  std::vector<Approval> approvals;

  const Approval& approval() const { return approvals.back(); }
};

// An emergency stop. An empty code stands for every one.
struct Stop {
  Entry called;
  Entry lifted;  // Nothing: it counts.
  std::string system, model_version, action;
};

class Registry {
 public:
  // Whether leaves of this type belong to the registry.
  static bool Holds(std::string_view type);

  // The registry with one more leaf.
  void Apply(std::uint64_t position, const core::Leaf& leaf);

  const PolicyLife& policies() const { return policies_; }
  const HoldBook& holds() const { return holds_; }
  const GrantBook& grants() const { return grants_; }

  // Of the newest leaf; 0: nothing is registered yet.
  std::uint64_t position() const { return position_; }

  const std::map<std::string, System>& systems() const { return systems_; }
  const std::map<std::string, DecisionType>& decision_types() const { return decision_types_; }
  const std::map<VersionKey, ModelVersion>& versions() const { return versions_; }
  const std::map<Uuid, Proposal>& proposals() const { return proposals_; }
  // By code, version and then oldest first.
  const std::map<std::pair<std::string, std::string>, std::vector<Entry>>& data_sets() const {
    return data_sets_;
  }
  // By language; the first is version 1.
  const std::map<std::string, std::vector<Entry>>& reasons() const { return reasons_; }
  const std::vector<Entry>& assurance() const { return assurance_; }  // Oldest first.
  const std::vector<Stop>& stops() const { return stops_; }           // Oldest first.

  // A model version; with an empty model that of any model, if there is only one. Nothing: it
  // is not registered.
  const ModelVersion* FindVersion(const VersionKey& key) const;
  const Entry* FindAssurance(const Uuid& leaf) const;
  const Stop* FindStop(const Uuid& leaf) const;

  // The oldest stop in force that covers a request, or nothing. What the request does not say,
  // or says in a code that nobody declared, is covered too.
  const Stop* StopFor(std::string_view system, std::string_view model_version,
                      std::string_view action) const;

 private:
  void AddVersion(const Entry& entry);
  void ChangeState(const Entry& entry, const std::optional<Uuid>& proposal);
  void Enter(const core::Json& change, const Entry& entry);
  void Lift(const Entry& entry, const std::optional<Uuid>& stop);

  std::uint64_t position_ = 0;
  std::map<std::string, System> systems_;
  std::map<std::string, DecisionType> decision_types_;
  std::map<VersionKey, ModelVersion> versions_;
  std::map<Uuid, Proposal> proposals_;
  std::map<std::pair<std::string, std::string>, std::vector<Entry>> data_sets_;
  std::map<std::string, std::vector<Entry>> reasons_;
  std::vector<Entry> assurance_;
  std::vector<Stop> stops_;
  PolicyLife policies_;
  HoldBook holds_;
  GrantBook grants_;
  std::set<std::size_t> in_force_;  // Indexes into stops_.
};

// What rules see of the registry for a leaf with these facts: `system`, `decision_type`, and
// `version` with its `state`, `approved_for` and `approved_until`. What is not registered is
// left out.
core::Json RegistryFacts(const Registry& registry, const core::Json& leaf_facts);

}  // namespace candor::domain
