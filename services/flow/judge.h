// The gate's answer about one statement: the active policy set, or the built-in rules until a
// tenant has one, and what holds beside any set.
//
// Thread-safe. Fails closed: a set that can't be loaded is a denial.
#pragma once

#include "services/domain/caller.h"
#include "services/domain/statement.h"
#include "services/flow/policy_sets.h"
#include "services/flow/recalled.h"
#include "services/flow/registry_book.h"
#include "services/policy/builtin.h"

namespace candor::flow {

// A judgement, and by which set and clock.
struct Judged {
  policy::Judgement judgement;
  std::string policy;
  Digest digest;
  absl::Time time;
  std::uint64_t registry_position = 0;

  // Where a set runs as a shadow: which, and what it has to see too.
  Digest shadow;
  std::shared_ptr<const Recalled> seen;
};

// Adds what was said to the facts of a leaf: verdict, verdict_reasons, rules, obligations,
// required_notices, policy, policy_digest, policy_time, registry_position. `obligations` is the
// name of that fact.
void AddJudgement(const Judged& judged, const char* obligations, core::Json& facts);

// What was recorded of a decision before a position, oldest first: a list of {type, facts}. The
// newest 64 of them.
absl::StatusOr<core::Json> EarlierLeaves(store::Connection& connection, const Uuid& tenant, const Uuid& decision,
                                         std::uint64_t before);

// What `engine` says, with what holds beside any set: what nobody declared may not decide, and
// nothing goes ahead while it is stopped.
policy::Judgement JudgeBy(const policy::Engine& engine, const policy::Input& input, const domain::Registry& registry);

class Judge {
 public:
  // All must outlive this.
  Judge(PolicySets& sets, RegistryBook& registry, store::Pool& readers, const policy::Builtin& builtin)
      : sets_(sets), registry_(registry), readers_(readers), builtin_(builtin) {}

  // `call` is authorize, record or observe. Errors: kUnavailable.
  absl::StatusOr<Judged> Run(const Uuid& tenant, std::string_view call, const domain::Statement& statement,
                             const domain::Settings& settings, absl::Time now);

  // Words for a reason that the set of that digest, or a built-in rule, gave.
  policy::ReasonText TextOf(const Uuid& tenant, const Digest& digest, std::string_view reason,
                            std::string_view language);

 private:
  // What was recorded of the decision before: a list of {type, facts}.
  absl::StatusOr<core::Json> Earlier(const Uuid& tenant, const domain::Statement& statement);

  PolicySets& sets_;
  RegistryBook& registry_;
  store::Pool& readers_;
  const policy::Builtin& builtin_;
};

}  // namespace candor::flow
