#include "services/domain/caller.h"

#include <array>

namespace candor::domain {
namespace {

constexpr std::array<std::string_view, kRoles> kNames = {
    "component", "reviewer", "compliance", "regulator", "model_owner", "policy_author",
    "tenant_system", "operator", "person"};

constexpr std::uint32_t Bits(std::initializer_list<Right> rights) {
  std::uint32_t bits = 0;
  for (const Right right : rights) bits |= std::uint32_t{1} << static_cast<int>(right);
  return bits;
}

// The rights of each role, in the order of Role.
constexpr std::array<std::uint32_t, kRoles> kTable = {
    /* component */ Bits({Right::kDecide, Right::kReadLedger}),
    /* reviewer */ Bits({Right::kReview, Right::kReadLedger}),
    /* compliance */ Bits({Right::kReview, Right::kAudit, Right::kReadLedger, Right::kSeeStatus}),
    /* regulator */ Bits({Right::kAudit, Right::kReadLedger}),
    /* model_owner */ Bits({Right::kRegister, Right::kReadLedger}),
    /* policy_author */ Bits({Right::kWritePolicies, Right::kReadLedger}),
    /* tenant_system */ Bits({Right::kRegister, Right::kManageTenant, Right::kReadLedger, Right::kSeeStatus}),
    /* operator */ Bits({Right::kOperate, Right::kManageTenant, Right::kSeeStatus}),
    /* person */ Bits({Right::kSeeOwn, Right::kReadLedger}),
};

}  // namespace

std::string_view RoleName(Role role) { return kNames[static_cast<std::size_t>(role)]; }

std::optional<Role> RoleOf(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

bool Holds(Role role, Right right) {
  return (kTable[static_cast<std::size_t>(role)] >> static_cast<int>(right) & 1) != 0;
}

bool May(const Caller& caller, Right right) {
  for (int role = 0; role < kRoles; ++role) {
    if (caller.Has(static_cast<Role>(role)) && Holds(static_cast<Role>(role), right)) return true;
  }
  return false;
}

}  // namespace candor::domain
