// Cases: what persons asked for, folded from the leaves that say so, and what it means for decisions
// on them.
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

inline constexpr const char *kObjectionType = "objection", *kWithdrawalType = "withdrawal";

// Something that a person asked for. It is called after the leaf that opened it.
struct Case {
  // Nothing: the leaf opens none.
  static std::optional<Case> OpenedBy(std::uint64_t position, const core::Leaf& leaf);

  Uuid id;
  std::string type, kind;  // `kind`: a word of the contract's CaseKind.
  std::uint64_t opened_at = 0;
  absl::Time received, due, legal_due;
  absl::Time answered;    // Of what takes effect by itself: when it did.
  std::string purpose;    // Of an objection: the one it is to; empty: all.
};

class Cases {
 public:
  // `key`: what seals the leaf; empty once that was destroyed.
  void Apply(std::uint64_t position, const core::Leaf& leaf, std::string key);

  std::uint64_t position() const { return position_; }  // Of the newest leaf; 0: none.

  // Those that a key seals, oldest first.
  const std::vector<Case>& Of(const std::string& key) const;

 private:
  std::uint64_t position_ = 0;
  std::map<std::string, std::vector<Case>> by_key_;
};

// How one who asked for all this stands to a decision for a purpose, as rules see it: `opted_out`,
// `active`, or empty where they did not object. What is for no stated purpose, or one that was
// never declared, is for any.
std::string_view ObjectionTo(const std::vector<Case>& cases, std::string_view purpose);

}  // namespace candor::domain
