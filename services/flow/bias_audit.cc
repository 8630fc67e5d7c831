#include "services/flow/bias_audit.h"

#include <algorithm>
#include <ranges>

#include "services/base/status.h"
#include "services/domain/terms.h"
#include "services/law/small_cells.h"

namespace candor::flow {

std::vector<std::string> ValuesNow(const SeenDecision& decision, const std::string& field) {
  const domain::Field* known = domain::FindField(field);
  if (known == nullptr || known->fact.empty()) return domain::ValuesOf(decision.row.terms, field);
  for (const auto& seen : std::views::reverse(decision.leaves)) {
    const core::Json* fact = seen.leaf.facts.Find(known->fact);
    if (fact == nullptr) continue;
    if (fact->is_string()) return {fact->string()};
    if (fact->is_bool()) return {fact->boolean() ? "true" : "false"};
    return domain::FactTexts(seen.leaf.facts, known->fact);
  }
  return {};
}

bool BiasTable::hides_any() const { return std::find(hidden.begin(), hidden.end(), true) != hidden.end(); }

absl::Status BiasAudit::Take(const SeenDecision& decision, vault::Opening& opening) {
  const std::vector<std::string> values = ValuesNow(decision, asked_.measured);
  if (values.empty()) {
    ++open_;
    return absl::OkStatus();
  }
  const bool selected = std::any_of(values.begin(), values.end(), [&](const std::string& value) { return asked_.selected.contains(value); });
  // The newest counts; one that was never there is empty, not destroyed.
  std::optional<Attributes> attributes = Attributes();
  for (const auto& seen : std::views::reverse(decision.leaves)) {
    if (!HasAttributes(seen.leaf)) continue;
    CANDOR_ASSIGN_OR_RETURN(attributes, OpenAttributes(opening, seen.position, seen.leaf));
    if (attributes) ++opened_;
    break;
  }
  Count(selected, attributes);
  return absl::OkStatus();
}

void BiasAudit::Count(bool selected, const std::optional<Attributes>& attributes) {
  const auto add = [&](Times& times) {
    ++times.people;
    times.selected += selected ? 1 : 0;
  };
  if (!attributes) return add(erased_);
  Person person;
  for (const auto& [name, attribute] : *attributes) {
    names_.insert(name);
    const bool guessed = attribute.provenance == "inferred" || attribute.provenance == "imputed";
    const bool unknown = attribute.value == "unknown";
    person[name] = {.text = unknown ? "unknown" : guessed ? "inferred" : attribute.value, .unknown = unknown || guessed};
  }
  add(counted_[person]);
}

BiasTable BiasAudit::TableOf(const std::vector<std::string>& attributes) const {
  BiasTable table{.attributes = attributes, .standings = {}, .hidden = {}, .unknown = {}};
  std::map<std::vector<std::string>, Times> groups;
  for (const auto& [person, times] : counted_) {
    std::vector<std::string> values;
    std::string unknown;
    for (const std::string& name : attributes) {
      const auto value = person.find(name);
      if (value == person.end()) {
        unknown = "not_recorded";
      } else if (value->second.unknown) {
        unknown = value->second.text;
      } else {
        values.push_back(value->second.text);
      }
    }
    if (!unknown.empty()) {
      table.unknown[unknown] += times.people;
      continue;
    }
    groups[values].people += times.people;
    groups[values].selected += times.selected;
  }
  if (erased_.people > 0) table.unknown["erased"] = erased_.people;
  std::vector<law::Group> compared;
  std::vector<law::Cell> cells;
  for (const auto& [values, times] : groups) {
    compared.push_back({.values = values, .people = times.people, .selected = times.selected});
    cells.push_back({.values = values, .people = times.people});
  }
  // Nothing is compared with a hidden group: a ratio to it would tell its rate.
  std::vector<bool> left_out = asked_.leaves_out_small ? law::Small(compared) : std::vector<bool>(compared.size());
  table.hidden = asked_.hides_small ? law::Hidden(cells) : std::vector<bool>(compared.size());
  for (std::size_t i = 0; i < left_out.size(); ++i) left_out[i] = left_out[i] || table.hidden[i];
  table.standings = law::Compare(std::move(compared), left_out);
  return table;
}

BiasFigures BiasAudit::Figures() const {
  BiasFigures figures{.assessed = erased_.people, .open = open_, .opened = opened_, .tables = {}};
  for (const auto& [_, times] : counted_) figures.assessed += times.people;
  std::vector<std::string> names = asked_.attributes;
  if (names.empty()) names.assign(names_.begin(), names_.end());
  for (const std::string& name : names) figures.tables.push_back(TableOf({name}));
  if (asked_.attributes.size() > 1) figures.tables.push_back(TableOf(asked_.attributes));
  return figures;
}

}  // namespace candor::flow
