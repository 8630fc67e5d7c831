#include "services/flow/policy_sets.h"

#include <algorithm>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/crypto/sha256.h"

namespace candor::flow {
namespace {

// The set that the last such step names.
std::optional<Digest> LastOf(const store::PolicyRows& rows, std::string_view step) {
  for (auto row = rows.steps.rbegin(); row != rows.steps.rend(); ++row) {
    if (row->step == step) return row->digest;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PolicyPage>> PolicySets::Get(const Uuid& tenant) {
  const absl::Time now = clock_.Now();
  {
    absl::MutexLock lock(&mutex_);
    const auto kept = pages_.find(tenant);
    if (kept != pages_.end() && kept->second.until > now) return kept->second.page;
    // One caller reads anew; the others go on with what is there.
    if (kept != pages_.end()) kept->second.until = now + kFresh;
  }
  auto page = std::make_shared<PolicyPage>();
  {
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(page->rows, store::ReadPolicies(*connection, tenant));
  }
  page->active_digest = LastOf(page->rows, "active");
  if (page->active_digest) {
    for (const store::PolicySetRow& row : page->rows.sets) {
      if (row.digest == *page->active_digest) page->active_name = row.name;
    }
    auto active = Load(tenant, *page->active_digest);
    if (!active.ok()) {
      Log(Level::kError, "policy_set_unusable",
          {{"digest", page->active_digest->ToHex()}, {"why", std::string(active.status().message())}});
    } else {
      page->active = *std::move(active);
    }
  }
  absl::MutexLock lock(&mutex_);
  pages_[tenant] = {.page = page, .until = now + kFresh};
  return page;
}

void PolicySets::Forget(const Uuid& tenant) {
  absl::MutexLock lock(&mutex_);
  pages_.erase(tenant);
}

std::shared_ptr<const policy::RuleSet> PolicySets::Loaded(const Uuid& tenant, const Digest& digest) {
  absl::MutexLock lock(&mutex_);
  const auto found = loaded_.find({tenant, digest});
  return found == loaded_.end() ? nullptr : found->second.lock();
}

absl::StatusOr<std::shared_ptr<const policy::RuleSet>> PolicySets::Load(const Uuid& tenant, const Digest& digest) {
  if (auto set = Loaded(tenant, digest)) return set;
  store::PolicyRows rows;
  std::string archive;
  {
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(rows, store::ReadPolicies(*connection, tenant));
    CANDOR_ASSIGN_OR_RETURN(archive, store::ReadPolicyBundle(*connection, tenant, digest));
  }
  const auto row = std::find_if(rows.sets.begin(), rows.sets.end(), [&](const auto& one) { return one.digest == digest; });
  if (row == rows.sets.end()) return Because(absl::NotFoundError("no such policy set"), "NOT_FOUND");
  CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, policy::Bundle::Unpack(archive));
  if (bundle.digest() != digest) {
    return Because(absl::DataLossError("the stored policy set is not the one that was registered"), "VERIFICATION_FAILED");
  }
  std::vector<policy::Problem> problems;
  auto set = policy::RuleSet::Load(row->name, bundle, problems);
  if (set == nullptr) return absl::FailedPreconditionError(policy::ToText(problems.front()));
  absl::MutexLock lock(&mutex_);
  loaded_[{tenant, digest}] = set;
  return set;
}

absl::StatusOr<ledger::Receipt> PolicySets::Register(const domain::Caller& caller, domain::Statement statement,
                                                     const std::string& name, std::string_view archive,
                                                     policy::TrialReport& report) {
  report = Validate(archive);
  if (!report.valid()) {
    return Because(absl::InvalidArgumentError("the policy set is refused: see what is wrong, and where"), "POLICY_INVALID");
  }
  CANDOR_ASSIGN_OR_RETURN(auto ledger, ledgers_.Get(*caller.tenant));
  statement.facts.Set("policy_digest", report.digest.ToBase64());
  statement.facts.Set("bundle_digest", crypto::Sha256(AsBytes(archive)).ToBase64());
  statement.facts.Set("tests_passed", static_cast<std::int64_t>(report.passed));
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "policy_set", clock_.Now()));
  entry.side.push_back({store::SideRow::Table::kPolicySet,
                        {report.digest.ToHex(), name, ToHex(AsBytes(archive))}});
  auto receipt = AppendAndWait(appender_, std::move(ledger), std::move(entry));
  Forget(*caller.tenant);
  return receipt;
}

}  // namespace candor::flow
