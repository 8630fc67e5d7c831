#include "services/domain/cases.h"

#include <gtest/gtest.h>

namespace candor::domain {
namespace {

class WhatAPersonAskedFor : public ::testing::Test {
 protected:
  void Apply(const char* type, const char* kind, const std::string& purpose = {}, const std::string& key = "mine") {
    core::Leaf leaf;
    leaf.type = type;
    leaf.time = absl::FromUnixSeconds(1'700'000'000);
    leaf.facts.Set("case_kind", kind).Set("case_due", "2026-04-05T23:59:59.000000Z");
    if (!purpose.empty()) leaf.facts.Set("purpose", purpose);
    cases_.Apply(++position_, leaf, key);
  }
  std::string_view To(std::string_view purpose) const { return ObjectionTo(cases_.Of("mine"), purpose); }

  Cases cases_;
  std::uint64_t position_ = 0;
};

TEST_F(WhatAPersonAskedFor, CountsForThePurposeTheyObjectedToAlone) {
  EXPECT_EQ(To("marketing"), "");
  Apply("objection", "object", "marketing");
  EXPECT_EQ(To("marketing"), "active");
  EXPECT_EQ(To("credit"), "");
  EXPECT_EQ(To(""), "active") << "nobody says that it is for another purpose";
  EXPECT_EQ(To("unlisted"), "active");
  Apply("objection", "object", "unlisted");
  EXPECT_EQ(To("credit"), "active") << "which purpose they meant was never declared";
}

TEST_F(WhatAPersonAskedFor, IsAnOptOutWhateverElseTheyObjectedTo) {
  Apply("objection", "opt_out");
  Apply("objection", "object", "marketing");
  EXPECT_EQ(To("credit"), "opted_out");
}

TEST_F(WhatAPersonAskedFor, IsTheirsAloneAndNobodysOnceItWasErased) {
  Apply("objection", "object", {}, "another's");
  Apply("objection", "object", {}, "");
  Apply("withdrawal", "withdraw_consent");
  EXPECT_EQ(To("credit"), "");
  EXPECT_EQ(cases_.Of("mine").size(), 1u);
  EXPECT_TRUE(cases_.Of("").empty());
  EXPECT_EQ(cases_.position(), 3u);
}

TEST_F(WhatAPersonAskedFor, IsAnsweredAtOnceOnlyWhereNobodyHasToDecide) {
  Apply("objection", "object");
  Apply("objection", "opt_out");
  Apply("withdrawal", "withdraw_consent");
  const auto& cases = cases_.Of("mine");
  EXPECT_EQ(cases[0].answered, absl::Time());
  EXPECT_EQ(cases[1].answered, cases[1].received);
  EXPECT_EQ(cases[2].answered, cases[2].received);
  EXPECT_EQ(cases[0].due, absl::FromCivil(absl::CivilSecond(2026, 4, 5, 23, 59, 59), absl::UTCTimeZone()));
}

TEST(ALeafOfAnotherType, OpensNoCase) {
  core::Leaf leaf;
  leaf.type = "read";
  EXPECT_FALSE(Case::OpenedBy(1, leaf).has_value());
}

}  // namespace
}  // namespace candor::domain
