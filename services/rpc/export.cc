// AuditService.Export: bundles on the wire, and the page in them that people read first.

#include "absl/strings/str_replace.h"
#include "services/base/clock.h"
#include "services/pages/document.h"
#include "services/pages/words.h"
#include "services/rpc/audit_service.h"
#include "services/rpc/chunks.h"
#include "services/rpc/convert/answer.h"

namespace candor::rpc {
namespace {

using pages::Block;
using pages::Table;
using pages::Text;


std::string RangesOf(const flow::BundleSummary& summary) {
  std::string text;
  for (const core::PositionRange& range : summary.ranges) {
    if (!text.empty()) text += ", ";
    text += std::to_string(range.first);
    if (range.last > range.first) text += " to " + std::to_string(range.last);
  }
  return text;
}

std::string MeaningOf(const std::string& reason) {
  if (reason == "erased") return "the person's key was destroyed; a proof stands in withheld.ndjson";
  if (reason == "privileged") return "nobody sees these in an export";
  return "not asked for";
}

std::string PageOf(const flow::BundleSummary& summary) {
  pages::Document page{.language = "en", .title = "Audit bundle of " + summary.checkpoint.origin, .cut = "…", .blocks = {}};
  const auto add = [&](Block block) { page.blocks.push_back(std::move(block)); };
  add(Text(Block::Kind::kHeading, page.title));
  page.blocks.back().level = 1;
  add(Text(Block::Kind::kText,
           "This is a copy of a part of a ledger of decisions by AI, with all that is needed to check it without the people "
           "who wrote it. This page is a summary. What counts are the other files."));
  add(Table("What it is", {{"", ""},
                           {"Ledger", summary.checkpoint.origin},
                           {"Asked for", summary.asked_what},
                           {"By", summary.asked_by},
                           {"Under the grant", summary.grant.empty() ? "none" : summary.grant},
                           {"Taken on", pages::MomentOf(summary.time, pages::Language::kEnglish)},
                           {"Leaves", std::to_string(summary.leaves) + ", at the positions " + RangesOf(summary)},
                           {"Sections shown", std::to_string(summary.shown)},
                           {"Policy sets", std::to_string(summary.policies)},
                           {"Size of the ledger then", std::to_string(summary.checkpoint.size)},
                           {"Root", summary.checkpoint.root.ToBase64()}}));
  std::vector<std::vector<std::string>> types = {{"Type of leaf", "How many"}};
  for (const auto& [type, count] : summary.types) types.push_back({type, std::to_string(count)});
  add(Table("What was recorded", std::move(types)));
  const auto of_type = [&](const char* type) {
    const auto found = summary.types.find(type);
    return found == summary.types.end() ? 0 : found->second;
  };
  add(Text(Block::Kind::kHeading, "What is missing"));
  add(Text(Block::Kind::kText, "Leaves of type gap name calls that a component numbered and that never came: " +
                                   std::to_string(of_type("gap")) + " such leaves. Leaves of type outcome_missing name "
                                   "decisions whose outcome was due and never came: " +
                                   std::to_string(of_type("outcome_missing")) + "."));
  if (!summary.withheld.empty()) {
    std::vector<std::vector<std::string>> withheld = {{"Why", "How many", "Meaning"}};
    for (const auto& [reason, count] : summary.withheld) {
      withheld.push_back({absl::StrReplaceAll(reason, {{"_", " "}}), std::to_string(count), MeaningOf(reason)});
    }
    add(Table("What is not shown", std::move(withheld)));
  }
  add(Text(Block::Kind::kHeading, "How to check it"));
  add(Text(Block::Kind::kText, "You need the key of the ledger, from somewhere that you trust: not from this bundle. It should be"));
  add(Text(Block::Kind::kCode, summary.ledger_key));
  add(Text(Block::Kind::kText, "Then either of these, which were written apart from each other, says whether the bundle is intact:"));
  add(Text(Block::Kind::kCode, "candor-verify BUNDLE --vkey KEY"));
  add(Text(Block::Kind::kCode, "python3 -m candor.verify BUNDLE --vkey KEY"));
  add(Text(Block::Kind::kQuiet, "The file report/leaves.csv lists every leaf for a spreadsheet. It holds no personal data."));
  return pages::ToHtml(page);
}

// Where the sending goes on makes it no other request.
v1::ExportRequest WithoutPlace(v1::ExportRequest request) {
  request.clear_from_byte();
  return request;
}

}  // namespace

absl::Status AuditService::Export(const domain::Caller& caller, const v1::ExportRequest& request,
                                  const Say<v1::ExportResponse>& say, v1::ExportResponse& last) {
  if (request.compressed()) {
    return Because(absl::UnimplementedError("compressed: not built yet; compress the file"), "NOT_IMPLEMENTED");
  }
  if (!request.filter().empty() && !request.grant_id().empty()) {
    return BadField("filter", "is none of an export under a grant: the grant says what it holds");
  }
  const std::set<std::string> sections(request.sections().begin(), request.sections().end());
  CANDOR_ASSIGN_OR_RETURN(View view, ViewOf(caller, request.grant_id(), sections));
  const flow::Export::Asked asked{.first = request.first_position(), .end = request.end_position(),
                            .known_size = request.known_size(),
                            .sections = sections, .grant = view.grant, .scope = std::move(view.scope),
                            .filter = request.filter(), .from_byte = request.from_byte()};
  if (request.sections_size() > 0 && request.reason().empty()) {
    return BadField("reason", "is required where sections are opened");
  }
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "export", WithoutPlace(request)));
  const auto send = [&](std::string_view bytes) { return SendChunks(say, bytes, stopping_); };
  CANDOR_ASSIGN_OR_RETURN(flow::Export::Done done, exports_.Run(caller, std::move(statement), asked, &PageOf, send));
  last.set_digest(std::string(AsText(done.digest.view())));
  ToWire(std::move(done.receipt), *last.mutable_receipt());
  return absl::OkStatus();
}

}  // namespace candor::rpc
