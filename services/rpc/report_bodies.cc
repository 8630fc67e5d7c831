// What each kind of report says.
#include "absl/strings/str_format.h"
#include "services/base/clock.h"
#include "services/rpc/report_files.h"

namespace candor::rpc {
namespace {

using core::Json;
using pages::Block;
using pages::Table;
using pages::Text;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kLinesOnPage = 200;

std::string Joined(const std::vector<std::string>& values, const char* between) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : between) + value;
  return text;
}

std::string Decimal(double value) { return absl::StrFormat("%.4f", value); }

std::string ChanceOf(double chance) { return chance < 0.0001 ? "under 0.0001" : Decimal(chance); }

// A decimal as JSON keeps it: as text.
struct Shown {
  std::string people, selected, rate, low, high, ratio, notes;
};
Shown ShownOf(const law::Standing& standing, bool hidden) {
  if (hidden) return {.people = "hidden", .selected = "", .rate = "", .low = "", .high = "", .ratio = "", .notes = "too few people, or what would tell of them"};
  std::string notes;
  const auto note = [&](bool is, const char* words) {
    if (is) notes += (notes.empty() ? "" : "; ") + std::string(words);
  };
  note(standing.is_highest, "highest rate");
  note(standing.is_left_out, "under 2 % of all: in no ratio");
  note(standing.is_below_four_fifths, "under four fifths");
  note(standing.is_below_four_fifths && standing.turns_by_one, "one person would turn it");
  return {.people = std::to_string(standing.group.people), .selected = std::to_string(standing.group.selected),
          .rate = law::Percent(standing.group.rate(), 1) + " %", .low = Decimal(standing.interval.low),
          .high = Decimal(standing.interval.high), .ratio = law::Rounded(standing.ratio, 3), .notes = notes};
}

bool IsCompared(const law::Standing& standing) { return standing.ratio.is_defined() && !standing.is_highest; }

Json JsonOf(const flow::BiasTable& table) {
  Json attributes = Json::Array(), unknown = Json::Object(), categories = Json::Array();
  for (const std::string& name : table.attributes) attributes.Append(name);
  for (const auto& [why, count] : table.unknown) unknown.Set(why, static_cast<std::int64_t>(count));
  for (std::size_t i = 0; i < table.standings.size(); ++i) {
    const law::Standing& standing = table.standings[i];
    Json values = Json::Array(), category = Json::Object();
    for (const std::string& value : standing.group.values) values.Append(value);
    category.Set("values", values).Set("hidden", static_cast<bool>(table.hidden[i]));
    if (!table.hidden[i]) {
      category.Set("people", static_cast<std::int64_t>(standing.group.people));
      category.Set("selected", static_cast<std::int64_t>(standing.group.selected));
      category.Set("rate", law::Rounded(standing.group.rate(), 6));
      category.Set("rate_low", Decimal(standing.interval.low)).Set("rate_high", Decimal(standing.interval.high));
      category.Set("highest", standing.is_highest).Set("left_out", standing.is_left_out);
      if (standing.ratio.is_defined()) category.Set("impact_ratio", law::Rounded(standing.ratio, 6));
      if (IsCompared(standing)) {
        category.Set("below_four_fifths", standing.is_below_four_fifths).Set("one_person_turns_it", standing.turns_by_one);
        category.Set("fisher_p", absl::StrFormat("%.3g", standing.chance)).Set("standard_errors", Decimal(standing.errors));
      }
    }
    categories.Append(category);
  }
  return Json::Object().Set("attributes", attributes).Set("categories", categories).Set("unknown", unknown);
}

