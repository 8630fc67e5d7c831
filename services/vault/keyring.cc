#include "services/vault/keyring.h"

#include "services/base/status.h"
#include "services/core/commit/lookup.h"
#include "services/core/commit/wrap.h"
#include "services/crypto/random.h"
#include "services/crypto/sha256.h"
#include "services/store/keys.h"

namespace candor::vault {
namespace {

constexpr absl::Duration kCacheLife = absl::Seconds(60);
constexpr std::size_t kCacheSize = 65536;

std::string HandleText(const store::Handle& handle) { return ToHex(handle); }

absl::StatusOr<crypto::Key> UnwrapUnder(const crypto::Key& parent, const std::string& tenant,
                                        const store::WrappedKey& wrapped) {
  const std::string handle = HandleText(wrapped.handle);
  return core::Unwrap(parent, {.tenant = tenant, .handle = handle, .generation = wrapped.generation},
                      wrapped.wrapped);
}

store::WrappedKey WrapUnder(const crypto::Key& parent, const std::string& tenant,
                            std::uint64_t generation, const crypto::Key& key) {
  store::WrappedKey wrapped{.handle = crypto::RandomBytes<16>(), .generation = generation, .wrapped = {}};
  const std::string handle = HandleText(wrapped.handle);
  wrapped.wrapped = core::Wrap(parent, {.tenant = tenant, .handle = handle, .generation = generation}, key);
  return wrapped;
}

}  // namespace

absl::StatusOr<std::map<std::string, store::WrappedKey>> MakeTenantKeys(const OperatorKeys& keys,
                                                                        const Uuid& tenant) {
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key parent, keys.Get(keys.newest()));
  std::map<std::string, store::WrappedKey> wrapped;
  for (const char* purpose : {"data", "lookup", "evidence", "ledger"}) {
    wrapped[purpose] = WrapUnder(parent, tenant.ToText(), keys.newest(), crypto::RandomKey());
  }
  return wrapped;
}

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Open(
    const OperatorKeys& keys, const Uuid& tenant,
    const std::map<std::string, store::WrappedKey>& wrapped, const Clock& clock) {
  std::unique_ptr<Keyring> ring(new Keyring(tenant, clock));
  const auto open = [&](const char* purpose) -> absl::StatusOr<crypto::Key> {
    const auto found = wrapped.find(purpose);
    if (found == wrapped.end()) {
      return absl::FailedPreconditionError(std::string("the tenant has no key for ") + purpose);
    }
    CANDOR_ASSIGN_OR_RETURN(const crypto::Key parent, keys.Get(found->second.generation));
    absl::StatusOr<crypto::Key> key = UnwrapUnder(parent, ring->tenant_, found->second);
    if (key.ok()) return key;
    return Because(absl::FailedPreconditionError(
                       "the operator's key does not open the tenant's keys: it is another "
                       "installation's, or the database was altered"),
                   "KEYS_UNAVAILABLE");
  };
  CANDOR_ASSIGN_OR_RETURN(ring->data_key_, open("data"));
  CANDOR_ASSIGN_OR_RETURN(ring->lookup_key_, open("lookup"));
  CANDOR_ASSIGN_OR_RETURN(ring->ledger_seed_, open("ledger"));
  CANDOR_RETURN_IF_ERROR(open("evidence").status());  // Damage is noticed before it is needed.
  ring->own_lookup_key_ = crypto::HkdfExpand(ring->lookup_key_.view(), "candor/own/v1");
  ring->protected_lookup_key_ = crypto::HkdfExpand(ring->lookup_key_.view(), "candor/protected/v1");
  ring->head_key_ = crypto::HkdfExpand(ring->lookup_key_.view(), "candor/head/v1");
  return ring;
}

Digest Keyring::HeadSeal(const std::string& origin, const store::Head& head) const {
  const std::string text = origin + '\n' + std::to_string(head.size) + '\n' + head.root.ToBase64() + '\n' +
                           head.chain.ToBase64() + '\n' + ToRfc3339(head.time) + '\n';
  return crypto::HmacSha256(head_key_.view(), {AsBytes(text)});
}

