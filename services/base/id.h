// UUIDs as RFC 9562 defines them: sixteen bytes, written in lower case with hyphens.
//
// Pure functions; any thread may call. Randomness and time come in as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "services/base/bytes.h"

namespace candor {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  BytesView view() const { return bytes; }
  std::string ToText() const;
  int version() const { return bytes[6] >> 4; }

  // Nothing unless `text` is 36 characters, lower case, of the RFC 9562 variant.
  static std::optional<Uuid> FromText(std::string_view text);

  // Version 7: milliseconds of `time`, then 74 of the 80 random bits.
  static Uuid MakeV7(absl::Time time, std::span<const std::uint8_t, 10> random);

  // Version 8 out of the first sixteen bytes of a digest.
  static Uuid MakeV8(std::span<const std::uint8_t, 16> bytes);

  template <typename H>
  friend H AbslHashValue(H h, const Uuid& id) {
    return H::combine(std::move(h), id.bytes);
  }
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace candor
