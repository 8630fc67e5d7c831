#include "services/rpc/report_files.h"

#include "absl/strings/str_replace.h"
#include "services/base/clock.h"
#include "services/crypto/sha256.h"
#include "services/pages/words.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {
namespace {

using core::Json;
using pages::Block;
using pages::Table;
using pages::Text;
using Rows = std::vector<std::vector<std::string>>;

std::string Words(std::string code) { return absl::StrReplaceAll(code, {{"_", " "}}); }

std::string TimeOf(const google::protobuf::Timestamp& stamp) { return ToRfc3339(FromWire(stamp)); }

Rows AskedRows(const v1::RunReportRequest& request, const std::string& authority) {
  Rows rows = {{"", ""}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) rows.push_back({name, value});
  };
  const auto list = [](const google::protobuf::RepeatedPtrField<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
    return text;
  };
  add("AI system", request.system());
  add("Decisions that fit", request.filter());
  add("That began from", request.has_from_time() ? TimeOf(request.from_time()) : std::string());
  add("That began before", request.has_until_time() ? TimeOf(request.until_time()) : std::string());
  add("What came of them", request.measured());
  add("Selected is", list(request.selected()));
  add("By", list(request.attributes()));
  add("Small categories", request.leave_out_small() ? "those under 2 % are left out of the ratios" : "");
  add("In the form of", request.jurisdiction());
  add("Why", request.reason());
  add("For the authority", authority);
  add("Under the grant", request.grant_id());
  if (rows.size() == 1) rows.push_back({"Decisions", "all"});
  return rows;
}

struct Finding {
  const char* code;
  const char* about;
};
constexpr Finding kFindings[] = {
    {"gap", "numbers that a component counted and that never came, or came late"},
    {"outcome_missing", "decisions whose outcome was due and did not come in time"},
    {"unauthorized", "outcomes without a valid authorization"},
    {"against_verdict", "outcomes against their verdict"},
    {"unresolved", "outcomes before a human had settled what was escalated"}};

// What the ledger itself says of its completeness.
const char* CompleteOf(const flow::ReportGround& ground, bool granted) {
  if (granted) return "not provable";
  for (const auto& [_, count] : ground.findings) {
    if (count > 0) return "no";
  }
  return "yes";
}

void AddFindings(const flow::ReportGround& ground, bool granted, std::vector<Block>& blocks) {
  blocks.push_back(Text(Block::Kind::kHeading, "What is missing"));
  const std::string complete = CompleteOf(ground, granted);
  blocks.push_back(Text(Block::Kind::kText,
                        granted ? "Under a grant nothing is told of the rest of the ledger: whether a decision was left out "
                                  "can't be seen here. Of the decisions in this report, leaves name"
                        : complete == "yes" ? "Nothing: no leaf of the ledger calls anything missing or out of order."
                                            : "The ledger was given less than it should have been. Its leaves name"));
  Rows rows = {{"What", "How many"}};
  for (const Finding& finding : kFindings) {
    const auto found = ground.findings.find(finding.code);
    const std::uint64_t count = found == ground.findings.end() ? 0 : found->second;
    if (count > 0 || granted) rows.push_back({finding.about, std::to_string(count)});
  }
  if (rows.size() > 1) blocks.push_back(Table("What leaves call missing", std::move(rows)));
}

void AddProof(const flow::ReportGround& ground, const std::string& asked_digest, std::vector<Block>& blocks) {
  blocks.push_back(Text(Block::Kind::kHeading, "What this rests on"));
  blocks.push_back(Table("What this rests on",
                         {{"", ""},
                          {"Ledger", ground.origin},
                          {"Its size then", std::to_string(ground.checkpoint.size)},
                          {"Last leaf of", pages::MomentOf(ground.time, pages::Language::kEnglish)},
                          {"Root", ground.checkpoint.root.ToBase64()},
                          {"Decisions looked at", std::to_string(ground.looked_at)},
                          {"Decisions in this report", std::to_string(ground.decisions)},
                          {"SHA-256 of what was asked", asked_digest}}));
  blocks.push_back(Text(Block::Kind::kText, "The signed checkpoint:"));
  blocks.push_back(Text(Block::Kind::kCode, ground.note));
  blocks.push_back(Text(Block::Kind::kHeading, "How to check it"));
  blocks.push_back(Text(Block::Kind::kText,
                        "That this report was made is a leaf of the ledger, of type report. Its report_digest is SHA-256, in "
                        "base64, of the files report.html, report.csv and report.json, one after the other. The leaf and its "
                        "proof come with the report, and are checked with the key of the ledger, which you need from somewhere "
                        "that you trust. It should be"));
  blocks.push_back(Text(Block::Kind::kCode, ground.ledger_key));
  blocks.push_back(Text(Block::Kind::kCode, "candor verify receipt --vkey KEY report.leaf.json report.tlog-proof"));
  blocks.push_back(Text(Block::Kind::kCode, "cat report.html report.csv report.json | openssl dgst -sha256 -binary | base64"));
  blocks.push_back(Text(Block::Kind::kText,
                        "What the report says of single leaves is proved by an audit bundle of the same range, which "
                        "candor export writes."));
}

}  // namespace

