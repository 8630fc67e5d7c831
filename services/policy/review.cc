#include "services/policy/review.h"

#include <algorithm>

namespace candor::policy {

Review ReviewOf(const core::Json& facts) {
  Review review;
  const std::string* state = facts.FindString("review_state");
  const core::Json* answers = facts.Find("review_answers");
  const std::int64_t* humans = facts.FindInteger("review_humans");
  if (state == nullptr || *state != kUpheld || humans == nullptr) return review;
  review.humans = static_cast<int>(*humans);
  if (answers == nullptr || !answers->is_array()) return review;
  for (const core::Json& rule : answers->items()) {
    if (rule.is_string()) review.answers.insert(rule.string());
  }
  return review;
}

int HumansNeeded(std::string_view type, const core::Json& params) {
  const std::int64_t* reviewers = type == "require_review" ? params.FindInteger("reviewers") : nullptr;
  return reviewers != nullptr && *reviewers > 1 ? 2 : 1;
}

int HumansNeeded(const Judgement& judgement) {
  int needed = 1;
  for (const Obligation& one : judgement.obligations) needed = std::max(needed, HumansNeeded(one.type, one.params));
  return needed;
}

}  // namespace candor::policy
