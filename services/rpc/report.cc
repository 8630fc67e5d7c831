// AuditService.RunReport: who may have which report, and what it is made of.
#include "services/base/status.h"
#include "services/domain/terms.h"
#include "services/flow/bias_audit.h"
#include "services/flow/filter.h"
#include "services/flow/log_extract.h"
#include "services/rpc/audit_service.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/report_files.h"

namespace candor::rpc {
namespace {

// Sections that a bias audit opens, in their order.
std::set<std::string> OpenedBy(const v1::RunReportRequest& request) {
  if (request.kind() != v1::REPORT_KIND_BIAS_AUDIT) return {};
  return request.scored() ? std::set<std::string>{"output", "protected"} : std::set<std::string>{"protected"};
}

// A law that wants each number, however small: New York City's bias audits.
bool WantsAllNumbers(const v1::RunReportRequest& request) { return request.jurisdiction().starts_with("us-ny"); }

absl::Status CheckReport(const v1::RunReportRequest& request) {
  const bool bias = request.kind() == v1::REPORT_KIND_BIAS_AUDIT;
  if (!bias && request.kind() != v1::REPORT_KIND_LOG_EXTRACT) {
    return Because(absl::UnimplementedError("kind: only LOG_EXTRACT and BIAS_AUDIT are built yet"), "NOT_IMPLEMENTED");
  }
  for (const auto& [field, text] : {std::pair("decision_id", request.decision_id()), std::pair("person_reference", request.person_reference()),
                                    std::pair("incident_id", request.incident_id())}) {
    if (!text.empty()) return BadField(field, "is of no use to this kind of report: leave it empty");
  }
  if (request.has_from_time() && request.has_until_time() && FromWire(request.from_time()) >= FromWire(request.until_time())) {
    return BadField("from_time", "must be before until_time");
  }
  if (!bias) {
    if (request.selected_size() > 0) return BadField("selected", "is for a bias audit: leave it empty");
    if (request.attributes_size() > 0) return BadField("attributes", "is for a bias audit: leave it empty");
    if (!request.measured().empty()) return BadField("measured", "is for a bias audit: leave it empty");
    if (request.scored()) return BadField("scored", "is for a bias audit: leave it empty");
    return absl::OkStatus();
  }
  if (request.scored() && !request.measured().empty()) return BadField("measured", "is of no use where scores are compared: leave it empty");
  if (request.scored() && request.selected_size() > 0) return BadField("selected", "is of no use where scores are compared: leave it empty");
  const domain::Field* measured = domain::FindField(request.measured().empty() ? "outcome" : request.measured());
  if (measured == nullptr || measured->kind != domain::FieldKind::kTerm) {
    return BadField("measured", "is no field that a filter compares with = alone: `candor search --fields` lists them");
  }
  if (!request.scored() && request.selected().empty()) return BadField("selected", "is required of a bias audit: with which values a decision counts as selected");
  if (request.reason().empty()) return BadField("reason", "is required: protected attributes are opened to be counted");
  const std::set<std::string> names(request.attributes().begin(), request.attributes().end());
  if (names.size() < static_cast<std::size_t>(request.attributes_size())) return BadField("attributes", "names one twice");
  return absl::OkStatus();
}

absl::StatusOr<store::Condition> ConditionOf(const v1::RunReportRequest& request) {
  CANDOR_ASSIGN_OR_RETURN(store::Condition condition, flow::ParseFilter(request.filter()));
  if (request.system().empty()) return condition;
  const bool alone = condition.empty();
  condition.push_back({.op = store::Step::Op::kTerm, .value = "system=" + request.system()});
  if (!alone) condition.push_back({.op = store::Step::Op::kAnd});
  return condition;
}

}  // namespace

absl::Status AuditService::RunReport(const domain::Caller& caller, const v1::RunReportRequest& request,
                                     const Say<v1::RunReportResponse>& say, v1::RunReportResponse& last) {
  CANDOR_RETURN_IF_ERROR(CheckReport(request));
  const bool bias = request.kind() == v1::REPORT_KIND_BIAS_AUDIT;
  flow::Reports::Asked asked;
  CANDOR_ASSIGN_OR_RETURN(asked.filter, ConditionOf(request));
  if (request.has_from_time()) asked.from = FromWire(request.from_time());
  if (request.has_until_time()) asked.until = FromWire(request.until_time());
  CANDOR_ASSIGN_OR_RETURN(View view, ViewOf(caller, request.grant_id(), OpenedBy(request)));
  asked.grant = view.grant;
  asked.scope = std::move(view.scope);
  std::string authority;
  if (asked.grant) {
    CANDOR_ASSIGN_OR_RETURN(const auto registry, registries_.Newest(*caller.tenant));
    authority = registry->grants().Find(*asked.grant)->authority;
  }
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "run_report", request));
  const std::string asked_text = statement.fingerprint_text;

  flow::LogExtract log;
  flow::BiasAudit audit({.scored = request.scored(),
                         .measured = request.measured().empty() ? "outcome" : request.measured(),
                         .selected = {request.selected().begin(), request.selected().end()},
                         .attributes = {request.attributes().begin(), request.attributes().end()},
                         .leaves_out_small = request.leave_out_small(),
                         .hides_small = !WantsAllNumbers(request) && asked.scope.smallest_group >= domain::kSmallestGroup});
  flow::Reports::Kind kind;
  kind.take = [&](const flow::SeenDecision& decision, vault::Opening& opening) {
    return bias ? audit.Take(decision, opening) : log.Take(decision);
  };
  kind.make = [&](const flow::ReportGround& ground, core::Json& facts) -> absl::StatusOr<flow::Reports::Files> {
    ReportBody body;
    if (bias) {
      const flow::BiasFigures figures = audit.Figures();
      core::Json sections = core::Json::Array();
      for (const std::string& name : OpenedBy(request)) sections.Append(name);
      facts.Set("read_sections", sections).Set("read_count", static_cast<std::int64_t>(figures.opened));
      body = BiasBody(figures, request, ground);
    } else {
      body = LogBody(log, ground);
    }
    for (const auto& [code, _] : body.left_out) last.add_missing(code);
    return FilesOf(body, request, asked_text, authority, ground);
  };
  kind.progress = [&](std::uint64_t looked_at, std::uint64_t total) -> absl::Status {
    v1::RunReportResponse so_far;
    so_far.set_looked_at_count(looked_at);
    so_far.set_total_count(total);
    if (say(so_far) == Stream::Heard::kGone) return absl::CancelledError("the caller hung up");
    if (stopping_) return Because(absl::UnavailableError("the server stops: repeat"), "STORE_UNAVAILABLE");
    return absl::OkStatus();
  };
  CANDOR_ASSIGN_OR_RETURN(flow::Reports::Done done, reports_.Run(caller, std::move(statement), asked, kind));
  last.set_html(std::move(done.files.html));
  last.set_csv(std::move(done.files.csv));
  last.set_json(std::move(done.files.json));
  last.set_digest(std::string(AsText(done.digest.view())));
  ToWire(std::move(done.receipt), *last.mutable_receipt());
  return absl::OkStatus();
}

}  // namespace candor::rpc
