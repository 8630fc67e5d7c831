// Policy sets: registered for ever, tried, and put in charge by two people; and the one that
// is in charge of each tenant now, ready to judge.
//
// Thread-safe. Another process's change is seen after kFresh at the latest; this process's
// own at once. What registers or changes waits for its commit.
#pragma once

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/flow/entries.h"
#include "services/ledger/appender.h"
#include "services/policy/rule_set.h"
#include "services/policy/trial.h"
#include "services/store/policy_sets.h"

namespace candor::flow {

// The sets of a tenant that matter to a judgement now.
struct PolicyPage {
  store::PolicyRows rows;
  std::string active_name;
  std::optional<Digest> active_digest;
  std::shared_ptr<const policy::RuleSet> active;  // Nothing, with a digest: it can't be loaded.
};

class PolicySets {
 public:
  static constexpr absl::Duration kFresh = absl::Milliseconds(500);

  // All must outlive this.
  PolicySets(ledger::Ledgers& ledgers, ledger::Appender& appender, store::Pool& readers, const policy::Trial& trial,
             const Clock& clock)
      : ledgers_(ledgers), appender_(appender), readers_(readers), trial_(trial), clock_(clock) {}

  absl::StatusOr<std::shared_ptr<const PolicyPage>> Get(const Uuid& tenant);
  void Forget(const Uuid& tenant);

  // A set of this tenant, compiled; kept in memory while it is used. Errors: kNotFound.
  absl::StatusOr<std::shared_ptr<const policy::RuleSet>> Load(const Uuid& tenant, const Digest& digest);

  // The same if it is in memory, without asking the database; else nothing.
  std::shared_ptr<const policy::RuleSet> Loaded(const Uuid& tenant, const Digest& digest);

  // What is wrong with an archive, and what its tests say. Never fails: that it can't be read
  // is a problem too.
  policy::TrialReport Validate(std::string_view archive) const { return trial_.Run(archive); }

  // Tries a set and, if nothing is wrong with it, keeps it for ever. Errors: kInvalidArgument
  // POLICY_INVALID; the report says where.
  absl::StatusOr<ledger::Receipt> Register(const domain::Caller& caller, domain::Statement statement,
                                           const std::string& name, std::string_view archive,
                                           policy::TrialReport& report);

 private:
  struct Kept {
    std::shared_ptr<const PolicyPage> page;
    absl::Time until;
  };

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  store::Pool& readers_;
  const policy::Trial& trial_;
  const Clock& clock_;
  absl::Mutex mutex_;
  std::map<Uuid, Kept> pages_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<Uuid, Digest>, std::weak_ptr<const policy::RuleSet>> loaded_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::flow
