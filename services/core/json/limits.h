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

}  // namespace candor::core
