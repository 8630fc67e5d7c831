#include "services/domain/statement.h"

#include <gtest/gtest.h>

namespace candor::domain {
namespace {

TEST(Settings, DeclareACodeUnderItsOwnKindAlone) {
  Settings settings;
  settings.catalogue["action"] = {"refund.grant"};

  EXPECT_TRUE(settings.Declares("action", "refund.grant"));
  EXPECT_FALSE(settings.Declares("action", "refund"));
  EXPECT_FALSE(settings.Declares("outcome", "refund.grant"));
  EXPECT_FALSE(settings.Declares("", ""));
}

}  // namespace
}  // namespace candor::domain
