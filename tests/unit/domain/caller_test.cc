#include "services/domain/caller.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace candor::domain {
namespace {

constexpr Right kAllRights[] = {Right::kDecide,        Right::kReview,       Right::kSeeOwn,
                                Right::kAudit,         Right::kReadLedger,   Right::kRegister,
                                Right::kWritePolicies, Right::kManageTenant, Right::kOperate,
                                Right::kSeeStatus};

Role RoleNamed(std::string_view name) {
  return RoleOf(name).value();
}

Caller CallerWith(const std::vector<std::string>& roles) {
  Caller caller;
  for (const std::string& role : roles) {
    caller.roles |= std::uint32_t{1} << static_cast<int>(RoleNamed(role));
  }
  return caller;
}

TEST(Roles, AreReadBackFromTheirNames) {
  std::set<std::string_view> names;
  for (int i = 0; i < kRoles; ++i) {
    const Role role = static_cast<Role>(i);
    EXPECT_EQ(RoleOf(RoleName(role)), role);
    names.insert(RoleName(role));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kRoles));
}

TEST(Roles, AreNothingElse) {
  EXPECT_EQ(RoleOf(""), std::nullopt);
  EXPECT_EQ(RoleOf("Operator"), std::nullopt);
  EXPECT_EQ(RoleOf("operator "), std::nullopt);
  EXPECT_EQ(RoleOf("root"), std::nullopt);
}

TEST(Rights, AreAllListedHere) {
  EXPECT_EQ(std::size(kAllRights), static_cast<std::size_t>(kRights));
}

TEST(Rights, KeepApartWhatNoOneRoleMayDoAlone) {
  for (int i = 0; i < kRoles; ++i) {
    const Role role = static_cast<Role>(i);
    // Who decides does not review; who runs the service neither decides nor reads cases.
    EXPECT_FALSE(Holds(role, Right::kDecide) && Holds(role, Right::kReview)) << RoleName(role);
    EXPECT_FALSE(Holds(role, Right::kOperate) && Holds(role, Right::kDecide)) << RoleName(role);
    EXPECT_FALSE(Holds(role, Right::kOperate) && Holds(role, Right::kAudit)) << RoleName(role);
    // Who writes policies does not register the systems that they judge.
    EXPECT_FALSE(Holds(role, Right::kWritePolicies) && Holds(role, Right::kRegister))
        << RoleName(role);
  }
}

TEST(Rights, GiveTheAuditToOverseersAlone) {
  for (int i = 0; i < kRoles; ++i) {
    const Role role = static_cast<Role>(i);
    const bool overseer = role == Role::kCompliance || role == Role::kRegulator;
    EXPECT_EQ(Holds(role, Right::kAudit), overseer) << RoleName(role);
  }
}

TEST(Rights, GiveAPersonNothingButTheirOwnAndTheLedger) {
  for (const Right right : kAllRights) {
    const bool own = right == Right::kSeeOwn || right == Right::kReadLedger;
    EXPECT_EQ(Holds(Role::kPerson, right), own) << static_cast<int>(right);
  }
}

TEST(Rights, GiveOnlyPersonsTheViewOfAPerson) {
  for (int i = 0; i < kRoles; ++i) {
    EXPECT_EQ(Holds(static_cast<Role>(i), Right::kSeeOwn), static_cast<Role>(i) == Role::kPerson);
  }
}

TEST(Rights, MakeTenantsOnlyForTheOperator) {
  for (int i = 0; i < kRoles; ++i) {
    EXPECT_EQ(Holds(static_cast<Role>(i), Right::kOperate),
              static_cast<Role>(i) == Role::kOperator);
  }
}

TEST(Rights, LetEveryRoleDoSomething) {
  for (int i = 0; i < kRoles; ++i) {
    bool any = false;
    for (const Right right : kAllRights) any = any || Holds(static_cast<Role>(i), right);
    EXPECT_TRUE(any) << RoleName(static_cast<Role>(i));
  }
}

TEST(Caller, MayWhatAnyOfTheirRolesMay) {
  const Caller both = CallerWith({"reviewer", "model_owner"});

  for (const Right right : kAllRights) {
    EXPECT_EQ(May(both, right), Holds(Role::kReviewer, right) || Holds(Role::kModelOwner, right));
  }
}

TEST(Caller, MayNothingWithoutARole) {
  for (const Right right : kAllRights) EXPECT_FALSE(May(Caller(), right));
}

TEST(Caller, MayNothingByBitsThatAreNoRole) {
  Caller caller;
  caller.roles = ~((std::uint32_t{1} << kRoles) - 1);

  for (const Right right : kAllRights) EXPECT_FALSE(May(caller, right));
}

}  // namespace
}  // namespace candor::domain
