#include "services/store/reader.h"

#include "services/store/audit.h"
#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"

namespace candor::store {
namespace {

pqxx::binarystring Raw(BytesView bytes) { return pqxx::binarystring(bytes.data(), bytes.size()); }

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

// Runs a prepared read and hands each row to `take`.
template <typename Take, typename... Values>
absl::Status ForEach(Connection& connection, const char* name, const char* sql, Take take,
                     const Values&... values) {
  Door& door = connection.door();
  return door.Read([&](pqxx::nontransaction& session) {
    door.Prepare(name, sql);
    for (const pqxx::row& row : session.exec_prepared(name, values...)) take(row);
    return absl::OkStatus();
  });
}

// The number that a read gives, or 0.
template <typename... Values>
absl::StatusOr<std::uint64_t> OneNumber(Connection& connection, const char* name, const char* sql,
                                        const Values&... values) {
  std::uint64_t number = 0;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, name, sql, [&](const pqxx::row& row) { number = row[0].as<std::uint64_t>(); }, values...));
  return number;
}

absl::StatusOr<StoredLeaf> OneLeaf(Connection& connection, const char* name, const char* sql,
                                   const Uuid& tenant, const std::string& key) {
  std::optional<StoredLeaf> found;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, name, sql,
      [&](const pqxx::row& row) {
        found = {row[0].as<std::uint64_t>(), std::string(AsText(BytesOf(row[1])))};
      },
      tenant.ToText(), key));
  if (!found) return Because(absl::NotFoundError("no such leaf"), "NOT_FOUND");
  return *std::move(found);
}

template <typename... Values>
absl::StatusOr<std::vector<StoredLeaf>> ManyLeaves(Connection& connection, const char* name,
                                                   const char* sql, const Values&... values) {
  std::vector<StoredLeaf> leaves;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, name, sql,
      [&](const pqxx::row& row) {
        leaves.push_back({row[0].as<std::uint64_t>(), std::string(AsText(BytesOf(row[1])))});
      },
      values...));
  return leaves;
}

template <typename... Values>
absl::StatusOr<std::vector<Digest>> ManyDigests(Connection& connection, const char* name,
                                                const char* sql, const Values&... values) {
  std::vector<Digest> digests;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, name, sql, [&](const pqxx::row& row) { digests.push_back(DigestOf(row[0])); },
      values...));
  return digests;
}

std::vector<Digest> Split(BytesView bytes) {
  std::vector<Digest> digests;
  for (std::size_t at = 0; at + 32 <= bytes.size(); at += 32) {
    digests.push_back(*Digest::FromBytes(bytes.subspan(at, 32)));
  }
  return digests;
}

// d: the decisions of which a leaf has its section `person` sealed under the key $2. A box names
// each of its sections after one byte with the length of the name.
#define CANDOR_DECISIONS_OF_HANDLE                                                               \
  "WITH d AS (SELECT DISTINCT e.decision_id AS id FROM (SELECT position FROM sealed "            \
  "            WHERE tenant_id = $1 AND handle = $2 "                                            \
  "              AND position('\\x06706572736f6e'::bytea IN sections) > 0 OFFSET 0) AS s "       \
  "CROSS JOIN LATERAL (SELECT decision_id FROM entries"                                          \
  "                     WHERE tenant_id = $1 AND position = s.position OFFSET 0) AS e "          \
  "WHERE e.decision_id IS NOT NULL) "

}  // namespace

absl::StatusOr<Head> ReadHead(Connection& connection, const Uuid& tenant) {
  std::optional<Head> found;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "read_head",
      "SELECT size, root, chain, (extract(epoch FROM time) * 1000000)::bigint, range, "
      "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint, seal, signer, wrapper "
      "FROM heads WHERE tenant_id = $1",
      [&](const pqxx::row& row) {
        found = Head{.size = NumberOf(row[0]), .root = DigestOf(row[1]),
                     .chain = DigestOf(row[2]), .time = TimeOf(row[3]),
                     .range = Split(BytesOf(row[4])), .seal = DigestOf(row[6]), .database_time = TimeOf(row[5]),
                     .time_line = connection.system_identifier(), .signer = NumberOf(row[7]),
                     .wrapper = NumberOf(row[8])};
      },
      tenant.ToText()));
  if (!found) return Because(absl::NotFoundError("no such ledger"), "NOT_FOUND");
  return *std::move(found);
}

