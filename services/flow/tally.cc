#include "services/flow/tally.h"

#include <algorithm>

#include "services/domain/registered.h"

namespace candor::flow {

using core::Json;

Segment SegmentOf(const Json& facts, std::string group) {
  const std::vector<std::string> places = domain::FactTexts(facts, "jurisdictions");
  return {.action = domain::FactText(facts, "action"), .jurisdiction = places.empty() ? std::string() : places.front(),
          .group = std::move(group)};
}

void AddReport(const BacktestReport& report, Json& facts) {
  facts.Set("replayed", static_cast<std::int64_t>(report.replayed));
  facts.Set("affected_persons", static_cast<std::int64_t>(report.affected_persons));
  Json skipped = Json::Object();
  for (const auto& [why, count] : report.not_replayed) skipped.Set(why, static_cast<std::int64_t>(count));
  if (!skipped.empty()) facts.Set("not_replayed", std::move(skipped));
  Json changes = Json::Array();
  for (const VerdictCount& one : report.changes) {
    Json change = Json::Object();
    if (!one.segment.action.empty()) change.Set("action", one.segment.action);
    if (!one.segment.jurisdiction.empty()) change.Set("jurisdiction", one.segment.jurisdiction);
    if (!one.segment.group.empty()) change.Set("group", one.segment.group);
    change.Set("then", std::string(domain::VerdictName(one.then)));
    change.Set("now", std::string(domain::VerdictName(one.now)));
    change.Set("count", static_cast<std::int64_t>(one.count));
    change.Set("of", static_cast<std::int64_t>(one.of));
    changes.Append(std::move(change));
  }
  facts.Set("changes", std::move(changes));
}

BacktestReport ReportIn(const Json& facts) {
  const auto number = [](const Json& object, const char* name) {
    const std::int64_t* value = object.FindInteger(name);
    return value == nullptr || *value < 0 ? 0 : static_cast<std::uint64_t>(*value);
  };
  BacktestReport report{.replayed = number(facts, "replayed"), .not_replayed = {}, .changes = {},
                        .affected_persons = number(facts, "affected_persons")};
  if (const Json* skipped = facts.Find("not_replayed"); skipped != nullptr && skipped->is_object()) {
    for (const Json::Member& why : skipped->members()) report.not_replayed[why.first] = number(*skipped, why.first.c_str());
  }
  const Json* changes = facts.Find("changes");
  if (changes == nullptr || !changes->is_array()) return report;
  for (const Json& change : changes->items()) {
    const auto then = domain::VerdictOf(domain::FactText(change, "then"));
    const auto now = domain::VerdictOf(domain::FactText(change, "now"));
    if (!then || !now) continue;
    report.changes.push_back({.segment = {.action = domain::FactText(change, "action"),
                                          .jurisdiction = domain::FactText(change, "jurisdiction"),
                                          .group = domain::FactText(change, "group")},
                              .then = *then, .now = *now, .count = number(change, "count"), .of = number(change, "of")});
  }
  return report;
}

BacktestReport Tally::Report() const {
  BacktestReport report{.replayed = replayed_, .not_replayed = skipped_, .changes = {}, .affected_persons = affected_.size()};
  for (const auto& [change, count] : changes_) {
    const auto& [segment, then, now] = change;
    report.changes.push_back({.segment = segment, .then = then, .now = now, .count = count, .of = totals_.at(segment)});
  }
  std::stable_sort(report.changes.begin(), report.changes.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  if (report.changes.size() > kMostChanges) report.changes.resize(kMostChanges);
  return report;
}

std::uint64_t Tally::tried() const {
  std::uint64_t tried = replayed_;
  for (const auto& [_, count] : skipped_) tried += count;
  return tried;
}

}  // namespace candor::flow
