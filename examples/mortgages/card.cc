#include "examples/mortgages/card.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mortgages {
namespace {

constexpr std::size_t kMostReasons = 4;

double Logistic(double log_odds) {
  return 1 / (1 + std::exp(-log_odds));
}
double LogOdds(double probability) {
  return std::log(probability / (1 - probability));
}

absl::StatusOr<double> Value(const Term& term, const Application& application) {
  const auto column = application.columns.find(term.column);
  if (column == application.columns.end()) {
    return absl::InvalidArgumentError(absl::StrCat("no column `", term.column, "`"));
  }
  if (!term.is.empty()) return absl::c_linear_search(term.is, column->second) ? 1.0 : 0.0;
  double number = 0;
  if (!absl::SimpleAtod(column->second, &number) || !std::isfinite(number)) {
    return absl::InvalidArgumentError(absl::StrCat("column `", term.column, "` of application ",
                                                   application.number, " is not a number"));
  }
  if (term.above) return number > *term.above ? 1.0 : 0.0;
  return std::clamp(number, *term.from, *term.to);
}

Term TermOf(const nlohmann::json& line) {
  Term term{.column = line.at("column"),
            .from = std::nullopt,
            .to = std::nullopt,
            .above = std::nullopt,
            .is = line.value("is", std::vector<std::string>{}),
            .coefficient = line.at("coefficient"),
            .mean = line.at("mean"),
            .reason = line.at("reason")};
  if (line.contains("above")) term.above = line.at("above").get<double>();
  if (term.is.empty() && !term.above) {
    term.from = line.at("from").get<double>();
    term.to = line.at("to").get<double>();
  }
  return term;
}

void AddTo(std::vector<Weight>& weights, const std::string& name, double weight) {
  const auto known = absl::c_find_if(weights, [&](const Weight& w) { return w.name == name; });
  if (known == weights.end()) {
    weights.push_back({.name = name, .weight = weight});
  } else {
    known->weight += weight;
  }
}

// The reasons against the applicant, the heaviest first; equal ones by name, so that the
// same application always gets the same answer.
std::vector<Weight> Heaviest(std::vector<Weight> reasons) {
  std::erase_if(reasons, [](const Weight& reason) { return reason.weight <= 0; });
  absl::c_sort(reasons, [](const Weight& a, const Weight& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.name < b.name;
  });
  if (reasons.size() > kMostReasons) reasons.resize(kMostReasons);
  return reasons;
}

}  // namespace

absl::StatusOr<Card> Card::Read(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  Card card;
  try {
    const nlohmann::json json = nlohmann::json::parse(file);
    card.model_ = json.at("model");
    card.version_ = json.at("version");
    card.intercept_ = json.at("intercept");
    card.threshold_ = json.at("threshold");
    card.can_change_ = json.at("can_change").get<std::vector<std::string>>();
    for (const nlohmann::json& line : json.at("terms")) card.terms_.push_back(TermOf(line));
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.what()));
  }
  if (card.threshold_ <= 0 || card.threshold_ >= 1) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": the threshold is not between 0 and 1"));
  }
  for (const Term& term : card.terms_) {
    if (!absl::c_linear_search(card.columns_, term.column)) card.columns_.push_back(term.column);
  }
  return card;
}

std::optional<double> Card::MeanOf(const std::string& column) const {
  const auto term = absl::c_find_if(
      terms_, [&](const Term& one) { return one.column == column && one.from.has_value(); });
  return term == terms_.end() ? std::nullopt : std::optional(term->mean);
}

absl::StatusOr<Decision> Card::Decide(const Application& application) const {
  absl::StatusOr<Decision> decision = Score(application);
  if (decision.ok() && decision->denied) decision->changes = Changes(application);
  return decision;
}

absl::StatusOr<Decision> Card::Score(const Application& application) const {
  Decision decision;
  double log_odds = intercept_;
  std::vector<Weight> reasons;
  for (const Term& term : terms_) {
    const absl::StatusOr<double> value = Value(term, application);
    if (!value.ok()) return value.status();
    log_odds += term.coefficient * *value;
    const double weight = term.coefficient * (*value - term.mean);
    AddTo(decision.factors, term.column, weight);
    AddTo(reasons, term.reason, weight);
    std::vector<std::string>& columns = absl::c_find_if(reasons, [&](const Weight& one) {
                                          return one.name == term.reason;
                                        })->columns;
    if (!absl::c_linear_search(columns, term.column)) columns.push_back(term.column);
  }
  decision.probability = Logistic(log_odds);
  decision.denied = decision.probability >= threshold_;
  decision.confidence = Logistic(std::abs(log_odds - LogOdds(threshold_)));
  if (decision.denied) decision.reasons = Heaviest(std::move(reasons));
  return decision;
}

// The largest value that turns the decision, in steps of a hundredth; no change by more
// than half is offered, since nobody could bring it about.
std::vector<Change> Card::Changes(const Application& application) const {
  std::vector<Change> changes;
  for (const std::string& column : can_change_) {
    double present = 0;
    if (!absl::SimpleAtod(application.columns.at(column), &present)) continue;
    Application other = application;
    const int most = static_cast<int>(std::ceil(present * 100)) - 1;
    for (int hundredths = most; hundredths > most / 2; --hundredths) {
      std::string& value = other.columns[column];
      value = absl::StrFormat("%d.%02d", hundredths / 100, hundredths % 100);
      const absl::StatusOr<Decision> decision = Score(other);
      if (decision.ok() && !decision->denied) {
        changes.push_back({column, value});
        break;
      }
    }
  }
  return changes;
}

}  // namespace mortgages
