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
#include "services/store/keys.h"
#include "services/store/tenants.h"
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

// The wrapped keys of a new tenant.
absl::StatusOr<store::TenantKeyMap> MakeTenantKeys(const OperatorKeys& keys, const Uuid& tenant);

// A new key of a tenant, wrapped under the operator's newest.
absl::StatusOr<store::WrappedKey> MakeTenantKey(const OperatorKeys& keys, const Uuid& tenant);

class Keyring {
 public:
  // `wrapped` as store::TenantKeys gives them. `clock` must outlive the ring. Errors:
  // kFailedPrecondition when the operator's keys do not open them.
  static absl::StatusOr<std::unique_ptr<Keyring>> Open(const OperatorKeys& keys, const Uuid& tenant,
                                                       const store::TenantKeyMap& wrapped,
                                                       const Clock& clock);

  // Takes the tenant's keys as they are stored now. Errors: as Open; kUnavailable.
  absl::Status Reread(store::Connection& connection);

  // One of the tenant's own keys. Errors: as Open.
  absl::StatusOr<crypto::Key> OpenTenantKey(const store::WrappedKey& wrapped) const;
  // Seeds of the keys that sign checkpoints, by number; all that there ever were.
  std::map<std::uint64_t, crypto::Key> ledger_seeds() const;

  // Seals what proves which sections of the leaf at `position` the erasure at `erasure` destroyed;
  // and opens it. Errors: kDataLoss when it was altered, or is of another leaf or erasure.
  Bytes SealEvidence(const std::string& origin, std::uint64_t position, std::uint64_t erasure, BytesView evidence) const;
  absl::StatusOr<Bytes> OpenEvidence(const std::string& origin, std::uint64_t position, std::uint64_t erasure,
                                     BytesView sealed) const;

  // Number of the key that wraps new data keys; and whether there are older ones, or keys
  // of the tenant under an older one of the operator's: some are to be wrapped anew.
  std::uint64_t wrapper() const;
  bool HasOlder() const;

  // The same key under the newest `data` key. Errors: kDataLoss.
  absl::StatusOr<store::Rewrapped> Rewrap(const store::WrappedKey& data_key) const;
  // And one of the tenant's own keys under the operator's newest. Errors: kFailedPrecondition.
  absl::StatusOr<store::Rewrapped> RewrapTenantKey(const store::WrappedKey& wrapped) const;

  Digest LookupOf(const Owner& owner) const;
  // What is found by a text though it is sealed.
  enum class WordKind { kConversation, kDatum };
  Digest WordOf(WordKind kind, std::string_view text) const;

  // What the head of the ledger of `origin` carries to say that one of its servers made it:
  // nobody can make it with the rights of the database alone. See section 11 of the format.
  Digest HeadSeal(const std::string& origin, const store::Head& head) const;

  // The seed of the key that signs audit bundles.
  crypto::Key BundleSeed() const;
  // The key that seals the tokens of persons, and the one that binds tokens of pages to what was asked.
  crypto::Key PersonTokenKey() const;
  crypto::Key PageTokenKey() const;

  // The keys behind `lookups`, in order; makes those that do not exist. One query at most.
  absl::StatusOr<std::vector<FoundKey>> Resolve(store::Connection& connection,
                                                const std::vector<Digest>& lookups);

  // A key that was found by other ways than by its person. Errors: kDataLoss.
  absl::StatusOr<FoundKey> Found(store::Connection& connection, const store::WrappedKey& wrapped);
  // Tells that a fresh key was committed; or that a key proved dead or foreign.
  void Committed(const Digest& lookup, const store::Handle& handle);
  void Drop(const Digest& lookup);
  // Tells that something was written, or erased, of which the keys that are known here know nothing.
  void Distrust();
  // Whether this ring found or made that very key, as it is, since it was last told so.
  bool Vouches(const FoundKey& key) const;

  // What is wrapped. Errors: kDataLoss when it was altered.
  absl::StatusOr<crypto::Key> UnwrapKey(const store::WrappedKey& wrapped) const;
  // The key that a handle names. Errors: kNotFound once it was destroyed; kDataLoss when
  // the row was altered.
  absl::StatusOr<crypto::Key> KeyOf(store::Connection& connection, const store::Handle& handle) const;

 private:
  struct Cached {
    FoundKey found;
    absl::Time until;
    std::uint64_t trust = 0;  // As it was before the database was asked.
  };
  Keyring(OperatorKeys keys, const Uuid& tenant, const Clock& clock)
      : keys_(std::move(keys)), tenant_(tenant.ToText()), tenant_id_(tenant), clock_(clock) {}
  absl::Status Take(const store::TenantKeyMap& wrapped);
  bool Knows(std::uint64_t wrapper) const;
  absl::StatusOr<std::shared_ptr<const DataKey>> Unwrap(store::Connection& connection, const Digest& lookup,
                                                        const store::WrappedKey& wrapped);
  std::shared_ptr<const DataKey> Make(const Digest& lookup) const;

  const OperatorKeys keys_;
  const std::string tenant_;
  const Uuid tenant_id_;
  const Clock& clock_;
  crypto::Key lookup_key_, own_lookup_key_, protected_lookup_key_, head_key_, evidence_key_;

  mutable absl::Mutex keys_mutex_;
  std::map<std::uint64_t, crypto::Key> wrappers_ ABSL_GUARDED_BY(keys_mutex_);  // Wrap data keys, by number.
  std::map<std::uint64_t, crypto::Key> seeds_ ABSL_GUARDED_BY(keys_mutex_);
  std::uint64_t oldest_generation_ ABSL_GUARDED_BY(keys_mutex_) = 1;  // Of the operator's, in use.
  mutable absl::Mutex mutex_;
  std::map<Digest, Cached> cache_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t trust_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace candor::vault
