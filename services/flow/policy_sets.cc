#include "services/flow/policy_sets.h"

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/crypto/sha256.h"
#include "services/store/policy_sets.h"

namespace candor::flow {
namespace {

constexpr std::size_t kMostKept = 256;  // Compiled sets, of all tenants.
constexpr absl::Duration kFailureLasts = absl::Seconds(1);

}  // namespace

std::shared_ptr<const policy::RuleSet> PolicySets::Loaded(const Uuid& tenant, const Digest& digest) {
  absl::MutexLock lock(&mutex_);
  const auto found = kept_.find({tenant, digest});
  return found == kept_.end() || !found->second.set.ok() ? nullptr : *found->second.set;
}

absl::StatusOr<std::shared_ptr<const policy::RuleSet>> PolicySets::Load(const Uuid& tenant, const Digest& digest) {
  const auto known = [&]() -> std::optional<absl::StatusOr<std::shared_ptr<const policy::RuleSet>>> {
    absl::MutexLock lock(&mutex_);
    const auto found = kept_.find({tenant, digest});
    if (found == kept_.end() || found->second.until <= clock_.Now()) return std::nullopt;
    return found->second.set;
  };
  if (auto set = known()) return *std::move(set);
  absl::MutexLock one(&compiling_);
  if (auto set = known()) return *std::move(set);
  auto set = Compile(tenant, digest);
  if (!set.ok()) {
    Log(Level::kError, "policy_set_unusable", {{"digest", digest.ToHex()}, {"why", std::string(set.status().message())}});
  }
  absl::MutexLock lock(&mutex_);
  if (kept_.size() >= kMostKept) kept_.clear();
  kept_[{tenant, digest}] = {.set = set, .until = set.ok() ? absl::InfiniteFuture() : clock_.Now() + kFailureLasts};
  return set;
}

absl::StatusOr<std::shared_ptr<const policy::RuleSet>> PolicySets::Compile(const Uuid& tenant, const Digest& digest) {
  store::PolicySetRow row;
  {
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(row, store::ReadPolicySet(*connection, tenant, digest));
  }
  CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, policy::Bundle::Unpack(row.archive));
  if (bundle.digest() != digest) {
    return Because(absl::DataLossError("the stored policy set is not the one that was registered"), "VERIFICATION_FAILED");
  }
  std::vector<policy::Problem> problems;
  auto set = policy::RuleSet::Load(row.name, bundle, problems);
  if (set == nullptr) return absl::FailedPreconditionError(policy::ToText(problems.front()));
  return set;
}

absl::StatusOr<std::string> PolicySets::Archive(const Uuid& tenant, const Digest& digest) {
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(store::PolicySetRow row, store::ReadPolicySet(*connection, tenant, digest));
  return std::move(row.archive);
}

absl::StatusOr<Register::Made> PolicySets::Add(const domain::Caller& caller, domain::Statement statement,
                                               const std::string& name, std::string_view archive,
                                               policy::TrialReport& report) {
  report = Validate(archive);
  if (!report.valid()) {
    return Because(absl::InvalidArgumentError("the policy set is refused: see what is wrong, and where"), "POLICY_INVALID");
  }
  statement.facts.Set("policy_digest", report.digest.ToBase64());
  statement.facts.Set("bundle_digest", crypto::Sha256(AsBytes(archive)).ToBase64());
  statement.facts.Set("tests_passed", static_cast<std::int64_t>(report.passed));
  return registers_.PolicySet(caller, std::move(statement),
                              {store::SideRow::Table::kPolicySet, {report.digest.ToHex(), name, ToHex(AsBytes(archive))}});
}

}  // namespace candor::flow