absl::StatusOr<StoredLeaf> LeafAt(Connection& connection, const Uuid& tenant,
                                  std::uint64_t position) {
  return OneLeaf(connection, "leaf_at",
                 "SELECT position, leaf FROM entries WHERE tenant_id = $1 AND position = $2", tenant,
                 std::to_string(position));
}

absl::StatusOr<StoredLeaf> LeafOfRequest(Connection& connection, const Uuid& tenant,
                                         const Uuid& request) {
  return OneLeaf(connection, "leaf_of_request",
                 "SELECT position, leaf FROM entries WHERE tenant_id = $1 AND request_id = $2",
                 tenant, request.ToText());
}

absl::StatusOr<StoredLeaf> LeafOfId(Connection& connection, const Uuid& tenant,
                                    const Uuid& leaf_id) {
  return OneLeaf(connection, "leaf_of_id",
                 "SELECT position, leaf FROM entries WHERE tenant_id = $1 AND leaf_id = $2", tenant,
                 leaf_id.ToText());
}

absl::StatusOr<std::vector<StoredLeaf>> Leaves(Connection& connection, const Uuid& tenant,
                                               std::uint64_t first, std::uint64_t end, int limit) {
  return ManyLeaves(connection, "leaves",
                    "SELECT position, leaf FROM entries WHERE tenant_id = $1 AND position >= $2 "
                    "AND position < $3 ORDER BY position LIMIT $4",
                    tenant.ToText(), first, end, limit);
}

absl::StatusOr<std::vector<StoredLeaf>> RegistryLeaves(Connection& connection, const Uuid& tenant,
                                                       std::uint64_t after, std::uint64_t last, int limit) {
  return ManyLeaves(connection, "registry_leaves",
                    "SELECT r.position, e.leaf "
                    "FROM (SELECT position FROM registry WHERE tenant_id = $1 AND position > $2 AND position <= $3 "
                    "      ORDER BY position LIMIT $4) AS r "
                    "CROSS JOIN LATERAL (SELECT leaf FROM entries "
                    "                     WHERE tenant_id = $1 AND position = r.position OFFSET 0) AS e "
                    "ORDER BY r.position",
                    tenant.ToText(), after, std::min(last, std::uint64_t{INT64_MAX}), limit);
}

absl::StatusOr<std::vector<CaseLeaf>> CaseLeaves(Connection& connection, const Uuid& tenant, std::uint64_t after,
                                                 int limit) {
  std::vector<CaseLeaf> leaves;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "case_leaves",
      "SELECT c.position, e.leaf, s.handle "
      "FROM (SELECT position FROM cases WHERE tenant_id = $1 AND position > $2 ORDER BY position LIMIT $3) AS c "
      "CROSS JOIN LATERAL (SELECT leaf FROM entries WHERE tenant_id = $1 AND position = c.position OFFSET 0) AS e "
      "LEFT JOIN LATERAL (SELECT handle FROM sealed WHERE tenant_id = $1 AND position = c.position LIMIT 1) AS s ON true "
      "ORDER BY c.position",
      [&](const pqxx::row& row) {
        CaseLeaf& one = leaves.emplace_back();
        one.stored = {row[0].as<std::uint64_t>(), std::string(AsText(BytesOf(row[1])))};
        if (!row[2].is_null()) one.handle = HandleOf(row[2]);
      },
      tenant.ToText(), after, limit));
  return leaves;
}

