#include "clients/cli/ledger_database.h"

#include <cstdlib>

#include "clients/cli/errors.h"
#include "clients/cli/output.h"
#include "services/core/merkle/tree_hash.h"
#include "services/ledger/prover.h"

namespace candor::cli {
namespace {

absl::StatusOr<store::TenantRow> Choose(const std::vector<store::TenantRow>& tenants,
                                        const std::string& origin) {
  std::string known;
  for (const store::TenantRow& tenant : tenants) {
    if (tenant.origin == origin || (origin.empty() && tenants.size() == 1)) return tenant;
    known += (known.empty() ? "" : ", ") + Printable(tenant.origin);
  }
  if (tenants.empty()) {
    return Unusable("the database holds no ledger",
                    "give the database of a server that has a tenant");
  }
  return Unusable(
      origin.empty() ? "the database holds several ledgers" : "the database has no such ledger",
      "give --origin with one of: " + known);
}

}  // namespace

absl::Status NotReadable(const absl::Status& error) {
  if (absl::IsUnavailable(error)) {
    return Advise(error,
                  "see that PostgreSQL runs there and lets you in: psql with the same address");
  }
  if (!absl::IsInternal(error)) return error;
  return Advise(
      error,
      "connect as a user that is a member of candor_auditor; with --keys also of candor_reader "
      "and candor_writer");
}

absl::StatusOr<LedgerDatabase> LedgerDatabase::Open(const std::string& url,
                                                    const std::string& origin) {
  // libpq gives these options to every session that does not bring its own.
  setenv("PGOPTIONS", "-c default_transaction_read_only=on", /*overwrite=*/1);
  store::Address address{.url = url, .idle = store::MakeIdleSessions()};
  store::Connection connection(address, store::Role::kAuditor);
  const auto tenants = store::ListTenants(connection);
  if (!tenants.ok()) return NotReadable(tenants.status());
  CANDOR_ASSIGN_OR_RETURN(store::TenantRow tenant, Choose(*tenants, origin));
  return LedgerDatabase(std::move(address), std::move(connection), std::move(tenant));
}

absl::StatusOr<store::Head> LedgerDatabase::Head() {
  return store::ReadHead(connection_, tenant_.tenant_id);
}

absl::StatusOr<store::PublishedCheckpoint> LedgerDatabase::Published() {
  return store::ReadCheckpoint(connection_, tenant_.tenant_id);
}

absl::StatusOr<store::Ends> LedgerDatabase::Ends(std::uint64_t size) {
  return store::ReadEnds(connection_, tenant_.tenant_id, size);
}

absl::StatusOr<std::vector<store::ToldRow>> LedgerDatabase::ToldRows() {
  return store::ToldRows(connection_, tenant_.tenant_id);
}

absl::StatusOr<std::vector<store::PersonHandle>> LedgerDatabase::PersonHandles() {
  return store::PersonHandles(*readers_->Borrow(), tenant_.tenant_id);
}

absl::StatusOr<std::vector<std::string>> LedgerDatabase::DataKeyHandles() {
  return store::DataKeyHandles(*readers_->Borrow(), tenant_.tenant_id);
}

absl::StatusOr<std::vector<store::ErasedLeaf>> LedgerDatabase::ErasedLeaves(std::uint64_t first, std::uint64_t end) {
  return store::ErasedLeaves(*readers_->Borrow(), tenant_.tenant_id, first, end);
}

absl::StatusOr<Digest> LedgerDatabase::RootAt(std::uint64_t size) {
  if (size == 0) return core::EmptyRoot();
  return ledger::Prover(connection_, tenant_.tenant_id, size).Root();
}

absl::StatusOr<std::unique_ptr<vault::Keyring>> LedgerDatabase::OpenKeyring(
    const std::string& folder, const Clock& clock) {
  const auto keys = vault::OperatorKeys::Load(folder, /*make=*/false);
  if (!keys.ok()) {
    return Advise(keys.status(),
                  "give the folder that holds operator.<n>.key: STATE/keys of the server");
  }
  // The one role that sees the tenant's wrapped keys.
  const auto wrapped = store::TenantKeys(*writers_->Borrow(), tenant_.tenant_id);
  if (!wrapped.ok()) return NotReadable(wrapped.status());
  return vault::Keyring::Open(*keys, tenant_.tenant_id, *wrapped, clock);
}

}  // namespace candor::cli
