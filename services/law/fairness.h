// How groups of people fared: rates, what they are to the highest one, and how sure that is.
//
// Pure functions; any thread may call. Rates and ratios are exact, and rounded only to be shown: half
// up. At most 1,000,000,000 people.
// Sources: 6 RCNY 5-300 to 5-301 (New York City, Local Law 144), 29 CFR 1607.4(D).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace candor::law {

struct Fraction {
  std::uint64_t part = 0, whole = 0;  // `whole` 0: there is none.

  bool is_defined() const { return whole != 0; }
};
// With so many digits after the point, half up; `n/a` where there is none. And times a hundred.
std::string Rounded(const Fraction& fraction, int digits);
std::string Percent(const Fraction& fraction, int digits);

struct Group {
  std::vector<std::string> values;  // One of each attribute by which people are grouped.
  std::uint64_t people = 0, selected = 0;

  Fraction rate() const { return {selected, people}; }
};

struct Interval {
  double low = 0, high = 1;
};
// Wilson's, for 95 %: it stays between 0 and 1, and holds for small groups too.
Interval Wilson(std::uint64_t count, std::uint64_t total);

// How likely two groups differ in rate by chance at least so much: Fisher's exact test, two-sided, which adds
// up all tables that are no likelier than this one.
double Fisher(const Group& one, const Group& other);

// The difference of two rates in standard errors, with pooled variance; 0 where nobody or everybody was
// selected.
double DifferenceInErrors(const Group& one, const Group& other);

// Whether one person selected in `low` instead of in `high` turns which of both has the higher rate.
bool TurnsByOne(const Group& low, const Group& high);

// Of each group whether it is less than 2 % of all. The rule lets an auditor leave it out of the ratios.
std::vector<bool> Small(const std::vector<Group>& groups);

// How a group fared beside the one with the highest rate.
struct Standing {
  Group group;
  Fraction ratio;     // To the highest rate; none where it is left out, and where nobody was selected.
  Interval interval;  // Of the rate.
  bool is_left_out = false;
  bool is_highest = false;
  bool is_below_four_fifths = false;  // A ratio under 4/5; 4/5 itself is not.
  bool turns_by_one = false;
  double chance = 1;  // Fisher's, against the group with the highest rate,
  double errors = 0;  // and the difference to it in standard errors.
};
// In the order of `groups`, of which each has people; those that `left_out` says are in no ratio. Of several
// highest the first is it.
std::vector<Standing> Compare(std::vector<Group> groups, const std::vector<bool>& left_out);

// Which scores are above the median of all: those at it are not.
std::vector<bool> AboveMedian(const std::vector<std::int64_t>& scores);

}  // namespace candor::law