absl::StatusOr<std::vector<StoredLeaf>> LeavesOfCase(Connection& connection, const Uuid& tenant, const Uuid& case_id,
                                                     std::uint64_t after) {
  return ManyLeaves(connection, "leaves_of_case",
                    "SELECT c.position, e.leaf "
                    "FROM (SELECT position FROM cases WHERE tenant_id = $1 AND case_id = $2 AND position > $3 "
                    "      ORDER BY position LIMIT $4) AS c "
                    "CROSS JOIN LATERAL (SELECT leaf FROM entries "
                    "                     WHERE tenant_id = $1 AND position = c.position OFFSET 0) AS e "
                    "ORDER BY c.position",
                    tenant.ToText(), case_id.ToText(), after, kMostLeavesOfDecision);
}

absl::StatusOr<std::vector<StoredLeaf>> LeavesOfDecision(Connection& connection, const Uuid& tenant,
                                                         const Uuid& decision, std::uint64_t after) {
  return ManyLeaves(connection, "leaves_of_decision",
                    "SELECT position, leaf FROM entries "
                    "WHERE tenant_id = $1 AND leaf_id = $2 AND decision_id = $2 AND position > $3 UNION ALL "
                    "SELECT position, leaf FROM entries "
                    "WHERE tenant_id = $1 AND decision_id = $2 AND decision_id <> leaf_id AND position > $3 "
                    "ORDER BY position LIMIT $4",
                    tenant.ToText(), decision.ToText(), after, kMostLeavesOfDecision);
}

absl::StatusOr<std::vector<LeafWithBoxes>> LeavesWithBoxes(Connection& connection, const Uuid& tenant,
                                                           const std::vector<Uuid>& decisions,
                                                           const std::vector<Handle>& handles) {
  Array of(Element::kUuid), under(Element::kBytea);
  for (const Uuid& decision : decisions) of.Add(decision);
  for (const Handle& handle : handles) under.Add(BytesView(handle));
  std::vector<LeafWithBoxes> leaves;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "leaves_with_boxes",
      "SELECT e.position, e.leaf, s.handle, s.sections FROM unnest($2::uuid[]) AS q (id) "
      "CROSS JOIN LATERAL (SELECT position, leaf FROM ("
      "    SELECT position, leaf FROM entries"
      "     WHERE tenant_id = $1 AND leaf_id = q.id AND decision_id = q.id UNION ALL"
      "    SELECT position, leaf FROM entries"
      "     WHERE tenant_id = $1 AND decision_id = q.id AND decision_id <> leaf_id) AS one"
      "  ORDER BY position LIMIT 1000) AS e "
      "LEFT JOIN LATERAL (SELECT handle, sections FROM sealed WHERE tenant_id = $1 AND position = e.position "
      "                      AND handle = ANY ($3::bytea[]) OFFSET 0) AS s ON true "
      "ORDER BY e.position, s.handle",
      [&](const pqxx::row& row) {
        const auto position = row[0].as<std::uint64_t>();
        if (leaves.empty() || leaves.back().stored.position != position) {
          leaves.push_back({.stored = {position, std::string(AsText(BytesOf(row[1])))}, .boxes = {}});
        }
        if (!row[2].is_null()) leaves.back().boxes.push_back({position, HandleOf(row[2]), BytesOf(row[3])});
      },
      tenant.ToText(), of.Param(), under.Param()));
  return leaves;
}

