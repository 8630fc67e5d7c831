#include "services/policy/builtin.h"

#include <algorithm>

#include "services/core/text/grammar.h"
#include "services/crypto/sha256.h"
#include "services/domain/decimal.h"
#include "services/policy/review.h"

namespace candor::policy {
namespace {

// The text that the digest is of. It changes whenever a rule below does.
constexpr std::string_view kRules = R"(candor builtin rules, version 2
action_unknown: deny when fact action is absent or unlisted
system_unregistered: deny when fact system is absent or unlisted
amount_over_limit: deny when fact amount is above the tenant's limit; indeterminate denies when currency is absent or another; escalate when the tenant has no limit
confidence_too_low: escalate when the tenant has a limit and fact confidence is below it; indeterminate escalates when it is absent or not within 0 and 1
A rule that escalates and was answered by a human's review of this action does not hold it up.
At record and observe the amount and confidence rules are not asked again.
The strictest verdict counts; allow when no rule objects.
)";

struct Words {
  std::string_view code, operator_text, person_text;
};
constexpr Words kTexts[] = {
    {"action_unknown", "The action is not declared: register its decision type.",
     "We could not check that the computer was allowed to do this, so it was stopped."},
    {"system_unregistered", "The AI system is not registered: register it.",
     "The computer system was not approved for this, so it was stopped."},
    {"amount_over_limit", "The amount is above the tenant's limit.",
     "The amount is larger than the computer may decide about by itself."},
    {"amount_without_limit", "The tenant has set no limit for amounts: a human decides.",
     "The computer may not decide about amounts by itself, so a person will look at this first."},
    {"amount_not_comparable", "The amount has no currency, or another than the limit.",
     "We could not compare the amount with what the computer may decide about."},
    {"confidence_too_low", "The confidence is below the tenant's limit: a human decides.",
     "The computer was not sure enough, so a person will look at this first."},
    {"confidence_missing", "The request holds no confidence from 0 to 1, and the tenant has a limit: a human decides.",
     "The computer did not say how sure it was, so a person will look at this first."},
    {"stopped", "An emergency stop covers it: see ListStops.",
     "Decisions of this kind by computer are stopped for now."},
    {"record_unfit", "The record does not fit its authorization: see its marks.",
     "What was done does not match what was allowed. It has been marked for checking."},
    {"review_invalid", "The review does not count: it is of another action, used, expired or not settled. A human looks again.",
     "A person will look at this again first."},
    {"review_overridden", "A human looked at this very action and overrode it.",
     "A person looked at this and decided against it."},
    {"notice_required", "The person must be given a notice first: give it, record it, and ask again.",
     "You will be told something first."},
    {"obligation_not_supported", "An obligation is needed that the caller said it can't honour.",
     "The computer could not do what the rules ask for, so it was stopped."},
    {"policy_error", "The rules failed: see the server's log, and the set's tests.",
     "We could not check whether the computer was allowed to do this, so it was stopped."},
    {"policy_timeout", "The rules took too long.",
     "We could not check whether the computer was allowed to do this, so it was stopped."},
    {"policy_input_too_large", "The request holds more than rules can see: send less.",
     "We could not check whether the computer was allowed to do this, so it was stopped."},
    {"policy_missing", "The active policy set can't be loaded: see the server's log.",
     "We could not check whether the computer was allowed to do this, so it was stopped."},
};

const std::string* Fact(const core::Json& facts, std::string_view name) {
  return facts.FindString(name);
}

void Add(Judgement& judgement, domain::Verdict verdict, std::string reason, std::string rule,
         std::vector<std::string> missing = {}) {
  judgement.verdict = domain::Strictest(judgement.verdict, verdict);
  judgement.reasons.push_back(std::move(reason));
  judgement.rules.push_back({.rule = std::move(rule),
                             .result = missing.empty() ? "fired" : "indeterminate",
                             .verdict = verdict,
                             .missing = std::move(missing)});
}

// A rule that asks for a human first, unless one has looked.
void Escalate(const Input& input, Judgement& judgement, std::string reason, std::string rule,
              std::vector<std::string> missing = {}) {
  if (ReviewOf(input.facts).Answers(rule, 1)) {
    judgement.rules.push_back({.rule = std::move(rule), .result = "reviewed", .verdict = domain::Verdict::kEscalate,
                               .missing = std::move(missing)});
  } else {
    Add(judgement, domain::Verdict::kEscalate, std::move(reason), std::move(rule), std::move(missing));
  }
}

void CheckListed(const Input& input, const char* fact, const char* rule, Judgement& judgement) {
  const std::string* value = Fact(input.facts, fact);
  if (value == nullptr) {
    Add(judgement, domain::Verdict::kDeny, rule, rule, {fact});
  } else if (*value == "unlisted") {
    Add(judgement, domain::Verdict::kDeny, rule, rule);
  }
}

void CheckAmount(const Input& input, Judgement& judgement) {
  const std::string* amount = Fact(input.facts, "amount");
  if (amount == nullptr) return;
  const std::string* currency = Fact(input.facts, "currency");
  if (input.settings.amount.empty()) {
    Escalate(input, judgement, "amount_without_limit", "amount_over_limit");
  } else if (currency == nullptr || *currency != input.settings.currency) {
    Add(judgement, domain::Verdict::kDeny, "amount_not_comparable", "amount_over_limit", {"currency"});
  } else if (domain::CompareDecimals(*amount, input.settings.amount) > 0) {
    Add(judgement, domain::Verdict::kDeny, "amount_over_limit", "amount_over_limit");
  }
}

void CheckConfidence(const Input& input, Judgement& judgement) {
  if (input.settings.confidence.empty()) return;
  const std::string* confidence = Fact(input.facts, "confidence");
  const bool usable = confidence != nullptr && domain::CompareDecimals(*confidence, "0") >= 0 &&
                      domain::CompareDecimals(*confidence, "1") <= 0;
  if (!usable) {
    Escalate(input, judgement, "confidence_missing", "confidence_too_low", {"confidence"});
  } else if (domain::CompareDecimals(*confidence, input.settings.confidence) < 0) {
    Escalate(input, judgement, "confidence_too_low", "confidence_too_low");
  }
}

}  // namespace

std::string_view Builtin::Text() { return kRules; }

Builtin::Builtin() : digest_(crypto::Sha256(AsBytes(kRules))) {}

void Builtin::AddFloor(const Input& input, Judgement& judgement) {
  if (input.call == "record") return;  // Its authorization was judged.
  CheckListed(input, "action", "action_unknown", judgement);
  CheckListed(input, "system", "system_unregistered", judgement);
}

Judgement Builtin::Evaluate(const Input& input) const {
  Judgement judgement{.verdict = domain::Verdict::kAllow, .reasons = {}, .rules = {}};
  if (input.call == "authorize") {
    CheckAmount(input, judgement);
    CheckConfidence(input, judgement);
  }
  return judgement;
}

bool Builtin::Gives(std::string_view reason) {
  return std::any_of(std::begin(kTexts), std::end(kTexts), [&](const Words& words) { return words.code == reason; });
}

std::optional<ReasonText> Builtin::TextOf(std::string_view reason, std::string_view) const {
  for (const Words& words : kTexts) {
    if (words.code != reason) continue;
    return ReasonText{std::string(words.operator_text), std::string(words.person_text)};
  }
  return std::nullopt;
}

}  // namespace candor::policy
