// candor assurance: tests of model versions, which approvals rest on.

#include "clients/cli/files.h"
#include "clients/cli/registry_calls.h"

namespace candor::cli {
namespace {

using Stub = v1::RegistryService::Stub;

struct RecordFlags {
  std::string file, request_id;
};

absl::StatusOr<int> RecordRun(const RecordFlags& flags, const Program& program, Output& out) {
  v1::RecordAssuranceRequest request;
  CANDOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.file, 1 << 20));
  CANDOR_RETURN_IF_ERROR(FromJson(text, *request.mutable_run()));
  const v1::AssuranceRun run = request.run();
  return Append(std::move(request), flags.request_id, program, out, &Stub::RecordAssurance,
                [&](const v1::RecordAssuranceResponse& answer) {
                  Pairs pairs = {{"recorded", Printable(run.suite()) + " on " + Printable(run.model_version()) + ": " +
                                                  WordOf(*v1::AssuranceResult_descriptor(), run.result())}};
                  for (const v1::AssuranceCategory& one : run.categories()) {
                    pairs.emplace_back(Printable(one.category()),
                                       WithCommas(one.passed_count()) + " of " + WithCommas(one.run_count()) + " passed");
                  }
                  pairs.emplace_back("assurance", Printable(answer.assurance_id()));
                  return pairs;
                });
}

struct ListFlags {
  std::string system, version;
};

absl::StatusOr<int> ListRuns(const ListFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListAssuranceRequest request;
  request.set_system(flags.system);
  request.set_model_version(flags.version);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListAssuranceResponse all,
                          ListAllOf<v1::RegistryService>(connection, request, &Stub::ListAssurance));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::AssuranceEntry& entry : all.runs()) {
    const v1::AssuranceRun& run = entry.run();
    rows.push_back({Printable(entry.assurance_id()), Printable(run.system()), Printable(run.model_version()),
                    Printable(run.suite()), WordOf(*v1::AssuranceResult_descriptor(), run.result()), ToText(run.end_time())});
  }
  out.Table({"assurance", "system", "version", "suite", "result", "ended"}, rows);
  return kDone;
}

}  // namespace

void AddAssurance(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "assurance", "Tests of model versions, which approvals rest on");
  CLI::App& record = *group.add_subcommand("record", "Record a run of a test suite");
  RecordFlags& run = Runs(record, program, &RecordRun);
  record.add_option("--file", run.file, "The run, the JSON form of candor.v1.AssuranceRun; - for standard input")
      ->type_name("FILE")
      ->default_val("-");
  AddRequestId(record, run.request_id);
  AddServerFlags(record, program);

  CLI::App& list_command = *group.add_subcommand("list", "List runs, the newest first");
  ListFlags& list = Runs(list_command, program, &ListRuns);
  list_command.add_option("--system", list.system, "Only of this system")->type_name("CODE");
  list_command.add_option("--model-version", list.version, "Only of this version")->type_name("CODE");
  AddServerFlags(list_command, program);
}

}  // namespace candor::cli