absl::StatusOr<std::vector<StoredLeaf>> ReadsOfHandle(Connection& connection, const Uuid& tenant, const Handle& handle,
                                                      std::uint64_t before, int limit) {
  // Within a text a quotation mark is escaped: only a member can read so.
  return ManyLeaves(connection, "reads_of_handle",
                    CANDOR_DECISIONS_OF_HANDLE
                    "SELECT r.position, r.leaf FROM d CROSS JOIN LATERAL (SELECT position, leaf FROM entries "
                    "WHERE tenant_id = $1 AND decision_id = d.id AND decision_id <> leaf_id AND position < $3 "
                    "AND position('\"type\":\"read\"'::bytea IN leaf) > 0 OFFSET 0) AS r "
                    "UNION ALL SELECT e.position, e.leaf FROM (SELECT position FROM sealed"
                    "   WHERE tenant_id = $1 AND handle = $2 AND position < $3 OFFSET 0) AS s "
                    "CROSS JOIN LATERAL (SELECT position, decision_id, leaf FROM entries"
                    "   WHERE tenant_id = $1 AND position = s.position OFFSET 0) AS e "
                    "WHERE e.decision_id IS NULL AND position('\"type\":\"read\"'::bytea IN e.leaf) > 0 "
                    "UNION ALL SELECT e.position, e.leaf FROM (SELECT DISTINCT c.position FROM sealed AS s"  // Of cases.
                    "   JOIN cases AS o ON o.tenant_id = $1 AND o.position = s.position"
                    "   JOIN cases AS c ON c.tenant_id = $1 AND c.case_id = o.case_id"
                    "   WHERE s.tenant_id = $1 AND s.handle = $2 AND c.position < $3 OFFSET 0) AS c "
                    "CROSS JOIN LATERAL (SELECT position, decision_id, leaf FROM entries"
                    "   WHERE tenant_id = $1 AND position = c.position OFFSET 0) AS e "
                    "WHERE e.decision_id IS NULL AND position('\"type\":\"read\"'::bytea IN e.leaf) > 0 "
                    "ORDER BY 1 DESC LIMIT $4",
                    tenant.ToText(), Raw(handle), std::min(before, std::uint64_t{INT64_MAX}), limit);
}

absl::StatusOr<std::vector<DecisionOfHandle>> DecisionsOfHandle(Connection& connection, const Uuid& tenant,
                                                                const Handle& handle, std::uint64_t before,
                                                                int limit) {
  std::vector<DecisionOfHandle> decisions;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "decisions_of_handle",
      CANDOR_DECISIONS_OF_HANDLE
      "SELECT b.position, d.id FROM d "
      "CROSS JOIN LATERAL (SELECT position FROM entries WHERE tenant_id = $1 AND leaf_id = d.id OFFSET 0) AS b "
      "WHERE b.position < $3 ORDER BY b.position DESC LIMIT $4",
      [&](const pqxx::row& row) { decisions.push_back({row[0].as<std::uint64_t>(), UuidOf(row[1])}); },
      tenant.ToText(), Raw(handle), std::min(before, std::uint64_t{INT64_MAX}), limit));
  return decisions;
}

absl::StatusOr<std::vector<Digest>> LeafHashes(Connection& connection, const Uuid& tenant,
                                               std::uint64_t first, std::uint64_t end) {
  return ManyDigests(connection, "leaf_hashes",
                     "SELECT leaf_hash FROM entries WHERE tenant_id = $1 AND position >= $2 "
                     "AND position < $3 ORDER BY position",
                     tenant.ToText(), first, end);
}

absl::StatusOr<std::vector<Digest>> FullTile(Connection& connection, const Uuid& tenant, int level,
                                             std::uint64_t index) {
  std::vector<Digest> hashes;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "full_tile",
      "SELECT hashes FROM tiles WHERE tenant_id = $1 AND level = $2 AND tile_index = $3",
      [&](const pqxx::row& row) { hashes = Split(BytesOf(row[0])); }, tenant.ToText(), level,
      index));
  if (hashes.empty()) return Because(absl::NotFoundError("no such full tile"), "NOT_FOUND");
  return hashes;
}

absl::StatusOr<std::vector<Digest>> TileRoots(Connection& connection, const Uuid& tenant, int level,
                                              std::uint64_t first, std::uint64_t end) {
  return ManyDigests(connection, "tile_roots",
                     "SELECT root FROM tiles WHERE tenant_id = $1 AND level = $2 "
                     "AND tile_index >= $3 AND tile_index < $4 ORDER BY tile_index",
                     tenant.ToText(), level, first, end);
}

