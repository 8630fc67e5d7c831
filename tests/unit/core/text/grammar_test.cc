#include "services/core/text/grammar.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "services/core/text/lines.h"

namespace candor::core {
namespace {

// Every text of up to `length` characters of `alphabet`.
template <typename Visit>
void ForEachText(std::string_view alphabet, std::size_t length, Visit visit) {
  std::vector<std::string> texts = {""};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    visit(texts[i]);
    if (texts[i].size() == length) continue;
    for (const char c : alphabet) texts.push_back(texts[i] + c);
  }
}

TEST(Code, AgreesWithTheExpressionOfThePaperOnShortTexts) {
  const std::regex paper("[a-z][a-z0-9_]{0,31}([.:-][a-z0-9_]{1,16}){0,3}");
  ForEachText("a0_.:A", 6, [&](const std::string& text) {
    ASSERT_EQ(IsCode(text), std::regex_match(text, paper)) << text;
  });
}

TEST(Code, RefusesRunsThatMayTellAPerson) {
  EXPECT_TRUE(IsCode("loan123456"));
  EXPECT_FALSE(IsCode("loan1234567"));
  EXPECT_TRUE(IsCode("x123456.123456"));
  EXPECT_TRUE(IsCode("xa1b2c3d4e5f6071"));
  EXPECT_FALSE(IsCode("xa1b2c3d4e5f60718"));
  EXPECT_FALSE(IsCode("fadedfacedadbead"));
}

TEST(Code, RefusesGroupsThatAreTooLongOrTooMany) {
  EXPECT_TRUE(IsCode(std::string(32, 'x')));
  EXPECT_FALSE(IsCode(std::string(33, 'x')));
  EXPECT_TRUE(IsCode("x." + std::string(16, 'y')));
  EXPECT_FALSE(IsCode("x." + std::string(17, 'y')));
  EXPECT_TRUE(IsCode("x.a.b.c"));
  EXPECT_FALSE(IsCode("x.a.b.c.d"));
}

TEST(CodeOrId, TakesBoth) {
  EXPECT_TRUE(IsCodeOrId("authorization"));
  EXPECT_TRUE(IsCodeOrId("66ad5974-8446-4a1e-ad5f-e216302405ec"));
  EXPECT_FALSE(IsCodeOrId("66AD5974-8446-4A1E-AD5F-E216302405EC"));
  EXPECT_FALSE(IsCodeOrId(""));
}

TEST(Decimal, AgreesWithTheExpressionOfThePaper) {
  const std::regex paper("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");
  ForEachText("-017.e", 6, [&](const std::string& text) {
    ASSERT_EQ(IsDecimal(text), std::regex_match(text, paper)) << text;
  });
}

TEST(Origin, AgreesWithTheExpressionOfThePaperOnShortTexts) {
  const std::regex paper("[a-z0-9.-]{1,100}(/[a-z0-9._-]{1,50}){1,3}");
  const std::regex dots(".*/\\.\\.(/.*)?");
  ForEachText("a/._A", 6, [&](const std::string& text) {
    const bool has_dots = std::regex_match(text, dots);
    ASSERT_EQ(IsOrigin(text), std::regex_match(text, paper) && !has_dots) << text;
  });
}

TEST(Origin, RefusesNamesThatMeanSomethingElse) {
  EXPECT_TRUE(IsOrigin("candor.example/log"));
  EXPECT_FALSE(IsOrigin("candor/log"));
  EXPECT_FALSE(IsOrigin("candor.example/log/bundle"));
  EXPECT_FALSE(IsOrigin("candor.example/bundle/log"));
  EXPECT_TRUE(IsOrigin("candor.example/bundles"));
  EXPECT_TRUE(IsOrigin("bundle/log"));
}

TEST(Origin, KeepsItsLengths) {
  const std::string host(100, 'h');
  const std::string segment(50, 's');

  EXPECT_TRUE(IsOrigin(host + "/" + segment));
  EXPECT_FALSE(IsOrigin(host + "h/" + segment));
  EXPECT_FALSE(IsOrigin(host + "/" + segment + "s"));
}

TEST(SectionName, AgreesWithTheExpressionOfThePaper) {
  const std::regex paper("[a-z_]{1,32}(\\.[1-9][0-9]?)?");
  ForEachText("a_.01A", 6, [&](const std::string& text) {
    ASSERT_EQ(IsSectionName(text), std::regex_match(text, paper)) << text;
  });
  EXPECT_TRUE(IsSectionName(std::string(32, 'a') + ".99"));
  EXPECT_FALSE(IsSectionName(std::string(33, 'a')));
}

TEST(MemberName, AgreesWithTheExpressionOfThePaper) {
  const std::regex paper("[a-z][a-z0-9_]{0,63}");
  ForEachText("a_.0A", 5, [&](const std::string& text) {
    ASSERT_EQ(IsMemberName(text), std::regex_match(text, paper)) << text;
  });
  EXPECT_TRUE(IsMemberName(std::string(64, 'a')));
  EXPECT_FALSE(IsMemberName(std::string(65, 'a')));
}

TEST(Handle, IsThirtyTwoLowerCaseHexadecimalCharacters) {
  EXPECT_TRUE(IsHandle("ae2800696f8d0936ae445cdacabeeca2"));
  EXPECT_FALSE(IsHandle("AE2800696F8D0936AE445CDACABEECA2"));
  EXPECT_FALSE(IsHandle("ae2800696f8d0936ae445cdacabeeca"));
}

TEST(Lines, AreTakenOnlyWithTheirLineFeed) {
  std::string_view text = "one\n\ntwo";

  EXPECT_EQ(TakeLine(text), "one");
  EXPECT_EQ(TakeLine(text), "");
  EXPECT_EQ(TakeLine(text), std::nullopt);
  EXPECT_EQ(text, "two");
}

TEST(Number, HasNoSignNoLeadingZeroAndFits64Bits) {
  EXPECT_EQ(ReadNumber("0"), 0U);
  EXPECT_EQ(ReadNumber("18446744073709551615"), ~std::uint64_t{0});
  for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(ReadNumber(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace candor::core
