// A task of human review, folded from the leaves that say so: where it stands, who may do what
// next, and how its review counts.
//
// A pure value. Leaves come in order of their positions; a leaf that does not fit what came
// before it changes nothing. Who did what stands sealed in those leaves, not here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/core/leaf/leaf.h"

namespace candor::domain {

inline constexpr absl::Duration kTaskLasts = absl::Hours(24);  // Unless a policy says less.
inline constexpr absl::Duration kClaimLasts = absl::Minutes(30);
inline constexpr absl::Duration kReviewLasts = absl::Hours(24);

// The words are those of the leaves, the table and, in capitals, the wire.
inline constexpr std::string_view kTaskOpen = "open", kTaskClaimed = "claimed", kTaskSecondNeeded = "second_needed",
                                  kTaskResolved = "resolved", kTaskExpired = "expired",
                                  kTaskCancelled = "cancelled";
inline constexpr std::string_view kUphold = "uphold", kOverride = "override";

struct Task {
  // Who took it, until when.
  struct Claim {
    std::uint64_t position = 0;  // Of the leaf, where it stands sealed.
    absl::Time since, until;     // `since` is kept when it is prolonged.
  };
  // What one human said.
  struct Said {
    std::uint64_t position = 0;
    Uuid leaf;
    std::string resolution;
  };

  // The task that a leaf opens: an authorization that was escalated, or a person's case that a human
  // has to answer. It is called after that leaf.
  static std::optional<Task> OpenedBy(std::uint64_t position, const core::Leaf& leaf);

  // Takes the next leaf of its decision, or of its case. Whether it is about this task.
  bool Apply(std::uint64_t leaf_position, const core::Leaf& leaf);

  // Where it stands at a time.
  std::string_view StateAt(absl::Time now) const;
  bool IsHeldAt(absl::Time now) const { return claim && now < claim->until; }

  // Whether this may happen at a time, whoever does it. Errors: kFailedPrecondition WRONG_STATE,
  // EXPIRED.
  absl::Status MayClaim(absl::Time now) const;
  absl::Status MayRelease(absl::Time now) const;
  absl::Status MayResolve(absl::Time now) const;
  absl::Status MayExpire(absl::Time now) const;

  // Whether one more human who says this settles it.
  bool Settles(std::string_view resolution) const {
    return resolution == kOverride || static_cast<int>(reviews.size()) + 1 >= humans_needed;
  }

  bool IsCase() const { return kind == "case"; }  // It never expires.

  Uuid id;
  std::optional<Uuid> decision;  // Of a case, not always.
  std::string kind, queue, system, action, opener;  // `opener`: id of the component that waits.
  bool opened_by_human = false;
  std::vector<std::string> reasons;
  std::vector<std::string> rules;  // Those that asked for a human.
  absl::Time created, due;
  int humans_needed = 1;

  std::uint64_t opened_at = 0;  // Position of the leaf that opened it,
  std::uint64_t position = 0;   // and of the newest about it.
  std::string state{kTaskOpen};  // Whatever the time: open, second_needed or how it was settled.
  std::optional<Claim> claim;
  std::vector<Said> reviews;
  absl::Time settled;            // Once it is.
  absl::Time review_expires;     // Once it is resolved.
  bool used = false;             // An authorization rested on its review.
};

// Types of the leaves.
inline constexpr const char *kTaskClaimType = "task_claim", *kTaskReleaseType = "task_release",
                            *kReviewType = "review", *kTaskExpiredType = "task_expired";

}  // namespace candor::domain
