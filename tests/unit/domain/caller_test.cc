#include "services/domain/caller.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace candor::domain {
namespace {

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

TEST(Caller, HasTheRolesThatTheyWereGivenAlone) {
  Caller caller;
  caller.roles = Bit(Role::kReviewer) | Bit(Role::kModelOwner);

  for (int i = 0; i < kRoles; ++i) {
    const Role role = static_cast<Role>(i);
    EXPECT_EQ(caller.Has(role), role == Role::kReviewer || role == Role::kModelOwner);
  }
}

}  // namespace
}  // namespace candor::domain
