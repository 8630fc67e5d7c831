#include "services/domain/holds.h"

#include <algorithm>

#include "services/base/clock.h"
#include "services/base/status.h"

namespace candor::domain {

bool Hold::Covers(std::uint64_t position, const std::optional<Uuid>& decision, absl::Time time) const {
  if (position == placed->position) return true;
  if (decision && decisions.contains(*decision)) return true;
  if (!from && !until) return false;
  return time >= from.value_or(absl::InfinitePast()) && time < until.value_or(absl::InfiniteFuture());
}

bool HoldBook::Holds(std::string_view type) { return type == "hold" || type == "hold_released"; }

void HoldBook::Apply(std::string_view type, const Entry& entry, const std::optional<Uuid>& amends) {
  if (type == "hold") {
    Hold hold{.placed = entry, .released = {}, .decisions = {}, .from = FromRfc3339(FactText(entry->facts, "from")),
              .until = FromRfc3339(FactText(entry->facts, "until"))};
    for (const std::string& text : FactTexts(entry->facts, "decisions")) {
      if (const auto id = Uuid::FromText(text)) hold.decisions.insert(*id);
    }
    all_.push_back(std::move(hold));
  } else if (type == "hold_released" && amends) {
    const auto hold = std::find_if(all_.begin(), all_.end(), [&](const Hold& one) { return one.placed->leaf == *amends; });
    if (hold != all_.end() && hold->released == nullptr) hold->released = entry;
  }
}

const Hold* HoldBook::Find(const Uuid& leaf) const {
  const auto hold = std::find_if(all_.begin(), all_.end(), [&](const Hold& one) { return one.placed->leaf == leaf; });
  return hold == all_.end() ? nullptr : &*hold;
}

absl::Status HoldBook::MayRelease(const Uuid& id) const {
  const Hold* hold = Find(id);
  if (hold == nullptr) return Because(absl::NotFoundError("hold_id: no such hold"), "NOT_FOUND");
  if (hold->released == nullptr) return absl::OkStatus();
  return Because(absl::FailedPreconditionError("the hold is released already"), "WRONG_STATE");
}

}  // namespace candor::domain
