// Tenants, their settings and their credentials, as stored.
//
// Free functions over a connection lent by a Pool. Errors everywhere: kUnavailable when
// the database is away.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/store/append.h"

namespace candor::store {

struct TenantRow {
  Uuid tenant_id;
  std::string origin;
  Uuid request_id;
  absl::Time create_time;
};

// The keys of a tenant by purpose (data, lookup, evidence, ledger) and number, from 1.
struct TenantKey {
  WrappedKey key;
  std::optional<Uuid> leaf_id;  // That brought it; none did the first.
};
using TenantKeyMap = std::map<std::pair<std::string, std::uint64_t>, TenantKey>;

// Everything that makes a tenant, written in one transaction of its own.
struct NewTenant {
  Uuid tenant_id;
  std::string origin;
  Uuid request_id;
  TenantKeyMap keys;       // The first of each purpose.
  Head head;               // Of size 0.
  std::string checkpoint;  // The signed note of size 0.
};

// Errors: kAlreadyExists when the origin or the request was used before.
absl::Status InsertTenant(Connection& connection, const NewTenant& tenant);

absl::StatusOr<std::vector<TenantRow>> ListTenants(Connection& connection);

absl::StatusOr<TenantKeyMap> TenantKeys(Connection& connection, const Uuid& tenant);

// How many keys of tenants are wrapped under each generation of the operator's.
absl::StatusOr<std::map<std::uint64_t, std::uint64_t>> OperatorGenerations(Connection& connection);

// What the built-in rules go by.
struct LimitsRow {
  std::string amount, currency, confidence;
  std::int64_t authorization_seconds = 300;
  std::int64_t outcome_seconds = 86400;
};
// All that ever were, each with the position of its leaf, oldest first.
absl::StatusOr<std::vector<std::pair<std::uint64_t, LimitsRow>>> LimitsHistory(Connection& connection,
                                                                               const Uuid& tenant);
struct SettingsRows {
  LimitsRow limits;
  std::map<std::string, std::set<std::string>> catalogue;  // Codes by kind.
};
absl::StatusOr<SettingsRows> Settings(Connection& connection, const Uuid& tenant);

// A declared code, by the leaf that declared it first.
struct CodeRow {
  std::string kind, code;
  std::uint64_t position = 0;
};
// Codes of a kind, or of all where it is empty, that come after `after` by kind and code, in the
// order of their bytes; at most `limit`.
absl::StatusOr<std::vector<CodeRow>> DeclaredCodes(Connection& connection, const Uuid& tenant, const std::string& kind,
                                                   const CodeRow& after, int limit);

struct PrincipalRow {
  Uuid principal_id;
  std::string kind, code;
  std::vector<std::string> roles;
  bool revoked = false;
};
struct ApiKeyRow {
  Uuid key_id;
  Uuid principal_id;
  Digest secret_hash;
  absl::Time create_time;
  absl::Time expire_time;  // InfiniteFuture: never.
  bool revoked = false;
};
absl::StatusOr<std::vector<PrincipalRow>> Principals(Connection& connection, const Uuid& tenant);
absl::StatusOr<std::vector<ApiKeyRow>> ApiKeys(Connection& connection, const Uuid& tenant);

// Everything behind a key, or nothing. The same statement runs whether it exists or not.
struct Credential {
  std::optional<Uuid> tenant_id;  // Nothing: the operator.
  Digest secret_hash;
  PrincipalRow principal;         // `revoked` also when only the key is, or has expired.
};
absl::StatusOr<std::optional<Credential>> FindCredential(Connection& connection, const Uuid& key_id);

absl::Status InsertOperatorKey(Connection& connection, const Uuid& key_id, const Digest& secret_hash);
absl::StatusOr<bool> HasOperatorKey(Connection& connection);

// Moves the published checkpoint forward; a smaller or equal size changes nothing.
absl::Status PublishCheckpoint(Connection& connection, const Uuid& tenant, std::uint64_t size,
                               const std::string& note);
struct PublishedCheckpoint {
  std::uint64_t size = 0;
  std::string note;
};
absl::StatusOr<PublishedCheckpoint> ReadCheckpoint(Connection& connection, const Uuid& tenant);

// The processes that may have signed for a tenant; and this one joining them.
absl::StatusOr<std::vector<Uuid>> Signers(Connection& connection, const Uuid& tenant);
absl::Status AddSigner(Connection& connection, const Uuid& tenant, const Uuid& process);

}  // namespace candor::store
