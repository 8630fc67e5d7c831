#include "services/store/tenants.h"

#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"

namespace candor::store {
namespace {

pqxx::binarystring Raw(BytesView bytes) { return pqxx::binarystring(bytes.data(), bytes.size()); }

WrappedKey KeyOf(const pqxx::row& row, int first) {
  WrappedKey key;
  const Bytes handle = BytesOf(row[first]);
  std::copy_n(handle.begin(), std::min(handle.size(), key.handle.size()), key.handle.begin());
  key.generation = NumberOf(row[first + 1]);
  const Bytes wrapped = BytesOf(row[first + 2]);
  std::copy_n(wrapped.begin(), std::min(wrapped.size(), key.wrapped.size()), key.wrapped.begin());
  return key;
}

LimitsRow LimitsOf(const pqxx::row& row) {
  return {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>(), row[3].as<std::int64_t>(),
          row[4].as<std::int64_t>()};
}

PrincipalRow PrincipalOf(const pqxx::row& row, int first) {
  PrincipalRow principal{.principal_id = UuidOf(row[first]),
                         .kind = row[first + 1].as<std::string>(),
                         .code = row[first + 2].as<std::string>(),
                         .roles = {},
                         .revoked = row[first + 4].as<bool>()};
  const std::string roles = row[first + 3].as<std::string>();
  for (std::size_t at = 0; at < roles.size();) {
    const std::size_t end = std::min(roles.find(' ', at), roles.size());
    principal.roles.push_back(roles.substr(at, end - at));
    at = end + 1;
  }
  return principal;
}

}  // namespace

absl::Status InsertTenant(Connection& connection, const NewTenant& tenant) {
  return connection.door().InTransaction([&](pqxx::transaction_base& work) {
    const std::string id = tenant.tenant_id.ToText();
    work.exec_params("INSERT INTO tenants (tenant_id, origin, request_id) VALUES ($1, $2, $3)", id,
                     tenant.origin, tenant.request_id.ToText());
    for (const auto& [name, row] : tenant.keys) {
      work.exec_params(
          "INSERT INTO tenant_keys (tenant_id, purpose, number, handle, generation, wrapped) "
          "VALUES ($1, $2, $3, $4, $5, $6)",
          id, name.first, name.second, Raw(row.key.handle), row.key.generation, Raw(row.key.wrapped));
    }
    work.exec_params(
        "INSERT INTO heads (tenant_id, size, root, chain, time, range, seal) "
        "VALUES ($1, 0, $2, $3, $4, ''::bytea, $5)",
        id, Raw(tenant.head.root.view()), Raw(tenant.head.chain.view()),
        absl::FormatTime(absl::RFC3339_full, tenant.head.time, absl::UTCTimeZone()),
        Raw(tenant.head.seal.view()));
    work.exec_params("INSERT INTO checkpoints (tenant_id, size, note) VALUES ($1, 0, $2)", id,
                     tenant.checkpoint);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<TenantRow>> ListTenants(Connection& connection) {
  std::vector<TenantRow> tenants;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec(
             "SELECT tenant_id, origin, request_id, (extract(epoch FROM create_time) * 1000000)::bigint "
             "FROM tenants ORDER BY tenant_id")) {
      tenants.push_back({UuidOf(row[0]), row[1].as<std::string>(), UuidOf(row[2]), TimeOf(row[3])});
    }
    return absl::OkStatus();
  }));
  return tenants;
}

absl::StatusOr<TenantKeyMap> TenantKeys(Connection& connection, const Uuid& tenant) {
  TenantKeyMap keys;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT purpose, number, handle, generation, wrapped, leaf_id FROM tenant_keys WHERE tenant_id = $1",
             tenant.ToText())) {
      TenantKey& key = keys[{row[0].as<std::string>(), NumberOf(row[1])}];
      key.key = KeyOf(row, 2);
      if (!row[5].is_null()) key.leaf_id = UuidOf(row[5]);
    }
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<std::map<std::uint64_t, std::uint64_t>> OperatorGenerations(Connection& connection) {
  std::map<std::uint64_t, std::uint64_t> keys;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec("SELECT generation, count(*) FROM tenant_keys GROUP BY generation")) {
      keys[NumberOf(row[0])] = NumberOf(row[1]);
    }
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<std::vector<std::pair<std::uint64_t, LimitsRow>>> LimitsHistory(Connection& connection,
                                                                               const Uuid& tenant) {
  std::vector<std::pair<std::uint64_t, LimitsRow>> history;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT amount, currency, confidence, authorization_seconds, outcome_seconds, position "
             "FROM limits WHERE tenant_id = $1 ORDER BY position",
             tenant.ToText())) {
      history.emplace_back(NumberOf(row[5]), LimitsOf(row));
    }
    return absl::OkStatus();
  }));
  return history;
}

absl::StatusOr<SettingsRows> Settings(Connection& connection, const Uuid& tenant) {
  SettingsRows settings;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT amount, currency, confidence, authorization_seconds, outcome_seconds "
             "FROM limits WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1",
             tenant.ToText())) {
      settings.limits = LimitsOf(row);
    }
    for (const pqxx::row& row : session.exec_params(
             "SELECT kind, code FROM catalogue WHERE tenant_id = $1", tenant.ToText())) {
      settings.catalogue[row[0].as<std::string>()].insert(row[1].as<std::string>());
    }
    return absl::OkStatus();
  }));
  return settings;
}

