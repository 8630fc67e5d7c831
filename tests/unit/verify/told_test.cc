// Rows that repeat a leaf, held against it.
#include "services/verify/told.h"

#include <gtest/gtest.h>

#include "tests/unit/verify/world_leaves.h"

namespace candor::verify {
namespace {

core::Leaf LeafOf(const std::string& type, core::Json facts) {
  core::Leaf leaf;
  leaf.type = type;
  leaf.id = IdOf(7, 7);
  leaf.facts = std::move(facts);
  return leaf;
}

core::Json Facts(std::initializer_list<std::pair<const char*, core::Json>> members) {
  core::Json facts = core::Json::Object();
  for (const auto& [name, value] : members) facts.Set(name, value);
  return facts;
}

bool Good(const ToldRow& row, const core::Leaf& leaf) { return !CheckTold(row, leaf).has_value(); }

TEST(RowsThatRepeatALeaf, AreLimitsWithAllTheirFacts) {
  const core::Leaf leaf = LeafOf("limits", Facts({{"amount_limit", "100"}, {"currency", "eur"},
                                                  {"authorization_seconds", 300}, {"outcome_seconds", 86400}}));
  const ToldRow row = {.table = "limits", .position = 4, .values = {"100", "eur", "", "300", "86400"}};

  EXPECT_TRUE(Good(row, leaf));
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    ToldRow other = row;
    other.values[i] += "1";
    EXPECT_FALSE(Good(other, leaf)) << i;
  }
  EXPECT_FALSE(Good(row, LeafOf("codes", leaf.facts)));
  EXPECT_EQ(ToText(*CheckTold({.table = "limits", .position = 4, .values = {}}, leaf)),
            "limits 4: is not what the leaf at that position says");
}

TEST(RowsThatRepeatALeaf, AreCodesOfWhateverDeclaredThem) {
  const core::Leaf type = LeafOf("decision_type", Facts({{"action", "pay"}, {"outcomes", core::Json::Array().Append("paid")},
                                                         {"data_categories", core::Json::Array().Append("income")}}));
  const core::Leaf codes = LeafOf("codes", Facts({{"kind", "tool"}, {"codes", core::Json::Array().Append("hammer")}}));

  EXPECT_TRUE(Good({.table = "catalogue", .values = {"action", "pay"}}, type));
  EXPECT_TRUE(Good({.table = "catalogue", .values = {"outcome", "paid"}}, type));
  EXPECT_TRUE(Good({.table = "catalogue", .values = {"data_category", "income"}}, type));
  EXPECT_TRUE(Good({.table = "catalogue", .values = {"tool", "hammer"}}, codes));
  EXPECT_FALSE(Good({.table = "catalogue", .values = {"outcome", "pay"}}, type));
  EXPECT_FALSE(Good({.table = "catalogue", .values = {"reason", "hammer"}}, codes));
  EXPECT_FALSE(Good({.table = "catalogue", .values = {"action", "pay"}}, LeafOf("authorization", type.facts)));
}

TEST(RowsThatRepeatALeaf, AreGapsAndClosedEpochs) {
  const std::string epoch = IdOf(9, 7).ToText();
  const core::Leaf gap =
      LeafOf("gap", Facts({{"epoch", epoch}, {"missing", core::Json::Array().Append(Facts({{"first", 3}, {"last", 5}}))}}));
  const core::Leaf closed = LeafOf("epoch_closed", Facts({{"epoch", epoch}, {"producer", "bot"}, {"count", 12}}));

  EXPECT_TRUE(Good({.table = "gaps", .values = {epoch, "3", "5"}}, gap));
  EXPECT_FALSE(Good({.table = "gaps", .values = {epoch, "3", "6"}}, gap));
  EXPECT_FALSE(Good({.table = "gaps", .values = {IdOf(8, 7).ToText(), "3", "5"}}, gap));
  EXPECT_TRUE(Good({.table = "closed_epochs", .values = {epoch, "bot", "12", closed.id.ToText()}}, closed));
  EXPECT_FALSE(Good({.table = "closed_epochs", .values = {epoch, "bot", "13", closed.id.ToText()}}, closed));
  EXPECT_FALSE(Good({.table = "closed_epochs", .values = {epoch, "bot", "12", epoch}}, closed));
}

}  // namespace
}  // namespace candor::verify
