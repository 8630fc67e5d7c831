// A scorecard: adds up what each term of an application weighs, and decides.
//
// Log-odds of a denial = intercept + sum of coefficient × value over the terms. The
// reasons of a denial are the terms that weigh more than they do for the mean
// applicant, those of one reason added up, the heaviest first, at most four.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/mortgages/applications.h"

namespace mortgages {

// One line of the card. Its value is the number of `column` kept between `from` and
// `to`; or 1 if that number is above `above`, else 0; or 1 if the text of `column` is
// one of `is`, else 0.
struct Term {
  std::string column;
  std::optional<double> from, to, above;
  std::vector<std::string> is;
  double coefficient = 0;
  double mean = 0;
  std::string reason;
};

// What weighed how much, against the mean applicant, in log-odds of a denial.
struct Weight {
  std::string name;  // A column, or a reason.
  double weight = 0;
  std::vector<std::string> columns{};  // Behind a reason.
};

// A change of one column that would have turned a denial into an approval.
struct Change {
  std::string column;
  std::string value;
};

struct Decision {
  bool denied = false;
  double probability = 0;       // Of a denial.
  double confidence = 0;        // From 0.5 at the threshold towards 1 far from it.
  std::vector<Weight> reasons;  // Of a denial: at most four, the heaviest first.
  std::vector<Weight> factors;  // Every column of the card, in its order.
  std::vector<Change> changes;  // Of a denial: each tried by deciding again.
};

class Card {
 public:
  // Reads scorecard.json. Errors: kNotFound, kInvalidArgument.
  static absl::StatusOr<Card> Read(const std::string& path);

  // Errors: kInvalidArgument when a column is missing or is not a number.
  absl::StatusOr<Decision> Decide(const Application& application) const;

  const std::string& model() const { return model_; }
  const std::string& version() const { return version_; }
  double threshold() const { return threshold_; }
  const std::vector<std::string>& columns() const { return columns_; }
  // Of a column that counts as a number: that of the mean applicant.
  std::optional<double> MeanOf(const std::string& column) const;

 private:
  absl::StatusOr<Decision> Score(const Application& application) const;
  std::vector<Change> Changes(const Application& application) const;

  std::string model_;
  std::string version_;
  double intercept_ = 0;
  double threshold_ = 0;
  std::vector<Term> terms_;
  std::vector<std::string> columns_;     // Each once, in the order of the terms.
  std::vector<std::string> can_change_;  // Those that an applicant could lower.
};

}  // namespace mortgages
