#include "services/store/append.h"

#include <sstream>

#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"
#include "services/store/postgres/erasing.h"
#include "services/store/postgres/task_rows.h"

namespace candor::store {
namespace {

// The clock is read outside of the part that locks: inside, it would be that of the moment
// before the wait.
constexpr const char* kLock = R"sql(
WITH head AS (
  SELECT size, root, chain, time, range, seal, signer, wrapper FROM heads WHERE tenant_id = $1 FOR UPDATE
)
SELECT size, root, chain, (extract(epoch FROM time) * 1000000)::bigint, range,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
       left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
       set_config('synchronous_commit', 'on', true), seal, signer, wrapper
  FROM head)sql";

// What a batch asks: one statement of those parts that it has questions for, because each
// part costs a lone caller as much as its look-up. One answer a row: its kind, which
// question it answers, and up to four values. $1 is the tenant; a part's own parameters
// are written #1, #2, … Each look-up is LATERAL with OFFSET 0, which PostgreSQL runs
// question by question through the index; as a plain join, a plan made on an empty table
// would read all rows of a tenant.
struct SettlePart {
  int parameters;
  const char* sql;
};
constexpr SettlePart kSettleParts[] = {
    {1, R"sql(
SELECT 1, q.i, e.position::text, e.leaf, s.fingerprint, NULL::text
  FROM unnest(#1::uuid[]) WITH ORDINALITY AS q (id, i)
 CROSS JOIN LATERAL (SELECT position, leaf FROM entries
                      WHERE tenant_id = $1 AND request_id = q.id OFFSET 0) AS e
  LEFT JOIN LATERAL (SELECT fingerprint FROM sealed
                      WHERE tenant_id = $1 AND position = e.position AND fingerprint IS NOT NULL
                     OFFSET 0) AS s ON true)sql"},
    {1, R"sql(
SELECT 2, q.i, coalesce(e.verdict, 0)::text, NULL::bytea, NULL::bytea,
       concat_ws(' ', coalesce((extract(epoch FROM e.expire_time) * 1000000)::bigint, 0),
                 coalesce((extract(epoch FROM e.due_time) * 1000000)::bigint, 0),
                 c.closed IS NOT NULL, coalesce(t.stands, 0), e.decision_id)
  FROM unnest(#1::uuid[]) WITH ORDINALITY AS q (id, i)
 CROSS JOIN LATERAL (SELECT verdict, expire_time, due_time, decision_id FROM entries
                      WHERE tenant_id = $1 AND leaf_id = q.id OFFSET 0) AS e
  LEFT JOIN LATERAL (SELECT true AS closed FROM entries
                      WHERE tenant_id = $1 AND closes_id = q.id OFFSET 0) AS c ON true
  LEFT JOIN LATERAL (SELECT CASE WHEN resolution = 'uphold' THEN 2 WHEN resolution = 'override' THEN 3
                                 WHEN state = 'expired' OR due_time <= clock_timestamp() THEN 4 ELSE 1 END AS stands
                       FROM tasks WHERE tenant_id = $1 AND task_id = q.id AND e.verdict = 3 OFFSET 0) AS t ON true)sql"},
    {1, R"sql(
SELECT 3, q.i, NULL::text, p.handle, NULL::bytea, NULL::text
  FROM unnest(#1::bytea[]) WITH ORDINALITY AS q (lookup, i)
 CROSS JOIN LATERAL (SELECT handle FROM persons
                      WHERE tenant_id = $1 AND lookup = q.lookup OFFSET 0) AS p)sql"},
    {1, R"sql(
SELECT 4, q.i, NULL::text, NULL::bytea, NULL::bytea, NULL::text
  FROM unnest(#1::bytea[]) WITH ORDINALITY AS q (handle, i)
  LEFT JOIN LATERAL (SELECT true AS alive FROM data_keys
                      WHERE tenant_id = $1 AND handle = q.handle OFFSET 0) AS k ON true
 WHERE k.alive IS NULL)sql"},
    {2, R"sql(
SELECT 5, q.i, NULL::text, NULL::bytea, NULL::bytea, NULL::text
  FROM unnest(#1::uuid[], #2::bigint[]) WITH ORDINALITY AS q (epoch, seq, i)
 CROSS JOIN LATERAL (SELECT FROM entries
                      WHERE tenant_id = $1 AND epoch = q.epoch AND seq = q.seq OFFSET 0) AS e
UNION ALL
SELECT 6, q.i, NULL::text, NULL::bytea, NULL::bytea, NULL::text
  FROM unnest(#1::uuid[], #2::bigint[]) WITH ORDINALITY AS q (epoch, seq, i)
  LEFT JOIN LATERAL (SELECT last_seq FROM gaps
                      WHERE tenant_id = $1 AND epoch = q.epoch AND first_seq <= q.seq
                      ORDER BY first_seq DESC LIMIT 1) AS g ON true
  LEFT JOIN LATERAL (SELECT true AS closed FROM closed_epochs
                      WHERE tenant_id = $1 AND epoch = q.epoch OFFSET 0) AS c ON true
 WHERE g.last_seq >= q.seq OR c.closed)sql"},
    {3, R"sql(
SELECT 7, q.i, c.count::text, NULL::bytea, NULL::bytea, CASE WHEN e.seen THEN 't' END
  FROM unnest(#1::uuid[], #2::bigint[], #3::bigint[]) WITH ORDINALITY AS q (epoch, first, last, i)
  LEFT JOIN LATERAL (SELECT true AS seen FROM entries
                      WHERE tenant_id = $1 AND epoch = q.epoch AND seq BETWEEN q.first AND q.last
                      LIMIT 1) AS e ON true
  LEFT JOIN LATERAL (SELECT count FROM closed_epochs
                      WHERE tenant_id = $1 AND epoch = q.epoch OFFSET 0) AS c ON true
 WHERE e.seen OR c.count IS NOT NULL)sql"},
    {0, R"sql(
SELECT 8, 1::bigint, r.position::text, NULL::bytea, NULL::bytea, NULL::text
  FROM (SELECT position FROM registry WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1) AS r)sql"},
    {1, R"sql(
SELECT 9, q.i, t.position::text, NULL::bytea, NULL::bytea, NULL::text
  FROM unnest(#1::uuid[]) WITH ORDINALITY AS q (id, i)
 CROSS JOIN LATERAL (SELECT position FROM tasks WHERE tenant_id = $1 AND task_id = q.id OFFSET 0) AS t)sql"},
    {0, R"sql(
SELECT 10, 1::bigint, c.position::text, NULL::bytea, NULL::bytea, NULL::text
  FROM (SELECT position FROM cases WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1) AS c)sql"},
};

// The statement of the parts whose bits are set, with parameters counted through.
std::string SettleSql(unsigned parts) {
  std::string sql;
  int before = 1;
  for (unsigned i = 0; i < std::size(kSettleParts); ++i) {
    if ((parts >> i & 1) == 0) continue;
    if (!sql.empty()) sql += "\nUNION ALL";
    for (const char* c = kSettleParts[i].sql; *c != '\0'; ++c) {
      if (*c == '#') {
        sql += '$' + std::to_string(before + *++c - '0');
      } else {
        sql += *c;
      }
    }
    before += kSettleParts[i].parameters;
  }
  return sql;
}

// One statement, with new persons or without: another would cost a lone caller a round trip.
constexpr const char* kWith = "WITH ";
constexpr const char* kPersons = R"sql(
WITH key AS (
  INSERT INTO data_keys (tenant_id, handle, generation, wrapped)
  SELECT $1, u.* FROM unnest($28::bytea[], $29::bigint[], $30::bytea[]) AS u
), person AS (
  INSERT INTO persons (tenant_id, lookup, handle)
  SELECT $1, u.* FROM unnest($27::bytea[], $28::bytea[]) AS u
), )sql";
constexpr const char* kWrite = R"sql(
entry AS (
  INSERT INTO entries (tenant_id, position, leaf_id, request_id, decision_id, closes_id, verdict,
                       expire_time, due_time, epoch, seq, leaf_hash, chain_hash, leaf)
  SELECT $1, $2::bigint + i - 1, a, b, c, d, e, f, g, h, j, k, l, m
    FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::smallint[], $8::timestamptz[],
                $9::timestamptz[], $10::uuid[], $11::bigint[], $12::bytea[], $13::bytea[], $14::bytea[])
         WITH ORDINALITY AS u (a, b, c, d, e, f, g, h, j, k, l, m, i)
), box AS (
  INSERT INTO sealed (tenant_id, position, handle, fingerprint, sections)
  SELECT $1, u.* FROM unnest($15::bigint[], $16::bytea[], $17::bytea[], $18::bytea[]) AS u
)
UPDATE heads SET size = $19, root = $20, chain = $21, time = $22, range = $23, seal = $24, signer = $25,
                 wrapper = $26
 WHERE tenant_id = $1 AND size = $2)sql";

constexpr const char* kTiles = R"sql(
INSERT INTO tiles (tenant_id, level, tile_index, hashes, root)
SELECT $1, u.* FROM unnest($2::smallint[], $3::bigint[], $4::bytea[], $5::bytea[]) AS u)sql";

constexpr const char* kTouch = "UPDATE heads SET size = size WHERE tenant_id = $1";

struct SideSql {
  const char* sql = "";
  bool names_leaf = false;  // The last parameter is the position of the leaf.
};
SideSql SqlOf(SideRow::Table table) {
  switch (table) {
    case SideRow::Table::kCatalogue:
      return {"INSERT INTO catalogue (tenant_id, kind, code, position) VALUES ($1, $2, $3, $4) "
              "ON CONFLICT DO NOTHING", true};
    case SideRow::Table::kLimits:
      return {"INSERT INTO limits (tenant_id, amount, currency, confidence, authorization_seconds, "
              "outcome_seconds, position) VALUES ($1, $2, $3, $4, $5, $6, $7)", true};
    case SideRow::Table::kPrincipal:
      return {"INSERT INTO principals (tenant_id, principal_id, kind, code, roles) "
              "VALUES ($1, $2, $3, $4, $5)"};
    case SideRow::Table::kApiKey:
      return {"INSERT INTO api_keys (tenant_id, key_id, principal_id, secret_hash, expire_time) "
              "VALUES ($1, $2, $3, decode($4, 'hex'), $5)"};
    case SideRow::Table::kGap:
      return {"INSERT INTO gaps (tenant_id, epoch, first_seq, last_seq, position) VALUES ($1, $2, $3, $4, $5)", true};
    case SideRow::Table::kClosedEpoch:
      return {"INSERT INTO closed_epochs (tenant_id, epoch, producer, count, leaf_id, position) "
              "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING", true};
    case SideRow::Table::kTenantKey:
      return {"INSERT INTO tenant_keys (tenant_id, purpose, number, handle, generation, wrapped, leaf_id) "
              "VALUES ($1, $2, $3, decode($4, 'hex'), $5, decode($6, 'hex'), $7)"};
    case SideRow::Table::kRegistry:
      return {"INSERT INTO registry (tenant_id, type, position) VALUES ($1, $2, $3)", true};
    case SideRow::Table::kErasure:
      return {"INSERT INTO erasures (tenant_id, wrapper, position) VALUES ($1, $2, $3)", true};
    case SideRow::Table::kFinalErasure:
      return {"UPDATE erasures SET final_position = $3 WHERE tenant_id = $1 AND position = $2", true};
    case SideRow::Table::kCase:
      return {"INSERT INTO cases (tenant_id, case_id, position) VALUES ($1, $2, $3)", true};
    case SideRow::Table::kPolicySet:
      return {"INSERT INTO policy_sets (tenant_id, digest, name, bundle, position) "
              "VALUES ($1, decode($2, 'hex'), $3, decode($4, 'hex'), $5) ON CONFLICT DO NOTHING", true};
    case SideRow::Table::kRevocation:
      return {"INSERT INTO revocations (tenant_id, revoked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
  }
  return {};
}

pqxx::binarystring Raw(BytesView bytes) { return pqxx::binarystring(bytes.data(), bytes.size()); }

class PostgresTransaction final : public LedgerTransaction {
 public:
  PostgresTransaction(Door& door, pqxx::transaction_base& work) : door_(door), work_(work) {}

  absl::StatusOr<Head> Lock(const Uuid& tenant) override {
    tenant_ = tenant.ToText();
    const pqxx::result rows = work_.exec("EXECUTE lock('" + tenant_ + "')");  // With BEGIN, in one message.
    if (rows.empty()) return absl::NotFoundError("the ledger does not exist");
    const pqxx::row row = rows[0];
    Head head{.size = row[0].as<std::uint64_t>(),
              .root = DigestOf(row[1]),
              .chain = DigestOf(row[2]),
              .time = TimeOf(row[3]),
              .range = {},
              .seal = DigestOf(row[8]),
              .database_time = TimeOf(row[5]),
              .time_line = door_.system_identifier(),
              .signer = NumberOf(row[9]),
              .wrapper = NumberOf(row[10])};
    const Bytes range = BytesOf(row[4]);
    for (std::size_t at = 0; at + 32 <= range.size(); at += 32) {
      head.range.push_back(*Digest::FromBytes(BytesView(range).subspan(at, 32)));
    }
    const std::string time_line = row[6].as<std::string>();
    const std::size_t slash = head.time_line.find('/');
    head.time_line.replace(slash + 1, std::string::npos, time_line);
    return head;
  }

  absl::StatusOr<Answers> Settle(const Questions& questions) override {
    Array requests(Element::kUuid), named(Element::kUuid), lookups(Element::kBytea),
        handles(Element::kBytea), epochs(Element::kUuid), seqs(Element::kInt8),
        missing(Element::kUuid), tasks(Element::kUuid), firsts(Element::kInt8), lasts(Element::kInt8);
    for (const Uuid& id : questions.requests) requests.Add(id);
    for (const Uuid& id : questions.named) named.Add(id);
    for (const Digest& lookup : questions.lookups) lookups.Add(lookup);
    for (const Handle& handle : questions.handles) handles.Add(BytesView(handle));
    for (const Questions::Number& number : questions.numbers) {
      epochs.Add(number.epoch);
      seqs.AddInt64(static_cast<std::int64_t>(number.seq));
    }
    for (const Questions::Missing& range : questions.missing) {
      missing.Add(range.epoch);
      firsts.AddInt64(static_cast<std::int64_t>(range.first));
      lasts.AddInt64(static_cast<std::int64_t>(range.last));
    }
    for (const Uuid& id : questions.tasks) tasks.Add(id);
    Answers answers;
    unsigned parts = 0;
    std::vector<pqxx::binarystring> values;
    const auto ask = [&](unsigned part, bool any, std::initializer_list<const Array*> arrays) {
      if (!any) return;
      parts |= 1U << part;
      for (const Array* array : arrays) values.push_back(array->Param());
    };
    ask(0, !questions.requests.empty(), {&requests});
    ask(1, !questions.named.empty(), {&named});
    ask(2, !questions.lookups.empty(), {&lookups});
    ask(3, !questions.handles.empty(), {&handles});
    ask(4, !questions.numbers.empty(), {&epochs, &seqs});
    ask(5, !questions.missing.empty(), {&missing, &firsts, &lasts});
    ask(6, questions.registry, {});
    ask(7, !questions.tasks.empty(), {&tasks});
    ask(8, questions.cases, {});
    if (parts == 0) return answers;
    const std::string name = "settle_" + std::to_string(parts);
    door_.Prepare(name, [&] { return SettleSql(parts); });
    for (const pqxx::row& row :
         work_.exec_prepared(name, tenant_, pqxx::prepare::make_dynamic_params(values))) {
      Read(row, answers);
    }
    return answers;
  }

  absl::StatusOr<std::string> LeafAt(std::uint64_t position) override {
    const pqxx::result rows =
        work_.exec_params("SELECT leaf FROM entries WHERE tenant_id = $1 AND position = $2", tenant_, position);
    if (rows.empty()) return Because(absl::DataLossError("the newest leaf is missing"), "VERIFICATION_FAILED");
    return std::string(AsText(BytesOf(rows[0][0])));
  }

  absl::StatusOr<std::vector<Digest>> LeafHashes(std::uint64_t first, std::uint64_t end) override {
    return Digests(work_.exec_params(
        "SELECT leaf_hash FROM entries WHERE tenant_id = $1 AND position >= $2 AND position < $3 "
        "ORDER BY position",
        tenant_, first, end));
  }

  absl::StatusOr<std::vector<Digest>> TileRoots(int level, std::uint64_t first,
                                                std::uint64_t end) override {
    return Digests(work_.exec_params(
        "SELECT root FROM tiles WHERE tenant_id = $1 AND level = $2 AND tile_index >= $3 "
        "AND tile_index < $4 ORDER BY tile_index",
        tenant_, level, first, end));
  }

  absl::StatusOr<std::vector<Handle>> HandlesOf(const std::vector<Digest>& lookups) override {
    return FindHandles(work_, tenant_, lookups);
  }

  absl::Status EachSealedUnder(const Handle& handle,
                               absl::FunctionRef<absl::Status(const SealedUnder&)> take) override {
    return ReadSealedUnder(work_, tenant_, handle, take);
  }

  absl::Status Write(const Batch& batch) override {
    if (!batch.destroyed.empty()) {
      DestroyUnder(work_, tenant_, batch.destroyed);
      WriteErased(work_, tenant_, batch);
    }
    if (!batch.tiles.empty()) WriteTiles(batch);
    for (const SideRow& row : batch.side) {
      std::vector<std::string> values = {tenant_};
      values.insert(values.end(), row.values.begin(), row.values.end());
      const SideSql side = SqlOf(row.table);
      if (side.names_leaf) values.push_back(std::to_string(row.position));
      work_.exec_params(side.sql, pqxx::prepare::make_dynamic_params(values));
    }
    WriteTasks(door_, work_, tenant_, batch);
    return WriteEntries(batch);
  }

  absl::Status Touch() override {
    work_.exec_prepared("touch", tenant_);
    return absl::OkStatus();
  }

 private:
  static std::vector<Digest> Digests(const pqxx::result& rows) {
    std::vector<Digest> digests;
    for (const pqxx::row& row : rows) digests.push_back(DigestOf(row[0]));
    return digests;
  }

  static void Read(const pqxx::row& row, Answers& answers) {
    const std::size_t asked = row[1].as<std::size_t>() - 1;
    switch (row[0].as<int>()) {
      case 1: {
        Answers::Recorded recorded{.asked = asked, .position = row[2].as<std::uint64_t>(), .leaf = {}, .fingerprint = {}};
        recorded.leaf = std::string(AsText(BytesOf(row[3])));
        if (!row[4].is_null()) recorded.fingerprint = DigestOf(row[4]);
        answers.recorded.push_back(std::move(recorded));
        break;
      }
      case 2: {
        Answers::Named named{.asked = asked, .decision = {}, .verdict = row[2].as<int>(), .expires = {}, .due = {}};
        // "<microseconds> <microseconds> <t or f> <where the task stands>[ <decision>]".
        std::istringstream words(row[5].as<std::string>());
        std::int64_t expires = 0, due = 0;
        std::string closed, decision;
        int task = 0;
        words >> expires >> due >> closed >> task >> decision;
        named.task = static_cast<Answers::Named::Task>(task);
        named.expires = absl::FromUnixMicros(expires);
        named.due = absl::FromUnixMicros(due);
        named.closed = closed == "t";
        named.decision = Uuid::FromText(decision);
        answers.named.push_back(std::move(named));
        break;
      }
      case 3: {
        answers.persons.push_back({.asked = asked, .handle = HandleOf(row[3])});
        break;
      }
      case 4: answers.dead_handles.push_back(asked); break;
      case 5: answers.seen_numbers.push_back(asked); break;
      case 6: answers.late_numbers.push_back(asked); break;
      case 7: {
        Answers::Missing missing{.asked = asked, .seen = !row[5].is_null(), .count = {}};
        if (!row[2].is_null()) missing.count = row[2].as<std::uint64_t>();
        answers.missing.push_back(missing);
        break;
      }
      case 8: answers.registry = row[2].as<std::uint64_t>(); break;
      case 9: answers.tasks.push_back({.asked = asked, .position = row[2].as<std::uint64_t>()}); break;
      case 10: answers.cases = row[2].as<std::uint64_t>(); break;
    }
  }

  void WriteTiles(const Batch& batch) {
    Array levels(Element::kInt2), indexes(Element::kInt8), hashes(Element::kBytea),
        roots(Element::kBytea);
    for (const TileRow& tile : batch.tiles) {
      levels.AddInt16(static_cast<std::int16_t>(tile.level));
      indexes.AddInt64(static_cast<std::int64_t>(tile.index));
      hashes.Add(AsBytes(tile.hashes));
      roots.Add(tile.root);
    }
    work_.exec_prepared("tiles", tenant_, levels.Param(), indexes.Param(), hashes.Param(),
                        roots.Param());
  }

  absl::Status WriteEntries(const Batch& batch) {
    Array leaf_ids(Element::kUuid), requests(Element::kUuid), decisions(Element::kUuid),
        closes(Element::kUuid), verdicts(Element::kInt2), expires(Element::kTimestamptz),
        dues(Element::kTimestamptz), epochs(Element::kUuid), seqs(Element::kInt8),
        hashes(Element::kBytea), chains(Element::kBytea), leaves(Element::kBytea);
    for (const EntryRow& row : batch.entries) {
      leaf_ids.Add(row.leaf_id);
      requests.Add(row.request_id);
      decisions.AddOptional(row.decision_id);
      closes.AddOptional(row.closes_id);
      row.verdict == 0 ? verdicts.AddNull()
                       : verdicts.AddInt16(static_cast<std::int16_t>(row.verdict));
      row.expire_time ? expires.AddTime(*row.expire_time) : expires.AddNull();
      row.due_time ? dues.AddTime(*row.due_time) : dues.AddNull();
      epochs.AddOptional(row.epoch);
      row.epoch ? seqs.AddInt64(static_cast<std::int64_t>(row.seq)) : seqs.AddNull();
      hashes.Add(row.leaf_hash);
      chains.Add(row.chain_hash);
      leaves.Add(AsBytes(row.leaf));
    }
    Array positions(Element::kInt8), handles(Element::kBytea), fingerprints(Element::kBytea),
        sections(Element::kBytea);
    for (const SealedRow& row : batch.sealed) {
      positions.AddInt64(static_cast<std::int64_t>(row.position));
      handles.Add(BytesView(row.handle));
      fingerprints.AddOptional(row.fingerprint);
      sections.Add(row.sections);
    }
    std::string range;
    for (const Digest& digest : batch.head.range) range.append(AsText(digest.view()));
    const auto write = [&](const char* statement, const auto&... persons) {
      return work_.exec_prepared(
          statement, tenant_, batch.first_position, leaf_ids.Param(), requests.Param(), decisions.Param(),
          closes.Param(), verdicts.Param(), expires.Param(), dues.Param(), epochs.Param(), seqs.Param(),
          hashes.Param(), chains.Param(), leaves.Param(), positions.Param(), handles.Param(),
          fingerprints.Param(), sections.Param(), batch.head.size, Raw(batch.head.root.view()),
          Raw(batch.head.chain.view()), absl::FormatTime(absl::RFC3339_full, batch.head.time, absl::UTCTimeZone()),
          Raw(AsBytes(range)), Raw(batch.head.seal.view()), batch.head.signer, batch.head.wrapper, persons...);
    };
    Array lookups(Element::kBytea), made(Element::kBytea), generations(Element::kInt8), wrapped(Element::kBytea);
    for (const PersonRow& person : batch.persons) {
      lookups.Add(person.lookup);
      made.Add(BytesView(person.key.handle));
      generations.AddInt64(static_cast<std::int64_t>(person.key.generation));
      wrapped.Add(BytesView(person.key.wrapped));
    }
    const pqxx::result done =
        batch.persons.empty()
            ? write("write")
            : write("write_persons", lookups.Param(), made.Param(), generations.Param(), wrapped.Param());
    if (done.affected_rows() == 1) return absl::OkStatus();
    return Because(absl::DataLossError("the head of the ledger moved under its lock"),
                   "VERIFICATION_FAILED");
  }

  Door& door_;
  pqxx::transaction_base& work_;
  std::string tenant_;
};

}  // namespace

absl::Status Append(Connection& connection,
                    absl::FunctionRef<absl::Status(LedgerTransaction&)> work) {
  Door& door = connection.door();
  return door.InTransaction(Door::Begins::kWithFirst, [&](pqxx::transaction_base& transaction) {
    door.Prepare("lock", kLock);
    door.Prepare("write", [] { return std::string(kWith).append(kWrite); });
    door.Prepare("write_persons", [] { return std::string(kPersons).append(kWrite); });
    door.Prepare("tiles", kTiles);
    door.Prepare("touch", kTouch);
    PostgresTransaction ledger(door, transaction);
    return work(ledger);
  });
}

}  // namespace candor::store
