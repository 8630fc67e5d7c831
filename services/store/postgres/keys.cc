#include "services/store/keys.h"

#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"
#include "services/store/reader.h"

namespace candor::store {
namespace {

WrappedKey KeyOf(const pqxx::row& row, int first) {
  WrappedKey key;
  const Bytes handle = BytesOf(row[first]), wrapped = BytesOf(row[first + 2]);
  std::copy_n(handle.begin(), std::min(handle.size(), key.handle.size()), key.handle.begin());
  std::copy_n(wrapped.begin(), std::min(wrapped.size(), key.wrapped.size()), key.wrapped.begin());
  key.generation = NumberOf(row[first + 1]);
  return key;
}

}  // namespace

absl::StatusOr<std::map<Digest, WrappedKey>> FindKeys(Connection& connection, const Uuid& tenant,
                                                      const std::vector<Digest>& lookups) {
  std::map<Digest, WrappedKey> keys;
  if (lookups.empty()) return keys;
  Array wanted(Element::kBytea);
  for (const Digest& lookup : lookups) wanted.Add(lookup);
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare("find_keys",
                 // LATERAL with OFFSET 0: see kSettleParts in append.cc.
                 "SELECT q.lookup, k.handle, k.generation, k.wrapped FROM unnest($2::bytea[]) AS q (lookup) "
                 "CROSS JOIN LATERAL (SELECT handle FROM persons "
                 "                     WHERE tenant_id = $1 AND lookup = q.lookup OFFSET 0) AS p "
                 "CROSS JOIN LATERAL (SELECT handle, generation, wrapped FROM data_keys "
                 "                     WHERE tenant_id = $1 AND handle = p.handle OFFSET 0) AS k");
    for (const pqxx::row& row : session.exec_prepared("find_keys", tenant.ToText(), wanted.Param())) {
      keys[DigestOf(row[0])] = KeyOf(row, 1);
    }
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<std::map<Uuid, std::optional<WrappedKey>>> PersonKeysOf(Connection& connection, const Uuid& tenant,
                                                                       const std::vector<Uuid>& leaf_ids) {
  std::map<Uuid, std::optional<WrappedKey>> keys;
  if (leaf_ids.empty()) return keys;
  Array wanted(Element::kUuid);
  for (const Uuid& id : leaf_ids) wanted.Add(id);
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    // A box names each of its sections after one byte with the length of the name.
    door.Prepare("person_keys_of",
                 "SELECT q.id, k.handle, k.generation, k.wrapped FROM unnest($2::uuid[]) AS q (id) "
                 "CROSS JOIN LATERAL (SELECT position AS at FROM entries "
                 "                     WHERE tenant_id = $1 AND leaf_id = q.id OFFSET 0) AS e "
                 " LEFT JOIN LATERAL (SELECT handle FROM sealed WHERE tenant_id = $1 AND position = e.at "
                 "                       AND position('\\x06706572736f6e'::bytea IN sections) > 0 OFFSET 0) AS s ON true "
                 " LEFT JOIN LATERAL (SELECT handle, generation, wrapped FROM data_keys "
                 "                     WHERE tenant_id = $1 AND handle = s.handle OFFSET 0) AS k ON true "
                 " LEFT JOIN LATERAL (SELECT true AS gone FROM erased "
                 "                     WHERE tenant_id = $1 AND position = e.at LIMIT 1) AS x ON true "
                 "WHERE k.handle IS NOT NULL OR x.gone");
    for (const pqxx::row& row : session.exec_prepared("person_keys_of", tenant.ToText(), wanted.Param())) {
      std::optional<WrappedKey>& key = keys[UuidOf(row[0])];
      if (!row[1].is_null()) key = KeyOf(row, 1);
    }
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<std::vector<SealedWithKey>> SealedIn(Connection& connection, const Uuid& tenant,
                                                    std::uint64_t first, std::uint64_t end) {
  std::vector<SealedWithKey> sealed;
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare("sealed_in",
                 "SELECT s.position, s.sections, k.handle, k.generation, k.wrapped FROM sealed s "
                 "  JOIN data_keys k ON k.tenant_id = s.tenant_id AND k.handle = s.handle "
                 "WHERE s.tenant_id = $1 AND s.position >= $2 AND s.position < $3 ORDER BY s.position, s.handle");
    for (const pqxx::row& row : session.exec_prepared("sealed_in", tenant.ToText(), first, end)) {
      const WrappedKey key = KeyOf(row, 2);
      sealed.push_back({.sealed = {row[0].as<std::uint64_t>(), key.handle, BytesOf(row[1])}, .key = key});
    }
    return absl::OkStatus();
  }));
  return sealed;
}

