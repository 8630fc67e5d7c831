#include "services/rpc/task_watch.h"

#include <pthread.h>

#include "services/base/status.h"
#include "services/rpc/convert/bytes.h"
#include "services/rpc/convert/case.h"
#include "services/rpc/convert/task.h"

namespace candor::rpc {
namespace {

constexpr int kPage = 500;         // Tasks read at once.
constexpr int kTicksBetween = 40;  // A second.

absl::Status Stopping() {
  return Because(absl::UnavailableError("the server is stopping: watch again"), "STORE_UNAVAILABLE");
}

bool Fits(const TaskWatch::Watcher& watcher, const domain::Task& task) {
  if (watcher.task && *watcher.task != task.id) return false;
  return (watcher.queue.empty() || watcher.queue == task.queue) && MaySee(watcher.caller, task);
}

}  // namespace

absl::Status AddCase(flow::CaseBook& cases, const Uuid& tenant, const Uuid& case_id, v1::Task& out) {
  CANDOR_ASSIGN_OR_RETURN(const auto known, cases.Read(tenant));
  if (const domain::Case* found = known->Find(case_id)) Fill(*found, *out.mutable_case_());
  return absl::OkStatus();
}

TaskWatch::TaskWatch(flow::Oversight& oversight, flow::CaseBook& cases, store::Pool& readers, const Clock& clock)
    : oversight_(oversight), cases_(cases), readers_(readers), clock_(clock), thread_([this] {
        pthread_setname_np(pthread_self(), "watch");
        Run();
      }) {}

void TaskWatch::Add(Watcher watcher) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) return added_.push_back(std::move(watcher));
  }
  watcher.reply(Stopping());
}

void TaskWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void TaskWatch::Run() {
  for (;;) {
    std::list<Watcher> added;
    {
      const auto woken = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !added_.empty(); };
      absl::MutexLock lock(&mutex_);
      groups_.empty() ? mutex_.Await(absl::Condition(&woken))
                      : static_cast<void>(mutex_.AwaitWithTimeout(absl::Condition(&woken), kTick));
      added.swap(added_);
      if (stopping_) {
        for (auto& [_, group] : groups_) added.splice(added.end(), group.watchers);
        for (Watcher& watcher : added) watcher.reply(Stopping());
        return;
      }
    }
    store::Pool::Lease connection = readers_.Borrow();
    for (Watcher& watcher : added) {
      Group& group = groups_[*watcher.caller.tenant];
      // What changes from here on is told; what is there already stands in the first answers.
      if (!group.begun) {
        const auto newest = store::NewestTaskPosition(*connection, *watcher.caller.tenant);
        group.begun = newest.ok();
        group.position = newest.value_or(0);
      }
      if (!group.begun || !Begin(*connection, *watcher.caller.tenant, watcher)) {
        watcher.reply(Because(absl::UnavailableError("the tasks cannot be read: watch again"), "STORE_UNAVAILABLE"));
      } else {
        group.watchers.push_back(std::move(watcher));
      }
    }
    for (auto at = groups_.begin(); at != groups_.end();) {
      Group& group = at->second;
      while (ReadOn(*connection, at->first, group)) {
      }
      for (auto watcher = group.watchers.begin(); watcher != group.watchers.end();) {
        watcher = Tell(*watcher) ? std::next(watcher) : group.watchers.erase(watcher);
      }
      at = group.watchers.empty() ? groups_.erase(at) : std::next(at);
    }
  }
}

// All that fits and is not settled; or the one asked for.
bool TaskWatch::Begin(store::Connection& connection, const Uuid& tenant, Watcher& watcher) {
  const auto add = [&](const store::StoredTask& row) {
    auto task = flow::TaskOf(row);
    if (task.ok() && Fits(watcher, *task)) watcher.waiting.insert_or_assign(task->id, *std::move(task));
  };
  if (watcher.task) {
    const auto row = store::FindTask(connection, tenant, *watcher.task);
    if (row.ok() && *row) add(**row);
    return row.ok();
  }
  store::TaskFilter filter{.queue = watcher.queue, .kind = {}, .states = {"open", "claimed", "second_needed"},
                           .handle = {}, .now = clock_.Now(), .after_id = {}, .limit = kPage};
  for (;;) {
    const auto page = store::ListTasks(connection, tenant, filter);
    if (!page.ok()) return false;
    for (const store::StoredTask& row : *page) add(row);
    if (page->size() < kPage) return true;
    const auto last = flow::TaskOf(page->back());
    if (!last.ok()) return false;
    filter.after_due = last->due;
    filter.after_id = last->id;
  }
}

// Whether there is more to read at once.
bool TaskWatch::ReadOn(store::Connection& connection, const Uuid& tenant, Group& group) {
  const auto rows = store::ChangedTasks(connection, tenant, group.position, kPage);
  if (!rows.ok()) return false;
  for (const store::StoredTask& row : *rows) {
    group.position = row.position;
    const auto task = flow::TaskOf(row);
    if (!task.ok()) continue;
    for (Watcher& watcher : group.watchers) {
      if (Fits(watcher, *task)) watcher.waiting.insert_or_assign(task->id, *task);
    }
  }
  return rows->size() == kPage;
}

bool TaskWatch::Tell(Watcher& watcher) {
  using Heard = Stream::Heard;
  if (++watcher.ticks % kTicksBetween == 0) {
    if (absl::Status may = watcher.may(); !may.ok()) {
      watcher.reply(std::move(may));
      return false;
    }
  }
  Heard heard = watcher.say(std::nullopt);
  while (heard == Heard::kTaken && !watcher.waiting.empty()) {
    const domain::Task& task = watcher.waiting.begin()->second;
    const bool mine = oversight_.IsHeldBy(watcher.caller, task).value_or(false);
    v1::WatchResponse response;
    grpc::ByteBuffer bytes;
    Fill(task, clock_.Now(), mine, *response.mutable_task());
    const bool told = !task.IsCase() || AddCase(cases_, *watcher.caller.tenant, task.id, *response.mutable_task()).ok();
    if (!told) return true;  // Told with the next tick.
    if (ToWire(response, bytes).ok()) heard = watcher.say(std::move(bytes));
    if (heard == Heard::kTaken) watcher.waiting.erase(watcher.waiting.begin());
  }
  if (heard != Heard::kGone) return true;
  watcher.reply(absl::CancelledError());
  return false;
}

}  // namespace candor::rpc
