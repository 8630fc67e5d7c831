// candor task: the queue of human review, for those who review and those who wait.

#include <chrono>

#include "candor/v1/oversight_service.grpc.pb.h"
#include "clients/cli/calls.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"

namespace candor::cli {
namespace {

using Service = v1::OversightService;
using Stub = Service::Stub;

constexpr std::size_t kMostShown = 65536;

std::string StateOf(const v1::Task& task) { return WordOf(*v1::TaskState_descriptor(), task.state()); }

std::string ResolutionOf(const v1::Task& task) { return WordOf(*v1::Resolution_descriptor(), task.resolution()); }

std::string ReasonsOf(const v1::Task& task) {
  std::string text;
  for (const std::string& code : task.reason_codes()) text += (text.empty() ? "" : ", ") + Printable(code);
  return text;
}

// Who has it, as far as anybody is told.
std::string HolderOf(const v1::Task& task) {
  if (!task.has_claim_expire_time()) return {};
  return (task.claimed_by_caller() ? "you, until " : "another, until ") + ToText(task.claim_expire_time());
}

Pairs Told(const v1::Task& task) {
  return {{"task", Printable(task.task_id())},
          {"state", StateOf(task)},
          {"resolution", ResolutionOf(task)},
          {"queue", Printable(task.queue())},
          {"system", Printable(task.system())},
          {"action", Printable(task.action())},
          {"why", ReasonsOf(task)},
          {"decision", Printable(task.decision_id())},
          {"opened", ToText(task.create_time())},
          {"due", ToText(task.due_time())},
          {"held by", HolderOf(task)},
          {"person asks for", task.has_case_() ? WordOf(*v1::CaseKind_descriptor(), task.case_().kind()) : ""},
          {"answered", task.case_().outcome() == v1::CASE_OUTCOME_UNSPECIFIED
                           ? ""
                           : WordOf(*v1::CaseOutcome_descriptor(), task.case_().outcome())},
          {"stage", task.has_case_() ? WordOf(*v1::CaseStage_descriptor(), task.case_().stage()) : ""},
          {"humans needed", task.humans_needed() > 1 ? std::to_string(task.humans_needed()) : ""},
          {"review", Printable(task.review_id())},
          {"counts until", ToText(task.review_expire_time())}};
}

struct ListFlags {
  std::string queue;
  std::vector<std::string> states;
  bool mine = false;
};

absl::StatusOr<int> List(const ListFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListTasksRequest request;
  request.set_queue(flags.queue);
  request.set_mine(flags.mine);
  for (const std::string& word : flags.states) {
    CANDOR_ASSIGN_OR_RETURN(const int state, NumberOf(*v1::TaskState_descriptor(), word, "--state"));
    request.add_states(static_cast<v1::TaskState>(state));
  }
  CANDOR_ASSIGN_OR_RETURN(const v1::ListTasksResponse all, ListAllOf<Service>(connection, request, &Stub::ListTasks));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Task& task : all.tasks()) {
    rows.push_back({Printable(task.task_id()), StateOf(task), Printable(task.queue()), Printable(task.action()),
                    ReasonsOf(task), ToText(task.due_time())});
  }
  out.Table({"task", "state", "queue", "action", "why", "due"}, rows);
  return kDone;
}

struct ShowFlags {
  std::string task;
  bool open = false;
};

absl::StatusOr<int> Show(const ShowFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::GetTaskRequest request;
  request.set_task_id(flags.task);
  request.set_with_sections(flags.open);
  v1::GetTaskResponse response;
  const auto stub = connection.Stub<Service>();
  CANDOR_RETURN_IF_ERROR(connection.Call(
      [&](grpc::ClientContext* context) { return stub->GetTask(context, request, &response); }));
  if (out.json()) {
    out.Line(ToJson(response));
    return kDone;
  }
  Pairs pairs = Told(response.task());
  for (const v1::Section& section : response.task().sections()) {
    const bool shown = section.withheld() == v1::WITHHELD_REASON_UNSPECIFIED;
    pairs.emplace_back(Printable(section.name()), shown ? Printable(section.content())
                                                        : WordOf(*v1::WithheldReason_descriptor(), section.withheld()));
  }
  if (response.has_receipt()) pairs.emplace_back("read", ToText(response.receipt()));
  out.Pairs(pairs);
  return kDone;
}

struct StepFlags {
  std::string task, reason, request_id;
};

absl::StatusOr<int> Claim(const StepFlags& flags, const Program& program, Output& out) {
  v1::ClaimTaskRequest request;
  request.set_task_id(flags.task);
  return AppendAndSay<Service>(std::move(request), flags.request_id, program, out, &Stub::ClaimTask,
                               [](const v1::ClaimTaskResponse& answer) { return Told(answer.task()); });
}

absl::StatusOr<int> Release(const StepFlags& flags, const Program& program, Output& out) {
  v1::ReleaseTaskRequest request;
  request.set_task_id(flags.task);
  request.set_reason(flags.reason);
  return AppendAndSay<Service>(std::move(request), flags.request_id, program, out, &Stub::ReleaseTask,
                               [](const v1::ReleaseTaskResponse& answer) { return Told(answer.task()); });
}

struct TellFlags {
  std::string task, question, text, request_id;
};

// Gives a case back with a word to its person: a question, or that it takes longer.
absl::StatusOr<int> Tell(const TellFlags& flags, const Program& program, Output& out) {
  v1::ReleaseTaskRequest request;
  request.set_task_id(flags.task);
  request.set_person_text(flags.text);
  if (flags.question.empty()) {
    request.set_extend(true);
  } else {
    CANDOR_ASSIGN_OR_RETURN(const int question, NumberOf(*v1::QuestionKind_descriptor(), flags.question, "QUESTION"));
    request.set_question(static_cast<v1::QuestionKind>(question));
  }
  return AppendAndSay<Service>(std::move(request), flags.request_id, program, out, &Stub::ReleaseTask,
                               [](const v1::ReleaseTaskResponse& answer) { return Told(answer.task()); });
}

struct ResolveFlags {
  std::string task, resolution, reason, why, shown, request_id;
  std::uint32_t seconds = 0;
};

absl::StatusOr<int> Resolve(const ResolveFlags& flags, const Program& program, Output& out) {
  v1::ResolveTaskRequest request;
  request.set_task_id(flags.task);
  CANDOR_ASSIGN_OR_RETURN(const int resolution, NumberOf(*v1::Resolution_descriptor(), flags.resolution, "RESOLUTION"));
  request.set_resolution(static_cast<v1::Resolution>(resolution));
  request.set_reason(flags.reason);
  request.set_justification(flags.why);
  if (!flags.shown.empty()) {
    CANDOR_ASSIGN_OR_RETURN(*request.mutable_shown_json(), ReadFile(flags.shown, kMostShown));
  }
  if (flags.seconds > 0) request.set_active_seconds(flags.seconds);
  return AppendAndSay<Service>(std::move(request), flags.request_id, program, out, &Stub::ResolveTask,
                               [](const v1::ResolveTaskResponse& answer) {
                                 Pairs pairs = Told(answer.task());
                                 if (answer.task().state() == v1::TASK_STATE_SECOND_NEEDED) {
                                   pairs.emplace_back("next", "another human claims and resolves it");
                                 }
                                 return pairs;
                               });
}

struct AnswerFlags {
  std::string task, outcome, reason, text, why, ground, instead, request_id;
};

absl::StatusOr<int> AnswerCase(const AnswerFlags& flags, const Program& program, Output& out) {
  v1::ResolveTaskRequest request;
  request.set_task_id(flags.task);
  CANDOR_ASSIGN_OR_RETURN(const int outcome, NumberOf(*v1::CaseOutcome_descriptor(), flags.outcome, "OUTCOME"));
  request.set_case_outcome(static_cast<v1::CaseOutcome>(outcome));
  const bool stands = outcome == v1::CASE_OUTCOME_UPHELD || outcome == v1::CASE_OUTCOME_REFUSED;
  request.set_resolution(stands ? v1::RESOLUTION_UPHOLD : v1::RESOLUTION_OVERRIDE);
  request.set_reason(flags.reason);
  request.set_answer_text(flags.text);
  request.set_justification(flags.why);
  request.set_refusal_ground(flags.ground);
  request.set_changed_decision_id(flags.instead);
  return AppendAndSay<Service>(std::move(request), flags.request_id, program, out, &Stub::ResolveTask,
                               [](const v1::ResolveTaskResponse& answer) { return Told(answer.task()); });
}

struct WatchFlags {
  std::string task, queue;
  bool wait = false;
};

bool IsSettled(const v1::Task& task) {
  return task.state() == v1::TASK_STATE_RESOLVED || task.state() == v1::TASK_STATE_EXPIRED ||
         task.state() == v1::TASK_STATE_CANCELLED;
}

absl::StatusOr<int> Watch(const WatchFlags& flags, const Program& program, Output& out) {
  if (flags.wait && flags.task.empty()) return Unusable("--wait is for one task", "name it: candor task watch TASK --wait");
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::WatchRequest request;
  request.set_task_id(flags.task);
  request.set_queue(flags.queue);
  const auto stub = connection.Stub<Service>();
  v1::WatchResponse last;
  bool settled = false;
  const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::time_point::max());
    const auto reader = stub->Watch(context, request);
    while (!settled && reader->Read(&last)) {
      const v1::Task& task = last.task();
      settled = flags.wait && IsSettled(task);
      out.Line(out.json() ? ToJson(task)
                          : Printable(task.task_id()) + "  " + StateOf(task) + "  " +
                                (task.review_id().empty() ? ReasonsOf(task)
                                                          : ResolutionOf(task) + ", review " + Printable(task.review_id())));
    }
    if (settled) context->TryCancel();
    const grpc::Status end = reader->Finish();
    return settled ? grpc::Status::OK : end;
  });
  CANDOR_RETURN_IF_ERROR(status);
  return last.task().resolution() == v1::RESOLUTION_UPHOLD ? kDone : kRefused;
}

