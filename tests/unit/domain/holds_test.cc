#include "services/domain/holds.h"

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
absl::Time At(int minute) { return absl::FromUnixSeconds(1'700'000'000) + absl::Minutes(minute); }

class AHold : public ::testing::Test {
 protected:
  // Placed at position 10 by leaf 1.
  const Hold& Place(core::Json facts, bool of_person = false) {
    book_.Apply("hold", std::make_shared<const Registered>(Registered{.position = 10, .leaf = Id(1), .time = At(0),
                                                                      .of_person = of_person, .facts = std::move(facts)}),
                {});
    return book_.all().back();
  }
  void Release(const Uuid& hold) {
    book_.Apply("hold_released", std::make_shared<const Registered>(Registered{.position = 20, .leaf = Id(2), .time = At(1)}),
                hold);
  }
  HoldBook book_;
};

TEST_F(AHold, OnAPersonCoversTheLeafThatPlacedItWhichIsTheirs) {
  const Hold& hold = Place(core::Json::Object(), true);
  EXPECT_TRUE(hold.Covers(10, {}, At(0)));
  EXPECT_FALSE(hold.Covers(9, Id(7), At(0)));
}

TEST_F(AHold, OnDecisionsCoversTheseAlone) {
  core::Json facts = core::Json::Object();
  facts.Set("decisions", core::Json::Array().Append(Id(7).ToText()).Append(Id(8).ToText()));
  const Hold& hold = Place(std::move(facts));
  EXPECT_TRUE(hold.Covers(3, Id(8), At(0)));
  EXPECT_FALSE(hold.Covers(3, Id(9), At(0)));
  EXPECT_FALSE(hold.Covers(3, {}, At(0)));
}

TEST_F(AHold, OnAPeriodCoversFromItsBeginToBeforeItsEnd) {
  core::Json facts = core::Json::Object();
  facts.Set("from", ToRfc3339(At(5))).Set("until", ToRfc3339(At(9)));
  const Hold& hold = Place(std::move(facts));
  EXPECT_FALSE(hold.Covers(3, {}, At(4)));
  EXPECT_TRUE(hold.Covers(3, {}, At(5)));
  EXPECT_TRUE(hold.Covers(3, Id(9), At(8)));
  EXPECT_FALSE(hold.Covers(3, {}, At(9)));
}

TEST_F(AHold, CoversWhatFitsAnyOfWhatItNames) {
  core::Json facts = core::Json::Object();
  facts.Set("decisions", core::Json::Array().Append(Id(7).ToText())).Set("from", ToRfc3339(At(5)));
  const Hold& hold = Place(std::move(facts), true);
  EXPECT_TRUE(hold.Covers(10, {}, At(0)));
  EXPECT_TRUE(hold.Covers(3, Id(7), At(0)));
  EXPECT_TRUE(hold.Covers(3, {}, At(6)));
  EXPECT_FALSE(hold.Covers(3, {}, At(4)));
}

TEST_F(AHold, IsReleasedOnce) {
  Place(core::Json::Object(), true);
  EXPECT_EQ(book_.MayRelease(Id(5)).code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(book_.MayRelease(Id(1)).ok());
  Release(Id(5));
  EXPECT_TRUE(book_.MayRelease(Id(1)).ok()) << "what releases another releases nothing";
  Release(Id(1));
  EXPECT_EQ(ReasonOf(book_.MayRelease(Id(1))), "WRONG_STATE");
  ASSERT_NE(book_.Find(Id(1)), nullptr);
  EXPECT_EQ(book_.Find(Id(1))->released->position, 20U);
}

}  // namespace
}  // namespace candor::domain
