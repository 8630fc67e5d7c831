// The one way to learn the time, so that tests can choose it; and the one way to
// write a moment down.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace candor {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's wall clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

// `YYYY-MM-DDThh:mm:ss.uuuuuuZ`, whole microseconds, years 0001 to 9999.
std::string ToRfc3339(absl::Time time);

// Nothing unless `text` has exactly that form, is a real calendar date and has
// seconds 00 to 59.
std::optional<absl::Time> FromRfc3339(std::string_view text);

}  // namespace candor
