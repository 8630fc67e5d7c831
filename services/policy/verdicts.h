// From what rules said to one judgement: strictest first, duties add up, and a missing fact
// never means allow.
//
// Pure values and functions; any thread may call.
// Source: docs/policies.md.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/engine.h"
#include "services/policy/review.h"
#include "services/policy/rule.h"

namespace candor::policy {

// At most these stand in a leaf; what is left out is the mildest.
inline constexpr std::size_t kMaxFiredRules = 64;
inline constexpr std::size_t kMaxVerdictReasons = 32;
inline constexpr std::size_t kMaxObligations = 31;  // Besides `record_outcome_by`.
inline constexpr std::size_t kMaxParamsBytes = 32 * 1024;  // Of all obligations.
inline constexpr std::size_t kMaxNotices = 8;              // The next ones are asked for after these.
inline constexpr std::size_t kMaxChanges = 32;

// What one rule said.
struct Said {
  const Rule* rule = nullptr;
  bool shadow = false;                // Not in force: it changes nothing.
  Effect effect = Effect::kDeny;
  std::string reason{}, notice{};
  std::vector<std::string> missing{};  // Not empty: indeterminate.
  std::vector<Duty> duties{};
  std::vector<Change> changes{};
};

// Reads the value of a rule that is defined. Nothing for `false`. Errors: kFailedPrecondition
// for a value that a rule may not have; the value is not quoted.
absl::StatusOr<std::optional<Said>> ReadValue(const Rule& rule, const nlohmann::json& value);

// What a rule says when facts that it always needs are missing.
Said Indeterminate(const Rule& rule, std::vector<std::string> missing);

// Adds up. `time` is when duties begin to run; `supported` are the types of obligation that
// the caller can honour, empty for all. A rule that `review` answers holds nothing up.
Judgement Combine(std::vector<Said> said, absl::Time time, const std::vector<std::string>& supported,
                  const Review& review = {});

// A denial by the gate itself: `reason` is policy_error, policy_timeout or the like.
Judgement Denial(std::string reason, std::string rule = "policy");

}  // namespace candor::policy
