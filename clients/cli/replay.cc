// candor replay: decisions of the past, row by row, through the gate.

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "candor/v1/decision_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/wire_errors.h"
#include "clients/cli/program.h"
#include "clients/cli/replay_mapping.h"

namespace candor::cli {
namespace {

constexpr std::size_t kMostItems = 100;          // Of a batch.
constexpr std::size_t kMostBatchBytes = 8 << 20;  // The server takes 16 MiB.
constexpr std::size_t kMostNamedRows = 5;        // Of one kind of refusal.
constexpr int kMostTries = 8;
constexpr std::chrono::milliseconds kFirstPause(100);  // Doubles with each try.

struct ReplayFlags {
  std::string file, mapping, run;
  unsigned in_flight = 4;
};

struct Refusals {
  std::uint64_t count = 0;
  std::vector<std::uint64_t> rows;  // The first, by number.
  std::string message;              // Of the first of them.
};

struct Summary {
  std::uint64_t rows = 0, recorded = 0;
  std::map<std::string, std::uint64_t> verdicts, reasons, marks;
  std::map<std::pair<std::string, std::string>, Refusals> refusals;  // By call and reason.

  void Refuse(const std::string& call, const std::string& reason, std::uint64_t row,
              const std::string& message) {
    Refusals& these = refusals[{call, reason}];
    ++these.count;
    const auto at = std::lower_bound(these.rows.begin(), these.rows.end(), row);
    if (at == these.rows.begin()) these.message = message;
    these.rows.insert(at, row);
    if (these.rows.size() > kMostNamedRows) these.rows.pop_back();
  }
};

absl::Status ErrorOf(const google::rpc::Status& error) {
  return FromWire(grpc::Status(static_cast<grpc::StatusCode>(error.code()), error.message(),
                               error.SerializeAsString()));
}

// `FIELD_INVALID action.amount`: what refusals are counted by.
std::string KindOf(const absl::Status& error) {
  const std::string reason = ReasonOf(error);
  std::string kind = reason.empty() ? CodeName(error.code()) : Printable(reason);
  const auto fields = FieldProblemsOf(error);
  if (!fields.empty()) kind += " " + Printable(fields.front().field);
  return kind;
}

// What of a row does not fit, with the field where it is known.
std::string WhyNot(const absl::Status& error) {
  const auto fields = FieldProblemsOf(error);
  return fields.empty() ? std::string(error.message())
                        : fields.front().field + ": " + fields.front().what;
}

// One request of a row, while it is under way.
template <typename Request>
struct Item {
  std::uint64_t row = 0;
  Request request;
};

class Replay {
 public:
  Replay(const Connection& connection, const Mapping& mapping, RowFile rows)
      : stub_(connection.Stub<v1::DecisionService>()),
        connection_(connection),
        mapping_(mapping),
        rows_(std::move(rows)) {}

  // Takes every row through, `in_flight` batches at a time. Errors: what stopped it.
  absl::Status Run(unsigned in_flight, std::uint64_t file_bytes, Output& out) {
    std::vector<std::thread> workers;
    running_ = in_flight;
    for (unsigned i = 0; i < in_flight; ++i) workers.emplace_back([this] { Work(); });
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, std::chrono::milliseconds(200), [this] { return running_ == 0; })) {
      const std::uint64_t percent =
          file_bytes == 0 ? 0 : rows_.bytes_read() * 100 / file_bytes;
      out.Progress("replaying: " + WithCommas(summary_.rows) + " rows, " +
                   std::to_string(percent) + " % of the file");
    }
    lock.unlock();
    for (std::thread& worker : workers) worker.join();
    out.Progress({});
    return error_;
  }

  const Summary& summary() const { return summary_; }

 private:
  using Authorizations = std::vector<Item<v1::AuthorizeRequest>>;
  using Records = std::vector<Item<v1::RecordRequest>>;

