#include "services/flow/log_extract.h"

#include <array>

#include "services/base/clock.h"
#include "services/core/merkle/tree_hash.h"

namespace candor::flow {
namespace {

constexpr std::size_t kRoomPerLine = 200;  // Beside the CSV, of what people read.

// Facts in their columns: who, what, on what ground, by which rules, what came of it, and who looked.
constexpr std::array kFacts = {
    "system",        "model",           "model_version",    "model_digest",       "config_digest",  "prompt_template_digest",
    "environment",   "deployer",        "tenant_role",      "jurisdictions",      "domain",         "profiling",
    "action",        "stage",           "parent_decision",  "purpose",            "legal_basis",    "art22_ground",
    "art9_ground",   "data_categories", "reference_databases", "reference_versions", "started",     "ended",
    "authorization", "verdict",         "policy",           "policy_digest",      "verdict_reasons", "rules",
    "outcome",       "adverse",         "effect",           "ai_influence",       "action_taken",   "confidence",
    "score_threshold", "reasons",       "effective",        "communicated",       "error",          "fallback_used",
    "oversight_kind", "resolution",     "human_decision",   "active_seconds",     "complaint",      "reversed",
    "ground_truth"};

std::string Joined(std::string_view left, std::string_view right) {
  return std::string(left) + (left.empty() || right.empty() ? "" : "; ") + std::string(right);
}

std::string TextOf(const core::Json& value) {
  if (value.is_string()) return value.string();
  if (value.is_bool()) return value.boolean() ? "true" : "false";
  if (!value.is_array()) return value.Encode();
  std::string text;
  for (const core::Json& item : value.items()) {
    const std::string* rule = item.FindString("rule");
    text = Joined(text, rule == nullptr ? TextOf(item) : *rule + "=" + domain::FactText(item, "result"));
  }
  return text;
}

std::string FactOf(const core::Leaf& leaf, std::string_view name) {
  const core::Json* fact = leaf.facts.Find(name);
  return fact == nullptr ? std::string() : TextOf(*fact);
}

std::string CallerOf(const core::Leaf& leaf) { return leaf.caller_id.empty() ? leaf.caller_kind : leaf.caller_id; }

// What the leaf says first of all.
std::string SaidBy(const core::Leaf& leaf) {
  for (const char* name : {"outcome", "verdict", "resolution", "ground_truth"}) {
    if (std::string text = FactOf(leaf, name); !text.empty()) return text;
  }
  return {};
}

}  // namespace

std::string CsvCell(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

absl::Status LogExtract::Take(const SeenDecision& decision) {
  for (const auto& [position, leaf, bytes] : decision.leaves) {
    Line line{.time = ToRfc3339(leaf.time), .type = leaf.type, .decision = leaf.decision->ToText(), .said = SaidBy(leaf),
              .marks = {}, .csv = {}};
    std::string sections;
    for (const std::string& mark : leaf.marks) {
      line.marks = Joined(line.marks, mark);
      ++marks_[mark];
    }
    for (const auto& [name, _] : leaf.sections) sections = Joined(sections, name);
    const auto add = [&](std::string_view cell) { line.csv.append(line.csv.empty() ? "" : ",").append(CsvCell(cell)); };
    add(std::to_string(position));
    for (const std::string& cell : {line.time, line.type, leaf.id.ToText(), line.decision, leaf.request.ToText(), CallerOf(leaf)}) add(cell);
    for (const char* name : kFacts) add(FactOf(leaf, name));
    add(line.marks);
    add(sections);
    add(core::HashLeaf(AsBytes(bytes)).ToBase64());
    line.csv += "\r\n";
    bytes_ += line.csv.size() + kRoomPerLine;
    if (bytes_ > Reports::kMostBytes) return Reports::TooLarge();
    ++types_[leaf.type];
    lines_[position] = std::move(line);
  }
  return absl::OkStatus();
}

std::string LogExtract::Csv() const {
  std::string csv = "position,time,type,leaf,decision,request,caller";
  for (const char* name : kFacts) csv.append(",").append(name);
  csv += ",marks,sections,leaf_hash\r\n";
  for (const auto& [_, line] : lines_) csv += line.csv;
  return csv;
}

}  // namespace candor::flow
