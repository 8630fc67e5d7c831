#include "services/flow/bias_audit.h"

#include <algorithm>
#include <ranges>

#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/domain/decimal.h"
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

// The score of the newest leaf that has one.
absl::Status BiasAudit::TakeScore(const SeenDecision& decision, vault::Opening& opening, std::optional<std::string>& score) {
  for (const auto& seen : std::views::reverse(decision.leaves)) {
    const bool has = std::any_of(seen.leaf.sections.begin(), seen.leaf.sections.end(),
                                 [](const auto& section) { return section.first == "output"; });
    if (!has) continue;
    CANDOR_ASSIGN_OR_RETURN(const auto output, opening.One(seen.position, seen.leaf, "output"));
    if (!output) continue;
    ++opened_;
    const auto members = core::ParseCanonical(*output, core::JsonKind::kSection);
    const std::string* text = members.ok() ? members->FindString("score") : nullptr;
    if (text == nullptr || !core::IsDecimal(*text)) continue;
    score = *text;
    break;
  }
  return absl::OkStatus();
}

absl::Status BiasAudit::Take(const SeenDecision& decision, vault::Opening& opening) {
  const auto values = asked_.scored ? std::vector<std::string>() : ValuesNow(decision, asked_.measured);
  std::optional<std::string> score;
  if (asked_.scored) CANDOR_RETURN_IF_ERROR(TakeScore(decision, opening, score));
  if (values.empty() && !score) {
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
  if (score) {
    CountScore(*score, attributes);
  } else {
    Count(selected, attributes);
  }
  return absl::OkStatus();
}

BiasAudit::Person BiasAudit::PersonOf(const Attributes& attributes) {
  Person person;
  for (const auto& [name, attribute] : attributes) {
    names_.insert(name);
    const bool guessed = attribute.provenance == "inferred" || attribute.provenance == "imputed";
    const bool unknown = attribute.value == "unknown";
    person[name] = {.text = unknown ? "unknown" : guessed ? "inferred" : attribute.value, .unknown = unknown || guessed};
  }
  return person;
}

void BiasAudit::Count(bool selected, const std::optional<Attributes>& attributes) {
  Times& times = attributes ? counted_[PersonOf(*attributes)] : erased_;
  ++times.people;
  times.selected += selected ? 1 : 0;
}

void BiasAudit::CountScore(const std::string& score, const std::optional<Attributes>& attributes) {
  const Person person = attributes ? PersonOf(*attributes) : Person();
  const bool known = std::any_of(person.begin(), person.end(), [&](const auto& one) {
    const auto& wanted = asked_.attributes;
    return !one.second.unknown && (wanted.empty() || std::find(wanted.begin(), wanted.end(), one.first) != wanted.end());
  });
  scored_.push_back({.score = score, .times = attributes ? &counted_[person] : &erased_, .known = known});
}

// Scores are compared by their places in one order, which no rounding touches.
void BiasAudit::CountAboveMedian() {
  const auto less = [](const std::string& a, const std::string& b) { return domain::CompareDecimals(a, b) < 0; };
  std::set<std::string, decltype(less)> order(less);
  for (const Scored& one : scored_) order.insert(one.score);
  std::map<std::string, std::int64_t, decltype(less)> places(less);
  for (const std::string& score : order) places.emplace(score, static_cast<std::int64_t>(places.size()));
  std::vector<std::int64_t> known;
  for (const Scored& one : scored_) {
    ++one.times->people;
    if (one.known) known.push_back(places.at(one.score));
  }
  const std::vector<bool> above = law::AboveMedian(known);
  std::size_t at = 0;
  for (const Scored& one : scored_) {
    if (one.known && above[at++]) ++one.times->selected;
  }
  scores_ = known.size();
  scored_.clear();
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

BiasFigures BiasAudit::Figures() {
  CountAboveMedian();
  BiasFigures figures{.assessed = erased_.people, .open = open_, .opened = opened_, .scores = scores_, .tables = {}};
  for (const auto& [_, times] : counted_) figures.assessed += times.people;
  std::vector<std::string> names = asked_.attributes;
  if (names.empty()) names.assign(names_.begin(), names_.end());
  for (const std::string& name : names) figures.tables.push_back(TableOf({name}));
  if (asked_.attributes.size() > 1) figures.tables.push_back(TableOf(asked_.attributes));
  return figures;
}

}  // namespace candor::flow
