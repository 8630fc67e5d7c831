// How verdicts would have come out otherwise, counted by segment: what a backtest and a shadow
// report.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "services/core/json/json.h"
#include "services/domain/verdict.h"
#include "services/store/rows.h"

namespace candor::flow {

// Decisions of one segment that would go from one verdict to another, or keep theirs.
struct Segment {
  std::string action, jurisdiction, group;  // Codes; empty: none was given.
  friend auto operator<=>(const Segment&, const Segment&) = default;
};
struct VerdictCount {
  Segment segment;
  domain::Verdict then = domain::Verdict::kDeny, now = domain::Verdict::kDeny;
  std::uint64_t count = 0;
  std::uint64_t of = 0;  // Decisions of the segment.
};

struct BacktestReport {
  std::uint64_t replayed = 0;
  std::map<std::string, std::uint64_t> not_replayed;  // By why: erased, too_large, unreadable.
  std::vector<VerdictCount> changes;                  // Only those that change.
  std::uint64_t affected_persons = 0;
};

inline constexpr std::size_t kMostChanges = 300;  // In a leaf; the rarest are left out.

// Action and first jurisdiction of these facts.
Segment SegmentOf(const core::Json& facts, std::string group);

// The report as facts of its leaf: replayed, affected_persons, not_replayed, changes.
void AddReport(const BacktestReport& report, core::Json& facts);
// And back again. What no report wrote is left out.
BacktestReport ReportIn(const core::Json& facts);

// Counts; belongs to one thread at a time.
class Tally {
 public:
  void Count(const Segment& segment, domain::Verdict then, domain::Verdict now) {
    ++replayed_;
    ++totals_[segment];
    if (then != now) ++changes_[{segment, then, now}];
  }
  void Affect(const store::Handle& person) { affected_.insert(person); }
  void Skip(const char* why) { ++skipped_[why]; }

  void Add(const Tally& other) {
    replayed_ += other.replayed_;
    for (const auto& [segment, count] : other.totals_) totals_[segment] += count;
    for (const auto& [change, count] : other.changes_) changes_[change] += count;
    for (const auto& [why, count] : other.skipped_) skipped_[why] += count;
    affected_.insert(other.affected_.begin(), other.affected_.end());
  }

  BacktestReport Report() const;
  std::uint64_t tried() const;

 private:
  std::uint64_t replayed_ = 0;
  std::map<Segment, std::uint64_t> totals_;
  std::map<std::tuple<Segment, domain::Verdict, domain::Verdict>, std::uint64_t> changes_;
  std::map<std::string, std::uint64_t> skipped_;
  std::set<store::Handle> affected_;
};

}  // namespace candor::flow
