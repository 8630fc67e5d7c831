#include "clients/cli/output.h"

#include <gtest/gtest.h>

#include <sstream>

namespace candor::cli {
namespace {

class Printing : public testing::Test {
 protected:
  Output With(const Style& style) { return Output(out_, err_, style); }
  std::ostringstream out_, err_;
};

TEST_F(Printing, PutsValuesIntoOneColumnAndLeavesEmptyOnesOut) {
  With({}).Pairs({{"ledger", "a"}, {"size of it", "2"}, {"nothing", ""}});

  EXPECT_EQ(out_.str(), "ledger      a\nsize of it  2\n");
}

TEST_F(Printing, MakesColumnsAsWideAsTheyMustBe) {
  With({}).Table({"key", "code"}, {{"1", "a"}, {"22222", "b"}});

  EXPECT_EQ(out_.str(), "key    code\n1      a\n22222  b\n");
}

TEST_F(Printing, CountsCharactersNotBytes) {
  With({}).Table({"name", "n"}, {{"\u00fc\u00fc", "1"}, {"uuu", "2"}});

  EXPECT_EQ(out_.str(), "name  n\n\u00fc\u00fc    1\nuuu   2\n");
}

TEST_F(Printing, UsesColoursOnlyWhereAskedTo) {
  EXPECT_EQ(With({}).Good("yes"), "yes");
  EXPECT_EQ(With({.colour = true}).Good("yes"), "\x1b[32myes\x1b[0m");
  EXPECT_EQ(With({.json = true, .colour = true}).Good("yes"), "yes");
}

TEST_F(Printing, ShowsProgressOnlyToAPersonAtATerminal) {
  With({}).Progress("1 of 2");
  With({.json = true, .progress = true}).Progress("1 of 2");
  EXPECT_EQ(err_.str(), "");

  With({.progress = true}).Progress("1 of 2");
  EXPECT_EQ(err_.str(), "\r\x1b[K1 of 2");
}

TEST_F(Printing, KeepsNotesFromPrograms) {
  With({.json = true}).Note("by the way");
  EXPECT_EQ(err_.str(), "");

  With({}).Note("by the way");
  EXPECT_EQ(err_.str(), "by the way\n");
}

TEST(WithCommas, PartsThousands) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1000), "1,000");
  EXPECT_EQ(WithCommas(1234567), "1,234,567");
}

TEST(Printable, ShowsControlCharactersAndBrokenUtf8) {
  EXPECT_EQ(Printable("plain \u00e9"), "plain \u00e9");
  EXPECT_EQ(Printable("a\tb\x7f"), "a\\x09b\\x7f");
  EXPECT_EQ(Printable("a\xff"), "a\\xff");
}

}  // namespace
}  // namespace candor::cli
