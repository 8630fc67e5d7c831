// Who calls, and in which roles. What a role may do stands in services/rpc/rights.cc.
//
// Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/base/id.h"

namespace candor::domain {

enum class Role : std::uint8_t {
  kComponent, kReviewer, kCompliance, kRegulator, kModelOwner, kPolicyAuthor, kTenantSystem,
  kOperator, kPerson
};
inline constexpr int kRoles = 9;

// `component`, `tenant_system`, … and back. Nothing for another text.
std::string_view RoleName(Role role);
std::optional<Role> RoleOf(std::string_view name);

using Roles = std::uint32_t;  // Bit i: role i.
constexpr Roles Bit(Role role) { return Roles{1} << static_cast<int>(role); }

struct Caller {
  std::optional<Uuid> tenant;  // Nothing for the operator.
  Uuid principal;
  std::string kind;            // human, component or service.
  std::string code;            // Registered id; empty for a human in leaves.
  Roles roles = 0;

  // Of a person, or an agent for them; empty for all others.
  std::string person{};        // The tenant's reference of the person.
  std::string language{};      // Of answers; empty: not said.
  bool read_only = false;      // May only read.

  bool Has(Role role) const { return (roles & Bit(role)) != 0; }
};

}  // namespace candor::domain
