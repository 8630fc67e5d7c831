// Protected attributes: opened to be counted, by backtests and reports alone, and shown to nobody.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "services/core/leaf/leaf.h"
#include "services/vault/opening.h"

namespace candor::flow {

struct Attribute {
  std::string value;  // One that is no code reads `unlisted`.
  std::string provenance;
};
using Attributes = std::map<std::string, Attribute>;  // By their names, which are codes.

// What the bytes of a section `protected` hold.
Attributes AttributesOf(std::string_view section);

// Those of the person whom a leaf is about. Nothing: they were destroyed, or the leaf has none. Opens
// nothing else of it. Errors: kDataLoss VERIFICATION_FAILED; kUnavailable.
absl::StatusOr<std::optional<Attributes>> OpenAttributes(vault::Opening& opening, std::uint64_t position,
                                                         const core::Leaf& leaf);
// Whether the leaf has any, destroyed or not.
bool HasAttributes(const core::Leaf& leaf);

}  // namespace candor::flow
