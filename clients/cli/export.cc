// candor export: an audit bundle, into a file.

#include <filesystem>

#include "candor/v1/audit_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/part_file.h"
#include "clients/cli/program.h"
#include "services/core/json/json.h"

namespace candor::cli {
namespace {

struct ExportFlags {
  std::string file, reason, grant, filter, request_id;
  std::uint64_t first = 0, end = 0, known_size = 0;
  std::vector<std::string> sections;
};

absl::StatusOr<int> RunExport(const ExportFlags& flags, const Program& program, Output& out) {
  std::error_code ignored;
  if (std::filesystem::exists(flags.file, ignored)) return Unusable(flags.file + ": is there already", "give another file");
  v1::ExportRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_first_position(flags.first);
  request.set_end_position(flags.end);
  request.set_known_size(flags.known_size);
  request.set_reason(flags.reason);
  request.set_grant_id(flags.grant);
  request.set_filter(flags.filter);
  for (const std::string& section : flags.sections) request.add_sections(section);
  PartFile part;
  CANDOR_RETURN_IF_ERROR(part.Open(flags.file + "." + request_id + ".part"));
  request.set_from_byte(part.size());

  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  const auto stub = connection.Stub<v1::AuditService>();
  v1::ExportResponse answer;
  absl::Status kept;
  const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::time_point::max());  // As long as it takes.
    const auto reader = stub->Export(context, request);
    while (kept.ok() && reader->Read(&answer)) {
      kept = part.Add(answer.chunk());
      out.Progress(WithCommas(part.size()) + " bytes");
    }
    if (!kept.ok()) context->TryCancel();
    return reader->Finish();
  });
  out.Progress({});
  CANDOR_RETURN_IF_ERROR(kept);
  if (!status.ok()) return NamingRequest(status, request_id);
  CANDOR_RETURN_IF_ERROR(part.Become(flags.file, answer.digest()));
  if (out.json()) {
    core::Json json = core::Json::Object();
    json.Set("file", flags.file).Set("bytes", static_cast<std::int64_t>(part.size()));
    json.Set("sha256", Digest::FromBytes(AsBytes(answer.digest())).value_or(Digest()).ToHex());
    json.Set("position", static_cast<std::int64_t>(answer.receipt().position()));
    out.Line(json.Encode());
  } else {
    out.Pairs({{"bundle", flags.file + ", " + WithCommas(part.size()) + " bytes"},
               {"sha256", Digest::FromBytes(AsBytes(answer.digest())).value_or(Digest()).ToHex()},
               {"receipt", ToText(answer.receipt())},
               {"next", "check it: candor verify " + flags.file + " --vkey KEY"}});
  }
  return kDone;
}

}  // namespace

void AddExport(CLI::App& app, Program& program) {
  CLI::App& command = *app.add_subcommand("export", "Write an audit bundle that anyone verifies without us");
  ExportFlags& flags = Runs(command, program, &RunExport);
  command.add_option("FILE", flags.file, "Where to write it; a tar file")->required();
  command.add_option("--first", flags.first, "Position of the first leaf; default 0")->type_name("POSITION");
  command.add_option("--end", flags.end, "Position before which it ends; default the export itself")->type_name("POSITION");
  command.add_option("--section", flags.sections, "Section to open, such as inputs; may repeat. Default none")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--reason", flags.reason, "Why sections are read: a code of the catalogue `reason`")->type_name("CODE");
  command.add_option("--grant", flags.grant, "The grant it rests on: nothing that it does not cover is given")->type_name("UUID");
  command.add_option("--known-size", flags.known_size,
                     "Size of a checkpoint that the recipient holds: the bundle proves that the ledger continues it")
      ->type_name("SIZE");
  command.add_option("--filter", flags.filter, "Only decisions that it finds, as in candor search; not with --grant")->type_name("FILTER");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
  command.footer(
      "The export is an entry of the ledger itself. One that was cut off goes on where it stopped, by the\n"
      "same command with the --request-id that the error names.\n\n"
      "Roles: compliance; regulator, under a grant.\n");
}

}  // namespace candor::cli
