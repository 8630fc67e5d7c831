// What a human's review of the very action says to the rules: it answers those that asked for a
// human, if enough humans looked.
//
// Pure values and functions; any thread may call.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "services/policy/engine.h"

namespace candor::policy {

// How a review that an authorization names counts: the fact `review_state`. Set by the gate alone.
inline constexpr std::string_view kUpheld = "upheld";          // For this action, now.
inline constexpr std::string_view kOverridden = "overridden";  // A human said no to this action.

struct Review {
  std::set<std::string, std::less<>> answers;  // Rules that had asked for it.
  int humans = 0;                              // How many looked, each for themselves.

  bool Answers(std::string_view rule, int needed) const { return humans >= needed && answers.contains(rule); }
};

// The review that counts, by the facts `review_state`, `review_answers` and `review_humans`; else
// one that answers nothing.
Review ReviewOf(const core::Json& facts);

// How many humans a duty asks for: the parameter `reviewers` of `require_review`, 1 or 2.
int HumansNeeded(std::string_view type, const core::Json& params);
int HumansNeeded(const Judgement& judgement);

}  // namespace candor::policy
