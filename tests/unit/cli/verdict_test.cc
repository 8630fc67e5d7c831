#include "clients/cli/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace candor::cli {
namespace {

using testing::HasSubstr;

class Verdicts : public testing::Test {
 protected:
  int Print(Verdict verdict, bool json = false) {
    Output out(out_, err_, {.json = json});
    return PrintVerdict(std::move(verdict), out);
  }
  static verify::Finding Found(std::uint64_t position) {
    return {.table = "entries", .position = position, .column = "leaf", .what = "was altered"};
  }
  std::ostringstream out_, err_;
};

TEST_F(Verdicts, AreTheLastTwoLines) {
  EXPECT_EQ(Print({.intact = "all of it", .complete = Completeness::WholeRange(12)}), kDone);

  EXPECT_EQ(out_.str(), "intact: yes, all of it\ncomplete: whole range [0, 12)\n");
}

TEST_F(Verdicts, NameWhatWasAltered) {
  EXPECT_EQ(
      Print({.findings = {Found(17)}, .complete = Completeness::NotProvable("it is not intact")}),
      kRefused);

  EXPECT_EQ(out_.str(),
            "altered or missing:\n"
            "  entries 17 leaf: was altered\n"
            "intact: no, 1 finding\n"
            "complete: not provable (it is not intact)\n");
}

TEST_F(Verdicts, CallALedgerIntactThatItsWriterMalformed) {
  EXPECT_EQ(Print({.malformed = {Found(3)},
                   .intact = "all of it",
                   .complete = Completeness::WholeRange(4)}),
            kDone);

  EXPECT_THAT(out_.str(), HasSubstr("malformed, against the format:\n  entries 3 leaf"));
}

TEST_F(Verdicts, PrintNoEndlessLists) {
  Verdict verdict{.complete = Completeness::NotProvable("no")};
  for (std::uint64_t i = 0; i < kMostPrinted + 1000; ++i) verdict.findings.push_back(Found(i));

  EXPECT_EQ(Print(std::move(verdict)), kRefused);

  EXPECT_THAT(out_.str(), HasSubstr("and 1,000 more; --json lists them"));
  EXPECT_THAT(out_.str(), HasSubstr("intact: no, 1,100 findings"));
}

TEST_F(Verdicts, GiveAProgramEveryFinding) {
  EXPECT_EQ(
      Print({.findings = {Found(17)}, .complete = Completeness::NotProvable("no")}, /*json=*/true),
      kRefused);

  EXPECT_EQ(out_.str(),
            "{\"complete\":\"not provable "
            "(no)\",\"complete_range\":false,\"findings\":[{\"column\":\"leaf\","
            "\"position\":17,\"table\":\"entries\",\"what\":\"was "
            "altered\"}],\"intact\":false,\"malformed\":[]}\n");
}

TEST(JsonNumber, KeepsEveryDigit) {
  EXPECT_EQ(JsonNumber(7).Encode(), "7");
  EXPECT_EQ(JsonNumber(~std::uint64_t{0}).Encode(), "\"18446744073709551615\"");
}

}  // namespace
}  // namespace candor::cli