void AddCsv(const flow::BiasTable& table, std::string& csv) {
  const std::string name = Joined(table.attributes, "+");
  for (std::size_t i = 0; i < table.standings.size(); ++i) {
    const law::Standing& standing = table.standings[i];
    csv += name + "," + Joined(standing.group.values, "+") + ",";
    if (table.hidden[i]) {
      csv += ",,,,,,,,,yes\r\n";
      continue;
    }
    const auto word = [](bool is) { return is ? "yes" : "no"; };
    csv += std::to_string(standing.group.people) + "," + std::to_string(standing.group.selected) + "," +
           law::Rounded(standing.group.rate(), 3) + "," + Decimal(standing.interval.low) + "," + Decimal(standing.interval.high) + "," +
           law::Rounded(standing.ratio, 3) + "," + word(standing.is_left_out) + "," + word(standing.is_below_four_fifths) + "," +
           (IsCompared(standing) ? absl::StrFormat("%.3g", standing.chance) : "") + ",no\r\n";
  }
  for (const auto& [why, count] : table.unknown) {
    csv.append(name).append(",unknown:").append(why).append(",").append(std::to_string(count)).append(",,,,,,,,,no\r\n");
  }
}

void AddTable(const flow::BiasTable& table, ReportBody& body) {
  const std::string name = Joined(table.attributes, " and ");
  body.blocks.push_back(Text(Block::Kind::kHeading, "By " + name));
  Rows rows = {{Joined(table.attributes, ", "), "People", "Selected", "Rate", "95 % interval", "Impact ratio", "Chance", ""}};
  std::uint64_t unknown = 0;
  for (std::size_t i = 0; i < table.standings.size(); ++i) {
    const law::Standing& standing = table.standings[i];
    const Shown shown = ShownOf(standing, table.hidden[i]);
    rows.push_back({Joined(standing.group.values, ", "), shown.people, shown.selected, shown.rate,
                    table.hidden[i] ? "" : shown.low + " to " + shown.high, shown.ratio,
                    IsCompared(standing) ? ChanceOf(standing.chance) : "", shown.notes});
  }
  for (const auto& [why, count] : table.unknown) unknown += count;
  if (rows.size() > 1) body.blocks.push_back(Table("Rates by " + name, std::move(rows)));
  std::string words = "Unknown and in no category: " + std::to_string(unknown);
  for (const auto& [why, count] : table.unknown) {
    words += why == "erased"     ? "; erased " : why == "inferred" ? "; only inferred " : why == "unknown" ? "; said to be unknown " : "; not recorded ";
    words += std::to_string(count);
  }
  body.blocks.push_back(Text(Block::Kind::kText, words + "."));
}

}  // namespace

ReportBody LogBody(const flow::LogExtract& log, const flow::ReportGround& ground) {
  ReportBody body{.title = "Log extract of " + ground.origin,
                  .about = "What an AI system did, as it was recorded when it happened: one line for each entry of the log. This "
                           "page is the cover; report.csv holds all lines. Nothing in it was sealed, and it names no person.",
                  .blocks = {}, .csv = log.Csv(), .left_out = {}};
  AddSystems(ground, body);
  body.blocks.push_back(Text(Block::Kind::kHeading, "What was recorded"));
  Rows types = {{"Type of entry", "How many"}}, marks = {{"Mark", "How many"}};
  Json types_json = Json::Object(), marks_json = Json::Object();
  for (const auto& [type, count] : log.types()) {
    types.push_back({type, std::to_string(count)});
    types_json.Set(type, static_cast<std::int64_t>(count));
  }
  for (const auto& [mark, count] : log.marks()) {
    marks.push_back({mark, std::to_string(count)});
    marks_json.Set(mark, static_cast<std::int64_t>(count));
  }
  body.figures.Set("types", types_json).Set("marks", marks_json).Set("lines", static_cast<std::int64_t>(log.lines().size()));
  body.blocks.push_back(Table("Entries by type", std::move(types)));
  if (marks.size() > 1) body.blocks.push_back(Table("Entries by mark", std::move(marks)));
  Rows rows = {{"Position", "Time", "Entry", "Says", "Decision", "Marks"}};
  for (const auto& [position, line] : log.lines()) {
    if (rows.size() > kLinesOnPage) break;
    rows.push_back({std::to_string(position), line.time, line.type, line.said, line.decision, line.marks});
  }
  const std::size_t more = log.lines().size() + 1 - rows.size();
  body.blocks.push_back(Table("The first entries", std::move(rows)));
  if (more > 0) body.blocks.push_back(Text(Block::Kind::kText, "And " + std::to_string(more) + " more, in report.csv."));
  body.left_out = {{"personal_data", "sealed sections are not opened for a log extract: take an export, with a reason"},
                   {"registration", "registration in a public database and declarations of conformity are not kept here"},
                   {"incidents", "incidents are not kept here yet"},
                   {"time_stamps", "checkpoints carry no time stamps of a third party yet"}};
  return body;
}

