// The worked numbers of the rules on bias audits: those that New York City published with its rule, those of
// the Questions and Answers on the Uniform Guidelines, and exact counts beside approximations.
#include "services/law/fairness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace candor::law {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

struct Published {
  std::string name;
  std::uint64_t people = 0, selected = 0;
  std::string percent, ratio;  // As printed: the number of digits is theirs.
};

int DigitsOf(const std::string& text) {
  const std::size_t point = text.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

std::vector<Standing> Compared(const std::vector<Published>& table, bool leaves_out_small = false) {
  std::vector<Group> groups;
  for (const Published& row : table) groups.push_back({.values = {row.name}, .people = row.people, .selected = row.selected});
  const auto small = leaves_out_small ? Small(groups) : std::vector<bool>(groups.size());
  return Compare(std::move(groups), small);
}

void ExpectAsPublished(const std::vector<Published>& table) {
  const auto standings = Compared(table);
  ASSERT_EQ(standings.size(), table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Published& row = table[i];
    EXPECT_EQ(standings[i].group.values, std::vector<std::string>{row.name});
    EXPECT_EQ(Rounded(standings[i].ratio, DigitsOf(row.ratio)), row.ratio) << row.name;
    if (row.percent.empty()) continue;
    EXPECT_EQ(Percent(standings[i].group.rate(), DigitsOf(row.percent)), row.percent) << row.name;
  }
}

// 6 RCNY 5-301, example 1: a tool that selects. The tables do not add up, and are taken each by itself.
const std::vector<Published> kSelectedBySex = {{"male", 1390, 667, "48", "1.00"}, {"female", 1181, 555, "47", "0.979"}};
const std::vector<Published> kSelectedByRace = {
    {"hispanic", 408, 204, "50", "0.97"}, {"white", 797, 412, "52", "1.00"},    {"black", 390, 170, "44", "0.84"},
    {"pacific", 119, 52, "44", "0.85"},   {"asian", 616, 302, "49", "0.95"},    {"native", 41, 18, "44", "0.85"},
    {"two_or_more", 213, 96, "45", "0.87"}};
const std::vector<Published> kSelectedByBoth = {
    {"hispanic_m", 205, 90, "43.9", "0.841"}, {"hispanic_f", 190, 82, "43.2", "0.827"}, {"white_m", 412, 215, "52.2", "1.000"},
    {"black_m", 226, 95, "42.0", "0.806"},    {"pacific_m", 87, 37, "42.5", "0.815"},   {"asian_m", 321, 167, "52.0", "0.997"},
    {"native_m", 24, 11, "45.8", "0.878"},    {"two_m", 115, 52, "45.2", "0.866"},      {"white_f", 385, 197, "51.2", "0.981"},
    {"black_f", 164, 75, "45.7", "0.876"},    {"pacific_f", 32, 15, "46.9", "0.898"},   {"asian_f", 295, 135, "45.8", "0.877"},
    {"native_f", 17, 7, "41.2", "0.789"},     {"two_f", 98, 44, "44.9", "0.860"}};

TEST(ASelectionTool, HasTheRatiosOfTheRule) {
  ExpectAsPublished(kSelectedBySex);
  ExpectAsPublished(kSelectedByRace);
  ExpectAsPublished(kSelectedByBoth);
}

TEST(ASelectionTool, HasTheExactRatesOfTheRule) {
  const auto by_race = Compared(kSelectedByRace);
  EXPECT_EQ(Rounded(by_race[2].group.rate(), 6), "0.435897");
  EXPECT_EQ(Rounded(by_race[2].ratio, 6), "0.843229");
  EXPECT_EQ(Rounded(by_race[0].ratio, 6), "0.967233");
  EXPECT_EQ(Rounded(Compared(kSelectedBySex)[1].ratio, 6), "0.979337");
}

// 44/52, 50/52 and 49/52 would give 0.85, 0.96 and 0.94.
TEST(ARatio, IsNotMadeOfRoundedRates) {
  const auto by_race = Compared(kSelectedByRace);
  EXPECT_EQ(Rounded({44, 52}, 2), "0.85");
  EXPECT_EQ(Rounded(by_race[2].ratio, 2), "0.84");
  EXPECT_EQ(Rounded({50, 52}, 2), "0.96");
  EXPECT_EQ(Rounded(by_race[0].ratio, 2), "0.97");
  EXPECT_EQ(Rounded({49, 52}, 2), "0.94");
  EXPECT_EQ(Rounded(by_race[4].ratio, 2), "0.95");
}

TEST(ARatio, UnderFourFifthsIsFlaggedAndFourFifthsIsNot) {
  for (const Standing& standing : Compared(kSelectedByBoth)) {
    EXPECT_EQ(standing.is_below_four_fifths, standing.group.values[0] == "native_f") << standing.group.values[0];
  }
  // Questions and Answers, 44 FR 11996: 75 %, 80 % and 85 % of the highest rate.
  const auto hired = Compared({{"white", 100, 60, "", ""}, {"indian", 100, 45, "", ""}, {"hispanic", 100, 48, "", ""}, {"black", 100, 51, "", ""}});
  EXPECT_EQ(Percent(hired[1].ratio, 0), "75");
  EXPECT_EQ(Percent(hired[2].ratio, 0), "80");
  EXPECT_EQ(Percent(hired[3].ratio, 0), "85");
  EXPECT_TRUE(hired[1].is_below_four_fifths);
  EXPECT_FALSE(hired[2].is_below_four_fifths);
  EXPECT_FALSE(hired[3].is_below_four_fifths);
}

// Example 2: a tool that scores. One printed rate, 64.2, was cut instead of rounded, and is not held against ours.
TEST(AScoringTool, HasTheRatiosOfTheRule) {
  ExpectAsPublished({{"male", 92, 50, "54.3", "1.00"}, {"female", 76, 34, "44.7", "0.82"}});
  ExpectAsPublished({{"hispanic", 28, 18, "", "1.00"}, {"white", 40, 15, "37.5", "0.58"}, {"black", 32, 16, "50.0", "0.78"},
                     {"pacific", 8, 5, "62.5", "0.97"}, {"asian", 24, 10, "41.7", "0.65"}, {"native", 16, 10, "62.5", "0.97"},
                     {"two_or_more", 20, 10, "50.0", "0.78"}});
  ExpectAsPublished({{"hispanic_m", 16, 12, "75", "1.00"}, {"hispanic_f", 12, 6, "50", "0.67"}, {"white_m", 20, 7, "35", "0.47"},
                     {"black_m", 20, 10, "50", "0.67"},    {"pacific_m", 4, 3, "75", "1.00"},    {"asian_m", 12, 7, "58.3", "0.78"},
                     {"native_m", 8, 5, "62.5", "0.83"},   {"two_m", 12, 6, "50", "0.67"},       {"white_f", 20, 8, "40", "0.53"},
                     {"black_f", 12, 6, "50", "0.67"},     {"pacific_f", 4, 2, "50", "0.67"},    {"asian_f", 12, 3, "25", "0.33"},
                     {"native_f", 8, 5, "62.5", "0.83"},   {"two_f", 8, 4, "50", "0.67"}});
  EXPECT_EQ(Percent({18, 28}, 1), "64.3");
}

TEST(AScore, AtTheMedianIsNotAboveIt) {
  EXPECT_THAT(AboveMedian({10, 20, 20, 30}), ElementsAre(false, false, false, true));
  EXPECT_THAT(AboveMedian({3, 1, 2}), ElementsAre(true, false, false));
  EXPECT_THAT(AboveMedian({1, 2}), ElementsAre(false, true)) << "the median lies between both";
  EXPECT_THAT(AboveMedian({INT64_MAX, INT64_MAX, INT64_MIN}), ElementsAre(false, false, false));
  EXPECT_THAT(AboveMedian({}), ElementsAre());
}

TEST(ASmallGroup, MayBeLeftOutUnderTwoPercentAndIsNamed) {
  std::vector<std::string> left_out;
  for (const Standing& standing : Compared(kSelectedByBoth, true)) {
    EXPECT_EQ(standing.ratio.is_defined(), !standing.is_left_out);
    if (standing.is_left_out) left_out.push_back(standing.group.values[0]);
  }
  EXPECT_THAT(left_out, ElementsAre("native_m", "pacific_f", "native_f"));
  EXPECT_TRUE(Compared(kSelectedByRace, true)[5].is_left_out);
  const auto small = [](std::uint64_t few, std::uint64_t many) -> bool { return Small({{.values = {}, .people = few}, {.values = {}, .people = many}})[0]; };
  EXPECT_FALSE(small(2, 98)) << "2 % itself may not";
  EXPECT_TRUE(small(1, 50));
}

TEST(ASmallGroup, ThatIsLeftOutIsNotTheHighest) {
  const auto standings = Compared({{"many", 990, 495, "", ""}, {"few", 10, 9, "", ""}}, true);
  EXPECT_TRUE(standings[0].is_highest);
  EXPECT_EQ(Rounded(standings[0].ratio, 3), "1.000");
  EXPECT_FALSE(standings[1].ratio.is_defined());
  EXPECT_EQ(Percent(standings[1].group.rate(), 1), "90.0") << "its rate is told";
}

TEST(NobodySelected, GivesNoRatio) {
  for (const Standing& standing : Compared({{"a", 10, 0, "", ""}, {"b", 20, 0, "", ""}})) EXPECT_EQ(Rounded(standing.ratio, 3), "n/a");
  EXPECT_TRUE(Compare({}, {}).empty());
  EXPECT_EQ(Rounded({}, 2), "n/a");
}

TEST(ANumber, IsRoundedHalfUp) {
  EXPECT_EQ(Rounded({1, 8}, 2), "0.13");
  EXPECT_EQ(Rounded({3, 8}, 2), "0.38");
  EXPECT_EQ(Rounded({1, 2}, 0), "1");
  EXPECT_EQ(Rounded({12'344'999, 100'000'000}, 4), "0.1234");
  EXPECT_EQ(Rounded({1, 100}, 3), "0.010");
  EXPECT_EQ(Percent({40, 100}, 0), "40") << "the definition's own example";
  EXPECT_EQ(Rounded({1'000'000'000'000'000'000, 1'000'000'000'000'000'000}, 6), "1.000000");
}

TEST(Chance, IsAsComputedElsewhere) {
  const auto group = [](std::uint64_t people, std::uint64_t selected) { return Group{.values = {}, .people = people, .selected = selected}; };
  const Group male = group(1390, 667), female = group(1181, 555), white = group(797, 412), black = group(390, 170);
  EXPECT_THAT(DifferenceInErrors(male, female), DoubleNear(0.5017, 5e-5));
  EXPECT_THAT(Fisher(male, female), DoubleNear(0.6345, 5e-5));
  EXPECT_THAT(DifferenceInErrors(white, black), DoubleNear(2.6233, 5e-5));
  EXPECT_THAT(Fisher(white, black), DoubleNear(0.00943, 5e-6)) << "sure, though the ratio is above four fifths";
  EXPECT_THAT(DifferenceInErrors(white, group(41, 18)), DoubleNear(0.9734, 5e-5));
  EXPECT_THAT(DifferenceInErrors(group(92, 50), group(76, 34)), DoubleNear(1.2401, 5e-5));
  EXPECT_DOUBLE_EQ(Fisher(group(20, 3), group(10, 1)), 1);
}

TEST(Chance, OfFewPeopleIsNone) {
  // Question 21: 3 of 20 men and 1 of 10 women; one hire moved turns it.
  const Group men{.values = {}, .people = 20, .selected = 3}, women{.values = {}, .people = 10, .selected = 1};
  EXPECT_TRUE(TurnsByOne(women, men));
  EXPECT_EQ(Percent(Compare({men, women}, {false, false})[1].ratio, 1), "66.7");
  EXPECT_TRUE(Compare({men, women}, {false, false})[1].turns_by_one);
  EXPECT_FALSE(TurnsByOne({.values = {}, .people = 390, .selected = 170}, {.values = {}, .people = 797, .selected = 412}));
  EXPECT_FALSE(TurnsByOne({.values = {}, .people = 2, .selected = 2}, {.values = {}, .people = 2, .selected = 2}));
}

// Ways to choose `k` of `n`, exactly; here at most 64 bits.
std::uint64_t Choose(std::uint64_t n, std::uint64_t k) {
  std::uint64_t ways = 1;
  for (std::uint64_t i = 0; i < k; ++i) ways = ways * (n - i) / (i + 1);
  return k > n ? 0 : ways;
}

TEST(Chance, IsThatOfAllTablesCounted) {
  for (const auto& [n, m] : {std::pair<std::uint64_t, std::uint64_t>{7, 5}, {12, 12}, {20, 3}, {1, 25}}) {
    for (std::uint64_t a = 0; a <= n; ++a) {
      for (std::uint64_t b = 0; b <= m; ++b) {
        const std::uint64_t seen = Choose(n, a) * Choose(m, b);
        std::uint64_t extreme = 0, all = 0;
        for (std::uint64_t k = 0; k <= n; ++k) {
          if (k > a + b) continue;
          const std::uint64_t ways = Choose(n, k) * Choose(m, a + b - k);
          all += ways;
          if (ways <= seen) extreme += ways;
        }
        const double exact = static_cast<double>(extreme) / static_cast<double>(all);
        EXPECT_NEAR(Fisher({.values = {}, .people = n, .selected = a}, {.values = {}, .people = m, .selected = b}), exact, 1e-12)
            << a << " of " << n << ", " << b << " of " << m;
      }
    }
  }
}

TEST(Chance, HoldsForManyPeople) {
  const Group one{.values = {}, .people = 1'000'000, .selected = 500'000}, same = one;
  EXPECT_NEAR(Fisher(one, same), 1, 1e-9);
  const Group less{.values = {}, .people = 1'000'000, .selected = 498'000};
  EXPECT_NEAR(Fisher(one, less), std::erfc(DifferenceInErrors(one, less) / std::sqrt(2)), 1e-4) << "as the normal curve says";
  EXPECT_EQ(Fisher(one, {.values = {}, .people = 1'000'000, .selected = 0}), 0) << "less than a double can tell";
}

TEST(AnInterval, StaysWithinOneAndIsAsPublished) {
  EXPECT_NEAR(Wilson(10, 20).low, 0.2993, 5e-5);
  EXPECT_NEAR(Wilson(10, 20).high, 0.7007, 5e-5);
  EXPECT_NEAR(Wilson(1, 10).low, 0.0179, 5e-5);
  EXPECT_NEAR(Wilson(1, 10).high, 0.4042, 5e-5);
  EXPECT_EQ(Wilson(0, 5).low, 0);
  EXPECT_EQ(Wilson(5, 5).high, 1);
  EXPECT_EQ(Wilson(0, 0).high, 1);
}

}  // namespace
}  // namespace candor::law
