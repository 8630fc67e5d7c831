// Who calls, and what they may do.
//
// Pure values. The table in caller.cc is the only place where a role gains a right.
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

// What a method asks of its caller.
enum class Right : std::uint8_t {
  kDecide,          // Authorize, record, observe, cancel, report what came of it.
  kReview,          // Work on tasks of the review queue.
  kSeeOwn,          // A person's view of decisions on them.
  kAudit,           // Search, dossiers, reports, exports, leaves.
  kReadLedger,      // Checkpoints, proofs and hash tiles: nothing about anyone.
  kRegister,        // Systems, decision types, codes, model versions.
  kWritePolicies,   // Policy sets.
  kManageTenant,    // Principals, keys, limits: of the own tenant, or of any for the operator.
  kOperate,         // Make and list tenants.
  kSeeStatus,
};
inline constexpr int kRights = 10;

struct Caller {
  std::optional<Uuid> tenant;  // Nothing for the operator.
  Uuid principal;
  std::string kind;            // human, component or service.
  std::string code;            // Registered id; empty for a human in leaves.
  std::uint32_t roles = 0;     // Bit i: role i.

  bool Has(Role role) const { return (roles >> static_cast<int>(role) & 1) != 0; }
};

bool Holds(Role role, Right right);
bool May(const Caller& caller, Right right);

}  // namespace candor::domain
