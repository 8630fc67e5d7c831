#include "services/store/policy_sets.h"

#include "services/base/status.h"
#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"

namespace candor::store {

absl::StatusOr<PolicySetRow> ReadPolicySet(Connection& connection, const Uuid& tenant, const Digest& digest) {
  PolicySetRow row;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) -> absl::Status {
    const pqxx::result rows = session.exec_params(
        "SELECT name, bundle FROM policy_sets WHERE tenant_id = $1 AND digest = $2", tenant.ToText(),
        pqxx::binarystring(digest.bytes.data(), digest.bytes.size()));
    if (rows.empty()) return Because(absl::NotFoundError("digest: no such policy set"), "NOT_FOUND");
    row = {.name = rows[0][0].as<std::string>(), .archive = pqxx::binarystring(rows[0][1]).str()};
    return absl::OkStatus();
  }));
  return row;
}

}  // namespace candor::store
