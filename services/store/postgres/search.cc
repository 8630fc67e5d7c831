#include "services/store/search.h"

#include <climits>

#include "services/base/check.h"
#include "services/base/status.h"
#include "services/store/postgres/array.h"
#include "services/store/postgres/condition.h"
#include "services/store/postgres/door.h"

namespace candor::store {
namespace {

constexpr const char* kPutDecisions = R"sql(
INSERT INTO decisions (tenant_id, decision_id, position, create_time, update_time, leaf_count, amount, confidence, cost,
                       terms)
SELECT $1, u.id, u.position, u.created, u.updated, u.leaves, u.amount::numeric, u.confidence::numeric, u.cost::numeric,
       string_to_array(u.terms, E'\n')
  FROM unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::text[], $8::text[],
              $9::text[], $10::text[]) AS u (id, position, created, updated, leaves, amount, confidence, cost, terms)
ON CONFLICT (tenant_id, decision_id) DO UPDATE
   SET position = excluded.position, create_time = excluded.create_time, update_time = excluded.update_time,
       leaf_count = excluded.leaf_count, amount = excluded.amount, confidence = excluded.confidence,
       cost = excluded.cost, terms = excluded.terms)sql";

std::string TimeText(absl::Time time) {
  if (time == absl::InfinitePast()) return "-infinity";
  if (time == absl::InfiniteFuture()) return "infinity";
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

std::string Joined(const std::vector<std::string>& terms) {
  std::string text;
  for (const std::string& term : terms) text += (text.empty() ? "" : "\n") + term;
  return text;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> terms;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    terms.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return terms;
}

void AddText(Array& array, const std::optional<std::string>& text) {
  if (text) return array.Add(AsBytes(*text));
  array.AddNull();
}

void PutDecisions(Door& door, pqxx::transaction_base& work, const std::string& tenant, const std::vector<DecisionRow>& rows) {
  if (rows.empty()) return;
  Array ids(Element::kUuid), positions(Element::kInt8), created(Element::kTimestamptz), updated(Element::kTimestamptz),
      leaves(Element::kInt8), amounts(Element::kText), confidences(Element::kText), costs(Element::kText),
      terms(Element::kText);
  for (const DecisionRow& row : rows) {
    ids.Add(row.decision);
    positions.AddInt64(static_cast<std::int64_t>(row.position));
    created.AddTime(row.create_time);
    updated.AddTime(row.update_time);
    leaves.AddInt64(row.leaf_count);
    AddText(amounts, row.amount);
    AddText(confidences, row.confidence);
    AddText(costs, row.cost);
    const std::string joined = Joined(row.terms);
    terms.Add(AsBytes(joined));
  }
  door.Prepare("put_decisions", kPutDecisions);
  work.exec_prepared("put_decisions", tenant, ids.Param(), positions.Param(), created.Param(), updated.Param(),
                     leaves.Param(), amounts.Param(), confidences.Param(), costs.Param(), terms.Param());
}

void PutWords(Door& door, pqxx::transaction_base& work, const std::string& tenant, const std::vector<Word>& words) {
  if (words.empty()) return;
  Array digests(Element::kBytea), positions(Element::kInt8), handles(Element::kBytea), decisions(Element::kUuid);
  for (const Word& word : words) {
    digests.Add(word.word);
    positions.AddInt64(static_cast<std::int64_t>(word.position));
    handles.Add(BytesView(word.handle));
    decisions.Add(word.decision);
  }
  door.Prepare("put_words", "INSERT INTO words (tenant_id, word, position, handle, decision_id) SELECT $1, u.* "
                            "FROM unnest($2::bytea[], $3::bigint[], $4::bytea[], $5::uuid[]) AS u ON CONFLICT DO NOTHING");
  work.exec_prepared("put_words", tenant, digests.Param(), positions.Param(), handles.Param(), decisions.Param());
}

// A line for each row: its columns between unit separators, its terms between line feeds.
std::string LinesOf(const std::vector<DecisionRow>& rows) {
  std::string lines;
  for (const DecisionRow& row : rows) {
    if (!lines.empty()) lines += '\x1e';
    for (const std::string& column :
         {row.decision.ToText(), std::to_string(row.position), TimeText(row.create_time), TimeText(row.update_time),
          std::to_string(row.leaf_count), row.amount.value_or(""), row.confidence.value_or(""), row.cost.value_or("")}) {
      lines += column + '\x1f';
    }
    lines += Joined(row.terms);
  }
  return lines;
}

// The positions that are seen, of a table of leaves.
std::string SeenSql(const Sight& sight, Built& built, const std::string& table) {
  if (!sight.look) return {};
  return " AND " + table + ".position >= " + built.Place(std::to_string(sight.first)) + "::bigint AND " + table +
         ".position < " + built.Place(std::to_string(sight.end)) + "::bigint";
}

// How a statement goes through the rows.
enum class Way {
  kPlanned,  // As PostgreSQL thinks best.
  kNewest,   // The newest kNewest, one after the other.
  kFew,      // By what they must hold, up to kFew of them.
  kInOrder,  // One after the other.
};
constexpr int kNewest = 4000, kFew = 20'000;

const char* SettingsFor(Way way) {
  switch (way) {
    case Way::kPlanned: return "SET LOCAL enable_hashjoin = on; SET LOCAL enable_seqscan = on";
    case Way::kNewest:
    case Way::kInOrder: return "SET LOCAL enable_bitmapscan = off";
    case Way::kFew: return "SET LOCAL enable_indexscan = off; SET LOCAL enable_seqscan = on";
  }
  return "";
}

// $2 below this position, $3 and $4 from and before these times, $5 the person's key. A box names
// each of its sections after one byte with the length of the name.
Built Build(const DecisionFilter& filter, const std::vector<DecisionRow>& cut, Way way) {
  Built built;
  const Sight& sight = filter.sight;
  const bool in_order = way == Way::kNewest || way == Way::kInOrder;
  built.from = in_order ? NewestSql(filter.condition, way == Way::kNewest ? kNewest : INT_MAX, built) : "decisions";
  if (sight.look) {
    built.from =
        "(SELECT * FROM decisions WHERE position >= " + built.Place(std::to_string(sight.first)) +
        "::bigint AND update_time < " + built.Place(TimeText(sight.until)) +
        "::timestamptz UNION ALL SELECT $1::uuid, a[1]::uuid, a[2]::bigint, a[3]::timestamptz, a[4]::timestamptz,"
        " a[5]::integer, a[6]::numeric, a[7]::numeric, a[8]::numeric, string_to_array(a[9], E'\\n')"
        " FROM (SELECT string_to_array(line, E'\\x1f', '') AS a FROM unnest(string_to_array(" +
        built.Place(LinesOf(cut)) + ", E'\\x1e')) AS line) AS cut)";
  }
  // A bound that excludes nothing would only mislead the planner.
  const auto bound = [](bool excludes, const char* sql, const char* parameter) {
    return std::string(" AND ").append(excludes ? sql : parameter).append(excludes ? "" : " IS NOT NULL");
  };
  built.where =
      " WHERE d.tenant_id = $1" + bound(filter.before < INT64_MAX, "d.position < $2", "$2::bigint") +
      bound(filter.from != absl::InfinitePast(), "d.create_time >= $3::timestamptz", "$3::timestamptz") +
      bound(filter.until != absl::InfiniteFuture(), "d.create_time < $4::timestamptz", "$4::timestamptz") +
      " AND ($5::bytea IS NULL OR d.decision_id IN (SELECT e.decision_id"
      "   FROM (SELECT position FROM sealed AS b WHERE tenant_id = $1 AND handle = $5" +
      SeenSql(sight, built, "b") +
      "          AND position('\\x06706572736f6e'::bytea IN sections) > 0 OFFSET 0) AS s"
      "  CROSS JOIN LATERAL (SELECT decision_id FROM entries"
      "                       WHERE tenant_id = $1 AND position = s.position OFFSET 0) AS e))"
      " AND coalesce($6::text[], '{}') IS NOT NULL AND " +
      SqlOf(sight.scope, built) + " AND " + SqlOf(filter.condition, built);
  for (const Digest& word : filter.words) {
    built.where += " AND d.decision_id IN (SELECT decision_id FROM words AS w WHERE tenant_id = $1 AND word = decode(" +
                   built.Place(word.ToHex()) + ", 'hex')" + SeenSql(sight, built, "w") + ")";
  }
  return built;
}

// Planned for the very values that are asked for, on one core, and bounded in time.
constexpr const char* kForSearches =
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL max_parallel_workers_per_gather = 0;"
    "SET LOCAL statement_timeout = '20s';";

// How the decisions look of which only a part is seen.
absl::StatusOr<std::vector<DecisionRow>> Cut(pqxx::transaction_base& work, const Uuid& tenant, const Sight& sight) {
  std::vector<Uuid> decisions;
  if (!sight.look) return std::vector<DecisionRow>();
  Built built;
  const std::string scope = SqlOf(sight.scope, built);
  for (const pqxx::row& row : work.exec_params(
           "SELECT d.decision_id FROM decisions AS d WHERE d.tenant_id = $1 AND d.position < $2 AND d.update_time >= "
           "$3::timestamptz AND (d.position < $4 OR d.update_time >= $5::timestamptz) AND coalesce($6::text[], '{}') IS NOT "
           "NULL AND " + scope + " LIMIT $7",
           tenant.ToText(), std::min(sight.end, std::uint64_t{INT64_MAX}), TimeText(sight.from), sight.first,
           TimeText(sight.until), built.values.Param(), kMostCut + 1)) {
    decisions.push_back(UuidOf(row[0]));
  }
  if (decisions.size() <= static_cast<std::size_t>(kMostCut)) return sight.look(decisions);
  return Because(absl::InvalidArgumentError("the time cuts through more than 10,000 decisions: name fewer"), "TOO_LARGE");
}

// Runs a statement about rows of decisions, which are called d; with `more` values from $7 on.
template <typename Sql, typename Take, typename... More>
absl::Status Ask(Connection& connection, const Uuid& tenant, const DecisionFilter& filter, Way way, Sql sql,
                 Take take, const More&... more) {
  return connection.door().InTransaction([&](pqxx::transaction_base& work) -> absl::Status {
    // What is cut, and all else, as it is at one moment.
    if (filter.sight.look) work.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    work.exec(std::string(kForSearches).append(SettingsFor(way)));
    CANDOR_ASSIGN_OR_RETURN(const std::vector<DecisionRow> cut, Cut(work, tenant, filter.sight));
    Built built = Build(filter, cut, way);
    const Handle handle = filter.person.value_or(Handle{});
    const std::uint64_t before = std::min(filter.before, std::uint64_t{INT64_MAX});
    const std::string text = sql(built);
    const pqxx::binarystring values = built.values.Param();
    const auto run = [&](const auto& person) {
      return work.exec_params(text, tenant.ToText(), before, TimeText(filter.from), TimeText(filter.until), person,
                              values, more...);
    };
    const pqxx::result found = filter.person ? run(pqxx::binarystring(handle.data(), handle.size())) : run(static_cast<const char*>(nullptr));
    for (const pqxx::row& row : found) take(row);
    return absl::OkStatus();
  });
}

std::optional<std::string> MaybeText(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : std::optional(field.as<std::string>());
}

}  // namespace