struct StatsFlags {
  std::string queue, from, until;
};

absl::StatusOr<int> Stats(const StatsFlags& flags, const Program& program, Output& out) {
  v1::GetQueueStatisticsRequest request;
  request.set_queue(flags.queue);
  if (!flags.from.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.from, "--from", *request.mutable_from_time()));
  if (!flags.until.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.until, "--until", *request.mutable_until_time()));
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  const auto stub = connection.Stub<Service>();
  v1::GetQueueStatisticsResponse response;
  CANDOR_RETURN_IF_ERROR(connection.Call(
      [&](grpc::ClientContext* context) { return stub->GetQueueStatistics(context, request, &response); }));
  if (out.json()) {
    out.Line(ToJson(response));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::QueueStatistics& one : response.queues()) {
    rows.push_back({Printable(one.queue()), WithCommas(one.open_count()), WithCommas(one.late_count()),
                    WithCommas(one.claimed_count()), WithCommas(one.resolved_count()),
                    WithCommas(one.overridden_count()), WithCommas(one.expired_count()),
                    WithCommas(one.median_settle_seconds()) + " s", WithCommas(one.median_active_seconds()) + " s",
                    WithCommas(one.reviewer_count()),
                    !one.has_meaningful() ? "too few to say" : one.meaningful() ? "yes" : out.Bad("no")});
  }
  out.Table({"queue", "open", "late", "claimed", "resolved", "overridden", "expired", "to settle", "looked",
             "reviewers", "meaningful"}, rows);
  return kDone;
}

