#include "services/store/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/store/stored_ledger.h"

namespace candor::store {
namespace {

using Op = Step::Op;
using Relation = Step::Relation;

// 30,000 decisions. The newest 5,000 are allowed, without a currency, and those before
// them escalated; one in 1,000 was denied. One in seven has an amount.
class Searching : public StoredLedger {
 protected:
  static constexpr int kDecisions = 30'000, kAllowed = 25'000;

  void SetUp() override {
    StoredLedger::SetUp();
    for (int i = 0; i < kDecisions; ++i) {
      DecisionRow& row = rows_.emplace_back();
      row.decision = NewUuid();
      row.position = static_cast<std::uint64_t>(i) + 1;
      row.create_time = row.update_time = At(i * 1'000'000LL);
      row.leaf_count = 1;
      if (i % 7 == 0) row.amount = std::to_string(i);
      row.terms = i >= kAllowed ? std::vector<std::string>{"verdict=allow"}
                  : i % 1000 == 0 ? std::vector<std::string>{"currency=eur", "verdict=deny"}
                                  : std::vector<std::string>{"currency=eur", "verdict=escalate"};
    }
    const absl::Status read = ReadOn(writer_, tenant_, [&](std::uint64_t) -> absl::StatusOr<ReadUpTo> {
      return ReadUpTo{.size = kDecisions + 1, .decisions = rows_, .noted = {}, .words = {}};
    });
    ASSERT_TRUE(read.ok()) << read;
  }

  static std::string TimeAt(int i) { return absl::FormatTime(absl::RFC3339_full, At(i * 1'000'000LL), absl::UTCTimeZone()); }

  // What a step says of a row, by hand.
  static bool Says(const Step& step, const DecisionRow& row) {
    switch (step.op) {
      case Op::kTerm: return std::count(row.terms.begin(), row.terms.end(), step.value) > 0;
      case Op::kHasField:
        return std::any_of(row.terms.begin(), row.terms.end(), [&](const auto& term) { return term.starts_with(step.field + "="); });
      case Op::kNumber:
        return row.amount && (step.relation == Relation::kMore ? std::stoi(*row.amount) > std::stoi(step.value)
                                                               : std::stoi(*row.amount) <= std::stoi(step.value));
      case Op::kTime: {
        absl::Time time;
        EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, step.value, &time, nullptr));
        return step.relation == Relation::kLess ? row.create_time < time : row.create_time >= time;
      }
      default: ADD_FAILURE(); return false;
    }
  }
  static bool Fits(const Condition& condition, const DecisionRow& row) {
    std::vector<bool> said;
    for (const Step& step : condition) {
      if (step.op == Op::kNot) {
        said.back() = !said.back();
      } else if (step.op == Op::kAnd || step.op == Op::kOr) {
        const bool right = said.back();
        said.pop_back();
        said.back() = step.op == Op::kAnd ? said.back() && right : said.back() || right;
      } else {
        said.push_back(Says(step, row));
      }
    }
    return said.empty() || said.back();
  }

  void ExpectFoundAsByHand(const DecisionFilter& filter, int limit) {
    std::vector<std::uint64_t> expected, positions;
    for (auto row = rows_.rbegin(); row != rows_.rend() && expected.size() < static_cast<std::size_t>(limit); ++row) {
      const bool in_time = row->create_time >= filter.from && row->create_time < filter.until;
      if (row->position < filter.before && in_time && Fits(filter.condition, *row)) expected.push_back(row->position);
    }
    const auto found = FindDecisions(reader_, tenant_, filter, limit);
    ASSERT_TRUE(found.ok()) << found.status();
    for (const DecisionRow& row : *found) positions.push_back(row.position);
    EXPECT_EQ(positions, expected);
  }

  std::vector<DecisionRow> rows_;
};

Step Term(std::string value) { return {.op = Op::kTerm, .value = std::move(value)}; }

TEST_F(Searching, FindsTheNewestWhatManyFit) {
  ExpectFoundAsByHand({.condition = {Term("verdict=allow")}, .person = {}}, 51);
}

TEST_F(Searching, FindsOldOnesThatFewFit) {
  ExpectFoundAsByHand({.condition = {Term("verdict=deny")}, .person = {}}, 51);
  ExpectFoundAsByHand({.condition = {Term("verdict=deny")}, .person = {}, .before = 10'000}, 51);
  ExpectFoundAsByHand({.condition = {Term("verdict=nobody")}, .person = {}}, 51);
}

TEST_F(Searching, FindsOldOnesThatManyFit) {
  ExpectFoundAsByHand({.condition = {Term("verdict=escalate")}, .person = {}}, 51);
  ExpectFoundAsByHand({.condition = {Term("currency=eur")}, .person = {}, .before = 24'000}, 51);
}

TEST_F(Searching, FindsWhatEndedLongAgo) {
  const Step until{.op = Op::kTime, .field = "time", .relation = Relation::kLess, .value = TimeAt(100)};
  ExpectFoundAsByHand({.condition = {until}, .person = {}}, 51);
  ExpectFoundAsByHand({.condition = {until, {.op = Op::kNot}}, .person = {}}, 51);
  ExpectFoundAsByHand({.condition = {until, Term("verdict=allow"), {.op = Op::kOr}}, .person = {}}, 51);
  ExpectFoundAsByHand({.condition = {}, .person = {}, .until = At(0)}, 51);
}

TEST_F(Searching, FindsWhateverIsAskedOnEveryPage) {
  std::mt19937 random(7);  // Failures repeat.
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  for (int round = 0; round < 60; ++round) {
    Condition condition;
    const int leaves = 1 + below(4);
    for (int leaf = 0; leaf < leaves; ++leaf) {
      switch (below(4)) {
        case 0: condition.push_back(Term(below(2) == 0 ? "verdict=deny" : "currency=eur")); break;
        case 1: condition.push_back({.op = Op::kHasField, .field = "currency"}); break;
        case 2:
          condition.push_back({.op = Op::kNumber, .field = "amount", .relation = below(2) == 0 ? Relation::kMore : Relation::kAtMost,
                               .value = std::to_string(below(kDecisions))});
          break;
        default:
          condition.push_back({.op = Op::kTime, .field = "time", .relation = below(2) == 0 ? Relation::kLess : Relation::kAtLeast,
                               .value = TimeAt(below(kDecisions))});
      }
      if (below(3) == 0) condition.push_back({.op = Op::kNot});
      if (leaf > 0) condition.push_back({.op = below(2) == 0 ? Op::kAnd : Op::kOr});
    }
    DecisionFilter filter{.condition = condition, .person = {}};
    if (below(2) == 0) filter.before = static_cast<std::uint64_t>(below(kDecisions));
    if (below(4) == 0) filter.until = At(below(kDecisions) * 1'000'000LL);
    SCOPED_TRACE("round " + std::to_string(round));
    ExpectFoundAsByHand(filter, 1 + below(60));
  }
}

}  // namespace
}  // namespace candor::store
