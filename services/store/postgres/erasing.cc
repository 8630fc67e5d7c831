#include "services/store/postgres/erasing.h"

#include <algorithm>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/store/erasures.h"
#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"

namespace candor::store {
namespace {

constexpr const char* kSealedUnder = R"sql(
SELECT s.position, e.leaf_id, e.decision_id, substring(e.leaf FROM greatest(1, octet_length(e.leaf) - 159)), s.sections
  FROM sealed AS s
 CROSS JOIN LATERAL (SELECT leaf_id, decision_id, leaf FROM entries
                      WHERE tenant_id = $1 AND position = s.position OFFSET 0) AS e
 WHERE s.tenant_id = $1 AND s.handle = $2 AND s.position > $3
 ORDER BY s.position LIMIT 1000)sql";

constexpr const char* kErased = R"sql(
INSERT INTO erased (tenant_id, erasure, position, evidence)
SELECT $1, $2, u.* FROM unnest($3::bigint[], $4::bytea[]) AS u)sql";
constexpr std::size_t kErasedAtOnce = 10000;

pqxx::binarystring Raw(BytesView bytes) { return pqxx::binarystring(bytes.data(), bytes.size()); }

// The time of a leaf, by its last bytes: nothing but type and version stand behind it.
absl::Time TimeInTail(std::string_view tail) {
  constexpr std::string_view kMember = "\"time\":\"";
  const std::size_t at = tail.rfind(kMember);
  if (at == std::string_view::npos) return absl::InfinitePast();
  return FromRfc3339(tail.substr(at + kMember.size(), 27)).value_or(absl::InfinitePast());
}

ErasedLeaf ErasedOf(const pqxx::row& row) {
  return {.erasure = NumberOf(row[0]), .position = NumberOf(row[1]), .leaf_id = UuidOf(row[2]),
          .evidence = BytesOf(row[3])};
}

}  // namespace

std::vector<Handle> FindHandles(pqxx::transaction_base& work, const std::string& tenant, const std::vector<Digest>& lookups) {
  Array wanted(Element::kBytea);
  for (const Digest& lookup : lookups) wanted.Add(lookup);
  std::vector<Handle> handles;
  for (const pqxx::row& row : work.exec_params(
           "SELECT handle FROM persons WHERE tenant_id = $1 AND lookup = ANY($2::bytea[])", tenant, wanted.Param())) {
    handles.push_back(HandleOf(row[0]));
  }
  return handles;
}

absl::Status ReadSealedUnder(pqxx::transaction_base& work, const std::string& tenant, const Handle& handle,
                             absl::FunctionRef<absl::Status(const SealedUnder&)> take) {
  for (std::int64_t after = -1;;) {
    const pqxx::result rows = work.exec_params(kSealedUnder, tenant, Raw(handle), after);
    for (const pqxx::row& row : rows) {
      const Bytes tail = BytesOf(row[3]), sections = BytesOf(row[4]);
      SealedUnder sealed{.position = NumberOf(row[0]), .leaf_id = UuidOf(row[1]), .decision = {},
                         .time = TimeInTail(AsText(tail)), .sections = sections};
      if (!row[2].is_null()) sealed.decision = UuidOf(row[2]);
      CANDOR_RETURN_IF_ERROR(take(sealed));
      after = static_cast<std::int64_t>(sealed.position);
    }
    if (rows.empty()) return absl::OkStatus();
  }
}

void DestroyUnder(pqxx::transaction_base& work, const std::string& tenant, const std::vector<Handle>& handles) {
  Array destroyed(Element::kBytea);
  for (const Handle& handle : handles) destroyed.Add(BytesView(handle));
  work.exec("SET LOCAL ROLE candor_eraser");
  for (const char* sql : {"DELETE FROM data_keys WHERE tenant_id = $1 AND handle = ANY($2::bytea[])",
                          "DELETE FROM persons WHERE tenant_id = $1 AND handle = ANY($2::bytea[])",
                          "DELETE FROM sealed WHERE tenant_id = $1 AND handle = ANY($2::bytea[])",
                          // After the keys: whoever was writing words under one has ended by then.
                          "DELETE FROM words WHERE tenant_id = $1 AND handle = ANY($2::bytea[])"}) {
    work.exec_params(sql, tenant, destroyed.Param());
  }
  work.exec("SET LOCAL ROLE candor_writer");
}

void WriteErased(pqxx::transaction_base& work, const std::string& tenant, const Batch& batch) {
  for (std::size_t at = 0; at < batch.erased.size();) {
    Array positions(Element::kInt8), evidence(Element::kBytea);
    for (const std::size_t end = std::min(batch.erased.size(), at + kErasedAtOnce); at < end; ++at) {
      positions.AddInt64(static_cast<std::int64_t>(batch.erased[at].position));
      evidence.Add(batch.erased[at].evidence);
    }
    work.exec_params(kErased, tenant, batch.first_position, positions.Param(), evidence.Param());
  }
}

