// Cases: what persons asked for and what became of it, folded from the leaves that say so, and what
// it means for decisions on them.
//
// Pure values. Leaves come in order of their positions; others are passed over. No person is named:
// a case is kept by the key that seals it, and what was erased is nobody's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/core/leaf/leaf.h"

namespace candor::domain {

// Types of the leaves that open a case, and of steps that are a case's alone: its answer is late, or takes longer;
// the person is asked, and replies.
inline constexpr const char *kObjectionType = "objection", *kWithdrawalType = "withdrawal", *kCaseType = "case",
                            *kCaseLateType = "case_late", *kCaseExtensionType = "case_extension",
                            *kCaseQuestionType = "case_question", *kCaseReplyType = "case_reply";

// Words of the contract's CaseStage.
inline constexpr const char *kReceived = "received", *kAssigned = "assigned", *kUnderReview = "under_review",
                            *kAnswered = "answered", *kRemedied = "remedied", *kClosed = "closed", *kLate = "late",
                            *kExtended = "extended", *kWaiting = "waiting", *kResumed = "resumed";

// Something that a person asked for. It is called after the leaf that opened it.
struct Case {
  // Nothing: the leaf opens none.
  static std::optional<Case> OpenedBy(std::uint64_t position, const core::Leaf& leaf);

  // Takes the next leaf that names it. One that does not fit what came before changes nothing.
  void Apply(std::uint64_t position, const core::Leaf& leaf);

  // Whether nobody answered it yet; whether it waits for the person; and how far it got.
  bool IsOpen() const { return answered == absl::Time(); }
  bool IsWaiting() const { return IsOpen() && question_at != 0; }
  const std::string& stage() const;
  bool Has(std::string_view stage) const;

  Uuid id;
  std::string type, kind;  // `kind`: a word of the contract's CaseKind.
  std::uint64_t opened_at = 0;
  std::string clock, calendar;   // What its due times were counted by.
  absl::Time received, due, legal_due;
  absl::Time extended;           // When the person was told that it takes longer; unset: it does not,
  std::uint64_t extended_at = 0;  // and where.
  int stood_days = 0;            // How long the clock stood, all in all.
  std::uint64_t question_at = 0;  // Position of the question that it waits with; 0: it does not wait.
  absl::Time asked;
  std::string question;          // A word of the contract's QuestionKind.
  bool clock_stands = false;     // While it waits.
  std::string purpose;           // Of an objection: the one it is to; empty: all.
  std::optional<Uuid> decision;  // The one it is about.

  absl::Time answered;           // Once it is; of what takes effect by itself: when it did.
  std::uint64_t answered_at = 0;  // Position of the leaf that answers it; 0: that which opened it.
  std::string outcome;           // A word of the contract's CaseOutcome.
  std::string refusal_ground, changed_decision;

  struct Step {
    std::string stage;
    std::uint64_t position = 0;
    Uuid leaf;
    absl::Time time;
  };
  std::vector<Step> steps;  // In order.
};

class Cases {
 public:
  // `key`: what seals the leaf; empty once that was destroyed.
  void Apply(std::uint64_t position, const core::Leaf& leaf, std::string key);

  std::uint64_t position() const { return position_; }  // Of the newest leaf; 0: none.

  // Those that a key seals, oldest first.
  const std::vector<Case>& Of(const std::string& key) const;
  // One of them, whosever it is; nullptr: there is none, or it was erased before it was read.
  const Case* Find(const Uuid& id) const;
  // Those that are open past their time by law at `now`, by a clock that does not stand, and not said to be.
  std::vector<const Case*> Late(absl::Time now) const;

 private:
  std::uint64_t position_ = 0;
  std::map<std::string, std::vector<Case>> by_key_;
  std::map<Uuid, std::pair<std::string, std::size_t>> places_;  // By id: the key, and which of its cases.
};

// How one who asked for all this stands to a decision for a purpose, as rules see it: `opted_out`,
// `active`, or empty where they did not object, or a human refused it. What is for no stated purpose,
// or one that was never declared, is for any.
std::string_view ObjectionTo(const std::vector<Case>& cases, std::string_view purpose);

}  // namespace candor::domain