CLI::App& AddStep(CLI::App& group, Program& program, const char* name, const char* about,
                  absl::StatusOr<int> (*run)(const StepFlags&, const Program&, Output&), bool reason) {
  CLI::App& command = *group.add_subcommand(name, about);
  StepFlags& flags = Runs(command, program, run);
  command.add_option("TASK", flags.task, "The task: its id")->required();
  if (reason) command.add_option("--reason", flags.reason, "Why, as a code of the catalogue reason")->type_name("CODE");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
  return command;
}

void AddResolve(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand("resolve", "Say what the review says of a task that you hold");
  ResolveFlags& flags = Runs(command, program, &Resolve);
  command.add_option("TASK", flags.task, "The task: its id")->required();
  command.add_option("RESOLUTION", flags.resolution, "uphold or override what the AI system proposed")->required();
  command.add_option("--reason", flags.reason, "Why, as a code of the catalogue reason")->type_name("CODE")->required();
  command.add_option("--why", flags.why, "Why, in your words; sealed under your own key")->type_name("TEXT");
  command.add_option("--shown", flags.shown, "What you saw, as `candor task show --open --json` printed it; - is standard input")
      ->type_name("FILE");
  command.add_option("--active-seconds", flags.seconds, "How long you looked")->type_name("N");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

void AddTell(CLI::App& group, Program& program) {
  CLI::App& extend_command = *group.add_subcommand("extend", "Let a case that you hold take longer, as its law permits, and give it back");
  CLI::App& ask_command = *group.add_subcommand("ask", "Ask the person of a case that you hold, and give it back; it waits");
  TellFlags &extend = Runs(extend_command, program, &Tell), &ask = Runs(ask_command, program, &Tell);
  ask_command.add_option("TASK", ask.task, "The task: its id")->required();
  ask_command.add_option("QUESTION", ask.question, "What for: identity or information")->required();
  ask_command.add_option("--text", ask.text, "The question; sealed under the person's key")->type_name("TEXT")->required();
  extend_command.add_option("TASK", extend.task, "The task: its id")->required();
  extend_command.add_option("--text", extend.text, "Why, for the person; sealed under their key")->type_name("TEXT")->required();
  for (const auto& [command, flags] : {std::pair(&extend_command, &extend), std::pair(&ask_command, &ask)}) {
    AddRequestId(*command, flags->request_id);
    AddServerFlags(*command, program);
  }
}

void AddAnswer(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand("answer", "Answer a person's case that you hold; the person reads the text");
  AnswerFlags& flags = Runs(command, program, &AnswerCase);
  command.add_option("TASK", flags.task, "The task: its id")->required();
  command.add_option("OUTCOME", flags.outcome, "granted, partly_granted, upheld or refused")->required();
  command.add_option("--reason", flags.reason, "Why, as a code of the catalogue reason")->type_name("CODE")->required();
  command.add_option("--text", flags.text, "What the person is answered; sealed under their key")->type_name("TEXT")->required();
  command.add_option("--why", flags.why, "Why, in your words; sealed under your own key")->type_name("TEXT");
  command.add_option("--ground", flags.ground, "Of a refusal: its ground, as a code of the catalogue reason")->type_name("CODE");
  command.add_option("--instead", flags.instead, "The decision that was taken instead: its id")->type_name("UUID");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

}  // namespace

void AddTask(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "task", "Human review: the queue, and what comes of it");

  CLI::App& list_command = *group.add_subcommand("list", "List tasks that wait, those due first");
  ListFlags& list = Runs(list_command, program, &List);
  list_command.add_option("--queue", list.queue, "Only of this queue")->type_name("CODE");
  list_command.add_option("--state", list.states, "Only in this state; may repeat: open, claimed, second_needed, resolved, expired, cancelled")
      ->type_name("STATE")
      ->allow_extra_args(false);
  list_command.add_flag("--mine", list.mine, "Only those that you hold");
  AddServerFlags(list_command, program);

  CLI::App& show_command = *group.add_subcommand("show", "Show one task");
  ShowFlags& show = Runs(show_command, program, &Show);
  show_command.add_option("TASK", show.task, "The task: its id")->required();
  show_command.add_flag("--open", show.open, "Open what is sealed; the reading is written into the ledger");
  AddServerFlags(show_command, program);

  AddStep(group, program, "claim", "Take a task for 30 minutes, or longer by claiming again", &Claim, false);
  AddStep(group, program, "release", "Give a task back", &Release, true);
  AddResolve(group, program);
  AddTell(group, program);
  AddAnswer(group, program);

  CLI::App& watch_command = *group.add_subcommand("watch", "Tell each task that waits, and whatever changes");
  WatchFlags& watch = Runs(watch_command, program, &Watch);
  watch_command.add_option("TASK", watch.task, "Only this task: its id");
  watch_command.add_option("--queue", watch.queue, "Only of this queue")->type_name("CODE");
  watch_command.add_flag("--wait", watch.wait, "End once the task is settled: 0 if it was upheld, else 1");
  AddServerFlags(watch_command, program);

  CLI::App& stats_command = *group.add_subcommand("stats", "Say how queues are doing, and whether oversight is measurably human");
  StatsFlags& stats = Runs(stats_command, program, &Stats);
  stats_command.add_option("--queue", stats.queue, "Only this queue")->type_name("CODE");
  stats_command.add_option("--from", stats.from, "From this time on; default 30 days before --until")->type_name("TIME");
  stats_command.add_option("--until", stats.until, "Before this time; default now")->type_name("TIME");
  AddServerFlags(stats_command, program);
}

}  // namespace candor::cli
