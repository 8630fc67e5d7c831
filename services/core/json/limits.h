// The limits of the two kinds of JSON that are hashed. Ledger format, sections 2 and 3.
#pragma once

#include <cstddef>

#include "services/core/json/json.h"

namespace candor::core {

struct JsonLimits {
  std::size_t bytes;  // At most; at least 2.
  int depth;          // The outermost object is 1.
};

constexpr JsonLimits LimitsOf(JsonKind kind) {
  return kind == JsonKind::kLeaf ? JsonLimits{.bytes = kMaxLeafBytes, .depth = kMaxLeafDepth}
                                 : JsonLimits{.bytes = kMaxSectionBytes, .depth = kMaxSectionDepth};
}

// As ParseCanonical of json.h, without a leaf's own rules: for what is canonical and not hashed.
absl::StatusOr<Json> ParseCanonical(std::string_view bytes, JsonLimits limits);

}  // namespace candor::core