absl::StatusOr<std::vector<StoredSealed>> SealedAt(Connection& connection, const Uuid& tenant,
                                                   std::uint64_t position) {
  std::vector<StoredSealed> sealed;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "sealed_at",
      "SELECT position, handle, sections FROM sealed WHERE tenant_id = $1 AND position = $2 "
      "ORDER BY handle",
      [&](const pqxx::row& row) {
        sealed.push_back({row[0].as<std::uint64_t>(), HandleOf(row[1]), BytesOf(row[2])});
      },
      tenant.ToText(), position));
  return sealed;
}

absl::StatusOr<std::vector<std::uint64_t>> PositionsOfHandle(Connection& connection,
                                                             const Uuid& tenant,
                                                             const Handle& handle) {
  std::vector<std::uint64_t> positions;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "positions_of_handle",
      "SELECT position FROM sealed WHERE tenant_id = $1 AND handle = $2 ORDER BY position LIMIT 10000",
      [&](const pqxx::row& row) { positions.push_back(row[0].as<std::uint64_t>()); },
      tenant.ToText(), Raw(handle)));
  return positions;
}

absl::StatusOr<std::vector<Overdue>> OverdueAuthorizations(Connection& connection,
                                                           const Uuid& tenant, const Overdue& after,
                                                           absl::Time until, int limit) {
  std::vector<Overdue> overdue;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "overdue",
      "SELECT e.leaf_id, e.decision_id, (extract(epoch FROM e.due_time) * 1000000)::bigint "
      "FROM entries e LEFT JOIN LATERAL (SELECT true AS closed FROM entries "
      "                                   WHERE tenant_id = $1 AND closes_id = e.leaf_id OFFSET 0) AS c ON true "
      "WHERE e.tenant_id = $1 AND e.due_time >= $2 AND (e.due_time, e.leaf_id) > ($2, $3) "
      "AND e.due_time <= $4 AND c.closed IS NULL "
      "ORDER BY e.due_time, e.leaf_id LIMIT $5",
      [&](const pqxx::row& row) {
        Overdue one{.leaf_id = UuidOf(row[0]), .decision_id = {}, .due_time = TimeOf(row[2])};
        if (!row[1].is_null()) one.decision_id = UuidOf(row[1]);
        overdue.push_back(one);
      },
      tenant.ToText(), TimeText(after.due_time), after.leaf_id.ToText(), TimeText(until), limit));
  return overdue;
}

absl::StatusOr<std::vector<Uuid>> KnownRequests(Connection& connection, const Uuid& tenant,
                                                const std::vector<Uuid>& requests) {
  Array asked(Element::kUuid);
  for (const Uuid& request : requests) asked.Add(request);
  std::vector<Uuid> known;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "known_requests",
      "SELECT q.id FROM unnest($2::uuid[]) AS q (id) CROSS JOIN LATERAL "
      "(SELECT FROM entries WHERE tenant_id = $1 AND request_id = q.id OFFSET 0) AS e",
      [&](const pqxx::row& row) { known.push_back(UuidOf(row[0])); }, tenant.ToText(), asked.Param()));
  return known;
}

absl::StatusOr<std::vector<Uuid>> Epochs(Connection& connection, const Uuid& tenant) {
  // From each epoch to the next one through the index, whatever their lengths.
  std::vector<Uuid> epochs;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "epochs",
      "WITH RECURSIVE found AS ("
      "  (SELECT epoch FROM entries WHERE tenant_id = $1 AND epoch IS NOT NULL ORDER BY epoch LIMIT 1)"
      "  UNION ALL SELECT (SELECT epoch FROM entries WHERE tenant_id = $1 AND epoch > found.epoch "
      "                    ORDER BY epoch LIMIT 1) FROM found WHERE found.epoch IS NOT NULL) "
      "SELECT epoch FROM found WHERE epoch IS NOT NULL",
      [&](const pqxx::row& row) { epochs.push_back(UuidOf(row[0])); }, tenant.ToText()));
  return epochs;
}