absl::StatusOr<std::uint64_t> SearchedSize(Connection& connection, const Uuid& tenant) {
  std::uint64_t size = 0;
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare("searched_size", "SELECT size FROM searched WHERE tenant_id = $1");
    for (const pqxx::row& row : session.exec_prepared("searched_size", tenant.ToText())) size = NumberOf(row[0]);
    return absl::OkStatus();
  }));
  return size;
}

absl::Status ReadOn(Connection& connection, const Uuid& tenant,
                    absl::FunctionRef<absl::StatusOr<ReadUpTo>(std::uint64_t size)> read) {
  Door& door = connection.door();
  return door.InTransaction([&](pqxx::transaction_base& work) -> absl::Status {
    door.Prepare("begin_searched", "INSERT INTO searched (tenant_id, size) VALUES ($1, 0) ON CONFLICT DO NOTHING");
    door.Prepare("lock_searched", "SELECT size FROM searched WHERE tenant_id = $1 FOR UPDATE");
    door.Prepare("move_searched", "UPDATE searched SET size = $2 WHERE tenant_id = $1");
    door.Prepare("put_noted", "INSERT INTO noted (tenant_id, kind, position) SELECT $1, u.* "
                              "FROM unnest($2::text[], $3::bigint[]) AS u ON CONFLICT DO NOTHING");
    work.exec_prepared("begin_searched", tenant.ToText());
    const std::uint64_t size = NumberOf(work.exec_prepared1("lock_searched", tenant.ToText())[0]);
    CANDOR_ASSIGN_OR_RETURN(const ReadUpTo up_to, read(size));
    if (up_to.size == size) return absl::OkStatus();
    PutDecisions(door, work, tenant.ToText(), up_to.decisions);
    Array kinds(Element::kText), positions(Element::kInt8);
    for (const auto& [kind, position] : up_to.noted) {
      kinds.Add(AsBytes(kind));
      positions.AddInt64(static_cast<std::int64_t>(position));
    }
    if (!up_to.noted.empty()) work.exec_prepared("put_noted", tenant.ToText(), kinds.Param(), positions.Param());
    PutWords(door, work, tenant.ToText(), up_to.words);
    work.exec_prepared("move_searched", tenant.ToText(), up_to.size);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<DecisionRow>> FindDecisions(Connection& connection, const Uuid& tenant,
                                                       const DecisionFilter& filter, int limit) {
  std::vector<DecisionRow> found;
  std::uint64_t fitting = 0;  // At least.
  const auto ask = [&](Way way) {
    const auto sql = [&](Built& built) {
      // Positions alone are counted and sorted; whole rows would not fit into memory.
      const std::string few =
          "(SELECT d.*, p.fitting FROM (SELECT q.position, count(*) OVER () AS fitting FROM (SELECT d.position FROM " +
          built.from + " AS d" + built.where + " LIMIT " + std::to_string(kFew + 1) + ") AS q ORDER BY q.position DESC LIMIT $7)" +
          " AS p CROSS JOIN LATERAL (SELECT * FROM decisions WHERE tenant_id = $1 AND position = p.position OFFSET 0) AS d)";
      const std::string all =
          "(SELECT d.*, 0 AS fitting FROM " + built.from + " AS d" + built.where + " ORDER BY d.position DESC LIMIT $7)";
      return "SELECT f.decision_id, f.position, (extract(epoch FROM f.create_time) * 1000000)::bigint,"
             " (extract(epoch FROM f.update_time) * 1000000)::bigint, f.leaf_count, f.amount, f.confidence, f.cost,"
             " array_to_string(f.terms, E'\\n'), EXISTS (SELECT FROM entries AS e JOIN erased AS x"
             "   ON x.tenant_id = e.tenant_id AND x.position = e.position WHERE e.tenant_id = $1" +
             SeenSql(filter.sight, built, "e") +
             "   AND (e.leaf_id = f.decision_id OR (e.decision_id = f.decision_id AND e.decision_id <> e.leaf_id))),"
             " f.fitting FROM " + (way == Way::kFew ? few : all) + " AS f ORDER BY f.position DESC";
    };
    const auto take = [&](const pqxx::row& row) {
      found.push_back({.decision = UuidOf(row[0]), .position = NumberOf(row[1]), .create_time = TimeOf(row[2]),
                       .update_time = TimeOf(row[3]), .leaf_count = row[4].as<std::uint32_t>(),
                       .amount = MaybeText(row[5]), .confidence = MaybeText(row[6]), .cost = MaybeText(row[7]),
                       .terms = Split(row[8].as<std::string>()), .erased = row[9].as<bool>()});
      fitting = NumberOf(row[10]);
    };
    found.clear();
    return Ask(connection, tenant, filter, way, sql, take, limit);
  };
  if (filter.person || !filter.words.empty() || filter.sight.look) {
    CANDOR_RETURN_IF_ERROR(ask(Way::kPlanned));
    return found;
  }
  // What many fit is among the newest; what few fit, an index finds; else many older ones fit.
  CANDOR_RETURN_IF_ERROR(ask(Way::kNewest));
  if (found.size() == static_cast<std::size_t>(limit)) return found;
  CANDOR_RETURN_IF_ERROR(ask(Way::kFew));
  if (fitting > static_cast<std::uint64_t>(kFew)) CANDOR_RETURN_IF_ERROR(ask(Way::kInOrder));
  return found;
}

absl::StatusOr<std::uint64_t> CountDecisions(Connection& connection, const Uuid& tenant, const DecisionFilter& filter,
                                             std::uint64_t most) {
  std::uint64_t count = 0;
  const auto sql = [](const Built& built) {
    return "SELECT count(*) FROM (SELECT FROM " + built.from + " AS d" + built.where + " LIMIT $7) AS one";
  };
  CANDOR_RETURN_IF_ERROR(Ask(connection, tenant, filter, Way::kPlanned, sql, [&](const pqxx::row& row) { count = NumberOf(row[0]); }, most));
  return count;
}

absl::StatusOr<std::vector<GroupRow>> CountGroups(Connection& connection, const Uuid& tenant,
                                                  const DecisionFilter& filter, const Grouping& grouping, int limit) {
  CANDOR_CHECK(grouping.fields.size() <= 2);
  // A field of no name is in no term.
  const auto field = [&](std::size_t i) { return (i < grouping.fields.size() ? grouping.fields[i] : std::string()) + "="; };
  const std::string first = field(0), second = field(1), third = grouping.by_currency ? "cost_currency=" : "=";
  const auto sql = [](const Built& built) {
    return
      "SELECT coalesce(a.value, ''), coalesce(b.value, ''), coalesce(c.value, ''),"
      " (extract(epoch FROM CASE WHEN $10::text <> '' THEN date_trunc($10, d.create_time) END) * 1000000)::bigint AS bucket,"
      " count(*), count(*) FILTER (WHERE d.terms @> '{recorded=gated}'), count(*) FILTER (WHERE d.terms @> '{verdict=deny}'),"
      " count(*) FILTER (WHERE d.terms && '{review=waiting,review=upheld,review=overridden,review=expired,review=cancelled}'),"
      " count(*) FILTER (WHERE d.terms && '{review=upheld,review=overridden}'),"
      " count(*) FILTER (WHERE d.terms @> '{review=overridden}'), count(*) FILTER (WHERE d.terms @> '{type=outcome}'),"
      " count(*) FILTER (WHERE d.terms @> '{type=outcome,recorded=gated}'),"
      " count(*) FILTER (WHERE d.terms @> '{type=outcome,adverse=true}'),"
      " count(*) FILTER (WHERE d.terms @> '{type=outcome,reversed=true}'),"
      " count(*) FILTER (WHERE d.terms @> '{type=outcome,complaint=true}'),"
      " count(*) FILTER (WHERE d.terms @> '{resolved=true}'),"
      " count(*) FILTER (WHERE d.terms && '{resolved=true,resolved=false}'),"
      " count(*) FILTER (WHERE d.terms @> '{repeat_contact=true}'),"
      " count(*) FILTER (WHERE d.terms && '{repeat_contact=true,repeat_contact=false}'), coalesce(sum(d.cost), 0) "
      "FROM (SELECT d.* FROM " + built.from + " AS d" + built.where +
      ") AS d LEFT JOIN LATERAL (SELECT substring(t FROM length($7) + 1) AS value FROM unnest(d.terms) AS t"
      "            WHERE starts_with(t, $7::text)) AS a ON true"
      " LEFT JOIN LATERAL (SELECT substring(t FROM length($8) + 1) AS value FROM unnest(d.terms) AS t"
      "            WHERE starts_with(t, $8::text)) AS b ON true"
      " LEFT JOIN LATERAL (SELECT substring(t FROM length($9) + 1) AS value FROM unnest(d.terms) AS t"
      "            WHERE starts_with(t, $9::text)) AS c ON true"
      " GROUP BY 4, 1, 2, 3 ORDER BY 4, 1, 2, 3 LIMIT $11";
  };
  std::vector<GroupRow> groups;
  const auto take = [&](const pqxx::row& row) {
    GroupRow& group = groups.emplace_back();
    for (std::size_t i = 0; i < grouping.fields.size(); ++i) group.values.push_back(row[static_cast<int>(i)].as<std::string>());
    group.currency = row[2].as<std::string>();
    if (!row[3].is_null()) group.bucket = TimeOf(row[3]);
    int at = 4;
    for (std::uint64_t* count : {&group.decisions, &group.gated, &group.denied, &group.escalated, &group.reviewed,
                                 &group.overridden, &group.outcomes, &group.gated_outcomes, &group.adverse,
                                 &group.reversed, &group.complained, &group.resolved, &group.resolved_known,
                                 &group.came_back, &group.came_back_known}) {
      *count = NumberOf(row[at++]);
    }
    group.cost = row[at].as<std::string>();
  };
  CANDOR_RETURN_IF_ERROR(Ask(connection, tenant, filter, Way::kPlanned, sql, take, first, second, third, grouping.bucket, limit));
  return groups;
}

absl::StatusOr<Arrived> NumbersThatCame(Connection& connection, const Uuid& tenant, const Uuid& epoch,
                                        std::uint64_t first, std::uint64_t last) {
  Arrived arrived;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    const pqxx::row row = session.exec_params1("SELECT count(*), coalesce(max(position), 0) FROM entries "
                                               "WHERE tenant_id = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4",
                                               tenant.ToText(), epoch.ToText(), first, last);
    arrived = {.count = NumberOf(row[0]), .position = NumberOf(row[1])};
    return absl::OkStatus();
  }));
  return arrived;
}

