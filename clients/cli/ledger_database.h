// One ledger in its database, opened to be read and nothing else.
//
// A LedgerDatabase belongs to one thread.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/base/clock.h"
#include "services/store/audit.h"
#include "services/store/erasures.h"
#include "services/store/reader.h"
#include "services/store/tenants.h"
#include "services/vault/keyring.h"

namespace candor::cli {

class LedgerDatabase {
 public:
  // Finds the ledger of `origin`; an empty one is the only ledger there. Sessions of this
  // process cannot write from then on. Errors: with what to do next.
  static absl::StatusOr<LedgerDatabase> Open(const std::string& url, const std::string& origin);

  const store::Address& address() const { return address_; }
  const store::TenantRow& tenant() const { return tenant_; }
  // Of sessions that see sealed sections.

  absl::StatusOr<store::Head> Head();
  absl::StatusOr<store::PublishedCheckpoint> Published();
  absl::StatusOr<store::Ends> Ends(std::uint64_t size);
  absl::StatusOr<std::vector<store::ToldRow>> ToldRows();
  absl::StatusOr<std::vector<store::PersonHandle>> PersonHandles();
  absl::StatusOr<std::vector<std::string>> DataKeyHandles();
  // Of the erasures at positions [first, end).
  absl::StatusOr<std::vector<store::ErasedLeaf>> ErasedLeaves(std::uint64_t first, std::uint64_t end);

  // The root over the first `size` leaves, out of the stored tiles.
  absl::StatusOr<Digest> RootAt(std::uint64_t size);

  // What opens sealed sections, by the operator's keys in `folder`.
  absl::StatusOr<std::unique_ptr<vault::Keyring>> OpenKeyring(const std::string& folder,
                                                              const Clock& clock);

 private:
  LedgerDatabase(store::Address address, store::Connection connection, store::TenantRow tenant)
      : address_(std::move(address)),
        connection_(std::move(connection)),
        tenant_(std::move(tenant)),
        readers_(std::make_unique<store::Pool>(address_, store::Role::kReader)),
        writers_(std::make_unique<store::Pool>(address_, store::Role::kWriter)) {}

  store::Address address_;
  store::Connection connection_;
  store::TenantRow tenant_;
  std::unique_ptr<store::Pool> readers_, writers_;
};

// The same error with what to do about a database that cannot be read.
absl::Status NotReadable(const absl::Status& error);

}  // namespace candor::cli