flow::Reports::Files FilesOf(const ReportBody& body, const v1::RunReportRequest& request, const std::string& asked,
                             const std::string& authority, const flow::ReportGround& ground) {
  const std::string asked_digest = crypto::Sha256(AsBytes(asked)).ToHex();
  const bool granted = !request.grant_id().empty();
  pages::Document page{.language = "en", .title = body.title, .cut = "…", .blocks = {}};
  page.blocks.push_back(Text(Block::Kind::kHeading, body.title));
  page.blocks.back().level = 1;
  page.blocks.push_back(Text(Block::Kind::kText, body.about));
  page.blocks.push_back(Table("What was asked", AskedRows(request, authority)));
  page.blocks.insert(page.blocks.end(), body.blocks.begin(), body.blocks.end());
  page.blocks.push_back(Text(Block::Kind::kHeading, "What was left out, and why"));
  Rows left_out = {{"What", "Why"}};
  Json left_out_json = Json::Array();
  for (const auto& [code, why] : body.left_out) {
    left_out.push_back({Words(code), why});
    left_out_json.Append(Json::Object().Set("code", code).Set("why", why));
  }
  page.blocks.push_back(Table("What was left out, and why", std::move(left_out)));
  AddFindings(ground, granted, page.blocks);
  AddProof(ground, asked_digest, page.blocks);

  Json findings = Json::Object();
  for (const auto& [kind, count] : ground.findings) findings.Set(kind, static_cast<std::int64_t>(count));
  Json json = Json::Object();
  json.Set("asked", asked).Set("asked_sha256", asked_digest).Set("checkpoint", ground.note);
  json.Set("complete", CompleteOf(ground, granted)).Set("csv_sha256", crypto::Sha256(AsBytes(body.csv)).ToHex());
  json.Set("decisions", static_cast<std::int64_t>(ground.decisions)).Set("figures", body.figures).Set("findings", findings);
  json.Set("left_out", left_out_json).Set("ledger", ground.origin).Set("ledger_key", ground.ledger_key);
  json.Set("looked_at", static_cast<std::int64_t>(ground.looked_at)).Set("root", ground.checkpoint.root.ToBase64());
  json.Set("size", static_cast<std::int64_t>(ground.checkpoint.size)).Set("time", ToRfc3339(ground.time)).Set("title", body.title);
  if (!authority.empty()) json.Set("authority", authority);
  return {.html = pages::ToHtml(page), .csv = body.csv, .json = json.Encode() + "\n"};
}

void AddSystems(const flow::ReportGround& ground, ReportBody& body) {
  const domain::Registry& registry = *ground.registry;
  const auto text_of = [](const Json& value) {
    return value.is_string() ? value.string() : value.is_bool() ? (value.boolean() ? "yes" : "no") : value.Encode();
  };
  Json sheets = Json::Array();
  for (const std::string& code : ground.systems) {
    const auto system = registry.systems().find(code);
    body.blocks.push_back(Text(Block::Kind::kHeading, "The AI system " + code));
    if (system == registry.systems().end()) {
      body.blocks.push_back(Text(Block::Kind::kText, "It was never registered."));
      continue;
    }
    Json sheet = Json::Object(), versions = Json::Array();
    sheet.Set("system", code).Set("facts", system->second.facts);
    Rows rows = {{"", ""}};
    for (const auto& [name, value] : system->second.facts.members()) rows.push_back({Words(name), text_of(value)});
    body.blocks.push_back(Table("What was registered of it", std::move(rows)));
    Rows states = {{"Model", "Version", "State", "Since", "Digest"}};
    for (const auto& [key, version] : registry.versions()) {
      if (key.system != code) continue;
      const std::string digest = version.leaves.empty() ? "" : domain::FactText(version.leaves.back()->facts, "model_digest");
      for (const domain::Approval& approval : version.approvals) {
        states.push_back({key.model, key.version, approval.state, ToRfc3339(approval.changed), digest});
        versions.Append(Json::Object().Set("model", key.model).Set("model_version", key.version).Set("state", approval.state)
                            .Set("since", ToRfc3339(approval.changed)).Set("model_digest", digest));
      }
    }
    if (states.size() > 1) body.blocks.push_back(Table("Versions and what they were approved for", std::move(states)));
    sheets.Append(sheet.Set("versions", versions));
  }
  body.figures.Set("systems", sheets);
}

}  // namespace candor::rpc
