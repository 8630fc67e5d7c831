#include "services/store/tasks.h"

#include "services/store/postgres/array.h"
#include "services/store/postgres/door.h"
#include "services/store/postgres/task_rows.h"

namespace candor::store {
namespace {

constexpr const char* kOpenTasks = R"sql(
INSERT INTO tasks (tenant_id, task_id, kind, queue, decision_id, opener, create_time, due_time, state, position)
SELECT $1, u.id, u.kind, u.queue, u.decision, u.opener, u.time, u.due, 'open', u.position
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::timestamptz[],
              $9::bigint[]) AS u (id, kind, queue, decision, opener, time, due, position))sql";

constexpr const char* kMoveTask = R"sql(
UPDATE tasks
   SET state = $3, position = $4, claim_position = $5, claim_expire_time = $6,
       settle_time = CASE WHEN $7::boolean THEN $8::timestamptz ELSE settle_time END,
       resolution = coalesce($9, resolution), review_expire_time = coalesce($10, review_expire_time),
       active_seconds = coalesce($11, active_seconds),
       review_id = CASE WHEN $9::text IS NULL THEN review_id ELSE $12::uuid END,
       review_position = CASE WHEN $9::text IS NULL THEN review_position ELSE $4::bigint END,
       due_time = coalesce($13, due_time)
 WHERE tenant_id = $1 AND task_id = $2)sql";

constexpr const char* kCancelTasks = R"sql(
UPDATE tasks AS t
   SET state = 'cancelled', position = u.position, settle_time = u.time, claim_position = NULL,
       claim_expire_time = NULL
  FROM unnest($2::uuid[], $3::bigint[], $4::timestamptz[]) AS u (id, position, time)
 WHERE t.tenant_id = $1 AND t.task_id = u.id AND t.settle_time IS NULL)sql";

std::string TimeText(absl::Time time) {
  if (time == absl::InfinitePast()) return "-infinity";
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

pqxx::binarystring Raw(const Handle& handle) { return pqxx::binarystring(handle.data(), handle.size()); }

void OpenTasks(pqxx::transaction_base& work, const std::string& tenant, const std::vector<TaskRow>& tasks) {
  Array ids(Element::kUuid), kinds(Element::kText), queues(Element::kText), decisions(Element::kUuid),
      openers(Element::kText), times(Element::kTimestamptz), dues(Element::kTimestamptz), positions(Element::kInt8);
  bool any = false;
  for (const TaskRow& task : tasks) {
    if (task.from) continue;
    any = true;
    ids.Add(task.task_id);
    kinds.Add(AsBytes(task.kind));
    queues.Add(AsBytes(task.queue));
    decisions.AddOptional(task.decision_id);
    openers.Add(AsBytes(task.opener));
    times.AddTime(task.time);
    dues.AddTime(task.due_time.value_or(task.time));
    positions.AddInt64(static_cast<std::int64_t>(task.position));
  }
  if (!any) return;
  work.exec_prepared("open_tasks", tenant, ids.Param(), kinds.Param(), queues.Param(), decisions.Param(),
                     openers.Param(), times.Param(), dues.Param(), positions.Param());
}

// Humans move tasks: there are few in a batch.
void MoveTask(pqxx::transaction_base& work, const std::string& tenant, const TaskRow& task) {
  const auto time = [](const std::optional<absl::Time>& at) { return at ? std::optional(TimeText(*at)) : std::nullopt; };
  const auto claim = task.claims ? std::optional(task.position) : task.claim_position;
  const auto resolution = task.resolution.empty() ? std::nullopt : std::optional(task.resolution);
  work.exec_prepared("move_task", tenant, task.task_id.ToText(), task.state, task.position, claim,
                     time(task.claim_expire_time), task.settles, TimeText(task.time), resolution,
                     time(task.review_expire_time), task.active_seconds, task.leaf_id.ToText(), time(task.due_time));
}

void CancelTasks(pqxx::transaction_base& work, const std::string& tenant, const std::vector<TaskRow>& tasks) {
  Array ids(Element::kUuid), positions(Element::kInt8), times(Element::kTimestamptz);
  for (const TaskRow& task : tasks) {
    ids.Add(task.task_id);
    positions.AddInt64(static_cast<std::int64_t>(task.position));
    times.AddTime(task.time);
  }
  work.exec_prepared("cancel_tasks", tenant, ids.Param(), positions.Param(), times.Param());
}

// A row of the tasks that a statement names `t`, and the leaves that opened them.
constexpr std::string_view kRow =
    "SELECT t.task_id, t.state, t.position, t.claim_position, (extract(epoch FROM t.claim_expire_time) * 1000000)::bigint,"
    " (extract(epoch FROM t.settle_time) * 1000000)::bigint, t.resolution, t.review_id, t.review_position,"
    " (extract(epoch FROM t.review_expire_time) * 1000000)::bigint, t.mine, e.position, e.leaf,"
    " (extract(epoch FROM t.due_time) * 1000000)::bigint FROM (";
constexpr std::string_view kLeaf =
    ") AS t CROSS JOIN LATERAL (SELECT position, leaf FROM entries"
    " WHERE tenant_id = $1 AND leaf_id = t.task_id OFFSET 0) AS e ";

std::string WithLeaves(std::string_view tasks, std::string_view order) {
  return std::string(kRow).append(tasks).append(kLeaf).append(order);
}

std::optional<absl::Time> MaybeTime(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : std::optional(TimeOf(field));
}

StoredTask TaskOf(const pqxx::row& row) {
  StoredTask task{.task_id = UuidOf(row[0]), .state = row[1].as<std::string>(), .position = NumberOf(row[2]),
                  .claim_position = {}, .claim_expire_time = MaybeTime(row[4]), .settle_time = MaybeTime(row[5]),
                  .review_expire_time = MaybeTime(row[9]), .resolution = row[6].as<std::string>(""), .review_id = {},
                  .mine = row[10].as<bool>(false), .opened_at = NumberOf(row[11]),
                  .leaf = std::string(AsText(BytesOf(row[12]))), .due_time = TimeOf(row[13])};
  if (!row[3].is_null()) task.claim_position = NumberOf(row[3]);
  if (!row[7].is_null()) task.review_id = UuidOf(row[7]);
  if (!row[8].is_null()) task.review_position = NumberOf(row[8]);
  return task;
}

template <typename... Values>
absl::StatusOr<std::vector<StoredTask>> Tasks(Connection& connection, const char* name,
                                              absl::FunctionRef<std::string()> sql, const Values&... values) {
  std::vector<StoredTask> tasks;
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare(name, sql);
    for (const pqxx::row& row : session.exec_prepared(name, values...)) tasks.push_back(TaskOf(row));
    return absl::OkStatus();
  }));
  return tasks;
}

