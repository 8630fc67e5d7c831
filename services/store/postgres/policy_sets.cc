#include "services/store/policy_sets.h"

#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"

namespace candor::store {

absl::StatusOr<PolicyRows> ReadPolicies(Connection& connection, const Uuid& tenant) {
  PolicyRows rows;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT digest, name, position FROM policy_sets WHERE tenant_id = $1 ORDER BY position",
             tenant.ToText())) {
      rows.sets.push_back({DigestOf(row[0]), row[1].as<std::string>(), NumberOf(row[2])});
    }
    for (const pqxx::row& row : session.exec_params(
             "SELECT position, step, digest FROM policy_steps WHERE tenant_id = $1 ORDER BY position",
             tenant.ToText())) {
      rows.steps.push_back({NumberOf(row[0]), row[1].as<std::string>(), DigestOf(row[2])});
    }
    return absl::OkStatus();
  }));
  return rows;
}

absl::StatusOr<std::string> ReadPolicyBundle(Connection& connection, const Uuid& tenant, const Digest& digest) {
  std::string bundle;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) -> absl::Status {
    const pqxx::result rows = session.exec_params(
        "SELECT bundle FROM policy_sets WHERE tenant_id = $1 AND digest = $2", tenant.ToText(),
        pqxx::binarystring(digest.bytes.data(), digest.bytes.size()));
    if (rows.empty()) return absl::NotFoundError("no such policy set");
    bundle = pqxx::binarystring(rows[0][0]).str();
    return absl::OkStatus();
  }));
  return bundle;
}

}  // namespace candor::store
