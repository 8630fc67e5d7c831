// Reading tasks of human review: queues, what changed, and how it goes. What a task is stands in
// its leaves; these rows say where to look.
//
// Free functions over a connection of any role that may read. Errors everywhere: kUnavailable
// when the database is away.
#pragma once

#include <string>
#include <vector>

#include "services/store/append.h"

namespace candor::store {

// A row, with the leaf that opened the task.
struct StoredTask {
  Uuid task_id;
  std::string state;  // open, second_needed, or how it was settled.
  std::uint64_t position = 0;
  std::optional<std::uint64_t> claim_position;
  std::optional<absl::Time> claim_expire_time, settle_time, review_expire_time;
  std::string resolution;
  std::optional<Uuid> review_id;
  std::uint64_t review_position = 0;
  bool mine = false;  // The handle that was asked for sealed who claimed it.
  std::uint64_t opened_at = 0;
  std::string leaf;
  absl::Time due_time;
};

// Which tasks, those due first.
struct TaskFilter {
  std::string queue, kind;          // Empty: any.
  std::vector<std::string> states;  // As they stand at `now`: open, claimed, second_needed, resolved, expired, cancelled.
  bool mine = false;
  std::optional<Handle> handle;     // The key of the caller; nothing: the caller never claimed any.
  absl::Time now;
  absl::Time after_due = absl::InfinitePast();  // Only those after these two.
  Uuid after_id;
  int limit = 0;
};
absl::StatusOr<std::vector<StoredTask>> ListTasks(Connection& connection, const Uuid& tenant, const TaskFilter& filter);

// Tasks that changed after `position`, in the order of their newest leaves; and the newest of all.
absl::StatusOr<std::vector<StoredTask>> ChangedTasks(Connection& connection, const Uuid& tenant,
                                                     std::uint64_t position, int limit);
absl::StatusOr<std::uint64_t> NewestTaskPosition(Connection& connection, const Uuid& tenant);

// One task, whatever its state; nothing where there is none.
absl::StatusOr<std::optional<StoredTask>> FindTask(Connection& connection, const Uuid& tenant, const Uuid& task_id);

// Tasks that are over at `now` and not settled, those due first. A case is
// once its person was erased.
absl::StatusOr<std::vector<Uuid>> OverdueTasks(Connection& connection, const Uuid& tenant, absl::Time now, int limit);

struct QueueRow {
  std::string queue;
  std::uint64_t open = 0, claimed = 0, late = 0;           // At `now`.
  std::uint64_t resolved = 0, overridden = 0, expired = 0;  // In the period.
  std::uint64_t median_settle_seconds = 0, median_active_seconds = 0;
  std::uint64_t reviewers = 0;  // Of those whose handles are given.
};
// By queue; at most 200. An empty `queue`: all.
absl::StatusOr<std::vector<QueueRow>> QueueRows(Connection& connection, const Uuid& tenant, const std::string& queue,
                                                absl::Time now, absl::Time from, absl::Time until,
                                                const std::vector<Handle>& reviewers);

}  // namespace candor::store