Digest Keyring::LookupOf(const Owner& owner) const {
  switch (owner.kind) {
    case Owner::Kind::kTenant: return core::PersonLookup(own_lookup_key_, owner.reference);
    case Owner::Kind::kPerson: return core::PersonLookup(lookup_key_, owner.reference);
    case Owner::Kind::kProtected: return core::PersonLookup(protected_lookup_key_, owner.reference);
  }
  return {};
}

absl::StatusOr<std::vector<FoundKey>> Keyring::Resolve(store::Connection& connection,
                                                       const std::vector<Digest>& lookups) {
  std::vector<FoundKey> found(lookups.size());
  std::vector<Digest> unknown;
  const absl::Time now = clock_.Now();
  {
    absl::MutexLock lock(&mutex_);
    if (cache_.size() > kCacheSize) cache_.clear();
    for (std::size_t i = 0; i < lookups.size(); ++i) {
      const auto cached = cache_.find(lookups[i]);
      if (cached != cache_.end() && cached->second.until > now) {
        found[i] = cached->second.found;
      } else {
        unknown.push_back(lookups[i]);
      }
    }
  }
  if (unknown.empty()) return found;
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  CANDOR_ASSIGN_OR_RETURN(const auto stored, store::FindKeys(connection, tenant_id_, unknown));
  absl::MutexLock lock(&mutex_);
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    if (found[i].key != nullptr) continue;
    Cached& cached = cache_[lookups[i]];
    if (cached.found.key == nullptr || cached.until <= now) {
      const auto row = stored.find(lookups[i]);
      if (row == stored.end()) {
        cached.found.key = Make(lookups[i]);
        cached.found.fresh = true;
      } else {
        CANDOR_ASSIGN_OR_RETURN(auto key, Unwrap(lookups[i], row->second));
        cached.found.key = std::move(key);
        cached.found.fresh = false;
      }
      cached.until = now + kCacheLife;
    }
    found[i] = cached.found;
  }
  return found;
}

absl::StatusOr<FoundKey> Keyring::Found(const store::WrappedKey& wrapped) const {
  FoundKey found;
  CANDOR_ASSIGN_OR_RETURN(found.key, Unwrap(Digest(), wrapped));
  return found;
}

void Keyring::Committed(const Digest& lookup) {
  absl::MutexLock lock(&mutex_);
  const auto cached = cache_.find(lookup);
  if (cached != cache_.end()) cached->second.found.fresh = false;
}

void Keyring::Drop(const Digest& lookup) {
  absl::MutexLock lock(&mutex_);
  cache_.erase(lookup);
}

absl::StatusOr<crypto::Key> Keyring::KeyOf(store::Connection& connection,
                                           const store::Handle& handle) const {
  CANDOR_ASSIGN_OR_RETURN(const store::WrappedKey wrapped,
                          store::KeyOfHandle(connection, tenant_id_, handle));
  return UnwrapUnder(data_key_, tenant_, wrapped);
}

absl::StatusOr<std::shared_ptr<const DataKey>> Keyring::Unwrap(
    const Digest& lookup, const store::WrappedKey& wrapped) const {
  CANDOR_ASSIGN_OR_RETURN(crypto::Key key, UnwrapUnder(data_key_, tenant_, wrapped));
  auto data_key = std::make_shared<DataKey>();
  data_key->lookup = lookup;
  data_key->wrapped = wrapped;
  data_key->key = std::move(key);
  return data_key;
}

std::shared_ptr<const DataKey> Keyring::Make(const Digest& lookup) const {
  auto data_key = std::make_shared<DataKey>();
  data_key->lookup = lookup;
  data_key->key = crypto::RandomKey();
  data_key->wrapped = WrapUnder(data_key_, tenant_, generation_, data_key->key);
  return data_key;
}

}  // namespace candor::vault
