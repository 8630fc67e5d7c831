#include "services/identity/api_keys.h"

#include "services/base/status.h"
#include "services/crypto/random.h"
#include "services/crypto/sha256.h"

namespace candor::identity {
namespace {

constexpr std::string_view kPrefix = "candor_";
constexpr std::size_t kIdLength = 32, kSecretLength = 64;
constexpr std::size_t kMostKnown = 10000;

absl::Status Invalid() {
  return Because(absl::UnauthenticatedError("the API key is missing, unknown or revoked: send it as "
                                            "`authorization: Bearer <key>`"),
                 "CREDENTIAL_INVALID");
}

struct Parsed {
  Uuid key_id;
  Digest secret_hash;
};

std::optional<Parsed> Parse(std::string_view text) {
  if (text.size() != kPrefix.size() + kIdLength + 1 + kSecretLength) return std::nullopt;
  if (text.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  if (text[kIdLength] != '_') return std::nullopt;
  const auto id = FromHex(text.substr(0, kIdLength));
  const auto secret = FromHex(text.substr(kIdLength + 1));
  if (!id || !secret) return std::nullopt;
  Parsed parsed;
  std::copy(id->begin(), id->end(), parsed.key_id.bytes.begin());
  parsed.secret_hash = crypto::Sha256(*secret);
  return parsed;
}

}  // namespace

NewApiKey MakeApiKey(const Uuid& key_id) {
  const crypto::Key secret = crypto::RandomKey();
  NewApiKey key{.key_id = key_id, .text = std::string(kPrefix),
                .secret_hash = crypto::Sha256(secret.view())};
  key.text += ToHex(key.key_id.view()) + "_" + ToHex(secret.view());
  return key;
}

absl::StatusOr<domain::Caller> ApiKeys::Authenticate(std::string_view key_text) {
  const std::optional<Parsed> parsed = Parse(key_text);
  if (!parsed) return Invalid();
  const Digest name = crypto::Sha256(AsBytes(key_text));
  const absl::Time now = clock_.Now();
  std::uint64_t forgotten = 0;
  {
    absl::MutexLock lock(&mutex_);
    forgotten = forgotten_;
    const auto known = known_.find(name);
    if (known != known_.end() && known->second.until > now) return known->second.caller;
  }
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto found, store::FindCredential(*connection, parsed->key_id));
  // Hashes of random secrets: comparing them leaks nothing that helps to guess one.
  if (!found || found->principal.revoked || found->secret_hash != parsed->secret_hash) return Invalid();
  domain::Caller caller{.tenant = found->tenant_id, .principal = found->principal.principal_id,
                        .kind = found->principal.kind, .code = found->principal.code};
  for (const std::string& role : found->principal.roles) {
    const auto known = domain::RoleOf(role);
    // The operator belongs to no tenant, a tenant's principal is never the operator, and only a
    // token makes a person.
    const bool fits = known && *known != domain::Role::kPerson;
    if (fits && (*known == domain::Role::kOperator) == !caller.tenant) caller.roles |= domain::Bit(*known);
  }
  absl::MutexLock lock(&mutex_);
  if (forgotten != forgotten_) return caller;
  if (known_.size() > kMostKnown) known_.clear();
  known_[name] = {.key_id = parsed->key_id, .caller = caller, .until = now + kFresh};
  return caller;
}

void ApiKeys::Forget(const Uuid& key_or_principal) {
  absl::MutexLock lock(&mutex_);
  ++forgotten_;
  std::erase_if(known_, [&](const auto& known) {
    return known.second.key_id == key_or_principal || known.second.caller.principal == key_or_principal;
  });
}

}  // namespace candor::identity
