// Hidden counts: of few people, and of as many more as it takes that no sum tells them.
#include "services/law/small_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace candor::law {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ATable, OfLargeGroupsHidesNothing) {
  EXPECT_THAT(Hidden({}), IsEmpty());
  EXPECT_THAT(Hidden({{{"a"}, 10}, {{"b"}, 11}}), ElementsAre(false, false));
}

TEST(ATable, HidesASecondGroupBesideASmallOne) {
  EXPECT_THAT(Hidden({{{"a"}, 500}, {{"b"}, 9}, {{"c"}, 40}}), ElementsAre(false, true, true));
}

TEST(ATable, HidesAThirdWhereTwoSmallOnesAreTooFewTogether) {
  EXPECT_THAT(Hidden({{{"a"}, 500}, {{"b"}, 4}, {{"c"}, 5}, {{"d"}, 30}}), ElementsAre(false, true, true, true));
  EXPECT_THAT(Hidden({{{"a"}, 500}, {{"b"}, 5}, {{"c"}, 5}, {{"d"}, 30}}), ElementsAre(false, true, true, false));
}

TEST(ATable, OfTwoAttributesHidesWhatARowOrAColumnWouldTell) {
  // Were only (y, n) hidden, each of its row's and its column's sums would tell it.
  EXPECT_THAT(Hidden({{{"y", "y"}, 300}, {{"y", "n"}, 3}, {{"n", "y"}, 1000}, {{"n", "n"}, 80}}),
              ElementsAre(true, true, true, true));
}

TEST(AnyTable, HidesNothingOrTwoCellsAndTenPeopleOfWhateverASumIsShownOf) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Cell> cells;
    for (const char* a : {"p", "q", "r"}) {
      for (const char* b : {"s", "t", "u", "v"}) cells.push_back({{a, b}, 1 + random() % 60});
    }
    const auto hidden = Hidden(cells);
    const auto holds = [&](auto in) {
      std::size_t count = 0, shown = 0;
      std::uint64_t people = 0;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (!in(cells[i])) continue;
        count += hidden[i] ? 1 : 0;
        shown += hidden[i] ? 0 : 1;
        people += hidden[i] ? cells[i].people : 0;
      }
      EXPECT_TRUE(count == 0 || shown == 0 || (count >= 2 && people >= kSmallestCell));
    };
    holds([](const Cell&) { return true; });
    for (const char* value : {"p", "q", "r", "s", "t", "u", "v"}) {
      holds([&](const Cell& cell) { return cell.values[0] == value || cell.values[1] == value; });
    }
    for (std::size_t i = 0; i < cells.size(); ++i) EXPECT_TRUE(hidden[i] || cells[i].people >= kSmallestCell);
  }
}

}  // namespace
}  // namespace candor::law
