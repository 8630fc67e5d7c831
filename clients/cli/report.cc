// candor report: reports for authorities and auditors, into a folder.

#include <filesystem>

#include "absl/strings/str_split.h"
#include "candor/v1/audit_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/program.h"
#include "services/core/json/json.h"
#include "services/core/leaf/leaf.h"
#include "services/crypto/sha256.h"

namespace candor::cli {
namespace {

struct ReportFlags {
  std::string filter, system, from, until, jurisdiction, reason, grant, measured, out, request_id;
  std::vector<std::string> selected, attributes;
  bool leave_out_small = false, scored = false;
};

absl::StatusOr<v1::RunReportRequest> RequestOf(const ReportFlags& flags, v1::ReportKind kind, const std::string& request_id) {
  v1::RunReportRequest request;
  request.set_request_id(request_id);
  request.set_kind(kind);
  request.set_filter(flags.filter);
  request.set_system(flags.system);
  if (!flags.from.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.from, "--from", *request.mutable_from_time()));
  if (!flags.until.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.until, "--until", *request.mutable_until_time()));
  request.set_jurisdiction(flags.jurisdiction);
  request.set_reason(flags.reason);
  request.set_grant_id(flags.grant);
  request.set_measured(flags.measured);
  for (const std::string& value : flags.selected) request.add_selected(value);
  for (const std::string& name : flags.attributes) request.add_attributes(name);
  request.set_leave_out_small(flags.leave_out_small);
  request.set_scored(flags.scored);
  return request;
}

// What came is what the server signed: its leaf names the digest of all three files.
absl::Status Check(const v1::RunReportResponse& report) {
  const Digest digest = crypto::Sha256(AsBytes(report.html() + report.csv() + report.json()));
  const auto leaf = core::ParseLeaf(report.receipt().leaf());
  const std::string* named = leaf.ok() ? leaf->facts.FindString("report_digest") : nullptr;
  if (named != nullptr && *named == digest.ToBase64()) return absl::OkStatus();
  return Unusable("the report is not the one that the ledger names", "ask for it again");
}

absl::Status Save(const v1::RunReportResponse& report, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::filesystem::path path = folder;
  CANDOR_RETURN_IF_ERROR(WriteFile(path / "report.html", report.html()));
  CANDOR_RETURN_IF_ERROR(WriteFile(path / "report.csv", report.csv()));
  CANDOR_RETURN_IF_ERROR(WriteFile(path / "report.json", report.json()));
  CANDOR_RETURN_IF_ERROR(WriteFile(path / "report.leaf.json", report.receipt().leaf()));
  return WriteFile(path / "report.tlog-proof", report.receipt().proof());
}

// The figures of a bias audit, in columns that a terminal holds.
void PrintRates(const std::string& csv, Output& out) {
  std::vector<std::vector<std::string>> rows;
  const std::vector<std::string> lines = absl::StrSplit(csv, "\r\n", absl::SkipEmpty());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = absl::StrSplit(lines[i], ',');
    if (cells.size() != 12) continue;
    const auto cell = [&](std::size_t at) { return cells[at].empty() ? std::string("-") : Printable(cells[at]); };
    std::string notes = cells[11] == "yes" ? "hidden: too few" : cells[8] == "yes" ? "left out: too few" : "";
    if (cells[9] == "yes") notes = "under four fifths";
    rows.push_back({cell(0), cell(1), cell(2), cell(3), cell(4), cell(5) + " to " + cell(6), cell(7), cell(10), notes});
    if (cells[4].empty()) rows.back()[5] = "-";
  }
  out.Table({"by", "category", "people", "selected", "rate", "95 %", "ratio", "chance", ""}, rows);
  out.Line();
}

