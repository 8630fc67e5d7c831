#include "services/vault/keyring.h"

#include <algorithm>

#include <optional>

#include "services/base/status.h"
#include "services/core/commit/lookup.h"
#include "services/core/commit/wrap.h"
#include "services/crypto/random.h"
#include "services/crypto/seal.h"
#include "services/crypto/sha256.h"
#include "services/store/keys.h"

namespace candor::vault {
namespace {

constexpr absl::Duration kCacheLife = absl::Seconds(60);
constexpr std::size_t kCacheSize = 65536;

std::string HandleText(const store::Handle& handle) { return ToHex(handle); }

std::string EvidencePlace(const std::string& origin, std::uint64_t position, std::uint64_t erasure) {
  return origin + "\n" + std::to_string(position) + "\n" + std::to_string(erasure);
}

absl::StatusOr<crypto::Key> UnwrapUnder(const crypto::Key& parent, const std::string& tenant,
                                        const store::WrappedKey& wrapped) {
  if (wrapped.generation < 1) return absl::DataLossError("a generation below one");
  const std::string handle = HandleText(wrapped.handle);
  return core::Unwrap(parent, {.tenant = tenant, .handle = handle, .generation = wrapped.generation},
                      wrapped.wrapped);
}

store::WrappedKey WrapUnder(const crypto::Key& parent, const std::string& tenant,
                            std::uint64_t generation, const store::Handle& named, const crypto::Key& key) {
  store::WrappedKey wrapped{.handle = named, .generation = generation, .wrapped = {}};
  const std::string handle = HandleText(wrapped.handle);
  wrapped.wrapped = core::Wrap(parent, {.tenant = tenant, .handle = handle, .generation = generation}, key);
  return wrapped;
}

}  // namespace

absl::StatusOr<store::WrappedKey> MakeTenantKey(const OperatorKeys& keys, const Uuid& tenant) {
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key parent, keys.Get(keys.newest()));
  return WrapUnder(parent, tenant.ToText(), keys.newest(), crypto::RandomBytes<16>(), crypto::RandomKey());
}

absl::StatusOr<store::TenantKeyMap> MakeTenantKeys(const OperatorKeys& keys, const Uuid& tenant) {
  store::TenantKeyMap wrapped;
  for (const char* purpose : {"data", "lookup", "evidence", "ledger"}) {
    CANDOR_ASSIGN_OR_RETURN(const store::WrappedKey key, MakeTenantKey(keys, tenant));
    wrapped[{purpose, 1}].key = key;
  }
  return wrapped;
}

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Open(const OperatorKeys& keys, const Uuid& tenant,
                                                       const store::TenantKeyMap& wrapped,
                                                       const Clock& clock) {
  std::unique_ptr<Keyring> ring(new Keyring(keys, tenant, clock));
  CANDOR_RETURN_IF_ERROR(ring->Take(wrapped));
  const auto lookup = wrapped.find({"lookup", 1});
  if (lookup == wrapped.end()) return absl::FailedPreconditionError("the tenant has no key for lookup");
  CANDOR_ASSIGN_OR_RETURN(ring->lookup_key_, ring->OpenTenantKey(lookup->second.key));
  CANDOR_ASSIGN_OR_RETURN(ring->evidence_key_, ring->OpenTenantKey(wrapped.at({"evidence", 1}).key));
  ring->own_lookup_key_ = crypto::HkdfExpand(ring->lookup_key_.view(), "candor/own/v1");
  ring->protected_lookup_key_ = crypto::HkdfExpand(ring->lookup_key_.view(), "candor/protected/v1");
  ring->head_key_ = crypto::HkdfExpand(ring->lookup_key_.view(), "candor/head/v1");
  return ring;
}

absl::Status Keyring::Reread(store::Connection& connection) {
  CANDOR_ASSIGN_OR_RETURN(const store::TenantKeyMap wrapped, store::TenantKeys(connection, tenant_id_));
  return Take(wrapped);
}

absl::StatusOr<crypto::Key> Keyring::OpenTenantKey(const store::WrappedKey& wrapped) const {
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key parent, keys_.Get(wrapped.generation));
  absl::StatusOr<crypto::Key> key = UnwrapUnder(parent, tenant_, wrapped);
  if (key.ok()) return key;
  return Because(absl::FailedPreconditionError(
                     "the operator's key does not open the tenant's keys: it is another "
                     "installation's, or the database was altered"),
                 "KEYS_UNAVAILABLE");
}

