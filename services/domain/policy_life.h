// The lives of a tenant's policy sets, folded from the leaves that tell of them: registered,
// backtested, run as a shadow, proposed, put in charge by a second human, rolled back.
//
// A pure value; part of the registry. Source: product paper, policies; docs/policies.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/domain/registered.h"

namespace candor::domain {

class PolicyLife {
 public:
  static bool Holds(std::string_view type);
  void Apply(std::string_view type, const Entry& entry, const std::optional<Uuid>& amends);

  struct Set {
    std::string name;
    Entry registered;
  };
  // A turn in a set's life.
  enum class Turn { kActive, kFormer };
  struct Step {
    Turn turn = Turn::kActive;
    std::string digest;  // As in leaves.
    Entry entry;
  };
  enum class State { kRegistered, kShadow, kActive, kFormer };

  const std::map<std::string, Set>& sets() const { return sets_; }  // By digest, as in leaves.
  const std::map<Uuid, Proposal>& proposals() const { return proposals_; }
  const std::vector<Step>& steps() const { return steps_; }  // Oldest first.

  // The digest of the set in charge; empty: none is.
  const std::string& active() const { return rule_.empty() ? kNone : rule_.back(); }

  // The digest of the set that runs beside the one in charge; empty: none does.
  const std::string& shadow() const { return shadow_; }

  State StateOf(const std::string& digest) const;
  // The leaf since which it is in that state.
  Entry SinceWhen(const std::string& digest) const;

  // Whether a change may be made now. Errors: kNotFound; kFailedPrecondition EVIDENCE_MISSING,
  // WRONG_STATE, EXPIRED.
  absl::Status MayPropose(const core::Json& facts) const;
  absl::Status MaySettle(const Uuid& proposal, absl::Time now) const;
  absl::Status MayRollBack(const core::Json& facts) const;
  absl::Status MayShadow(const core::Json& facts) const;

 private:
  void Settle(const Entry& entry, const std::optional<Uuid>& proposal);
  absl::Status Known(const std::string& digest) const;

  static const std::string kNone;
  std::map<std::string, Set> sets_;
  std::map<Uuid, Entry> backtests_;
  std::map<Uuid, Proposal> proposals_;
  std::vector<std::string> rule_;  // Sets in charge, one after the other; a roll-back takes one away.
  std::string shadow_;
  std::vector<Step> steps_;
};

}  // namespace candor::domain
