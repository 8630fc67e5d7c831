// The policy sets of all tenants, compiled and ready to judge; tried before they are kept.
//
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/flow/register.h"
#include "services/policy/rule_set.h"
#include "services/policy/trial.h"

namespace candor::flow {

class PolicySets {
 public:
  // All must outlive this.
  PolicySets(Register& registers, store::Pool& readers, const policy::Trial& trial, const Clock& clock)
      : registers_(registers), readers_(readers), trial_(trial), clock_(clock) {}

  // A set of this tenant, compiled. The first caller compiles it, which takes milliseconds; that
  // it failed is remembered for a second. Errors: kNotFound; kDataLoss when the stored archive is
  // not the one that was registered; kFailedPrecondition when it does not compile any more.
  absl::StatusOr<std::shared_ptr<const policy::RuleSet>> Load(const Uuid& tenant, const Digest& digest);

  // The same if it is in memory; else nothing.
  std::shared_ptr<const policy::RuleSet> Loaded(const Uuid& tenant, const Digest& digest);

  // The archive of a set, as it was registered. Errors: kNotFound.
  absl::StatusOr<std::string> Archive(const Uuid& tenant, const Digest& digest);

  // What is wrong with an archive, and what its tests say. Never fails: that it can't be read
  // is a problem too.
  policy::TrialReport Validate(std::string_view archive) const { return trial_.Run(archive); }

  // Tries a set and, if nothing is wrong with it, keeps it for ever. Errors: kInvalidArgument
  // POLICY_INVALID; the report says where.
  absl::StatusOr<Register::Made> Add(const domain::Caller& caller, domain::Statement statement,
                                     const std::string& name, std::string_view archive,
                                     policy::TrialReport& report);

 private:
  using Key = std::pair<Uuid, Digest>;
  struct Kept {
    absl::StatusOr<std::shared_ptr<const policy::RuleSet>> set;
    absl::Time until = absl::InfiniteFuture();
  };
  absl::StatusOr<std::shared_ptr<const policy::RuleSet>> Compile(const Uuid& tenant, const Digest& digest);

  Register& registers_;
  store::Pool& readers_;
  const policy::Trial& trial_;
  const Clock& clock_;
  absl::Mutex compiling_;  // One at a time; taken before mutex_.
  absl::Mutex mutex_;
  std::map<Key, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::flow
