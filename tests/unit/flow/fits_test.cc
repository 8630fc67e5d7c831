// Filters held against one decision, by hand; tests/e2e/report_test.cc holds them against what searches find.
#include "services/flow/fits.h"

#include <gtest/gtest.h>

#include "services/flow/filter.h"

namespace candor::flow {
namespace {

bool FitsIt(const std::string& filter) {
  store::DecisionRow row;
  row.decision = *Uuid::FromText("019b7ca9-f600-7000-8000-000000000001");
  row.create_time = absl::FromUnixSeconds(1'767'323'072);  // 2026-01-02T03:04:32Z
  row.update_time = row.create_time + absl::Hours(48);
  row.amount = "49.90";
  row.terms = {"action=refund.grant", "mark=late", "mark=observed", "outcome=granted"};
  const auto condition = ParseFilter(filter);
  EXPECT_TRUE(condition.ok()) << condition.status();
  return Fits(*condition, row);
}

TEST(ADecision, FitsWhatItsTermsSay) {
  EXPECT_TRUE(FitsIt(""));
  EXPECT_TRUE(FitsIt("action = refund.grant"));
  EXPECT_FALSE(FitsIt("action = refund"));
  EXPECT_TRUE(FitsIt("mark = observed mark = late")) << "one of several values is enough";
  EXPECT_TRUE(FitsIt("outcome:*"));
  EXPECT_FALSE(FitsIt("reason:*"));
  EXPECT_TRUE(FitsIt("-reason:*"));
  EXPECT_TRUE(FitsIt("outcome != refused"));
}

TEST(ADecision, FitsWhatItsNumbersAndTimesSay) {
  EXPECT_TRUE(FitsIt("amount = 49.9"));
  EXPECT_TRUE(FitsIt("amount >= 49.90 amount < 100"));
  EXPECT_FALSE(FitsIt("amount > 49.9"));
  EXPECT_FALSE(FitsIt("cost > 0")) << "one without a number fits no relation";
  EXPECT_TRUE(FitsIt("NOT cost > 0"));
  EXPECT_FALSE(FitsIt("confidence:*"));
  EXPECT_TRUE(FitsIt("time >= 2026-01-02 time < 2026-01-03"));
  EXPECT_FALSE(FitsIt("update_time < 2026-01-03"));
  EXPECT_TRUE(FitsIt("decision = 019b7ca9-f600-7000-8000-000000000001"));
  EXPECT_FALSE(FitsIt("decision = 019b7ca9-f600-7000-8000-000000000002"));
}

TEST(ADecision, FitsWhatIsJoined) {
  EXPECT_TRUE(FitsIt("action = refund.grant AND (outcome = refused OR mark = late)"));
  EXPECT_FALSE(FitsIt("action = refund.grant AND NOT (outcome = refused OR mark = late)"));
  EXPECT_TRUE(FitsIt("outcome = refused OR outcome = granted AND amount > 1"));
  EXPECT_FALSE(FitsIt("outcome = refused OR amount > 100"));
}

}  // namespace
}  // namespace candor::flow
