// The gate's judgement: a pure function of the facts and the active policy set.
//
// Implementations are immutable; any thread may call.
#pragma once

#include <string>
#include <vector>

#include "services/base/digest.h"
#include "services/core/json/json.h"
#include "services/domain/statement.h"
#include "services/domain/verdict.h"

namespace candor::policy {

struct Input {
  std::string_view stage;              // `authorize`, `record` or `observe`.
  const core::Json& facts;             // As they will stand in the leaf.
  const domain::Settings& settings;
};

struct FiredRule {
  std::string rule;                    // A code.
  std::string result;                  // `fired` or `indeterminate`.
  domain::Verdict verdict = domain::Verdict::kDeny;
  std::vector<std::string> missing;    // Facts that the rule needs and the request lacks.
};

struct Judgement {
  domain::Verdict verdict = domain::Verdict::kDeny;
  std::vector<std::string> reasons;    // Codes, for the operator and for the person's words.
  std::vector<FiredRule> rules;        // Only those that did not simply pass.
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const std::string& name() const = 0;
  // SHA-256 of the policy set: what it is called by in every leaf.
  virtual const Digest& digest() const = 0;
  // Never fails: what it cannot decide is a denial.
  virtual Judgement Evaluate(const Input& input) const = 0;
};

// Words for a reason code: for an operator, and for the person concerned.
struct ReasonText {
  std::string_view code, operator_text, person_text;
};
const ReasonText& TextOf(std::string_view reason);

}  // namespace candor::policy