absl::Status Keyring::Take(const store::TenantKeyMap& wrapped) {
  std::map<std::uint64_t, crypto::Key> wrappers, seeds;
  std::uint64_t oldest = keys_.newest();
  for (const auto& [name, row] : wrapped) {
    oldest = std::min(oldest, row.key.generation);
    auto* into = name.first == "data" ? &wrappers : name.first == "ledger" ? &seeds : nullptr;
    CANDOR_ASSIGN_OR_RETURN(crypto::Key key, OpenTenantKey(row.key));  // Damage is noticed before it is needed.
    if (into != nullptr) into->emplace(name.second, std::move(key));
  }
  if (!wrapped.contains({"evidence", 1})) return absl::FailedPreconditionError("the tenant has no key for evidence");
  if (wrappers.empty()) return absl::FailedPreconditionError("the tenant has no key for data");
  if (seeds.empty()) return absl::FailedPreconditionError("the tenant has no key for ledger");
  absl::MutexLock lock(&keys_mutex_);
  wrappers_ = std::move(wrappers);
  seeds_ = std::move(seeds);
  oldest_generation_ = oldest;
  return absl::OkStatus();
}

std::map<std::uint64_t, crypto::Key> Keyring::ledger_seeds() const {
  absl::MutexLock lock(&keys_mutex_);
  std::map<std::uint64_t, crypto::Key> seeds;
  for (const auto& [number, seed] : seeds_) seeds.emplace(number, seed.Clone());
  return seeds;
}

std::uint64_t Keyring::wrapper() const {
  absl::MutexLock lock(&keys_mutex_);
  return wrappers_.rbegin()->first;
}

bool Keyring::HasOlder() const {
  absl::MutexLock lock(&keys_mutex_);
  return wrappers_.size() > 1 || oldest_generation_ < keys_.newest();
}

absl::StatusOr<store::Rewrapped> Keyring::Rewrap(const store::WrappedKey& data_key) const {
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key key, UnwrapKey(data_key));
  absl::MutexLock lock(&keys_mutex_);
  const auto& [number, wrapper] = *wrappers_.rbegin();
  return store::Rewrapped{.before = data_key, .after = WrapUnder(wrapper, tenant_, number, data_key.handle, key)};
}

absl::StatusOr<store::Rewrapped> Keyring::RewrapTenantKey(const store::WrappedKey& wrapped) const {
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key key, OpenTenantKey(wrapped));
  const std::uint64_t newest = keys_.newest();
  CANDOR_ASSIGN_OR_RETURN(const crypto::Key parent, keys_.Get(newest));
  return store::Rewrapped{.before = wrapped, .after = WrapUnder(parent, tenant_, newest, wrapped.handle, key)};
}

Digest Keyring::HeadSeal(const std::string& origin, const store::Head& head) const {
  const std::string text = origin + '\n' + std::to_string(head.size) + '\n' + head.root.ToBase64() + '\n' +
                           head.chain.ToBase64() + '\n' + ToRfc3339(head.time) + '\n' + std::to_string(head.signer) + '\n' +
                           std::to_string(head.wrapper) + '\n';
  return crypto::HmacSha256(head_key_.view(), {AsBytes(text)});
}

crypto::Key Keyring::BundleSeed() const {
  return crypto::HkdfExpand(evidence_key_.view(), "candor/bundle-key/v1");
}

crypto::Key Keyring::PersonTokenKey() const {
  return crypto::HkdfExpand(lookup_key_.view(), "candor/person-token/v1");
}

Digest Keyring::WordOf(WordKind kind, std::string_view text) const {
  const char* label = kind == WordKind::kConversation ? "candor/conversation/v1" : "candor/term/v1";
  return crypto::HmacSha256(crypto::HkdfExpand(lookup_key_.view(), label).view(), {AsBytes(text)});
}

crypto::Key Keyring::PageTokenKey() const {
  return crypto::HkdfExpand(lookup_key_.view(), "candor/page-token/v1");
}

