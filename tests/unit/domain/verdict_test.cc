#include "services/domain/verdict.h"

#include <gtest/gtest.h>

namespace candor::domain {
namespace {

constexpr Verdict kRising[] = {Verdict::kAllow, Verdict::kTransform, Verdict::kEscalate,
                               Verdict::kDeny};

TEST(Verdict, IsReadBackFromItsName) {
  for (const Verdict verdict : kRising) EXPECT_EQ(VerdictOf(VerdictName(verdict)), verdict);
  EXPECT_EQ(VerdictName(Verdict::kAllow), "allow");
  EXPECT_EQ(VerdictName(Verdict::kDeny), "deny");
}

TEST(Verdict, IsNothingElse) {
  EXPECT_EQ(VerdictOf(""), std::nullopt);
  EXPECT_EQ(VerdictOf("ALLOW"), std::nullopt);
  EXPECT_EQ(VerdictOf("allowed"), std::nullopt);
}

TEST(Verdict, HasTheNumbersThatStandInTheLedger) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(static_cast<int>(kRising[i]), i + 1);
}

TEST(Strictest, PicksTheStricterOfEveryPairInEitherOrder) {
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j)
      EXPECT_EQ(Strictest(kRising[i], kRising[j]), kRising[std::max(i, j)]);
  }
}

}  // namespace
}  // namespace candor::domain
