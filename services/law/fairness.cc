#include "services/law/fairness.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/numeric/int128.h"

namespace candor::law {
namespace {

constexpr std::uint64_t kSmallPercent = 2;

std::string Shown(const Fraction& fraction, int digits, std::uint64_t times) {
  if (!fraction.is_defined()) return "n/a";
  std::uint64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  const absl::uint128 doubled = absl::uint128(fraction.part) * times * unit * 2 + fraction.whole;
  const auto units = static_cast<std::uint64_t>(doubled / (absl::uint128(fraction.whole) * 2));
  std::string text = std::to_string(units / unit);
  if (digits == 0) return text;
  const std::string rest = std::to_string(units % unit);
  return text + "." + std::string(static_cast<std::size_t>(digits) - rest.size(), '0') + rest;
}

bool IsLess(const Fraction& a, const Fraction& b) {
  return absl::uint128(a.part) * b.whole < absl::uint128(b.part) * a.whole;
}

double Share(const Fraction& fraction) {
  return static_cast<double>(fraction.part) / static_cast<double>(fraction.whole);
}

}  // namespace

std::string Rounded(const Fraction& fraction, int digits) { return Shown(fraction, digits, 1); }
std::string Percent(const Fraction& fraction, int digits) { return Shown(fraction, digits, 100); }

Interval Wilson(std::uint64_t count, std::uint64_t total) {
  if (total == 0) return {};
  constexpr double z = 1.959963984540054;
  const auto n = static_cast<double>(total);
  const double p = static_cast<double>(count) / n;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {.low = std::max(0.0, middle - half), .high = std::min(1.0, middle + half)};
}

double Fisher(const Group& one, const Group& other) {
  const std::uint64_t selected = one.selected + other.selected, all = one.people + other.people;
  if (one.people == 0 || other.people == 0 || selected == 0 || selected == all) return 1;
  const std::uint64_t least = selected > other.people ? selected - other.people : 0;
  const std::uint64_t most = std::min(one.people, selected);
  // How likely it is that `k` of the selected are of the first group: times so much from one `k` to the next. All
  // is told beside the likeliest `k`, so nothing overflows, and only what adds nothing vanishes.
  const auto up = [&](std::uint64_t k) {
    return static_cast<double>(one.people - k) * static_cast<double>(selected - k) /
           (static_cast<double>(k + 1) * static_cast<double>(other.people + k + 1 - selected));
  };
  const auto likeliest = static_cast<std::uint64_t>(absl::uint128(selected + 1) * (one.people + 1) / (all + 2));
  const std::uint64_t middle = std::clamp(likeliest, least, most);
  double seen = 1;
  for (std::uint64_t k = middle; k < one.selected; ++k) seen *= up(k);
  for (std::uint64_t k = middle; k > one.selected; --k) seen /= up(k - 1);
  constexpr double kEven = 1 + 1e-7;  // Tables as likely as this one, but for rounding.
  double total = 0, extreme = 0;
  const auto take = [&](double weight) {
    total += weight;
    if (weight <= seen * kEven) extreme += weight;
    return weight > 0;
  };
  double weight = 1;
  for (std::uint64_t k = middle; take(weight) && k < most; ++k) weight *= up(k);
  if (middle > least) {
    weight = 1 / up(middle - 1);
    for (std::uint64_t k = middle - 1; take(weight) && k > least; --k) weight /= up(k - 1);
  }
  return std::min(1.0, extreme / total);
}

double DifferenceInErrors(const Group& one, const Group& other) {
  const std::uint64_t selected = one.selected + other.selected, all = one.people + other.people;
  if (one.people == 0 || other.people == 0 || selected == 0 || selected == all) return 0;
  const double p = Share({selected, all});
  const double error = std::sqrt(p * (1 - p) * (1 / static_cast<double>(one.people) + 1 / static_cast<double>(other.people)));
  return (Share(one.rate()) - Share(other.rate())) / error;
}

bool TurnsByOne(const Group& low, const Group& high) {
  if (high.selected == 0 || low.selected == low.people) return false;
  return IsLess({high.selected - 1, high.people}, {low.selected + 1, low.people});
}

std::vector<bool> Small(const std::vector<Group>& groups) {
  std::uint64_t all = 0;
  for (const Group& group : groups) all += group.people;
  std::vector<bool> small;
  for (const Group& group : groups) small.push_back(group.people * 100 < all * kSmallPercent);
  return small;
}

std::vector<Standing> Compare(std::vector<Group> groups, const std::vector<bool>& left_out) {
  std::vector<Standing> standings;
  std::optional<std::size_t> highest;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Standing& standing = standings.emplace_back();
    standing.group = std::move(groups[i]);
    standing.interval = Wilson(standing.group.selected, standing.group.people);
    standing.is_left_out = left_out[i];
    if (standing.is_left_out) continue;
    if (!highest || IsLess(standings[*highest].group.rate(), standing.group.rate())) highest = i;
  }
  if (!highest) return standings;
  standings[*highest].is_highest = true;
  const Group high = standings[*highest].group;
  for (Standing& standing : standings) {
    const Group& group = standing.group;
    if (standing.is_left_out || high.selected == 0) continue;
    standing.ratio = {group.selected * high.people, group.people * high.selected};
    if (standing.is_highest) continue;
    standing.is_below_four_fifths = IsLess(standing.ratio, {4, 5});
    standing.turns_by_one = TurnsByOne(group, high);
    standing.chance = Fisher(group, high);
    standing.errors = DifferenceInErrors(group, high);
  }
  return standings;
}

std::vector<bool> AboveMedian(const std::vector<std::int64_t>& scores) {
  if (scores.empty()) return {};
  std::vector<std::int64_t> sorted = scores;
  std::sort(sorted.begin(), sorted.end());
  // The median lies half-way between both, which are one and the same of an odd number.
  const absl::int128 twice = absl::int128(sorted[(sorted.size() - 1) / 2]) + sorted[sorted.size() / 2];
  std::vector<bool> above;
  for (const std::int64_t score : scores) above.push_back(absl::int128(score) * 2 > twice);
  return above;
}

}  // namespace candor::law