absl::StatusOr<int> Make(const ReportFlags& flags, v1::ReportKind kind, const Program& program, Output& out) {
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  CANDOR_ASSIGN_OR_RETURN(const v1::RunReportRequest request, RequestOf(flags, kind, request_id));
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  const auto stub = connection.Stub<v1::AuditService>();
  v1::RunReportResponse report;
  const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::time_point::max());  // As long as it takes.
    const auto reader = stub->RunReport(context, request);
    while (reader->Read(&report)) {
      if (report.total_count() > 0) {
        out.Progress(WithCommas(report.looked_at_count()) + " of " + WithCommas(report.total_count()) + " decisions");
      }
    }
    return reader->Finish();
  });
  out.Progress({});
  if (!status.ok()) return NamingRequest(status, request_id);
  CANDOR_RETURN_IF_ERROR(Check(report));
  if (!flags.out.empty()) CANDOR_RETURN_IF_ERROR(Save(report, flags.out));
  if (out.json()) {
    out.Raw(report.json());
    return kDone;
  }
  if (kind == v1::REPORT_KIND_BIAS_AUDIT) PrintRates(report.csv(), out);
  const std::vector<std::string> lines = absl::StrSplit(report.csv(), "\r\n", absl::SkipEmpty());
  std::string missing;
  for (const std::string& code : report.missing()) missing += (missing.empty() ? "" : ", ") + Printable(code);
  const std::string entries = kind == v1::REPORT_KIND_LOG_EXTRACT ? WithCommas(lines.size() - 1) : std::string();
  out.Pairs({{"entries", entries},
             {"left out", missing},
             {"sha256", Digest::FromBytes(AsBytes(report.digest())).value_or(Digest()).ToHex()},
             {"files", flags.out.empty() ? "" : flags.out + "/report.html, .csv, .json, .leaf.json, .tlog-proof"},
             {"receipt", ToText(report.receipt())},
             {"request", request_id}});
  return kDone;
}

absl::StatusOr<int> LogExtract(const ReportFlags& flags, const Program& program, Output& out) {
  return Make(flags, v1::REPORT_KIND_LOG_EXTRACT, program, out);
}
absl::StatusOr<int> BiasAudit(const ReportFlags& flags, const Program& program, Output& out) {
  return Make(flags, v1::REPORT_KIND_BIAS_AUDIT, program, out);
}

void AddCommon(CLI::App& command, Program& program, ReportFlags& flags) {
  command.add_option("FILTER", flags.filter, "Which decisions, as in `candor search`; default all");
  command.add_option("--out", flags.out, "Folder to write the report into; it is made")->type_name("DIR");
  command.add_option("--system", flags.system, "Only decisions of this AI system, which the report describes")->type_name("CODE");
  command.add_option("--from", flags.from, "Only decisions that began from this time on")->type_name("TIME");
  command.add_option("--until", flags.until, "Only decisions that began before this time")->type_name("TIME");
  command.add_option("--grant", flags.grant, "The grant it rests on: nothing that it does not cover is looked at")->type_name("UUID");
  command.add_option("--reason", flags.reason, "Why: a code of the catalogue `reason`")->type_name("CODE");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
  command.footer(
      "The making is an entry of the ledger that holds the digest of the report. --json prints report.json.\n\n"
      "Roles: compliance; regulator, under a grant.\n");
}

}  // namespace

void AddReport(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "report", "Make reports for authorities and auditors");
  CLI::App& log = *group.add_subcommand("log-extract", "Make an extract of the log for an authority");
  AddCommon(log, program, Runs(log, program, &LogExtract));
  CLI::App& bias = *group.add_subcommand("bias-audit", "Compare how often groups of people are selected");
  ReportFlags& flags = Runs(bias, program, &BiasAudit);
  bias.add_option("--selected", flags.selected, "Value with which a decision counts as selected, such as approved; may repeat")
      ->type_name("VALUE")
      ->allow_extra_args(false);
  bias.add_flag("--scored", flags.scored, "Selected is a score above the median of all; in place of --measured and --selected");
  bias.add_option("--measured", flags.measured, "Field that says what came of a decision; default outcome")->type_name("FIELD");
  bias.add_option("--attribute", flags.attributes, "Protected attribute to count by; may repeat, up to 4. Default each that was recorded")
      ->type_name("NAME")
      ->allow_extra_args(false);
  bias.add_option("--jurisdiction", flags.jurisdiction, "In the form of this law: us-ny shows groups of any size")->type_name("CODE");
  bias.add_flag("--leave-out-small", flags.leave_out_small, "Leave categories of less than 2 % of all out of the ratios");
  AddCommon(bias, program, flags);
}

}  // namespace candor::cli
