#include "services/verify/told.h"

#include <algorithm>

namespace candor::verify {
namespace {

// The fact as the tables write it: empty where there is none.
std::string FactText(const core::Json& facts, std::string_view name) {
  const core::Json* fact = facts.Find(name);
  if (fact == nullptr) return {};
  if (fact->is_int()) return std::to_string(fact->integer());
  return fact->is_string() ? fact->string() : fact->Encode();
}

bool Holds(const core::Json& facts, std::string_view list, const std::string& code) {
  const core::Json* codes = facts.Find(list);
  if (codes == nullptr || !codes->is_array()) return false;
  return std::any_of(codes->items().begin(), codes->items().end(),
                     [&](const core::Json& one) { return one.is_string() && one.string() == code; });
}

bool Declares(const core::Leaf& leaf, const std::string& kind, const std::string& code) {
  if (leaf.type == "codes") return FactText(leaf.facts, "kind") == kind && Holds(leaf.facts, "codes", code);
  if (leaf.type != "system" && leaf.type != "decision_type") return false;
  const bool ends_in_y = kind.ends_with('y');
  const std::string many = ends_in_y ? kind.substr(0, kind.size() - 1) + "ies" : kind + "s";
  return FactText(leaf.facts, kind) == code || Holds(leaf.facts, many, code);
}

bool SaysTheSame(const ToldRow& row, const core::Leaf& leaf) {
  const std::vector<std::string>& values = row.values;
  const auto facts = [&](std::initializer_list<const char*> names) {
    std::size_t i = 0;
    return names.size() <= values.size() && std::all_of(names.begin(), names.end(), [&](const char* name) {
             return FactText(leaf.facts, name) == values[i++];
           });
  };
  if (row.table == "limits") {
    return leaf.type == "limits" &&
           facts({"amount_limit", "currency", "confidence_floor", "authorization_seconds", "outcome_seconds"});
  }
  if (row.table == "catalogue") return values.size() == 2 && Declares(leaf, values[0], values[1]);
  if (row.table == "closed_epochs") {
    return leaf.type == "epoch_closed" && facts({"epoch", "producer", "count"}) && values.size() == 4 &&
           values[3] == leaf.id.ToText();
  }
  if (row.table != "gaps" || leaf.type != "gap" || values.size() != 3 || !facts({"epoch"})) return false;
  const core::Json* ranges = leaf.facts.Find("missing");
  return ranges != nullptr && ranges->is_array() &&
         std::any_of(ranges->items().begin(), ranges->items().end(), [&](const core::Json& range) {
           return range.is_object() && FactText(range, "first") == values[1] && FactText(range, "last") == values[2];
         });
}

}  // namespace

std::optional<Finding> CheckTold(const ToldRow& row, const core::Leaf& leaf) {
  if (SaysTheSame(row, leaf)) return std::nullopt;
  return Finding{.table = row.table, .position = row.position, .what = "is not what the leaf at that position says"};
}

}  // namespace candor::verify
