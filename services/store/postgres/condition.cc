#include "services/store/postgres/condition.h"

#include <vector>

#include "services/base/check.h"

namespace candor::store {
namespace {

const char* SqlOf(Step::Relation relation) {
  switch (relation) {
    case Step::Relation::kEqual: return " = ";
    case Step::Relation::kNotEqual: return " <> ";
    case Step::Relation::kLess: return " < ";
    case Step::Relation::kAtMost: return " <= ";
    case Step::Relation::kMore: return " > ";
    case Step::Relation::kAtLeast: return " >= ";
  }
  return " = ";
}

const char* ColumnOf(const std::string& field) {
  if (field == "amount") return "d.amount";
  if (field == "confidence") return "d.confidence";
  if (field == "cost") return "d.cost";
  if (field == "update_time") return "d.update_time";
  CANDOR_CHECK(field == "time");
  return "d.create_time";
}

// How the steps above a step take what it says.
struct Use {
  bool negated = false;   // It is under an odd number of NOTs.
  bool required = true;   // Nothing is found without it: all of them are ANDs.
};
std::vector<Use> UsesOf(const Condition& condition) {
  std::vector<Use> uses(condition.size()), open(1);
  for (std::size_t i = condition.size(); i-- > 0;) {
    CANDOR_CHECK(!open.empty());
    const Use use = uses[i] = open.back();
    open.pop_back();
    switch (condition[i].op) {
      case Step::Op::kNot: open.push_back({.negated = !use.negated, .required = false}); break;
      case Step::Op::kAnd: open.insert(open.end(), 2, use); break;
      case Step::Op::kOr: open.insert(open.end(), 2, {.negated = use.negated, .required = false}); break;
      default: break;
    }
  }
  return uses;
}

// Nothing is not less than a number, and neither is it not less: only a plain comparison has an index.
std::string Compared(const Step& step, bool negated, const std::string& place) {
  switch (step.op) {
    case Step::Op::kTerm: return "d.terms @> ARRAY[" + place + "]";
    case Step::Op::kHasField:
      return "position(E'\\n' || " + place + " IN E'\\n' || array_to_string(d.terms, E'\\n')) > 0";
    case Step::Op::kNumber: {
      const std::string plain = ColumnOf(step.field) + std::string(SqlOf(step.relation)) + place + "::numeric";
      return negated ? "coalesce(" + plain + ", false)" : plain;
    }
    case Step::Op::kTime: return ColumnOf(step.field) + std::string(SqlOf(step.relation)) + place + "::timestamptz";
    case Step::Op::kDecision: return "d.decision_id = " + place + "::uuid";
    case Step::Op::kAnyTerm: return "d.terms && string_to_array(" + place + ", E'\\n')";
    case Step::Op::kAnyDecision: return "d.decision_id = ANY (string_to_array(" + place + ", E'\\n')::uuid[])";
    default: CANDOR_CHECK(false);
  }
  return {};
}

}  // namespace

std::string Built::Place(const std::string& value) {
  values.Add(AsBytes(value));
  return "(($6::text[])[" + std::to_string(++places) + "])";
}

std::string SqlOf(const Condition& condition, Built& built) {
  CANDOR_CHECK(condition.size() <= kMostSteps);
  const std::vector<Use> uses = UsesOf(condition);
  std::vector<std::string> said;
  for (std::size_t i = 0; i < condition.size(); ++i) {
    const Step& step = condition[i];
    if (step.op == Step::Op::kNot) {
      CANDOR_CHECK(!said.empty());
      said.back() = "(NOT " + said.back() + ")";
    } else if (step.op == Step::Op::kAnd || step.op == Step::Op::kOr) {
      CANDOR_CHECK(said.size() >= 2);
      const std::string right = std::move(said.back());
      said.pop_back();
      said.back() = "(" + said.back() + (step.op == Step::Op::kAnd ? " AND " : " OR ") + right + ")";
    } else {
      said.push_back(Compared(step, uses[i].negated, built.Place(step.op == Step::Op::kHasField ? step.field + "=" : step.value)));
    }
  }
  CANDOR_CHECK(said.size() == (condition.empty() ? 0 : 1));
  return condition.empty() ? "true" : std::move(said.back());
}

std::string NewestSql(const Condition& condition, int most, Built& built) {
  // Positions follow times: the newest row that is old enough is quickly found.
  const auto below = [](const std::string& relation, const std::string& time) {
    return " AND position <= (SELECT position FROM decisions WHERE tenant_id = $1 AND create_time" + relation + time +
           "::timestamptz ORDER BY create_time DESC, position DESC LIMIT 1)";
  };
  std::string sql = "(SELECT * FROM decisions WHERE tenant_id = $1 AND position < $2" + below(" < ", "$4");
  const std::vector<Use> uses = UsesOf(condition);
  for (std::size_t i = 0; i < condition.size(); ++i) {
    const Step& step = condition[i];
    const bool bounds = step.op == Step::Op::kTime && step.field == "time" &&
                        (step.relation == Step::Relation::kLess || step.relation == Step::Relation::kAtMost);
    if (bounds && uses[i].required) sql += below(SqlOf(step.relation), built.Place(step.value));
  }
  return sql + " ORDER BY position DESC LIMIT " + std::to_string(most) + ")";
}

}  // namespace candor::store
