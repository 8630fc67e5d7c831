// The answer of an authorization. Strictest first: deny, escalate, transform, allow.
#pragma once

#include <optional>
#include <string_view>

namespace candor::domain {

// Ordered from the mildest to the strictest; the numbers stand in entries.verdict and on
// the wire.
enum class Verdict { kAllow = 1, kTransform = 2, kEscalate = 3, kDeny = 4 };

// `allow`, `transform`, `escalate`, `deny`, as in leaves; and back.
std::string_view VerdictName(Verdict verdict);
std::optional<Verdict> VerdictOf(std::string_view name);

inline Verdict Strictest(Verdict a, Verdict b) { return a < b ? b : a; }

}  // namespace candor::domain
