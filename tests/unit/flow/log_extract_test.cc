// Lines of a log extract: what leaves say, as one row of a table that programs read.
#include "services/flow/log_extract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/base/status.h"

namespace candor::flow {
namespace {

using ::testing::HasSubstr;

SeenDecision::Seen At(std::uint64_t position, const std::string& type, core::Json facts) {
  core::Leaf leaf;
  leaf.id = leaf.request = *Uuid::FromText("019b7ca9-f600-7000-8000-000000000001");
  leaf.decision = leaf.id;
  leaf.caller_kind = "component";
  leaf.caller_id = "desk";
  leaf.type = type;
  leaf.facts = std::move(facts);
  leaf.marks = {"late", "unresolved"};
  leaf.time = absl::FromUnixSeconds(1'767'323'072);
  return {.position = position, .leaf = leaf, .bytes = "bytes"};
}

TEST(ACell, IsQuotedWhereItMustBe) {
  EXPECT_EQ(CsvCell("denied"), "denied");
  EXPECT_EQ(CsvCell(""), "");
  EXPECT_EQ(CsvCell("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvCell("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(CsvCell("a\r\nb"), "\"a\r\nb\"");
}

TEST(AnExtract, HasALineForEachLeafInTheirOrder) {
  core::Json rules = core::Json::Array();
  rules.Append(core::Json::Object().Set("rule", "limits.amount").Set("result", "fired"));
  rules.Append(core::Json::Object().Set("rule", "limits.other").Set("result", "indeterminate"));
  LogExtract log;
  SeenDecision late, early;
  late.leaves.push_back(At(9, "outcome", core::Json::Object().Set("outcome", "denied").Set("adverse", true)));
  early.leaves.push_back(At(7, "authorization", core::Json::Object().Set("system", "desk").Set("verdict", "deny").Set("rules", rules)));
  ASSERT_TRUE(log.Take(late).ok());
  ASSERT_TRUE(log.Take(early).ok());

  const std::string csv = log.Csv();
  EXPECT_LT(csv.find("\r\n7,2026-01-02T03:04:32.000000Z,authorization,"), csv.find("\r\n9,"));
  EXPECT_THAT(csv, HasSubstr(",limits.amount=fired; limits.other=indeterminate,"));
  EXPECT_THAT(csv, HasSubstr(",denied,true,"));
  EXPECT_THAT(csv, HasSubstr(",late; unresolved,"));
  EXPECT_EQ(log.lines().at(9).said, "denied");
  EXPECT_EQ(log.types().at("outcome"), 1U);
  EXPECT_EQ(log.marks().at("late"), 2U);
}

TEST(AnExtract, SaysWhenItWouldBeTooLarge) {
  LogExtract log;
  SeenDecision decision;
  decision.leaves.push_back(At(0, "outcome", core::Json::Object().Set("reasons", std::string(100'000, 'r'))));
  absl::Status status;
  for (std::uint64_t i = 0; status.ok() && i < 30; ++i) {
    decision.leaves[0].position = i;
    status = log.Take(decision);
  }
  EXPECT_EQ(ReasonOf(status), "TOO_LARGE");
}

}  // namespace
}  // namespace candor::flow
