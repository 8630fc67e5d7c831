#include "services/flow/tally.h"

#include <gtest/gtest.h>

namespace candor::flow {
namespace {

using domain::Verdict;

TEST(AReportOfVerdicts, IsReadOutOfItsLeafAsItWasWritten) {
  Tally tally;
  const Segment loans{.action = "loan.decide", .jurisdiction = "us-ma", .group = "female"}, any{};
  for (int i = 0; i < 3; ++i) tally.Count(loans, Verdict::kAllow, Verdict::kDeny);
  tally.Count(loans, Verdict::kAllow, Verdict::kAllow);
  tally.Count(any, Verdict::kEscalate, Verdict::kTransform);
  tally.Skip("erased");
  tally.Affect(store::Handle{1});
  const BacktestReport report = tally.Report();
  core::Json facts = core::Json::Object();
  AddReport(report, facts);

  const BacktestReport read = ReportIn(facts);

  core::Json again = core::Json::Object();
  AddReport(read, again);
  EXPECT_EQ(again, facts);
  EXPECT_EQ(read.replayed, 5U);
  EXPECT_EQ(read.affected_persons, 1U);
  EXPECT_EQ(read.not_replayed.at("erased"), 1U);
  ASSERT_EQ(read.changes.size(), 2U);
  EXPECT_EQ(read.changes[0].segment, loans);
  EXPECT_EQ(read.changes[0].count, 3U);
  EXPECT_EQ(read.changes[0].of, 4U);
  EXPECT_EQ(read.changes[1].now, Verdict::kTransform);
}

TEST(AReportOfVerdicts, IsEmptyOutOfFactsThatNoReportWrote) {
  core::Json facts = core::Json::Object();
  facts.Set("replayed", "3").Set("changes", core::Json::Array().Append("x")).Set("not_replayed", 1);

  const BacktestReport read = ReportIn(facts);

  EXPECT_EQ(read.replayed, 0U);
  EXPECT_TRUE(read.changes.empty());
  EXPECT_TRUE(read.not_replayed.empty());
}

}  // namespace
}  // namespace candor::flow