  void Work() {
    for (;;) {
      Authorizations asks;
      std::map<std::uint64_t, v1::RecordRequest> outcomes;  // By row.
      {
        const std::lock_guard lock(mutex_);
        if (!error_.ok() || !Take(asks, outcomes)) break;
      }
      Records records;
      absl::Status sent = Send<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse>(
          "authorize", std::move(asks), &v1::DecisionService::Stub::BatchAuthorize,
          [&](std::uint64_t row, const v1::AuthorizeResponse& answer) {
            ++summary_.verdicts[WordOf(*v1::Verdict_descriptor(), answer.verdict())];
            if (answer.reason_codes_size() > 0) ++summary_.reasons[answer.reason_codes(0)];
            const auto outcome = outcomes.find(row);
            if (outcome == outcomes.end()) return;
            outcome->second.set_authorization_id(answer.authorization_id());
            records.push_back({row, std::move(outcome->second)});
          });
      if (sent.ok()) {
        sent = Send<v1::BatchRecordRequest, v1::BatchRecordResponse>(
            "record", std::move(records), &v1::DecisionService::Stub::BatchRecord,
            [&](std::uint64_t, const v1::RecordResponse& answer) {
              ++summary_.recorded;
              for (const int mark : answer.marks()) {
                ++summary_.marks[WordOf(*v1::Mark_descriptor(), mark)];
              }
            });
      }
      const std::lock_guard lock(mutex_);
      if (!sent.ok() && error_.ok()) error_ = std::move(sent);
    }
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_one();
  }

  // The next rows, as many as one batch holds. False at the end. Under the lock.
  bool Take(Authorizations& asks, std::map<std::uint64_t, v1::RecordRequest>& outcomes) {
    Row row;
    std::size_t bytes = 0;
    bool any = false;
    while (asks.size() < kMostItems && bytes < kMostBatchBytes && rows_.Next(row)) {
      any = true;
      ++summary_.rows;
      if (!row.problem.empty()) {
        summary_.Refuse("read", "ROW_UNREADABLE", row.number, row.problem);
        continue;
      }
      absl::StatusOr<v1::AuthorizeRequest> ask = mapping_.Authorize(row);
      auto outcome = mapping_.Record(row);
      if (!ask.ok() || !outcome.ok()) {
        const absl::Status& why = ask.ok() ? outcome.status() : ask.status();
        summary_.Refuse("read", "ROW_DOES_NOT_FIT", row.number, WhyNot(why));
        continue;
      }
      bytes += ask->ByteSizeLong();
      asks.push_back({row.number, *std::move(ask)});
      if (*outcome) outcomes.emplace(row.number, **std::move(outcome));
    }
    return any;
  }

  // Sends the items until each has its answer or is refused; `take` runs under the lock.
  template <typename Batch, typename Answer, typename Request, typename Take>
  absl::Status Send(const char* call, std::vector<Item<Request>> items,
                    grpc::Status (v1::DecisionService::Stub::*method)(grpc::ClientContext*,
                                                                      const Batch&, Answer*),
                    Take take) {
    for (int tries = 1; !items.empty(); ++tries) {
      if (tries > 1) std::this_thread::sleep_for(kFirstPause * (1 << (tries - 2)));
      Batch batch;
      for (const Item<Request>& item : items) *batch.add_items() = item.request;
      Answer answer;
      absl::Status sent = connection_.Call([&](grpc::ClientContext* context) {
        return (stub_.get()->*method)(context, batch, &answer);
      });
      if (!sent.ok() && MayRepeat(sent) && tries < kMostTries) continue;
      if (!sent.ok()) return sent;
      std::vector<Item<Request>> again;
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < items.size() && i < std::size_t(answer.results_size()); ++i) {
        const auto& result = answer.results(static_cast<int>(i));
        if (!result.has_error()) {
          take(items[i].row, result.response());
          continue;
        }
        const absl::Status error = ErrorOf(result.error());
        if (MayRepeat(error) && tries >= kMostTries) return error;
        if (MayRepeat(error)) {
          again.push_back(std::move(items[i]));
        } else {
          summary_.Refuse(call, KindOf(error), items[i].row, std::string(error.message()));
        }
      }
      items = std::move(again);
    }
    return absl::OkStatus();
  }

  const std::unique_ptr<v1::DecisionService::Stub> stub_;
  const Connection& connection_;
  const Mapping& mapping_;

  std::mutex mutex_;  // Guards all below.
  std::condition_variable ended_;
  RowFile rows_;
  Summary summary_;
  absl::Status error_;
  unsigned running_ = 0;
};

std::string Counted(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [word, count] : counts) {
    text += (text.empty() ? "" : ", ") + Printable(word) + " " + WithCommas(count);
  }
  return text;
}

std::string RowsOf(const Refusals& refusals) {
  std::string text = refusals.count == 1 ? "row " : "rows ";
  for (const std::uint64_t row : refusals.rows) {
    text += (row == refusals.rows.front() ? "" : ", ") + std::to_string(row);
  }
  return text + (refusals.count > refusals.rows.size() ? ", …" : "");
}

