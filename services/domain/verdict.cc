#include "services/domain/verdict.h"

#include <array>

namespace candor::domain {
namespace {
constexpr std::array<std::string_view, 4> kNames = {"allow", "transform", "escalate", "deny"};
}  // namespace

std::string_view VerdictName(Verdict verdict) { return kNames[static_cast<std::size_t>(verdict) - 1]; }

std::optional<Verdict> VerdictOf(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Verdict>(i + 1);
  }
  return std::nullopt;
}

}  // namespace candor::domain
