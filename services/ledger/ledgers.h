// All ledgers that this process has open, and the making of new ones.
//
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "services/ledger/ledger.h"
#include "services/store/tenants.h"

namespace candor::ledger {

class Ledgers {
 public:
  // `pool` of writers, `keys` and `clock` must outlive this.
  Ledgers(store::Pool& pool, const vault::OperatorKeys& keys, Desk desk, const Clock& clock)
      : pool_(pool), keys_(keys), desk_(std::move(desk)), clock_(clock) {}

  // The ledger of a tenant; opens it at first. Errors: kNotFound, and as Ledger::Open.
  absl::StatusOr<std::shared_ptr<Ledger>> Get(const Uuid& tenant);

  std::vector<std::shared_ptr<Ledger>> Open() const;

  // Makes a tenant: keys, a head of size 0, its signed checkpoint. Repeating it with the
  // same request and origin gives the same tenant. Its first leaf is the caller's to append.
  // Errors: kAlreadyExists when the origin is another's or the request named another.
  absl::StatusOr<store::TenantRow> Create(const std::string& origin, const Uuid& request);

 private:
  store::Pool& pool_;
  const vault::OperatorKeys& keys_;
  const Desk desk_;
  const Clock& clock_;

  mutable absl::Mutex mutex_;
  std::map<Uuid, std::shared_ptr<Ledger>> open_ ABSL_GUARDED_BY(mutex_);
  absl::Mutex opening_;  // One opens at a time.
};

}  // namespace candor::ledger