absl::StatusOr<std::set<Handle>> LiveHandles(Connection& connection, const Uuid& tenant,
                                             const std::vector<Handle>& handles) {
  std::set<Handle> alive;
  if (handles.empty()) return alive;
  Array asked(Element::kBytea);
  for (const Handle& handle : handles) asked.Add(BytesView(handle));
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT handle FROM data_keys WHERE tenant_id = $1 AND handle = ANY($2::bytea[])", tenant.ToText(),
             asked.Param())) {
      alive.insert(HandleOf(row[0]));
    }
    return absl::OkStatus();
  }));
  return alive;
}

absl::Status DestroyKeys(Connection& connection, const Uuid& tenant, const std::vector<Handle>& handles) {
  if (handles.empty()) return absl::OkStatus();
  return connection.door().InTransaction([&](pqxx::transaction_base& work) {
    DestroyUnder(work, tenant.ToText(), handles);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<ErasedLeaf>> ErasedLeaves(Connection& connection, const Uuid& tenant,
                                                     std::uint64_t erasure, std::uint64_t end) {
  std::vector<ErasedLeaf> leaves;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT x.erasure, x.position, e.leaf_id, x.evidence FROM erased AS x "
             "CROSS JOIN LATERAL (SELECT leaf_id FROM entries WHERE tenant_id = $1 AND position = x.position OFFSET 0) AS e "
             "WHERE x.tenant_id = $1 AND x.erasure >= $2 AND x.erasure < $3 ORDER BY x.erasure, x.position",
             tenant.ToText(), erasure, end)) {
      leaves.push_back(ErasedOf(row));
    }
    return absl::OkStatus();
  }));
  return leaves;
}

absl::StatusOr<std::vector<std::uint64_t>> ErasuresOf(Connection& connection, const Uuid& tenant,
                                                      std::uint64_t position) {
  std::vector<std::uint64_t> erasures;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT erasure FROM erased WHERE tenant_id = $1 AND position = $2 ORDER BY erasure", tenant.ToText(),
             position)) {
      erasures.push_back(NumberOf(row[0]));
    }
    return absl::OkStatus();
  }));
  return erasures;
}

absl::StatusOr<std::vector<StoredErasure>> ErasureLeaves(Connection& connection, const Uuid& tenant,
                                                         std::uint64_t before, int limit) {
  std::vector<StoredErasure> erasures;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT x.position, e.leaf, x.final_position, f.leaf "
             "FROM (SELECT position, final_position FROM erasures WHERE tenant_id = $1 AND position < $2 "
             "       ORDER BY position DESC LIMIT $3) AS x "
             "CROSS JOIN LATERAL (SELECT leaf FROM entries WHERE tenant_id = $1 AND position = x.position OFFSET 0) AS e "
             "LEFT JOIN LATERAL (SELECT leaf FROM entries WHERE tenant_id = $1 AND position = x.final_position OFFSET 0) AS f "
             "  ON true ORDER BY 1 DESC",
             tenant.ToText(), std::min(before, std::uint64_t{INT64_MAX}), limit)) {
      StoredErasure& one = erasures.emplace_back();
      one.stored = {NumberOf(row[0]), std::string(AsText(BytesOf(row[1])))};
      if (!row[3].is_null()) one.finished = StoredLeaf{NumberOf(row[2]), std::string(AsText(BytesOf(row[3])))};
    }
    return absl::OkStatus();
  }));
  return erasures;
}

absl::StatusOr<std::vector<StoredLeaf>> ErasuresToFinish(Connection& connection, const Uuid& tenant,
                                                         std::uint64_t oldest, int limit) {
  std::vector<StoredLeaf> leaves;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT x.position, e.leaf FROM (SELECT position FROM erasures WHERE tenant_id = $1 AND generation < $2 "
             "                                   AND final_position IS NULL ORDER BY position LIMIT $3) AS x "
             "CROSS JOIN LATERAL (SELECT leaf FROM entries WHERE tenant_id = $1 AND position = x.position OFFSET 0) AS e "
             "ORDER BY 1",
             tenant.ToText(), oldest, limit)) {
      leaves.push_back({NumberOf(row[0]), std::string(AsText(BytesOf(row[1])))});
    }
    return absl::OkStatus();
  }));
  return leaves;
}

absl::Status VacuumKeys(Connection& connection) {
  return connection.door().Read([&](pqxx::nontransaction& session) {
    session.exec("VACUUM data_keys, persons");
    return absl::OkStatus();
  });
}

}  // namespace candor::store