// $2 now, $3 queue, $4 kind, $5 states, $6 the caller's handle, $7 whether only theirs, $8 and $9 after, $10 limit.
std::string ListSql(std::string_view settled) {
  return WithLeaves(std::string("SELECT t.*, m.mine FROM tasks AS t "
                                "CROSS JOIN LATERAL (SELECT t.claim_expire_time > $2::timestamptz AND EXISTS (SELECT FROM sealed"
                                "   WHERE tenant_id = $1 AND position = t.claim_position AND handle = $6::bytea) AS mine) AS m "
                                "WHERE t.tenant_id = $1 ")
                        .append(settled)
                        .append("AND (t.due_time, t.task_id) > ($8::timestamptz, $9::uuid) "
                                "AND ($3::text = '' OR t.queue = $3) AND ($4::text = '' OR t.kind = $4) "
                                "AND CASE WHEN t.settle_time IS NOT NULL THEN t.state"
                                "  WHEN t.due_time <= $2::timestamptz AND t.kind <> 'case' THEN 'expired'"
                                "  WHEN t.claim_expire_time > $2::timestamptz THEN 'claimed' ELSE t.state END = ANY ($5::text[]) "
                                "AND (NOT $7::boolean OR m.mine) "
                                "ORDER BY t.due_time, t.task_id LIMIT $10"),
                    "ORDER BY t.due_time, t.task_id");
}

}  // namespace

void WriteTasks(Door& door, pqxx::transaction_base& work, const std::string& tenant, const Batch& batch) {
  if (!batch.tasks.empty()) {
    door.Prepare("open_tasks", kOpenTasks);
    door.Prepare("move_task", kMoveTask);
    OpenTasks(work, tenant, batch.tasks);
  }
  for (const TaskRow& task : batch.tasks) {
    if (task.from) MoveTask(work, tenant, task);
  }
  if (batch.cancelled.empty()) return;
  door.Prepare("cancel_tasks", kCancelTasks);
  CancelTasks(work, tenant, batch.cancelled);
}

absl::StatusOr<std::vector<StoredTask>> ListTasks(Connection& connection, const Uuid& tenant, const TaskFilter& filter) {
  Array states(Element::kText);
  bool settled = false;
  for (const std::string& state : filter.states) {
    states.Add(AsBytes(state));
    settled = settled || (state != "open" && state != "claimed" && state != "second_needed");
  }
  const auto sql = [&] { return ListSql(settled ? "" : "AND t.settle_time IS NULL "); };
  return Tasks(connection, settled ? "list_tasks" : "list_open_tasks", sql, tenant.ToText(), TimeText(filter.now),
               filter.queue, filter.kind, states.Param(), Raw(filter.handle.value_or(Handle{})), filter.mine,
               TimeText(filter.after_due), filter.after_id.ToText(), filter.limit);
}

absl::StatusOr<std::vector<StoredTask>> ChangedTasks(Connection& connection, const Uuid& tenant,
                                                     std::uint64_t position, int limit) {
  return Tasks(connection, "changed_tasks",
               [] {
                 return WithLeaves("SELECT *, false AS mine FROM tasks WHERE tenant_id = $1 AND position > $2 "
                                   "ORDER BY position LIMIT $3",
                                   "ORDER BY t.position");
               },
               tenant.ToText(), position, limit);
}