ReportBody BiasBody(const flow::BiasFigures& figures, const v1::RunReportRequest& request, const flow::ReportGround& ground) {
  ReportBody body{.title = "Bias audit summary of " + ground.origin,
                  .about = "How often groups of people were selected, and what that is to the group that was selected most often: "
                           "the impact ratio, made of unrounded rates and rounded half up. A ratio under four fifths is marked "
                           "and is no verdict. The chance is Fisher's exact test, two-sided, against the group with the highest "
                           "rate: how likely so great a difference is if there is none.",
                  .blocks = {}, .csv = "attributes,category,people,selected,rate,rate_low,rate_high,impact_ratio,left_out,below_four_fifths,fisher_p,hidden\r\n",
                  .left_out = {}};
  Rows counted = {{"", ""},
                  {"Decisions assessed", std::to_string(figures.assessed)},
                  {request.scored() ? "Without a score" : "Without a result yet", std::to_string(figures.open)},
                  {"Opened to be counted", std::to_string(figures.opened) + " sealed sections, and shown to nobody"}};
  if (request.scored()) {
    counted.push_back({"Selected is", "a score above the median of " + std::to_string(figures.scores) + " scores: those of all whose category is known. One at the median is not above it"});
  }
  body.blocks.push_back(Table("What was counted", std::move(counted)));
  Json tables = Json::Array();
  bool hides = false, leaves_out = false;
  for (const flow::BiasTable& table : figures.tables) {
    AddTable(table, body);
    AddCsv(table, body.csv);
    tables.Append(JsonOf(table));
    hides = hides || table.hides_any();
    for (std::size_t i = 0; i < table.standings.size(); ++i) leaves_out = leaves_out || (table.standings[i].is_left_out && !table.hidden[i]);
  }
  if (figures.tables.empty()) body.blocks.push_back(Text(Block::Kind::kStrong, "No protected attribute was recorded: there is nothing to compare."));
  body.figures.Set("assessed", static_cast<std::int64_t>(figures.assessed)).Set("open", static_cast<std::int64_t>(figures.open));
  body.figures.Set("opened", static_cast<std::int64_t>(figures.opened)).Set("scores", static_cast<std::int64_t>(figures.scores));
  body.figures.Set("tables", tables);
  AddSystems(ground, body);
  if (figures.open > 0) {
    const std::string field = request.scored() ? "score" : request.measured().empty() ? "outcome" : request.measured();
    body.left_out.emplace_back("open", std::to_string(figures.open) + " decisions of which nothing is recorded under " + field + ", or no more");
  }
  if (hides) body.left_out.emplace_back("small_groups", "groups of fewer than 10 people are hidden, and others where a sum would tell of them; a law that demands the numbers, named as the jurisdiction, shows them");
  if (leaves_out) body.left_out.emplace_back("small_categories", "categories of less than 2 % of all are named with their rates, and are in no ratio");
  body.left_out.emplace_back("auditor", "who audited, whether they are independent, and when the tool was distributed are not kept here");
  return body;
}

}  // namespace candor::rpc
