#include "services/domain/cases.h"

#include <algorithm>

#include "services/base/clock.h"
#include "services/domain/registered.h"
#include "services/domain/task.h"

namespace candor::domain {
namespace {

// Whether an answer means that a component has to decide anew.
bool Promises(const Case& one) {
  return one.decision && one.changed_decision.empty() && (one.outcome == "granted" || one.outcome == "partly_granted");
}

}  // namespace

std::optional<Case> Case::OpenedBy(std::uint64_t position, const core::Leaf& leaf) {
  if (leaf.type != kObjectionType && leaf.type != kWithdrawalType && leaf.type != kCaseType) return std::nullopt;
  const auto time = [&](const char* fact) { return FromRfc3339(FactText(leaf.facts, fact)).value_or(absl::UnixEpoch()); };
  Case one;
  one.id = leaf.id;
  one.type = leaf.type;
  one.kind = FactText(leaf.facts, "case_kind");
  one.opened_at = position;
  one.clock = FactText(leaf.facts, "case_clock");
  one.calendar = FactText(leaf.facts, "case_calendar");
  one.received = leaf.time;
  one.due = time("case_due");
  one.legal_due = time("case_legal_due");
  one.purpose = FactText(leaf.facts, "purpose");
  one.decision = leaf.decision;
  one.steps.push_back({.stage = kReceived, .position = position, .leaf = leaf.id, .time = leaf.time});
  // Nobody is asked: decisions see both from here on.
  if (leaf.type == kWithdrawalType || one.kind == "opt_out") {
    one.answered = leaf.time;
    one.outcome = "granted";
    one.steps.push_back({.stage = kClosed, .position = position, .leaf = leaf.id, .time = leaf.time});
  }
  return one;
}

const std::string& Case::stage() const {
  static constexpr std::string_view kBeside[] = {kLate, kExtended, kWaiting, kResumed};
  const auto step = std::find_if(steps.rbegin(), steps.rend(), [](const Step& one) {
    return std::find(std::begin(kBeside), std::end(kBeside), one.stage) == std::end(kBeside);
  });
  return step->stage;  // The first one was received.
}

bool Case::Has(std::string_view stage) const {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& one) { return one.stage == stage; });
}

void Case::Apply(std::uint64_t position, const core::Leaf& leaf) {
  const auto step = [&](const char* to) {
    steps.push_back({.stage = to, .position = position, .leaf = leaf.id, .time = leaf.time});
  };
  const auto move_clock = [&] {
    due = FromRfc3339(FactText(leaf.facts, "case_due")).value_or(due);
    legal_due = FromRfc3339(FactText(leaf.facts, "case_legal_due")).value_or(legal_due);
  };
  const auto resume = [&] {
    if (!IsWaiting()) return;
    const std::int64_t* stood = leaf.facts.FindInteger("stood_days");
    stood_days += stood == nullptr ? 0 : static_cast<int>(*stood);
    question_at = 0;
    move_clock();
    step(kResumed);
  };
  const auto answer = [&](std::string how) {
    question_at = 0;
    answered = leaf.time;
    answered_at = position;
    outcome = std::move(how);
    step(kAnswered);
    if (!Promises(*this)) step(kClosed);
  };
  const bool records = leaf.type == "outcome" || leaf.type == "correction";
  if (records && stage() == kAnswered && leaf.decision == decision) {
    step(kRemedied);
    step(kClosed);
  } else if (!IsOpen()) {
    return;
  } else if (leaf.type == kTaskClaimType) {
    resume();
    if (!Has(kAssigned)) step(kAssigned);
  } else if (leaf.type == kCaseReplyType) {
    resume();
  } else if (leaf.type == kCaseExtensionType && extended_at == 0) {
    extended = leaf.time;
    extended_at = position;
    move_clock();
    step(kExtended);
  } else if (leaf.type == kCaseQuestionType && !IsWaiting()) {
    const core::Json* stands = leaf.facts.Find("clock_stands");
    asked = leaf.time;
    question_at = position;
    question = FactText(leaf.facts, "question");
    clock_stands = stands != nullptr && stands->is_bool() && stands->boolean();
    step(kWaiting);
  } else if (leaf.type == "read" && !Has(kUnderReview)) {
    step(kUnderReview);
  } else if (leaf.type == kCaseLateType && !Has(kLate)) {
    step(kLate);
  } else if (leaf.type == kReviewType) {
    refusal_ground = FactText(leaf.facts, "refusal_ground");
    changed_decision = FactText(leaf.facts, "changed_decision");
    answer(FactText(leaf.facts, "case_outcome"));
  } else if (leaf.type == kTaskExpiredType) {  // Nobody is left to answer.
    answered = leaf.time;
    step(kClosed);
  } else if (leaf.type == "erasure" && kind == "erase") {
    answer("granted");
  }
}

void Cases::Apply(std::uint64_t position, const core::Leaf& leaf, std::string key) {
  position_ = position;
  if (auto opened = Case::OpenedBy(position, leaf)) {
    if (key.empty()) return;
    std::vector<Case>& theirs = by_key_[key];
    places_[opened->id] = {std::move(key), theirs.size()};
    theirs.push_back(*std::move(opened));
  } else if (const auto id = Uuid::FromText(FactText(leaf.facts, "case"))) {
    const auto place = places_.find(*id);
    if (place != places_.end()) by_key_[place->second.first][place->second.second].Apply(position, leaf);
  }
}

const std::vector<Case>& Cases::Of(const std::string& key) const {
  static const std::vector<Case> none;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? none : found->second;
}

const Case* Cases::Find(const Uuid& id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : &by_key_.at(place->second.first)[place->second.second];
}

std::vector<const Case*> Cases::Late(absl::Time now) const {
  std::vector<const Case*> late;
  for (const auto& [_, cases] : by_key_) {
    for (const Case& one : cases) {
      const bool runs = one.IsOpen() && !(one.IsWaiting() && one.clock_stands);
      if (runs && one.legal_due < now && !one.Has(kLate)) late.push_back(&one);
    }
  }
  return late;
}

namespace {

// Whether it says nothing that could be told from another purpose.
bool IsAny(std::string_view purpose) { return purpose.empty() || purpose == "unlisted"; }

}  // namespace

std::string_view ObjectionTo(const std::vector<Case>& cases, std::string_view purpose) {
  std::string_view state;
  for (const Case& one : cases) {
    if (one.kind == "opt_out") return "opted_out";
    const bool covers = IsAny(one.purpose) || IsAny(purpose) || one.purpose == purpose;
    const bool refused = one.outcome == "refused" || one.outcome == "upheld";
    if (one.type == kObjectionType && covers && !refused) state = "active";
  }
  return state;
}

}  // namespace candor::domain
