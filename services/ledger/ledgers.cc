#include "services/ledger/ledgers.h"

#include "services/base/status.h"
#include "services/core/chain/chain.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/crypto/random.h"

namespace candor::ledger {

absl::StatusOr<std::shared_ptr<Ledger>> Ledgers::Get(const Uuid& tenant) {
  const auto known = [&]() -> std::shared_ptr<Ledger> {
    absl::MutexLock lock(&mutex_);
    const auto found = open_.find(tenant);
    return found == open_.end() ? nullptr : found->second;
  };
  if (auto ledger = known()) return ledger;
  absl::MutexLock opening(&opening_);
  if (auto ledger = known()) return ledger;
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto tenants, store::ListTenants(*connection));
  for (const store::TenantRow& row : tenants) {
    if (row.tenant_id != tenant) continue;
    CANDOR_ASSIGN_OR_RETURN(auto ledger, Ledger::Open(*connection, keys_, desk_, tenant, row.origin, clock_));
    absl::MutexLock lock(&mutex_);
    open_[tenant] = ledger;
    return ledger;
  }
  return Because(absl::NotFoundError("no such ledger"), "NOT_FOUND");
}

std::vector<std::shared_ptr<Ledger>> Ledgers::Open() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Ledger>> ledgers;
  for (const auto& [tenant, ledger] : open_) ledgers.push_back(ledger);
  return ledgers;
}

absl::StatusOr<store::TenantRow> Ledgers::Create(const std::string& origin, const Uuid& request) {
  const absl::Time now = clock_.Now();
  store::NewTenant tenant{.tenant_id = crypto::NewId(now), .origin = origin, .request_id = request,
                          .keys = {}, .head = {}, .checkpoint = {}};
  CANDOR_ASSIGN_OR_RETURN(tenant.keys, vault::MakeTenantKeys(keys_, tenant.tenant_id));
  CANDOR_ASSIGN_OR_RETURN(const auto ring, vault::Keyring::Open(keys_, tenant.tenant_id, tenant.keys, clock_));
  const crypto::Ed25519Key signer(ring->ledger_seeds().at(1));
  tenant.head.root = core::EmptyRoot();
  tenant.head.chain = core::ChainStart(origin);
  tenant.head.time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  tenant.head.seal = ring->HeadSeal(origin, tenant.head);
  tenant.checkpoint =
      core::SignNote(core::CheckpointText({.origin = origin, .size = 0, .root = core::EmptyRoot()}),
                     core::VerifierKey::Of(origin, signer.public_key()), signer);
  store::Pool::Lease connection = pool_.Borrow();
  const absl::Status inserted = store::InsertTenant(*connection, tenant);
  if (!inserted.ok() && !absl::IsAlreadyExists(inserted)) return inserted;
  CANDOR_ASSIGN_OR_RETURN(const auto tenants, store::ListTenants(*connection));
  for (const store::TenantRow& row : tenants) {
    if (row.origin == origin && row.request_id == request) return row;
  }
  return Because(absl::AlreadyExistsError("the origin or the request_id was used for another tenant"),
                 "NAME_TAKEN");
}

}  // namespace candor::ledger