absl::StatusOr<std::vector<CodeRow>> DeclaredCodes(Connection& connection, const Uuid& tenant, const std::string& kind,
                                                   const CodeRow& after, int limit) {
  std::vector<CodeRow> codes;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT kind, code, position FROM catalogue WHERE tenant_id = $1 AND ($2 = '' OR kind = $2) "
             "AND (kind COLLATE \"C\", code COLLATE \"C\") > ($3, $4) "
             "ORDER BY kind COLLATE \"C\", code COLLATE \"C\" LIMIT $5",
             tenant.ToText(), kind, after.kind, after.code, limit)) {
      codes.push_back({row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::uint64_t>()});
    }
    return absl::OkStatus();
  }));
  return codes;
}

absl::StatusOr<std::vector<PrincipalRow>> Principals(Connection& connection, const Uuid& tenant) {
  std::vector<PrincipalRow> principals;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT p.principal_id, p.kind, p.code, array_to_string(p.roles, ' '), "
             "r.revoked_id IS NOT NULL FROM principals p LEFT JOIN revocations r "
             "ON r.tenant_id = p.tenant_id AND r.revoked_id = p.principal_id "
             "WHERE p.tenant_id = $1 ORDER BY p.principal_id",
             tenant.ToText())) {
      principals.push_back(PrincipalOf(row, 0));
    }
    return absl::OkStatus();
  }));
  return principals;
}

absl::StatusOr<std::vector<ApiKeyRow>> ApiKeys(Connection& connection, const Uuid& tenant) {
  std::vector<ApiKeyRow> keys;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT k.key_id, k.principal_id, k.secret_hash, "
             "(extract(epoch FROM k.create_time) * 1000000)::bigint, r.revoked_id IS NOT NULL, "
             "CASE WHEN isfinite(k.expire_time) THEN (extract(epoch FROM k.expire_time) * 1000000)::bigint END "
             "FROM api_keys k LEFT JOIN revocations r "
             "ON r.tenant_id = k.tenant_id AND r.revoked_id = k.key_id "
             "WHERE k.tenant_id = $1 ORDER BY k.key_id",
             tenant.ToText())) {
      keys.push_back({UuidOf(row[0]), UuidOf(row[1]), DigestOf(row[2]), TimeOf(row[3]),
                      row[5].is_null() ? absl::InfiniteFuture() : TimeOf(row[5]), row[4].as<bool>()});
    }
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<std::optional<Credential>> FindCredential(Connection& connection,
                                                         const Uuid& key_id) {
  std::optional<Credential> found;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT k.tenant_id, k.secret_hash, p.principal_id, p.kind, p.code, "
             "       array_to_string(p.roles, ' '), r.revoked_id IS NOT NULL OR k.expire_time <= now() "
             "  FROM api_keys k "
             "  JOIN principals p ON p.tenant_id = k.tenant_id AND p.principal_id = k.principal_id "
             "  LEFT JOIN revocations r ON r.tenant_id = k.tenant_id "
             "        AND r.revoked_id IN (k.key_id, k.principal_id) "
             " WHERE k.key_id = $1 "
             "UNION ALL "
             "SELECT NULL, secret_hash, key_id, 'service', 'operator', 'operator', false "
             "  FROM operator_keys WHERE key_id = $1",
             key_id.ToText())) {
      Credential credential{.tenant_id = {}, .secret_hash = DigestOf(row[1]),
                            .principal = PrincipalOf(row, 2)};
      if (!row[0].is_null()) credential.tenant_id = UuidOf(row[0]);
      if (!found || credential.principal.revoked) found = std::move(credential);
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::Status InsertOperatorKey(Connection& connection, const Uuid& key_id,
                               const Digest& secret_hash) {
  return connection.door().InTransaction([&](pqxx::transaction_base& work) {
    work.exec_params("INSERT INTO operator_keys (key_id, secret_hash) VALUES ($1, $2)",
                     key_id.ToText(), Raw(secret_hash.view()));
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> HasOperatorKey(Connection& connection) {
  bool has = false;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    has = session.exec1("SELECT EXISTS (SELECT FROM operator_keys)")[0].as<bool>();
    return absl::OkStatus();
  }));
  return has;
}

absl::Status PublishCheckpoint(Connection& connection, const Uuid& tenant, std::uint64_t size,
                               const std::string& note) {
  return connection.door().InTransaction([&](pqxx::transaction_base& work) {
    work.exec_params("UPDATE checkpoints SET size = $2, note = $3 WHERE tenant_id = $1 AND size < $2",
                     tenant.ToText(), size, note);
    return absl::OkStatus();
  });
}

absl::StatusOr<PublishedCheckpoint> ReadCheckpoint(Connection& connection, const Uuid& tenant) {
  std::optional<PublishedCheckpoint> found;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT size, note FROM checkpoints WHERE tenant_id = $1", tenant.ToText())) {
      found = PublishedCheckpoint{NumberOf(row[0]), row[1].as<std::string>()};
    }
    return absl::OkStatus();
  }));
  if (!found) return absl::NotFoundError("the ledger does not exist");
  return *found;
}

absl::StatusOr<std::vector<Uuid>> Signers(Connection& connection, const Uuid& tenant) {
  std::vector<Uuid> signers;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT process_id FROM signers WHERE tenant_id = $1", tenant.ToText())) {
      signers.push_back(UuidOf(row[0]));
    }
    return absl::OkStatus();
  }));
  return signers;
}

absl::Status AddSigner(Connection& connection, const Uuid& tenant, const Uuid& process) {
  return connection.door().InTransaction([&](pqxx::transaction_base& work) {
    work.exec_params("INSERT INTO signers (tenant_id, process_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                     tenant.ToText(), process.ToText());
    return absl::OkStatus();
  });
}

}  // namespace candor::store