absl::StatusOr<std::optional<StoredLeaf>> LeafThatCloses(Connection& connection, const Uuid& tenant,
                                                         const Uuid& authorization) {
  std::optional<StoredLeaf> found;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params("SELECT position, leaf FROM entries WHERE tenant_id = $1 AND closes_id = $2",
                                                    tenant.ToText(), authorization.ToText())) {
      found = {NumberOf(row[0]), std::string(AsText(BytesOf(row[1])))};
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<OpenEpoch>> OpenEpochs(Connection& connection, const Uuid& tenant) {
  std::vector<OpenEpoch> epochs;
  CANDOR_RETURN_IF_ERROR(connection.door().Read([&](pqxx::nontransaction& session) {
    for (const pqxx::row& row : session.exec_params(
             "WITH RECURSIVE found AS ("
             "  (SELECT epoch FROM entries WHERE tenant_id = $1 AND epoch IS NOT NULL ORDER BY epoch LIMIT 1)"
             "  UNION ALL SELECT (SELECT epoch FROM entries WHERE tenant_id = $1 AND epoch > found.epoch "
             "                    ORDER BY epoch LIMIT 1) FROM found WHERE found.epoch IS NOT NULL) "
             "SELECT f.epoch, e.seq, e.position, e.leaf FROM found AS f "
             "CROSS JOIN LATERAL (SELECT seq, position, leaf FROM entries WHERE tenant_id = $1 AND epoch = f.epoch "
             "                     ORDER BY seq DESC LIMIT 1) AS e "
             "WHERE NOT EXISTS (SELECT FROM closed_epochs WHERE tenant_id = $1 AND epoch = f.epoch) "
             "ORDER BY e.position DESC LIMIT 1000",
             tenant.ToText())) {
      epochs.push_back({.epoch = UuidOf(row[0]), .last = NumberOf(row[1]),
                        .leaf = {NumberOf(row[2]), std::string(AsText(BytesOf(row[3])))}});
    }
    return absl::OkStatus();
  }));
  return epochs;
}

absl::StatusOr<std::vector<StoredLeaf>> NotedLeaves(Connection& connection, const Uuid& tenant,
                                                    const std::vector<std::string>& kinds, std::uint64_t before, int limit) {
  Array of(Element::kText);
  for (const std::string& kind : kinds) of.Add(AsBytes(kind));
  std::vector<StoredLeaf> leaves;
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare("noted_leaves",
                 "SELECT e.position, e.leaf FROM (SELECT DISTINCT q.position FROM unnest($4::text[]) AS k (kind)"
                 "   CROSS JOIN LATERAL (SELECT position FROM noted WHERE tenant_id = $1 AND kind = k.kind AND position < $2"
                 "                        ORDER BY position DESC LIMIT $3) AS q ORDER BY q.position DESC LIMIT $3) AS r "
                 "CROSS JOIN LATERAL (SELECT position, leaf FROM entries"
                 "                     WHERE tenant_id = $1 AND position = r.position OFFSET 0) AS e ORDER BY 1 DESC");
    for (const pqxx::row& row : session.exec_prepared("noted_leaves", tenant.ToText(),
                                                      std::min(before, std::uint64_t{INT64_MAX}), limit, of.Param())) {
      leaves.push_back({NumberOf(row[0]), std::string(AsText(BytesOf(row[1])))});
    }
    return absl::OkStatus();
  }));
  return leaves;
}

}  // namespace candor::store