Bytes Keyring::SealEvidence(const std::string& origin, std::uint64_t position, std::uint64_t erasure,
                            BytesView evidence) const {
  const std::string place = EvidencePlace(origin, position, erasure);
  const auto nonce = crypto::RandomBytes<12>();
  return crypto::SealAesGcm(crypto::HkdfExpand(evidence_key_.view(), "candor/evidence/v1\n" + place), nonce, evidence,
                            AsBytes(place));
}

absl::StatusOr<Bytes> Keyring::OpenEvidence(const std::string& origin, std::uint64_t position, std::uint64_t erasure,
                                            BytesView sealed) const {
  const std::string place = EvidencePlace(origin, position, erasure);
  return crypto::OpenAesGcm(crypto::HkdfExpand(evidence_key_.view(), "candor/evidence/v1\n" + place), sealed,
                            AsBytes(place));
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
  std::uint64_t trust = 0;
  {
    absl::MutexLock lock(&mutex_);
    trust = trust_;
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
        CANDOR_ASSIGN_OR_RETURN(auto key, Unwrap(connection, lookups[i], row->second));
        cached.found.key = std::move(key);
        cached.found.fresh = false;
      }
      cached.until = now + kCacheLife;
      cached.trust = trust;
    }
    found[i] = cached.found;
  }
  return found;
}

absl::StatusOr<FoundKey> Keyring::Found(store::Connection& connection, const store::WrappedKey& wrapped) {
  FoundKey found;
  CANDOR_ASSIGN_OR_RETURN(found.key, Unwrap(connection, Digest(), wrapped));
  return found;
}

void Keyring::Committed(const Digest& lookup, const store::Handle& handle) {
  absl::MutexLock lock(&mutex_);
  const auto cached = cache_.find(lookup);
  if (cached == cache_.end()) return;
  if (cached->second.found.key->wrapped.handle != handle) {
    cache_.erase(cached);  // Made meanwhile, for nothing.
  } else {
    cached->second.found.fresh = false;
  }
}

void Keyring::Distrust() {
  absl::MutexLock lock(&mutex_);
  ++trust_;
}

bool Keyring::Vouches(const FoundKey& key) const {
  absl::MutexLock lock(&mutex_);
  const auto cached = cache_.find(key.key->lookup);
  return cached != cache_.end() && cached->second.trust == trust_ && cached->second.found.fresh == key.fresh &&
         cached->second.found.key->wrapped.handle == key.key->wrapped.handle;
}

void Keyring::Drop(const Digest& lookup) {
  absl::MutexLock lock(&mutex_);
  cache_.erase(lookup);
}

absl::StatusOr<crypto::Key> Keyring::KeyOf(store::Connection& connection,
                                           const store::Handle& handle) const {
  CANDOR_ASSIGN_OR_RETURN(const store::WrappedKey wrapped,
                          store::KeyOfHandle(connection, tenant_id_, handle));
  return UnwrapKey(wrapped);
}

absl::StatusOr<crypto::Key> Keyring::UnwrapKey(const store::WrappedKey& wrapped) const {
  absl::MutexLock lock(&keys_mutex_);
  const auto wrapper = wrappers_.find(wrapped.generation);
  if (wrapper == wrappers_.end()) return absl::DataLossError("a key is wrapped under one that is not there");
  return UnwrapUnder(wrapper->second, tenant_, wrapped);
}

bool Keyring::Knows(std::uint64_t wrapper) const {
  absl::MutexLock lock(&keys_mutex_);
  return wrappers_.contains(wrapper);
}

absl::StatusOr<std::shared_ptr<const DataKey>> Keyring::Unwrap(
    store::Connection& connection, const Digest& lookup, const store::WrappedKey& wrapped) {
  // Another process may have brought a new one.
  if (!Knows(wrapped.generation)) CANDOR_RETURN_IF_ERROR(Reread(connection));
  CANDOR_ASSIGN_OR_RETURN(crypto::Key key, UnwrapKey(wrapped));
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
  absl::MutexLock lock(&keys_mutex_);
  const auto& [number, wrapper] = *wrappers_.rbegin();
  data_key->wrapped = WrapUnder(wrapper, tenant_, number, crypto::RandomBytes<16>(), data_key->key);
  return data_key;
}

}  // namespace candor::vault
