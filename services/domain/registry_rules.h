// What may be registered next, given what is there.
//
// Pure functions. Errors everywhere: kNotFound NOT_FOUND for what is not there, and those named.
#pragma once

#include "absl/status/status.h"
#include "services/domain/registry.h"

namespace candor::domain {

// How long a proposal waits for a second human, and how old evidence may be.
inline constexpr absl::Duration kProposalLife = absl::Hours(24 * 30);
inline constexpr absl::Duration kEvidenceLife = absl::Hours(24 * 180);

// Whether a model version in `state` may come into `next`.
bool MayFollow(std::string_view state, std::string_view next);

// Whether a second human has to confirm that a model version comes into `state`.
bool NeedsConfirmation(std::string_view state);

// Each takes the facts of the leaf that would be written.
//
// Of a model version and of a data set: kAlreadyExists NAME_TAKEN, it has another digest.
absl::Status MayRegisterVersion(const Registry& registry, const core::Json& facts);
absl::Status MayRegisterDataSet(const Registry& registry, const core::Json& facts);
// Of another state: kFailedPrecondition WRONG_STATE and EVIDENCE_MISSING; kInvalidArgument.
absl::Status MayPropose(const Registry& registry, const core::Json& facts, absl::Time now);

// Whether a proposal is open, and not too old: kFailedPrecondition WRONG_STATE and EXPIRED.
absl::Status MaySettle(const Registry& registry, const Uuid& proposal, absl::Time now);
// Whether a stop is in force: kFailedPrecondition WRONG_STATE.
absl::Status MayLift(const Registry& registry, const Uuid& stop);
// Whether the scope of a stop names nothing that was never declared.
absl::Status MayStop(const core::Json& facts);

}  // namespace candor::domain
