// The keys of one tenant: one data key for each person, wrapped by the tenant's key,
// which the operator's key wraps; and the way from a person to their key.
//
// Thread-safe. Data keys are kept in clear for 60 s at most. See section 3 of
// docs/reference/ledger-format.md.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/base/clock.h"
#include "services/crypto/secret.h"
#include "services/store/append.h"
#include "services/vault/operator_keys.h"

namespace candor::vault {

// Whose key seals a section: the tenant's own, a person's, or the one that keeps a
// person's protected attributes apart from the rest.
struct Owner {
  enum class Kind { kTenant, kPerson, kProtected };
  Kind kind = Kind::kTenant;
  std::string reference = "own";  // The tenant's word for the person, 1 to 256 bytes.

  friend auto operator<=>(const Owner&, const Owner&) = default;
};

struct DataKey {
  Digest lookup;
  store::WrappedKey wrapped;
  crypto::Key key;
};

// A key and whether it is believed to be in the database already.
struct FoundKey {
  std::shared_ptr<const DataKey> key;
  bool fresh = false;  // Made here; the append that uses it first stores it too.
};

// The wrapped keys of a new tenant, by purpose.
absl::StatusOr<std::map<std::string, store::WrappedKey>> MakeTenantKeys(const OperatorKeys& keys,
                                                                        const Uuid& tenant);

class Keyring {
 public:
  // `wrapped` by purpose, as store::TenantKeys gives them. `clock` must outlive the ring.
  // Errors: kFailedPrecondition when the operator's keys do not open them.
  static absl::StatusOr<std::unique_ptr<Keyring>> Open(
      const OperatorKeys& keys, const Uuid& tenant,
      const std::map<std::string, store::WrappedKey>& wrapped, const Clock& clock);

  // The seed of the key that signs checkpoints; read once, at opening a ledger.
  const crypto::Key& ledger_seed() const { return ledger_seed_; }

  Digest LookupOf(const Owner& owner) const;

  // What the head of the ledger of `origin` carries to say that one of its servers made it:
  // nobody can make it with the rights of the database alone. See section 11 of the format.
  Digest HeadSeal(const std::string& origin, const store::Head& head) const;

  // The keys behind `lookups`, in order; makes those that do not exist. One query at most.
  absl::StatusOr<std::vector<FoundKey>> Resolve(store::Connection& connection,
                                                const std::vector<Digest>& lookups);

  // A key that was found by other ways than by its person. Errors: kDataLoss.
  absl::StatusOr<FoundKey> Found(const store::WrappedKey& wrapped) const;

  // Tells that a fresh key was committed; or that a key proved dead or foreign.
  void Committed(const Digest& lookup);
  void Drop(const Digest& lookup);

  // The key that a handle names. Errors: kNotFound once it was destroyed; kDataLoss when
  // the row was altered.
  absl::StatusOr<crypto::Key> KeyOf(store::Connection& connection, const store::Handle& handle) const;

 private:
  struct Cached {
    FoundKey found;
    absl::Time until;
  };
  Keyring(const Uuid& tenant, const Clock& clock) : tenant_(tenant.ToText()), tenant_id_(tenant), clock_(clock) {}
  absl::StatusOr<std::shared_ptr<const DataKey>> Unwrap(const Digest& lookup,
                                                        const store::WrappedKey& wrapped) const;
  std::shared_ptr<const DataKey> Make(const Digest& lookup) const;

  const std::string tenant_;
  const Uuid tenant_id_;
  const Clock& clock_;
  crypto::Key data_key_;    // Wraps data keys.
  crypto::Key lookup_key_;
  crypto::Key own_lookup_key_;
  crypto::Key protected_lookup_key_;
  crypto::Key head_key_;
  crypto::Key ledger_seed_;
  std::uint64_t generation_ = 1;

  mutable absl::Mutex mutex_;
  std::map<Digest, Cached> cache_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::vault