absl::StatusOr<std::uint64_t> HighestNumber(Connection& connection, const Uuid& tenant, const Uuid& epoch,
                                            std::uint64_t most) {
  return OneNumber(connection, "highest_number",
                   "SELECT seq FROM entries WHERE tenant_id = $1 AND epoch = $2 AND seq <= $3 ORDER BY seq DESC LIMIT 1",
                   tenant.ToText(), epoch.ToText(), most);
}

absl::StatusOr<std::optional<Closing>> ReadClosing(Connection& connection, const Uuid& tenant,
                                                   const Uuid& epoch) {
  std::optional<Closing> closing;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "closing",
      "SELECT producer, count, leaf_id FROM closed_epochs WHERE tenant_id = $1 AND epoch = $2",
      [&](const pqxx::row& row) {
        closing = {row[0].as<std::string>(), row[1].as<std::uint64_t>(), UuidOf(row[2])};
      },
      tenant.ToText(), epoch.ToText()));
  return closing;
}

absl::StatusOr<std::uint64_t> CountNumbers(Connection& connection, const Uuid& tenant, const Uuid& epoch,
                                           std::uint64_t last) {
  return OneNumber(connection, "count_numbers",
                   "SELECT count(*) FROM entries WHERE tenant_id = $1 AND epoch = $2 AND seq <= $3",
                   tenant.ToText(), epoch.ToText(), last);
}

absl::StatusOr<std::vector<NumberGap>> NumberGaps(Connection& connection, const Uuid& tenant,
                                                  const Uuid& epoch, std::uint64_t after,
                                                  std::uint64_t last, int limit) {
  std::vector<NumberGap> gaps;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "number_gaps",
      "SELECT g.previous + 1, g.seq - 1, e.position, e.leaf FROM ("
      "  SELECT seq, lag(seq, 1, $3::bigint) OVER (ORDER BY seq) AS previous"
      "    FROM entries WHERE tenant_id = $1 AND epoch = $2 AND seq > $3 AND seq <= $4) AS g "
      "CROSS JOIN LATERAL (SELECT position, leaf FROM entries"
      "                     WHERE tenant_id = $1 AND epoch = $2 AND seq = g.seq OFFSET 0) AS e "
      "LEFT JOIN LATERAL (SELECT last_seq FROM gaps"
      "                    WHERE tenant_id = $1 AND epoch = $2 AND first_seq <= g.previous + 1"
      "                    ORDER BY first_seq DESC LIMIT 1) AS named ON true "
      "WHERE g.previous + 1 < g.seq AND (named.last_seq IS NULL OR named.last_seq < g.seq - 1) "
      "ORDER BY g.seq LIMIT $5",
      [&](const pqxx::row& row) {
        gaps.push_back({row[0].as<std::uint64_t>(), row[1].as<std::uint64_t>(),
                        {row[2].as<std::uint64_t>(), std::string(AsText(BytesOf(row[3])))}});
      },
      tenant.ToText(), epoch.ToText(), after, last, limit));
  return gaps;
}

