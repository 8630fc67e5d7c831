#include "services/flow/fits.h"

#include <algorithm>
#include <compare>

#include "absl/strings/str_split.h"
#include "services/base/check.h"
#include "services/domain/decimal.h"

namespace candor::flow {
namespace {

using store::Step;

bool Holds(Step::Relation relation, std::weak_ordering order) {
  switch (relation) {
    case Step::Relation::kEqual: return order == 0;
    case Step::Relation::kNotEqual: return order != 0;
    case Step::Relation::kLess: return order < 0;
    case Step::Relation::kAtMost: return order <= 0;
    case Step::Relation::kMore: return order > 0;
    case Step::Relation::kAtLeast: return order >= 0;
  }
  return false;
}

std::weak_ordering Order(absl::Time a, absl::Time b) {
  return a < b ? std::weak_ordering::less : b < a ? std::weak_ordering::greater : std::weak_ordering::equivalent;
}

// Whether one of the lines of `value` is one of these.
bool HasAny(const std::vector<std::string>& terms, const std::string& value) {
  const std::vector<std::string> wanted = absl::StrSplit(value, '\n');
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
    return std::find(terms.begin(), terms.end(), one) != terms.end();
  });
}

bool Says(const Step& step, const store::DecisionRow& row) {
  switch (step.op) {
    case Step::Op::kTerm: return std::find(row.terms.begin(), row.terms.end(), step.value) != row.terms.end();
    case Step::Op::kHasField:
      return std::any_of(row.terms.begin(), row.terms.end(),
                         [&](const std::string& term) { return term.starts_with(step.field + "="); });
    case Step::Op::kNumber: {
      const auto& number = step.field == "amount" ? row.amount : step.field == "cost" ? row.cost : row.confidence;
      return number && Holds(step.relation, domain::CompareDecimals(*number, step.value));
    }
    case Step::Op::kTime: {
      absl::Time time;
      std::string ignored;
      CANDOR_CHECK(absl::ParseTime(absl::RFC3339_full, step.value, &time, &ignored));
      return Holds(step.relation, Order(step.field == "time" ? row.create_time : row.update_time, time));
    }
    case Step::Op::kDecision: return row.decision.ToText() == step.value;
    case Step::Op::kAnyTerm: return HasAny(row.terms, step.value);
    case Step::Op::kAnyDecision: return HasAny({row.decision.ToText()}, step.value);
    case Step::Op::kAnd:
    case Step::Op::kOr:
    case Step::Op::kNot: break;
  }
  CANDOR_CHECK(false);
  return false;
}

}  // namespace

bool Fits(const store::Condition& condition, const store::DecisionRow& row) {
  std::vector<bool> said;
  for (const Step& step : condition) {
    if (step.op == Step::Op::kNot) {
      CANDOR_CHECK(!said.empty());
      said.back() = !said.back();
    } else if (step.op == Step::Op::kAnd || step.op == Step::Op::kOr) {
      CANDOR_CHECK(said.size() >= 2);
      const bool right = said.back();
      said.pop_back();
      said.back() = step.op == Step::Op::kAnd ? said.back() && right : said.back() || right;
    } else {
      said.push_back(Says(step, row));
    }
  }
  return said.empty() || said.back();
}

}  // namespace candor::flow
