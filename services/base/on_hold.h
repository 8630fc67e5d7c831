// The error of an erasure that a hold forbids.
//
// Pure functions; any thread may call.
#pragma once

#include <string>

#include "absl/strings/cord.h"
#include "services/base/status.h"

namespace candor {

inline constexpr const char* kHoldUrl = "candor/hold";

// Names the hold, a leaf id.
inline absl::Status OnHold(const std::string& hold) {
  absl::Status status = Because(absl::FailedPreconditionError("hold " + hold + " forbids it: release it first"), "ON_HOLD");
  status.SetPayload(kHoldUrl, absl::Cord(hold));
  return status;
}

// The hold that OnHold named, or an empty text.
inline std::string HoldOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kHoldUrl);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace candor
