#include "services/domain/grants.h"

#include <gtest/gtest.h>

#include "services/base/clock.h"
#include "services/base/status.h"

namespace candor::domain {
namespace {

Uuid Id(int number) {
  Uuid id = *Uuid::FromText("01890000-0000-7000-8000-000000000000");
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}
absl::Time At(int hour) { return absl::FromUnixSeconds(1'700'000'000) + absl::Hours(hour); }

core::Json Facts(int expires = 48) {
  core::Json facts = core::Json::Object();
  facts.Set("authority", "bafin").Set("grant_expires", ToRfc3339(At(expires)));
  return facts;
}
core::Json List(std::initializer_list<const char*> texts) {
  core::Json list = core::Json::Array();
  for (const char* text : texts) list.Append(text);
  return list;
}

class AGrant : public ::testing::Test {
 protected:
  void Apply(const char* type, int leaf, core::Json facts, std::optional<Uuid> amends = {}) {
    book_.Apply(type, std::make_shared<const Registered>(Registered{.position = static_cast<std::uint64_t>(leaf), .leaf = Id(leaf),
                                                                    .time = At(0), .facts = std::move(facts)}),
                amends);
  }
  Grant::State StateAt(int hour) const { return book_.Find(Id(1))->StateAt(At(hour)); }

  GrantBook book_;
};

TEST_F(AGrant, CountsOnceASecondHumanConfirmedItAndUntilItsTimeIsOver) {
  Apply("grant", 1, Facts());
  EXPECT_EQ(StateAt(1), Grant::State::kProposed);
  EXPECT_EQ(ReasonOf(book_.MayUse(Id(1), At(1))), "WRONG_STATE");
  EXPECT_TRUE(book_.MaySettle(Id(1), At(1)).ok());
  Apply("grant_confirmed", 2, core::Json::Object(), Id(1));
  EXPECT_EQ(StateAt(1), Grant::State::kActive);
  EXPECT_TRUE(book_.MayUse(Id(1), At(47)).ok());
  EXPECT_EQ(ReasonOf(book_.MaySettle(Id(1), At(1))), "WRONG_STATE");
  EXPECT_EQ(StateAt(48), Grant::State::kExpired);
  EXPECT_EQ(ReasonOf(book_.MayUse(Id(1), At(48))), "EXPIRED");
}

TEST_F(AGrant, EndsAtOnceWhenItIsRevoked) {
  Apply("grant", 1, Facts());
  Apply("grant_confirmed", 2, core::Json::Object(), Id(1));
  EXPECT_TRUE(book_.MayRevoke(Id(1), At(1)).ok());
  Apply("grant_revoked", 3, core::Json::Object(), Id(1));
  EXPECT_EQ(StateAt(1), Grant::State::kRevoked);
  EXPECT_EQ(ReasonOf(book_.MayUse(Id(1), At(1))), "WRONG_STATE");
  EXPECT_EQ(ReasonOf(book_.MayRevoke(Id(1), At(1))), "WRONG_STATE");
}

TEST_F(AGrant, ThatWasTurnedDownNeverCounts) {
  Apply("grant", 1, Facts());
  Apply("grant_confirmed", 2, core::Json::Object().Set("rejected", true), Id(1));
  EXPECT_EQ(StateAt(1), Grant::State::kRevoked);
}

TEST_F(AGrant, IsNotWhatNobodyProposed) {
  EXPECT_EQ(ReasonOf(book_.MaySettle(Id(1), At(1))), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(book_.MayRevoke(Id(1), At(1))), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(book_.MayUse(Id(1), At(1))), "NOT_FOUND");
}

TEST_F(AGrant, LastsAtMost366Days) {
  EXPECT_TRUE(GrantBook::MayPropose(Facts(24 * 366), At(0)).ok());
  EXPECT_FALSE(GrantBook::MayPropose(Facts(24 * 366 + 1), At(0)).ok());
  EXPECT_FALSE(GrantBook::MayPropose(Facts(0), At(0)).ok());
}

TEST_F(AGrant, CoversWhatFitsAllThatItNames) {
  core::Json facts = Facts();
  facts.Set("systems", List({"desk"})).Set("actions", List({"mortgage.decide", "mortgage.review"}));
  facts.Set("jurisdictions", List({"us-ma"})).Set("from", ToRfc3339(At(5))).Set("until", ToRfc3339(At(9)));
  const GrantScope scope = GrantScope::Of(facts);
  const auto decision = [](const char* system, const char* action, std::initializer_list<const char*> places) {
    core::Json about = core::Json::Object();
    about.Set("system", system).Set("action", action).Set("jurisdictions", List(places));
    return about;
  };
  EXPECT_TRUE(scope.Covers(Id(9), decision("desk", "mortgage.review", {"us-ny", "us-ma"})));
  EXPECT_FALSE(scope.Covers(Id(9), decision("bot", "mortgage.review", {"us-ma"})));
  EXPECT_FALSE(scope.Covers(Id(9), decision("desk", "refund.grant", {"us-ma"})));
  EXPECT_FALSE(scope.Covers(Id(9), decision("desk", "mortgage.decide", {"us-ny"})));
  EXPECT_FALSE(scope.Covers(Id(9), core::Json::Object()));
  EXPECT_FALSE(scope.Covers(At(4)));
  EXPECT_TRUE(scope.Covers(At(5)));
  EXPECT_FALSE(scope.Covers(At(9)));
}

TEST_F(AGrant, OfDecisionsCoversTheseAlone) {
  core::Json facts = Facts();
  facts.Set("decisions", core::Json::Array().Append(Id(7).ToText()));
  const GrantScope scope = GrantScope::Of(facts);
  EXPECT_TRUE(scope.Covers(Id(7), core::Json::Object()));
  EXPECT_FALSE(scope.Covers(Id(8), core::Json::Object()));
}

TEST_F(AGrant, OpensItsSectionsOfWhicheverPerson) {
  core::Json facts = Facts();
  facts.Set("read_sections", List({"inputs", "person.2"}));
  const GrantScope scope = GrantScope::Of(facts);
  EXPECT_TRUE(scope.Opens("inputs"));
  EXPECT_TRUE(scope.Opens("inputs.3"));
  EXPECT_TRUE(scope.Opens("person.2"));
  EXPECT_FALSE(scope.Opens("person"));
  EXPECT_FALSE(scope.Opens("person.1"));
  EXPECT_FALSE(scope.Opens(""));
}

TEST_F(AGrant, ShowsGroupsOfTenUnlessItSaysLess) {
  core::Json facts = Facts();
  EXPECT_EQ(GrantScope::Of(facts).smallest_group, 10u);
  facts.Set("smallest_group", 3);
  EXPECT_EQ(GrantScope::Of(facts).smallest_group, 3u);
}

}  // namespace
}  // namespace candor::domain
