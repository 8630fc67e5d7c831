#include "services/domain/caller.h"

#include <array>

namespace candor::domain {
namespace {

constexpr std::array<std::string_view, kRoles> kNames = {
    "component", "reviewer", "compliance", "regulator", "model_owner", "policy_author",
    "tenant_system", "operator", "person"};

}  // namespace

std::string_view RoleName(Role role) { return kNames[static_cast<std::size_t>(role)]; }

std::optional<Role> RoleOf(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

}  // namespace candor::domain
