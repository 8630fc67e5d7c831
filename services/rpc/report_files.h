// The files of a report: what its kind says, in a frame that every report has: what was asked, what was left
// out and why, what is missing, what it rests on, and how to check it.
//
// Pure functions; any thread may call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "candor/v1/audit_service.pb.h"
#include "services/flow/bias_audit.h"
#include "services/flow/log_extract.h"
#include "services/flow/report.h"
#include "services/pages/document.h"

namespace candor::rpc {

struct ReportBody {
  std::string title, about;
  std::vector<pages::Block> blocks;
  core::Json figures = core::Json::Object();
  std::string csv;
  std::vector<std::pair<std::string, std::string>> left_out;  // Codes, and why.
};

// `asked` are the canonical bytes of the request, `authority` whom the grant was given to, if there is one.
flow::Reports::Files FilesOf(const ReportBody& body, const v1::RunReportRequest& request, const std::string& asked,
                             const std::string& authority, const flow::ReportGround& ground);

// The kinds. Errors: none.
ReportBody LogBody(const flow::LogExtract& log, const flow::ReportGround& ground);
ReportBody BiasBody(const flow::BiasFigures& figures, const v1::RunReportRequest& request, const flow::ReportGround& ground);

// The system sheet: what was registered of the systems of the decisions, and of their versions, in blocks and as JSON.
void AddSystems(const flow::ReportGround& ground, ReportBody& body);

}  // namespace candor::rpc