absl::StatusOr<std::vector<ToldRow>> ToldRows(Connection& connection, const Uuid& tenant) {
  std::vector<ToldRow> told;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "told",
      "SELECT 'tenants', ARRAY[origin, request_id::text] FROM tenants WHERE tenant_id = $1 "
      "UNION ALL SELECT 'limits', ARRAY[position::text, amount, currency, confidence, authorization_seconds::text,"
      "  outcome_seconds::text] FROM limits WHERE tenant_id = $1 "
      "UNION ALL SELECT 'catalogue', ARRAY[kind, code, position::text] FROM catalogue WHERE tenant_id = $1 "
      "UNION ALL SELECT 'registry', ARRAY[position::text, type] FROM registry WHERE tenant_id = $1 "
      "UNION ALL SELECT 'gaps', ARRAY[epoch::text, first_seq::text, last_seq::text, position::text]"
      "  FROM gaps WHERE tenant_id = $1 "
      "UNION ALL SELECT 'closed_epochs', ARRAY[epoch::text, producer, count::text, leaf_id::text, position::text]"
      "  FROM closed_epochs WHERE tenant_id = $1 "
      "UNION ALL SELECT 'erasures', ARRAY[position::text, wrapper::text] FROM erasures WHERE tenant_id = $1 "
      "UNION ALL SELECT 'cases', ARRAY[position::text, case_id::text] FROM cases WHERE tenant_id = $1 "
      "UNION ALL SELECT 'policy_sets', ARRAY[encode(digest, 'base64'), name, encode(sha256(bundle), 'base64'),"
      "  position::text] FROM policy_sets WHERE tenant_id = $1 "
      "UNION ALL SELECT 'principals', ARRAY[principal_id::text, kind, code, array_to_string(roles, ' ')]"
      "  FROM principals WHERE tenant_id = $1 "
      "UNION ALL SELECT 'api_keys', ARRAY[key_id::text, principal_id::text, CASE WHEN isfinite(expire_time) THEN"
      "  to_char(expire_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') ELSE '' END]"
      "  FROM api_keys WHERE tenant_id = $1 "
      "UNION ALL SELECT 'revocations', ARRAY[revoked_id::text] FROM revocations WHERE tenant_id = $1",
      [&](const pqxx::row& row) {
        ToldRow& one = told.emplace_back();
        one.table = row[0].as<std::string>();
        pqxx::array_parser values(row[1].c_str());
        for (auto item = values.get_next(); item.first != pqxx::array_parser::done; item = values.get_next()) {
          if (item.first == pqxx::array_parser::string_value) one.values.push_back(std::move(item.second));
        }
      },
      tenant.ToText()));
  return told;
}

absl::StatusOr<Ends> ReadEnds(Connection& connection, const Uuid& tenant, std::uint64_t size) {
  Ends ends;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "ends",
      "SELECT (SELECT position FROM entries WHERE tenant_id = $1 ORDER BY position LIMIT 1),"
      " (SELECT position FROM entries WHERE tenant_id = $1 AND position < $2 ORDER BY position DESC LIMIT 1),"
      " (SELECT position FROM entries WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1),"
      " (SELECT count(*) FROM heads WHERE tenant_id = $1), (SELECT count(*) FROM checkpoints WHERE tenant_id = $1)",
      [&](const pqxx::row& row) {
        const auto number = [&](pqxx::row::size_type i) { return row[i].is_null() ? -1 : row[i].as<std::int64_t>(); };
        ends = {.has_negative = !row[0].is_null() && number(0) < 0,
                .before = static_cast<std::uint64_t>(std::max<std::int64_t>(number(1) + 1, 0)),
                .all = static_cast<std::uint64_t>(std::max<std::int64_t>(number(2), -1)) + 1,
                .heads = NumberOf(row[3]),
                .checkpoints = NumberOf(row[4])};
      },
      tenant.ToText(), std::min(size, std::uint64_t{INT64_MAX})));
  return ends;
}

absl::StatusOr<std::vector<PersonHandle>> PersonHandles(Connection& connection, const Uuid& tenant) {
  std::vector<PersonHandle> persons;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "person_handles", "SELECT lookup, handle FROM persons WHERE tenant_id = $1",
      [&](const pqxx::row& row) { persons.push_back({BytesOf(row[0]), std::string(AsText(BytesOf(row[1])))}); }, tenant.ToText()));
  return persons;
}

absl::StatusOr<std::vector<std::string>> DataKeyHandles(Connection& connection, const Uuid& tenant) {
  std::vector<std::string> handles;
  CANDOR_RETURN_IF_ERROR(ForEach(
      connection, "data_key_handles", "SELECT handle FROM data_keys WHERE tenant_id = $1",
      [&](const pqxx::row& row) { handles.emplace_back(AsText(BytesOf(row[0]))); }, tenant.ToText()));
  return handles;
}

}  // namespace candor::store
