#include "services/rpc/plain_words.h"

#include <gtest/gtest.h>

namespace candor::rpc {
namespace {

std::optional<std::string> Fill(const std::string& text) {
  return Filled(text, [](const std::string& name) -> std::optional<std::string> {
    if (name == "value") return "41 {value}";
    return std::nullopt;
  });
}

TEST(ATextOfTheCatalogue, HoldsValuesWhereItNamesThem) {
  EXPECT_EQ(Fill("no name"), "no name");
  EXPECT_EQ(Fill(""), "");
  EXPECT_EQ(Fill("a {{b} }"), "a {b} }");
}

TEST(ATextOfTheCatalogue, IsFilledOnce) { EXPECT_EQ(Fill("<{value}>"), "<41 {value}>"); }

TEST(ATextOfTheCatalogue, IsNotShownWithANameThatNothingFills) {
  for (const char* text : {"{other}", "{value", "{", "{}", "{value} {x}", "{ value}"}) EXPECT_FALSE(Fill(text)) << text;
}

TEST(ATextOfTheCatalogue, IsFoundInTheLanguageAskedForThenInEnglishThenInAnother) {
  auto words = std::make_shared<TenantWords>();
  const auto put = [&](const char* language, const char* code) {
    words->texts[language][code].set_text(std::string(code) + " in " + language);
  };
  put("de", "both");
  put("en", "both");
  put("en", "english");
  put("fr", "french");
  PlainWords german(words, "de");

  EXPECT_EQ(german.Find("both")->text->text(), "both in de");
  EXPECT_EQ(german.Find("both")->language, "");
  EXPECT_EQ(german.Find("english")->language, "en");
  EXPECT_EQ(german.Find("french")->language, "fr");
  EXPECT_FALSE(german.Find("none").has_value());
}

TEST(ACodeWithoutWords, IsReadWithSpacesAndSaysNothingOfLanguages) {
  PlainWords words(std::make_shared<TenantWords>(), "de");
  EXPECT_EQ(words.Of("income_and_debts", "data_category"), "income and debts");
  EXPECT_EQ(words.Of("refund.grant", "action"), "refund grant");
  EXPECT_EQ(words.OfOrNone("x", "action"), "");
  EXPECT_TRUE(words.fallen_back().empty());
}

}  // namespace
}  // namespace candor::rpc
