#include "services/verify/told.h"

#include <algorithm>

#include "absl/strings/numbers.h"

namespace candor::verify {
namespace {

struct Table {
  std::size_t keys = 0;
  std::vector<const char*> columns{};  // The key first.
};

const std::map<std::string, Table>& Tables() {
  static const std::map<std::string, Table> tables = {
      {"tenants", {0, {"origin", "request_id"}}},
      {"limits",
       {1, {"position", "amount", "currency", "confidence", "authorization_seconds", "outcome_seconds"}}},
      {"catalogue", {2, {"kind", "code", "position"}}},
      {"registry", {1, {"position", "type"}}},
      {"erasures", {1, {"position", "wrapper"}}},
      {"cases", {1, {"position", "case_id"}}},
      {"gaps", {2, {"epoch", "first_seq", "last_seq", "position"}}},
      {"closed_epochs", {1, {"epoch", "producer", "count", "leaf_id", "position"}}},
      {"policy_sets", {1, {"digest", "name", "bundle", "position"}}},
      {"principals", {1, {"principal_id", "kind", "code", "roles"}}},
      {"api_keys", {1, {"key_id", "principal_id", "expire_time"}}},
      {"revocations", {1, {"revoked_id"}}}};
  return tables;
}

// Facts that declare codes, by the type of the leaf, and the kind of the codes.
struct Declaring {
  const char* type;
  const char* fact;
  const char* kind;
};
constexpr Declaring kDeclaring[] = {{"system", "system", "system"},
                                    {"system", "models", "model"},
                                    {"system", "model_versions", "model_version"},
                                    {"decision_type", "action", "action"},
                                    {"decision_type", "outcomes", "outcome"},
                                    {"decision_type", "reasons", "reason"},
                                    {"decision_type", "purposes", "purpose"},
                                    {"decision_type", "resource_types", "resource_type"},
                                    {"decision_type", "data_categories", "data_category"},
                                    {"model_version", "model", "model"},
                                    {"model_version", "model_version", "model_version"},
                                    {"data_set", "data_set", "data_set"},
                                    {"reason_catalogue", "reasons", "reason"}};

// Types of leaves that make up the registry.
const std::set<std::string>& Registering() {
  static const std::set<std::string> types = {
      "assurance",     "backtest",      "data_set",          "decision_type",   "grant",
      "grant_confirmed", "grant_revoked", "hold",            "hold_released",   "model_state",
      "model_state_proposal", "model_version", "policy_activation", "policy_proposal", "policy_rollback", "policy_shadow",
      "policy_set",    "reason_catalogue",  "stop",            "stop_lifted", "system"};
  return types;
}

// The fact as the tables write it: empty where there is none.
std::string FactText(const core::Json& facts, std::string_view name) {
  const core::Json* fact = facts.Find(name);
  if (fact == nullptr) return {};
  if (fact->is_int()) return std::to_string(fact->integer());
  return fact->is_string() ? fact->string() : fact->Encode();
}

// The case that a leaf opens, or is a step of; empty: none.
std::string CaseOf(const core::Leaf& leaf) {
  const bool opens = leaf.type == "objection" || leaf.type == "withdrawal" || leaf.type == "case";
  return opens ? leaf.id.ToText() : FactText(leaf.facts, "case");
}

// The texts of a list, or the one text.
std::vector<std::string> Texts(const core::Json& facts, std::string_view name) {
  const core::Json* fact = facts.Find(name);
  if (fact == nullptr) return {};
  if (fact->is_string()) return {fact->string()};
  std::vector<std::string> texts;
  if (!fact->is_array()) return texts;
  for (const core::Json& one : fact->items()) {
    if (one.is_string()) texts.push_back(one.string());
  }
  return texts;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string OpenedId(const TellingLeaf& leaf, const char* member) {
  const auto oversight = core::ParseCanonical(leaf.oversight.value_or(std::string()), core::JsonKind::kSection);
  const std::string* id = oversight.ok() ? oversight->FindString(member) : nullptr;
  return id != nullptr ? *id : std::string();
}

std::optional<std::string> Unless(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::string RowOf(const std::vector<std::string>& key) {
  const bool is_placed = key.size() == 1 || key[0] == "limits" || key[0] == "registry" || key[0] == "erasures" ||
                         key[0] == "cases";  // Its position says which.
  return is_placed ? "the row" : "row " + Joined({key.begin() + 1, key.end()});
}

}  // namespace

bool TellsOfRows(const core::Leaf& leaf) {
  const std::string& type = leaf.type;
  static const std::set<std::string> types = {
      "ledger",       "limits",    "codes",   "gap",   "erasure",
      "epoch_closed", "principal", "api_key", "principal_disabled", "api_key_revoked"};
  return types.contains(type) || Registering().contains(type) || !CaseOf(leaf).empty();
}

// Where several leaves tell of one row, the first one made it.
void Told::Expect(Key key, std::uint64_t position, std::vector<std::optional<std::string>> values) {
  expected_.try_emplace(std::move(key), Expected{.position = position, .values = std::move(values)});
}

void Told::Leaf(const TellingLeaf& told) {
  const core::Leaf& leaf = told.leaf;
  const auto fact = [&](std::string_view name) { return FactText(leaf.facts, name); };
  const std::string position = std::to_string(told.position);
  if (Registering().contains(leaf.type)) Expect({"registry", position}, told.position, {leaf.type});
  const std::string of_case = CaseOf(leaf);
  if (!of_case.empty()) Expect({"cases", position}, told.position, {of_case});
  if (leaf.type == "ledger") {
    Expect({"tenants"}, told.position, {fact("origin"), leaf.request.ToText()});
  } else if (leaf.type == "limits") {
    Expect({leaf.type, position}, told.position,
           {fact("amount_limit"), fact("currency"), fact("confidence_floor"), fact("authorization_seconds"),
            fact("outcome_seconds")});
  } else if (leaf.type == "erasure") {
    Expect({"erasures", position}, told.position, {fact("wrapping_key")});
  } else if (leaf.type == "gap") {
    const core::Json* ranges = leaf.facts.Find("missing");
    if (ranges == nullptr || !ranges->is_array()) return;
    for (const core::Json& range : ranges->items()) {
      if (!range.is_object()) continue;
      Expect({"gaps", fact("epoch"), FactText(range, "first")}, told.position, {FactText(range, "last"), position});
    }
  } else if (leaf.type == "epoch_closed") {
    Expect({"closed_epochs", fact("epoch")}, told.position,
           {fact("producer"), fact("count"), leaf.id.ToText(), position});
  } else if (leaf.type == "policy_set") {
    Expect({"policy_sets", fact("policy_digest")}, told.position, {fact("policy_set"), fact("bundle_digest"), position});
  } else if (leaf.type == "principal") {
    ExpectPrincipal(told);
  } else if (leaf.type == "api_key") {
    Expect({"api_keys", leaf.id.ToText()}, told.position, {Unless(OpenedId(told, "principal_id")), fact("key_expires")});
  } else if (leaf.type == "principal_disabled" || leaf.type == "api_key_revoked") {
    ExpectRevocation(told);
  } else {
    ExpectCodes(told);
  }
}

// A human is called by the id; the first principal of a tenant has its first key from the
// same leaf.
void Told::ExpectPrincipal(const TellingLeaf& told) {
  const core::Leaf& leaf = told.leaf;
  const std::string id = leaf.id.ToText(), code = FactText(leaf.facts, "principal"),
                    key = FactText(leaf.facts, "api_key");
  Expect({"principals", id}, told.position,
         {FactText(leaf.facts, "principal_kind"), code.empty() ? id : code, Joined(Texts(leaf.facts, "roles"))});
  if (!key.empty()) Expect({"api_keys", key}, told.position, {id, std::string()});
}

void Told::ExpectCodes(const TellingLeaf& told) {
  const core::Leaf& leaf = told.leaf;
  const std::string position = std::to_string(told.position);
  const auto expect = [&](const std::string& kind, const char* fact) {
    for (const std::string& code : Texts(leaf.facts, fact)) {
      Expect({"catalogue", kind, code}, told.position, {position});
    }
  };
  if (leaf.type == "codes") return expect(FactText(leaf.facts, "kind"), "codes");
  for (const Declaring& one : kDeclaring) {
    if (leaf.type == one.type) expect(one.kind, one.fact);
  }
}

void Told::ExpectRevocation(const TellingLeaf& told) {
  const std::string revoked = OpenedId(told, told.leaf.type == "api_key_revoked" ? "key_id" : "principal_id");
  if (revoked.empty()) {
    ++sealed_revocations_;
  } else {
    Expect({"revocations", revoked}, told.position, {});
  }
}

void Told::Row(const ToldRow& row) {
  const Table& table = Tables().at(row.table);
  Finding finding{.table = row.table};
  if (row.values.size() != table.columns.size()) {
    finding.what = "has other columns than it should";
    return found_.push_back(std::move(finding));
  }
  Key key = {row.table};
  key.insert(key.end(), row.values.begin(), row.values.begin() + static_cast<std::ptrdiff_t>(table.keys));
  const auto at = expected_.find(key);
  if (at == expected_.end() && row.is_new) return;
  if (at == expected_.end()) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      std::uint64_t position = 0;
      if (table.columns[i] == std::string_view("position") && absl::SimpleAtoi(row.values[i], &position)) {
        finding.position = position;
      }
    }
    finding.what = RowOf(key) + " is told of by no leaf";
    if (row.table != "revocations") return found_.push_back(std::move(finding));
    return untold_.push_back({.finding = std::move(finding), .id = row.values[0]});
  }
  Expected& expected = at->second;
  std::vector<Finding>& wrong = unless_altered_[expected.position];
  finding.position = expected.position;
  if (expected.found) {
    finding.what = RowOf(key) + " stands twice";
    return wrong.push_back(std::move(finding));
  }
  expected.found = true;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const std::string& value = row.values[table.keys + i];
    const char* column = table.columns[table.keys + i];
    const bool same = expected.values[i] ? *expected.values[i] == value
                                         : expected_.contains({"principals", value});
    if (same) continue;
    finding.column = column;
    finding.what = RowOf(key) + " is not what the leaf at that position says";
    if (!expected.values[i]) finding.what = RowOf(key) + " names no principal";
    wrong.push_back(finding);
  }
}

bool Told::IsKnown(const std::string& revoked) const {
  return expected_.contains({"principals", revoked}) || expected_.contains({"api_keys", revoked});
}

void Told::End(const std::function<bool(std::uint64_t)>& is_altered, Findings& findings) {
  for (const auto& [key, expected] : expected_) {
    if (expected.found) continue;
    unless_altered_[expected.position].push_back(
        {.table = key[0],
         .position = expected.position,
         .what = RowOf(key) + " is missing: the leaf at that position tells of it"});
  }
  for (auto& [position, wrong] : unless_altered_) {
    if (is_altered(position)) continue;
    for (Finding& finding : wrong) findings.Add(std::move(finding));
  }
  for (Finding& finding : found_) findings.Add(std::move(finding));
  // As many as leaves say what nobody opened may be theirs.
  for (Untold& row : untold_) {
    if (IsKnown(row.id) && sealed_revocations_ > 0) {
      --sealed_revocations_;
    } else {
      findings.Add(std::move(row.finding));
    }
  }
}

}  // namespace candor::verify
