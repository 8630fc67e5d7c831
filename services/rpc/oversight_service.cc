#include "services/rpc/oversight_service.h"

#include "absl/strings/numbers.h"
#include "services/base/status.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/convert/task.h"
#include "services/rpc/page.h"

namespace candor::rpc {
namespace {

constexpr int kMostStates = 6, kMostTasks = 200;
constexpr absl::Duration kPeriod = absl::Hours(24 * 30);
constexpr std::uint64_t kEnoughReviews = 200;  // To say whether they are meaningful,
constexpr std::uint64_t kLongEnough = 10;      // and how many seconds a look takes at least.

template <typename Enum>
std::string WordOf(const google::protobuf::EnumDescriptor& type, Enum number) {
  const auto* value = type.FindValueByNumber(number);
  return value == nullptr || number == 0 ? std::string() : EnumWord(*value);
}

// Tokens `<microseconds> <id>` of the last task of a page.
absl::Status ReadToken(const std::string& token, store::TaskFilter& filter) {
  if (token.empty()) return absl::OkStatus();
  const std::size_t space = std::min(token.find(' '), token.size());
  std::int64_t micros = 0;
  const auto id = Uuid::FromText(std::string_view(token).substr(std::min(space + 1, token.size())));
  if (!absl::SimpleAtoi(token.substr(0, space), &micros) || !id) return BadPageToken();
  filter.after_due = absl::FromUnixMicros(micros);
  filter.after_id = *id;
  return absl::OkStatus();
}

absl::StatusOr<Uuid> TaskId(const std::string& text) {
  const auto id = Uuid::FromText(text);
  if (!id) return BadField("task_id", "must be a UUID, lower case, 36 characters");
  return *id;
}

absl::Status NoSuchTask() { return Because(absl::NotFoundError("there is no such task"), "NOT_FOUND"); }

// What is said of a case is said of all of it, and of nothing else.
absl::Status CheckAnswer(const domain::Task& task, const v1::ResolveTaskRequest& request) {
  const v1::CaseOutcome outcome = request.case_outcome();
  if (!task.IsCase()) {
    const bool answers = outcome != v1::CASE_OUTCOME_UNSPECIFIED || !request.answer_text().empty() ||
                         !request.refusal_ground().empty() || !request.corrected_datum_ids().empty();
    return answers ? BadField("case_outcome", "and what else answers a case is for cases alone") : absl::OkStatus();
  }
  if (outcome == v1::CASE_OUTCOME_UNSPECIFIED) return BadField("case_outcome", "is required of a case");
  if (request.answer_text().empty()) return BadField("answer_text", "is required of a case: the person reads it");
  if ((outcome == v1::CASE_OUTCOME_REFUSED) == request.refusal_ground().empty()) {
    return BadField("refusal_ground", "is required of a refusal, and of nothing else");
  }
  const bool grants = outcome == v1::CASE_OUTCOME_GRANTED || outcome == v1::CASE_OUTCOME_PARTLY_GRANTED;
  if ((request.resolution() == v1::RESOLUTION_OVERRIDE) != grants) {
    return BadField("resolution", "must be override where a case is granted or partly granted, else uphold");
  }
  return absl::OkStatus();
}

// What is told to the person of a case goes with what it tells.
absl::Status CheckRelease(const domain::Task& task, const v1::ReleaseTaskRequest& request) {
  const bool asks = request.question() != v1::QUESTION_KIND_UNSPECIFIED, tells = request.extend() || asks;
  if (!task.IsCase() && (tells || !request.person_text().empty())) {
    return BadField("person_text", "and what else is told to a person is for cases alone");
  }
  if (request.extend() && asks) return BadField("question", "goes not together with extend: one after the other");
  if (tells == request.person_text().empty()) {
    return BadField("person_text", "is required with extend or question, and with nothing else");
  }
  return absl::OkStatus();
}

}  // namespace

OversightService::OversightService(Door& door, flow::Oversight& oversight, flow::CaseBook& cases,
                                   flow::SettingsBook& settings, store::Pool& readers)
    : WireService(door, *v1::ListTasksRequest::descriptor()->file()),
      oversight_(oversight),
      cases_(cases),
      settings_(settings),
      watch_(oversight, cases, readers, door.clock()) {
  Serve(&OversightService::ListTasks);
  Serve(&OversightService::GetTask);
  Serve(&OversightService::ClaimTask);
  Serve(&OversightService::ReleaseTask);
  Serve(&OversightService::ResolveTask);
  Serve(&OversightService::GetQueueStatistics);
  ServeKeeping(&OversightService::Watch);
}

absl::Status OversightService::ListTasks(const Caller& caller, const v1::ListTasksRequest& request,
                                         v1::ListTasksResponse& response) {
  store::TaskFilter filter{.queue = request.queue(), .kind = WordOf(*v1::TaskKind_descriptor(), request.kind()),
                           .states = {}, .mine = request.mine(), .handle = {}, .now = {}, .after_id = {}};
  if (request.states_size() > kMostStates) return BadField("states", "holds at most 6 items");
  for (const int state : request.states()) {
    filter.states.push_back(WordOf(*v1::TaskState_descriptor(), static_cast<v1::TaskState>(state)));
  }
  if (filter.states.empty()) filter.states = {"open", "claimed", "second_needed"};
  CANDOR_RETURN_IF_ERROR(ReadToken(request.page_token(), filter));
  const int size = std::min(PageSize(request.page_size()), kMostTasks);
  filter.limit = size + 1;
  CANDOR_ASSIGN_OR_RETURN(const auto rows, oversight_.List(caller, filter));
  const absl::Time now = door_.clock().Now();
  for (const store::StoredTask& row : rows) {
    CANDOR_ASSIGN_OR_RETURN(const domain::Task task, flow::TaskOf(row));
    if (response.tasks_size() == size) {
      const v1::Task& last = response.tasks(size - 1);
      response.set_next_page_token(std::to_string(absl::ToUnixMicros(FromWire(last.due_time()))) + " " + last.task_id());
      break;
    }
    v1::Task& shown = *response.add_tasks();
    Fill(task, now, row.mine, shown);
    if (task.IsCase()) CANDOR_RETURN_IF_ERROR(AddCase(cases_, *caller.tenant, task.id, shown));
  }
  return absl::OkStatus();
}

absl::Status OversightService::GetTask(const Caller& caller, const v1::GetTaskRequest& request,
                                       v1::GetTaskResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid task_id, TaskId(request.task_id()));
  CANDOR_ASSIGN_OR_RETURN(const domain::Task task, oversight_.Get(*caller.tenant, task_id));
  if (!MaySee(caller, task)) return NoSuchTask();
  CANDOR_ASSIGN_OR_RETURN(const bool mine, oversight_.IsHeldBy(caller, task));
  Fill(task, door_.clock().Now(), mine, *response.mutable_task());
  if (task.IsCase()) CANDOR_RETURN_IF_ERROR(AddCase(cases_, *caller.tenant, task_id, *response.mutable_task()));
  if (!request.with_sections()) return absl::OkStatus();
  if (!SeesAll(caller)) {
    return Because(absl::PermissionDeniedError("only a reviewer or compliance may open sections"), "ROLE_MISSING");
  }
  CANDOR_ASSIGN_OR_RETURN(flow::Oversight::Seen seen, oversight_.Read(caller, task));
  for (const auto& [name, leaf, section] : seen.sections) {
    v1::Section& out = *response.mutable_task()->add_sections();
    out.set_name(name);
    out.set_leaf_id(leaf.ToText());
    if (section) {
      out.set_content(std::string(AsText(section->bytes)));
      out.set_salt(std::string(AsText(section->salt.view())));
    } else {
      out.set_withheld(v1::WITHHELD_REASON_ERASED);
    }
  }
  ToWire(std::move(seen.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

template <typename Request, typename Response>
absl::Status OversightService::Move(const Caller& caller, const char* word, const Request& request, Step step,
                                    Response& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(const domain::Statement statement, ToStatement(request, word, *settings, door_.clock().Now()));
  CANDOR_ASSIGN_OR_RETURN(flow::Oversight::Made made, (oversight_.*step)(caller, statement));
  CANDOR_ASSIGN_OR_RETURN(const bool mine, oversight_.IsHeldBy(caller, made.task));
  Fill(made.task, door_.clock().Now(), mine, *response.mutable_task());
  if (made.task.IsCase()) {
    CANDOR_RETURN_IF_ERROR(AddCase(cases_, *caller.tenant, made.task.id, *response.mutable_task()));
  }
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status OversightService::ClaimTask(const Caller& caller, const v1::ClaimTaskRequest& request,
                                         v1::ClaimTaskResponse& response) {
  return Move(caller, "claim_task", request, &flow::Oversight::Claim, response);
}

absl::Status OversightService::ReleaseTask(const Caller& caller, const v1::ReleaseTaskRequest& request,
                                           v1::ReleaseTaskResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid task_id, TaskId(request.task_id()));
  CANDOR_ASSIGN_OR_RETURN(const domain::Task task, oversight_.Get(*caller.tenant, task_id));
  CANDOR_RETURN_IF_ERROR(CheckRelease(task, request));
  return Move(caller, "release_task", request, &flow::Oversight::Release, response);
}

absl::Status OversightService::ResolveTask(const Caller& caller, const v1::ResolveTaskRequest& request,
                                           v1::ResolveTaskResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid task_id, TaskId(request.task_id()));
  CANDOR_ASSIGN_OR_RETURN(const domain::Task task, oversight_.Get(*caller.tenant, task_id));
  CANDOR_RETURN_IF_ERROR(CheckAnswer(task, request));
  return Move(caller, "resolve_task", request, &flow::Oversight::Resolve, response);
}

absl::Status OversightService::GetQueueStatistics(const Caller& caller, const v1::GetQueueStatisticsRequest& request,
                                                  v1::GetQueueStatisticsResponse& response) {
  const absl::Time until = request.has_until_time() ? FromWire(request.until_time()) : door_.clock().Now();
  const absl::Time from = request.has_from_time() ? FromWire(request.from_time()) : until - kPeriod;
  if (from >= until) return BadField("from_time", "must be before until_time");
  CANDOR_ASSIGN_OR_RETURN(const auto rows, oversight_.Queues(*caller.tenant, request.queue(), from, until));
  for (const store::QueueRow& row : rows) {
    v1::QueueStatistics& out = *response.add_queues();
    out.set_queue(row.queue);
    out.set_open_count(row.open);
    out.set_claimed_count(row.claimed);
    out.set_late_count(row.late);
    out.set_resolved_count(row.resolved);
    out.set_overridden_count(row.overridden);
    out.set_expired_count(row.expired);
    out.set_median_settle_seconds(row.median_settle_seconds);
    out.set_median_active_seconds(row.median_active_seconds);
    out.set_reviewer_count(row.reviewers);
    if (row.resolved >= kEnoughReviews) {
      out.set_meaningful(row.overridden > 0 || row.median_active_seconds >= kLongEnough);
    }
  }
  return absl::OkStatus();
}

void OversightService::Watch(const v1::WatchRequest& request, Listener listener) {
  TaskWatch::Watcher watcher{.caller = std::move(listener.caller), .task = {}, .queue = request.queue(),
                             .say = std::move(listener.say), .reply = std::move(listener.reply),
                             .may = std::move(listener.may)};
  if (!request.task_id().empty()) {
    const auto task = TaskId(request.task_id());
    if (!task.ok()) return watcher.reply(task.status());
    watcher.task = *task;
  }
  watch_.Add(std::move(watcher));
}

}  // namespace candor::rpc