JsonValue CountsJson(const std::map<std::string, std::uint64_t>& counts) {
  JsonValue json;
  auto& fields = *json.mutable_struct_value()->mutable_fields();
  for (const auto& [word, count] : counts) {
    fields[word].set_number_value(static_cast<double>(count));
  }
  return json;
}

std::string SummaryJson(const Summary& summary) {
  JsonObject json;
  auto& fields = *json.mutable_fields();
  fields["rows"].set_number_value(static_cast<double>(summary.rows));
  fields["recorded"].set_number_value(static_cast<double>(summary.recorded));
  fields["verdicts"] = CountsJson(summary.verdicts);
  fields["reasons"] = CountsJson(summary.reasons);
  fields["marks"] = CountsJson(summary.marks);
  auto& list = *fields["refusals"].mutable_list_value();
  for (const auto& [kind, refusals] : summary.refusals) {
    auto& one = *list.add_values()->mutable_struct_value()->mutable_fields();
    one["call"].set_string_value(kind.first);
    one["reason"].set_string_value(kind.second);
    one["message"].set_string_value(Printable(refusals.message));
    one["count"].set_number_value(static_cast<double>(refusals.count));
    for (const std::uint64_t row : refusals.rows) {
      one["first_rows"].mutable_list_value()->add_values()->set_number_value(
          static_cast<double>(row));
    }
  }
  return EncodeJson(json);
}

void Print(const Summary& summary, double seconds, Output& out) {
  if (out.json()) {
    out.Line(SummaryJson(summary));
    return;
  }
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"rows", WithCommas(summary.rows)},
      {"verdicts", Counted(summary.verdicts)},
      {"first reasons", Counted(summary.reasons)},
      {"recorded", WithCommas(summary.recorded)},
      {"marked", Counted(summary.marks)}};
  if (summary.refusals.empty()) pairs.emplace_back("refused", out.Good("none"));
  for (const auto& [kind, refusals] : summary.refusals) {
    pairs.emplace_back("refused", WithCommas(refusals.count) + " × " + kind.first + " " +
                                      out.Bad(kind.second) + ", " + RowsOf(refusals) + ": " +
                                      Printable(refusals.message));
  }
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(summary.rows) / seconds);
  pairs.emplace_back("took", std::to_string(static_cast<std::uint64_t>(seconds * 1000)) + " ms, " +
                                 WithCommas(rate) + " rows a second");
  out.Pairs(pairs);
}

absl::StatusOr<int> RunReplay(const ReplayFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Digest digest, DigestOfFile(flags.file));
  CANDOR_ASSIGN_OR_RETURN(RowFile rows, RowFile::Open(flags.file));
  CANDOR_ASSIGN_OR_RETURN(Mapping mapping, Mapping::Read(flags.mapping, rows.names()));
  mapping.NameRequests(digest, flags.run);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(flags.file, error);
  Replay replay(connection, mapping, std::move(rows));
  const auto begin = std::chrono::steady_clock::now();
  const absl::Status ran = replay.Run(flags.in_flight, error ? 0 : bytes, out);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (replay.summary().rows > 0) Print(replay.summary(), std::max(took.count(), 1e-3), out);
  if (!ran.ok()) {
    const std::string next = NextStepOf(ran);
    return Advise(ran, next + (next.empty() ? "" : "; then ") +
                           "run the same command again: what is done is not done twice");
  }
  return replay.summary().refusals.empty() ? kDone : kRefused;
}

}  // namespace

void AddReplay(CLI::App& app, Program& program) {
  CLI::App& command =
      *app.add_subcommand("replay", "Take the rows of a file through the gate, as calls of their own");
  command.footer(
      "Each row is authorized; where the mapping gives an outcome, it is recorded too, whatever "
      "the\nverdict. Request ids follow from file, mapping and row: to go on after a stop, run the "
      "same\ncommand again; nothing is recorded twice. A changed file or mapping is another "
      "replay.\nThe mapping is JSON; see examples/replay. Exit status 1: rows were refused.\n");
  ReplayFlags& flags = Runs(command, program, &RunReplay);
  command.add_option("FILE", flags.file, "Rows: CSV if it ends in .csv, else a JSON object a line")
      ->required();
  command.add_option("--mapping", flags.mapping, "How columns become fields")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--in-flight", flags.in_flight, "Batches of up to 100 rows at a time; default 4")
      ->check(CLI::Range(1, 64));
  command.add_option("--run", flags.run,
                     "A name for this run, to take the same file through once more");
  AddServerFlags(command, program);
}

}  // namespace candor::cli