absl::StatusOr<std::optional<StoredTask>> FindTask(Connection& connection, const Uuid& tenant, const Uuid& task_id) {
  CANDOR_ASSIGN_OR_RETURN(
      auto tasks, Tasks(connection, "find_task",
                        [] { return WithLeaves("SELECT *, false AS mine FROM tasks WHERE tenant_id = $1 AND task_id = $2", ""); },
                        tenant.ToText(), task_id.ToText()));
  return tasks.empty() ? std::nullopt : std::optional(std::move(tasks.front()));
}

absl::StatusOr<std::uint64_t> NewestTaskPosition(Connection& connection, const Uuid& tenant) {
  std::uint64_t newest = 0;
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare("newest_task", "SELECT position FROM tasks WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1");
    for (const pqxx::row& row : session.exec_prepared("newest_task", tenant.ToText())) newest = NumberOf(row[0]);
    return absl::OkStatus();
  }));
  return newest;
}

absl::StatusOr<std::vector<Uuid>> OverdueTasks(Connection& connection, const Uuid& tenant, absl::Time now, int limit) {
  std::vector<Uuid> tasks;
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare("overdue_tasks",
                 "(SELECT task_id FROM tasks WHERE tenant_id = $1 AND settle_time IS NULL AND kind <> 'case' "
                 "    AND due_time <= $2 ORDER BY due_time, task_id LIMIT $3) "
                 "UNION ALL (SELECT t.task_id FROM tasks AS t "
                 "  CROSS JOIN LATERAL (SELECT position FROM entries WHERE tenant_id = $1 AND leaf_id = t.task_id OFFSET 0) AS e "
                 "  WHERE t.tenant_id = $1 AND t.settle_time IS NULL AND t.kind = 'case' "
                 "    AND NOT EXISTS (SELECT FROM sealed WHERE tenant_id = $1 AND position = e.position) LIMIT $3)");
    for (const pqxx::row& row : session.exec_prepared("overdue_tasks", tenant.ToText(), TimeText(now), limit)) {
      tasks.push_back(UuidOf(row[0]));
    }
    return absl::OkStatus();
  }));
  return tasks;
}

absl::StatusOr<std::vector<QueueRow>> QueueRows(Connection& connection, const Uuid& tenant, const std::string& queue,
                                                absl::Time now, absl::Time from, absl::Time until,
                                                const std::vector<Handle>& reviewers) {
  Array handles(Element::kBytea);
  for (const Handle& handle : reviewers) handles.Add(BytesView(handle));
  std::vector<QueueRow> rows;
  Door& door = connection.door();
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) {
    door.Prepare("queues",
                 "SELECT t.queue, count(*) FILTER (WHERE waits AND NOT held), count(*) FILTER (WHERE waits AND held),"
                 " count(*) FILTER (WHERE waits AND NOT held AND $3::timestamptz > create_time + (due_time - create_time) / 2),"
                 " count(*) FILTER (WHERE settled = 'resolved'), count(*) FILTER (WHERE settled = 'resolved' AND resolution = 'override'),"
                 " count(*) FILTER (WHERE settled = 'expired'),"
                 " coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM settle_time - create_time)))"
                 "   FILTER (WHERE settled = 'resolved'), 0)::bigint,"
                 " coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY active_seconds) FILTER (WHERE settled = 'resolved'), 0),"
                 " count(DISTINCT s.handle) FILTER (WHERE settled = 'resolved') "
                 "FROM (SELECT *, settle_time IS NULL AND (kind = 'case' OR due_time > $3::timestamptz) AS waits,"
                 "       coalesce(claim_expire_time > $3::timestamptz, false) AS held,"
                 "       CASE WHEN settle_time >= $4::timestamptz AND settle_time < $5::timestamptz THEN state"
                 "            WHEN settle_time IS NULL AND kind <> 'case' AND due_time <= $3::timestamptz AND due_time >= $4::timestamptz"
                 "             AND due_time < $5::timestamptz THEN 'expired' END AS settled"
                 "  FROM tasks WHERE tenant_id = $1 AND ($2::text = '' OR queue = $2) AND (settle_time IS NULL"
                 "   OR (settle_time >= $4::timestamptz AND settle_time < $5::timestamptz))) AS t "
                 "LEFT JOIN LATERAL (SELECT handle FROM sealed WHERE tenant_id = $1 AND position = t.review_position"
                 "   AND handle = ANY ($6::bytea[]) OFFSET 0) AS s ON true "
                 "GROUP BY t.queue ORDER BY t.queue LIMIT 200");
    for (const pqxx::row& row : session.exec_prepared("queues", tenant.ToText(), queue, TimeText(now), TimeText(from),
                                                      TimeText(until), handles.Param())) {
      rows.push_back({.queue = row[0].as<std::string>(), .open = NumberOf(row[1]), .claimed = NumberOf(row[2]),
                      .late = NumberOf(row[3]), .resolved = NumberOf(row[4]), .overridden = NumberOf(row[5]),
                      .expired = NumberOf(row[6]), .median_settle_seconds = NumberOf(row[7]),
                      .median_active_seconds = NumberOf(row[8]), .reviewers = NumberOf(row[9])});
    }
    return absl::OkStatus();
  }));
  return rows;
}

}  // namespace candor::store
