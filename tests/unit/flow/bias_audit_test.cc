// Counts of a bias audit: who is in which category, who in none, and what is hidden.
#include "services/flow/bias_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace candor::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Attribute Said(const std::string& value) { return {.value = value, .provenance = "self_declared"}; }

BiasAudit::Asked By(std::vector<std::string> attributes) {
  return {.measured = "outcome", .selected = {"approved"}, .attributes = std::move(attributes)};
}

void Add(BiasAudit& audit, int people, int selected, const std::optional<Attributes>& attributes) {
  for (int i = 0; i < people; ++i) audit.Count(i < selected, attributes);
}

TEST(ABiasAudit, CountsEachAttributeByItselfAndAllTogether) {
  BiasAudit audit(By({"sex", "single"}));
  Add(audit, 40, 20, Attributes{{"sex", Said("female")}, {"single", Said("yes")}});
  Add(audit, 60, 45, Attributes{{"sex", Said("male")}, {"single", Said("yes")}});
  Add(audit, 30, 30, Attributes{{"sex", Said("male")}, {"single", Said("no")}});
  const BiasFigures figures = audit.Figures();

  EXPECT_EQ(figures.assessed, 130U);
  ASSERT_EQ(figures.tables.size(), 3U);
  const BiasTable& sex = figures.tables[0];
  EXPECT_THAT(sex.attributes, ElementsAre("sex"));
  ASSERT_EQ(sex.standings.size(), 2U);
  EXPECT_EQ(sex.standings[1].group.people, 90U);
  EXPECT_EQ(law::Rounded(sex.standings[0].ratio, 3), "0.600");
  EXPECT_EQ(figures.tables[2].standings.size(), 3U);
  EXPECT_THAT(figures.tables[2].standings[0].group.values, ElementsAre("female", "yes"));
  EXPECT_FALSE(figures.tables[2].hides_any());
}

TEST(ABiasAudit, NamesWhoIsInNoCategoryAndWhy) {
  BiasAudit audit(By({"sex"}));
  Add(audit, 20, 10, Attributes{{"sex", Said("male")}});
  Add(audit, 1, 1, Attributes{});
  Add(audit, 2, 1, Attributes{{"sex", Said("unknown")}});
  Add(audit, 3, 1, Attributes{{"sex", {.value = "female", .provenance = "inferred"}}});
  Add(audit, 4, 1, Attributes{{"sex", {.value = "female", .provenance = "imputed"}}});
  Add(audit, 5, 1, std::nullopt);
  const BiasFigures figures = audit.Figures();

  EXPECT_EQ(figures.assessed, 35U);
  EXPECT_THAT(figures.tables[0].unknown, UnorderedElementsAre(Pair("not_recorded", 1U), Pair("unknown", 2U), Pair("inferred", 7U), Pair("erased", 5U)));
  EXPECT_EQ(figures.tables[0].standings.size(), 1U) << "what was guessed makes no category";
}

TEST(ABiasAudit, ComparesNothingWithAHiddenGroup) {
  BiasAudit::Asked asked = By({"age_band"});
  BiasAudit hiding(asked);
  asked.hides_small = false;
  BiasAudit showing(asked);
  for (BiasAudit* audit : {&hiding, &showing}) {
    Add(*audit, 100, 50, Attributes{{"age_band", Said("young")}});
    Add(*audit, 90, 30, Attributes{{"age_band", Said("middle")}});
    Add(*audit, 5, 5, Attributes{{"age_band", Said("old")}});
    Add(*audit, 12, 3, Attributes{{"age_band", Said("very_old")}});
  }
  const BiasTable hidden = hiding.Figures().tables[0], shown = showing.Figures().tables[0];
  // In their order: middle, old, very_old, young.
  EXPECT_THAT(hidden.hidden, ElementsAre(false, true, true, false));
  EXPECT_THAT(shown.hidden, ElementsAre(false, false, false, false));
  EXPECT_TRUE(shown.standings[1].is_highest) << "all of the five were selected";
  EXPECT_TRUE(hidden.standings[3].is_highest) << "a ratio to a hidden rate would tell it";
  EXPECT_EQ(law::Rounded(hidden.standings[0].ratio, 3), "0.667");
  EXPECT_FALSE(hidden.standings[1].ratio.is_defined());
}

TEST(ABiasAudit, OfScoresSelectsThoseAboveTheMedianOfAllWhoAreKnown) {
  BiasAudit::Asked asked = By({"sex"});
  asked.scored = true;
  asked.hides_small = false;
  BiasAudit audit(asked);
  const Attributes female = {{"sex", Said("female")}}, male = {{"sex", Said("male")}};
  // 10, 20, 20, 30 as decimals of any spelling; the unknown and the erased move no median.
  audit.CountScore("10", female);
  audit.CountScore("20.0", female);
  audit.CountScore("20", male);
  audit.CountScore("30", male);
  for (int i = 0; i < 5; ++i) audit.CountScore("99", Attributes{{"sex", Said("unknown")}});
  audit.CountScore("99", std::nullopt);
  const BiasFigures figures = audit.Figures();

  EXPECT_EQ(figures.scores, 4U);
  EXPECT_EQ(figures.assessed, 10U);
  ASSERT_EQ(figures.tables[0].standings.size(), 2U);
  EXPECT_EQ(figures.tables[0].standings[0].group.selected, 0U) << "female: one at the median is not above it";
  EXPECT_EQ(figures.tables[0].standings[1].group.selected, 1U);
  EXPECT_EQ(figures.tables[0].standings[1].group.people, 2U);
  EXPECT_EQ(figures.tables[0].unknown.at("unknown"), 5U);
}

TEST(ABiasAudit, WithoutNamesTakesThoseThatWereRecorded) {
  BiasAudit audit(By({}));
  EXPECT_THAT(audit.Figures().tables, IsEmpty());
  Add(audit, 20, 10, Attributes{{"sex", Said("male")}, {"single", Said("no")}});
  const BiasFigures figures = audit.Figures();
  ASSERT_EQ(figures.tables.size(), 2U);
  EXPECT_THAT(figures.tables[1].attributes, ElementsAre("single"));
}

// The section as a request seals it.
TEST(AttributesOfAPerson, AreTheirCodesAndNothingElse) {
  const Attributes attributes = AttributesOf(
      R"({"protected_attributes":[{"attribute":"sex","provenance":"self_declared","value":"female"},)"
      R"({"attribute":"origin","provenance":"inferred","value":"Some Free Text"},{"attribute":"sex","value":"male"}]})");
  ASSERT_EQ(attributes.size(), 2U);
  EXPECT_EQ(attributes.at("sex").value, "female");
  EXPECT_EQ(attributes.at("origin").value, "unlisted");
  EXPECT_EQ(attributes.at("origin").provenance, "inferred");
  EXPECT_THAT(AttributesOf("{}"), IsEmpty());
  EXPECT_THAT(AttributesOf("not json"), IsEmpty());
}

}  // namespace
}  // namespace candor::flow
