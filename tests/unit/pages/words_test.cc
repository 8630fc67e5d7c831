#include "services/pages/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "candor/v1/decision.pb.h"
#include "candor/v1/disclosure.pb.h"

namespace candor::pages {
namespace {

constexpr Language kBoth[] = {Language::kEnglish, Language::kGerman};

// Each of them with other parts, so that what is replaced can be told apart.
std::string Said(Language language, std::string_view key) { return Say(language, key, {"<1>", "<2>"}); }

TEST(Phrases, StandOnceForEachKeyAndInBothLanguages) {
  std::set<std::string_view> seen;
  for (const std::string_view key : AllKeys()) {
    EXPECT_TRUE(seen.insert(key).second) << key;
    for (const Language language : kBoth) EXPECT_FALSE(Said(language, key).empty()) << key;
  }
}

TEST(Phrases, NameTheSamePartsInBothLanguages) {
  for (const std::string_view key : AllKeys()) {
    for (const char* part : {"<1>", "<2>"}) {
      EXPECT_EQ(Said(Language::kEnglish, key).find(part) == std::string::npos,
                Said(Language::kGerman, key).find(part) == std::string::npos)
          << key;
    }
  }
}

// What the contract can say, but for what says nothing.
TEST(Phrases, AreThereForEveryWordThatAPageShows) {
  for (const auto* type : {v1::Automation_descriptor(), v1::EffectClass_descriptor(), v1::AiInfluence_descriptor(),
                           v1::OversightKind_descriptor(), v1::HumanDecision_descriptor(), v1::Direction_descriptor(),
                           v1::SourceKind_descriptor(), v1::NoticeKind_descriptor(), v1::Mark_descriptor(),
                           v1::LegalBasis_descriptor(), v1::WithheldReason_descriptor(), v1::CaseOutcome_descriptor()}) {
    for (int i = 1; i < type->value_count(); ++i) {
      const std::string& name = type->value(i)->name();
      const bool permits_nothing = name == "LEGAL_BASIS_NON_GDPR" || name == "LEGAL_BASIS_NOT_PERSONAL";
      EXPECT_EQ(Has(name), !permits_nothing) << name;
    }
  }
}

TEST(Phrases, SayWhatAPersonWantedOfEachKind) {
  for (int i = 1; i < v1::CaseKind_descriptor()->value_count(); ++i) {
    EXPECT_TRUE(Has("wanted." + v1::CaseKind_descriptor()->value(i)->name())) << i;
  }
}

TEST(Languages, GoByTheFirstPartOfATag) {
  EXPECT_EQ(LanguageOf("de"), Language::kGerman);
  EXPECT_EQ(LanguageOf("de-at"), Language::kGerman);
  EXPECT_EQ(LanguageOf("en-us"), Language::kEnglish);
  for (const char* tag : {"", "d", "deu", "fr", "-de"}) EXPECT_FALSE(LanguageOf(tag).has_value()) << tag;
}

TEST(Days, AreThoseOfTheCalendarInUtc) {
  const absl::Time leap = absl::FromUnixSeconds(951'868'799);  // 2000-02-29T23:59:59Z, as date -u has it.
  EXPECT_EQ(DayOf(leap, Language::kEnglish), "29 February 2000");
  EXPECT_EQ(DayOf(leap + absl::Seconds(1), Language::kGerman), "1. März 2000");
  EXPECT_EQ(MomentOf(leap, Language::kEnglish), "29 February 2000, 23:59 UTC");
}

}  // namespace
}  // namespace candor::pages