absl::StatusOr<std::vector<WrappedKey>> KeysUnderOlder(Connection& connection, const Uuid& tenant,
                                                       const Handle& after, std::uint64_t wrapper, int limit) {
  std::vector<WrappedKey> keys;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT handle, generation, wrapped FROM data_keys "
             "WHERE tenant_id = $1 AND handle > $2 AND generation < $3 ORDER BY handle LIMIT $4",
             tenant.ToText(), pqxx::binarystring(after.data(), after.size()), wrapper, limit)) {
      keys.push_back(KeyOf(row, 0));
    }
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<std::uint64_t> RewrapKeys(Connection& connection, const Uuid& tenant,
                                         const std::vector<Rewrapped>& keys) {
  Array handles(Element::kBytea), before(Element::kBytea), generations(Element::kInt8), after(Element::kBytea);
  for (const Rewrapped& key : keys) {
    handles.Add(BytesView(key.before.handle));
    before.Add(BytesView(key.before.wrapped));
    generations.AddInt64(static_cast<std::int64_t>(key.after.generation));
    after.Add(BytesView(key.after.wrapped));
  }
  std::uint64_t changed = 0;
  CANDOR_RETURN_IF_ERROR(connection.door().InTransaction([&](pqxx::transaction_base& work) {
    // A handle is one of either table: 16 random bytes.
    for (const char* sql : {"UPDATE data_keys SET generation = n.generation, wrapped = n.after "
                            "FROM unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::bytea[]) AS n (handle, before, generation, after) "
                            "WHERE tenant_id = $1 AND data_keys.handle = n.handle AND wrapped = n.before",
                            "UPDATE tenant_keys SET generation = n.generation, wrapped = n.after "
                            "FROM unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::bytea[]) AS n (handle, before, generation, after) "
                            "WHERE tenant_id = $1 AND tenant_keys.handle = n.handle AND wrapped = n.before"}) {
      changed += work.exec_params(sql, tenant.ToText(), handles.Param(), before.Param(), generations.Param(), after.Param())
                     .affected_rows();
    }
    return absl::OkStatus();
  }));
  return changed;
}

absl::StatusOr<std::uint64_t> DropOlderWrappers(Connection& connection, const Uuid& tenant,
                                                std::uint64_t wrapper) {
  std::uint64_t dropped = 0;
  CANDOR_RETURN_IF_ERROR(connection.door().InTransaction([&](pqxx::transaction_base& work) {
    // Who has the operator's keys up to that generation, and a backup, can open those keys, and what they wrapped.
    work.exec_params(
        "UPDATE erasures AS e SET generation = coalesce("
        "  (SELECT max(generation) FROM tenant_keys WHERE tenant_id = $1 AND purpose = 'data' AND number < $2),"
        "  (SELECT max(generation) FROM tenant_keys WHERE tenant_id = $1)) "
        "WHERE tenant_id = $1 AND wrapper < $2 AND generation IS NULL "
        "AND NOT EXISTS (SELECT FROM data_keys WHERE data_keys.tenant_id = $1 AND data_keys.generation <= e.wrapper)",
        tenant.ToText(), wrapper);
    dropped = work.exec_params(
                      "DELETE FROM tenant_keys WHERE tenant_id = $1 AND purpose = 'data' AND number < $2 "
                      "AND NOT EXISTS (SELECT FROM data_keys WHERE data_keys.tenant_id = $1"
                      "                   AND data_keys.generation = tenant_keys.number)",
                      tenant.ToText(), wrapper)
                  .affected_rows();
    return absl::OkStatus();
  }));
  return dropped;
}

absl::StatusOr<WrappedKey> KeyOfHandle(Connection& connection, const Uuid& tenant,
                                       const Handle& handle) {
  std::optional<WrappedKey> key;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "SELECT handle, generation, wrapped FROM data_keys WHERE tenant_id = $1 AND handle = $2",
             tenant.ToText(), pqxx::binarystring(handle.data(), handle.size()))) {
      key = KeyOf(row, 0);
    }
    return absl::OkStatus();
  }));
  if (!key) return absl::NotFoundError("the key was destroyed");
  return *key;
}

}  // namespace candor::store
