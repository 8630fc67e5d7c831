// The gate's judgement: a pure function of what is known of a decision, the time, and the
// active policy set.
//
// Implementations are immutable to their callers; any thread may call.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/base/digest.h"
#include "services/core/json/json.h"
#include "services/domain/statement.h"
#include "services/domain/verdict.h"

namespace candor::policy {

// What a judgement may rest on. Views must outlive the call.
struct Input {
  std::string_view call;                          // `authorize`, `record` or `observe`.
  absl::Time time;                                // The clock that rules see.
  const core::Json& facts;                        // As they will stand in the leaf.
  const std::map<std::string, std::string>& sections;  // As they will be sealed.
  const domain::Settings& settings;
  const core::Json* registry = nullptr;           // System, version, decision type; may be missing.
  const core::Json* earlier = nullptr;            // List of {type, facts} of this decision.
};

struct FiredRule {
  std::string rule;                    // A code.
  std::string result;                  // `fired`, `indeterminate`, `would_have_fired` or `reviewed`.
  domain::Verdict verdict = domain::Verdict::kDeny;
  std::vector<std::string> missing;    // Facts that the rule needs and the request lacks.
};

struct Obligation {
  std::string type;
  core::Json params = core::Json::Object();
  std::optional<absl::Time> due;       // Nothing: before the action takes effect.
};

struct Change {
  std::string path;                    // `/inputs` and a JSON Pointer, or `/action/amount`.
  std::string value;                   // JSON text; empty: remove.
};

struct Judgement {
  domain::Verdict verdict = domain::Verdict::kDeny;
  std::vector<std::string> reasons;    // Codes, the weightiest first; for operator and person.
  std::vector<FiredRule> rules;        // Only those that did not simply pass.
  std::vector<Obligation> obligations{};
  std::vector<std::string> notices{};  // Kinds to give first.
  std::vector<Change> changes{};       // With kTransform.
  std::string changes_made{};          // With kTransform, once they were made: the section `changes`.
  bool saw_time = false;               // Whether the clock could have mattered.
};

// Words for a reason code: for an operator, and for the person concerned.
struct ReasonText {
  std::string operator_text, person_text;

  bool operator==(const ReasonText&) const = default;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const std::string& name() const = 0;
  // SHA-256 of the policy set: what it is called by in every leaf.
  virtual const Digest& digest() const = 0;
  // Never fails: what it cannot decide is a denial.
  virtual Judgement Evaluate(const Input& input) const = 0;
  // Words for a reason of this set; the person's in `language` where there are such. Nothing for
  // a code that is not its own.
  virtual std::optional<ReasonText> TextOf(std::string_view reason, std::string_view language) const = 0;
};

}  // namespace candor::policy
