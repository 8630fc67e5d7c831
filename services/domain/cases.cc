#include "services/domain/cases.h"

#include "services/base/clock.h"
#include "services/domain/registered.h"

namespace candor::domain {

std::optional<Case> Case::OpenedBy(std::uint64_t position, const core::Leaf& leaf) {
  if (leaf.type != kObjectionType && leaf.type != kWithdrawalType) return std::nullopt;
  const auto time = [&](const char* fact) { return FromRfc3339(FactText(leaf.facts, fact)).value_or(absl::UnixEpoch()); };
  Case one;
  one.id = leaf.id;
  one.type = leaf.type;
  one.kind = FactText(leaf.facts, "case_kind");
  one.opened_at = position;
  one.received = leaf.time;
  one.due = time("case_due");
  one.legal_due = time("case_legal_due");
  one.purpose = FactText(leaf.facts, "purpose");
  // Nobody is asked: decisions see both from here on.
  if (leaf.type == kWithdrawalType || one.kind == "opt_out") one.answered = leaf.time;
  return one;
}

void Cases::Apply(std::uint64_t position, const core::Leaf& leaf, std::string key) {
  position_ = position;
  auto opened = Case::OpenedBy(position, leaf);
  if (opened && !key.empty()) by_key_[std::move(key)].push_back(*std::move(opened));
}

const std::vector<Case>& Cases::Of(const std::string& key) const {
  static const std::vector<Case> none;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? none : found->second;
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
    if (one.type == kObjectionType && covers) state = "active";
  }
  return state;
}

}  // namespace candor::domain
