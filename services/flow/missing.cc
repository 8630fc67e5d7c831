#include "services/flow/missing.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "absl/synchronization/blocking_counter.h"
#include "services/base/log.h"
#include "services/base/status.h"
#include "services/flow/entries.h"

namespace candor::flow {
namespace {

constexpr int kPage = 500;
// An authorization can be in the ledger later than its time says, by the wait for its commit.
constexpr absl::Duration kSweptAgain = absl::Seconds(10);

ledger::Entry MissingOutcome(const store::Overdue& overdue, absl::Time now) {
  ledger::Entry entry = Follows("outcome_missing", overdue.leaf_id, now);
  entry.leaf.decision = overdue.decision_id;
  entry.claim = ledger::Claim::kMiss;
  entry.named = overdue.leaf_id;
  entry.leaf.facts.Set("authorization", overdue.leaf_id.ToText());
  entry.leaf.facts.Set("outcome_due", ToRfc3339(overdue.due_time));
  return entry;
}

ledger::Entry Gap(const std::string& producer, const store::Questions::Missing& missing, const Uuid& follows,
                  absl::Time now) {
  ledger::Entry entry = Follows("gap", follows, now);
  core::Json range = core::Json::Object();
  range.Set("first", static_cast<std::int64_t>(missing.first));
  range.Set("last", static_cast<std::int64_t>(missing.last));
  entry.leaf.facts.Set("producer", producer);
  entry.leaf.facts.Set("epoch", missing.epoch.ToText());
  entry.leaf.facts.Set("missing", core::Json::Array().Append(std::move(range)));
  entry.missing = missing;
  entry.side.push_back({store::SideRow::Table::kGap,
                        {missing.epoch.ToText(), std::to_string(missing.first), std::to_string(missing.last)}});
  return entry;
}

}  // namespace

bool Missing::AppendAll(const std::shared_ptr<ledger::Ledger>& ledger, std::vector<ledger::Entry> entries) {
  std::atomic<bool> all = true;
  absl::BlockingCounter waiting(static_cast<int>(entries.size()));
  for (ledger::Entry& entry : entries) {
    appender_.Append(ledger, std::move(entry), [&, type = entry.leaf.type](const absl::StatusOr<ledger::Receipt>& receipt) {
      // It came at the last moment: then nothing is missing.
      const bool came = ReasonOf(receipt.status()) == "WRONG_STATE";
      if (!receipt.ok() && !came) {
        Log(Level::kWarning, "leaf_not_written", {{"type", type}, {"reason", ReasonOf(receipt.status())}});
        all = false;
      }
      waiting.DecrementCount();
    });
  }
  waiting.Wait();
  return all;
}

void Missing::NameOutcomes(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop) {
  Seen& seen = seen_[ledger->tenant()];
  store::Pool::Lease connection = readers_.Borrow();
  const absl::Time now = clock_.Now();
  store::Overdue last = seen.swept;
  for (bool more = true; more && !stop.stop_requested();) {
    const auto page = store::OverdueAuthorizations(*connection, ledger->tenant(), last, now, kPage);
    if (!page.ok() || page->empty()) break;
    std::vector<Uuid> requests;
    for (const store::Overdue& one : *page) requests.push_back(core::DerivedRequest("outcome_missing", one.leaf_id));
    const auto known = store::KnownRequests(*connection, ledger->tenant(), requests);
    if (!known.ok()) break;
    const std::set<Uuid> named(known->begin(), known->end());
    std::vector<ledger::Entry> entries;
    for (std::size_t i = 0; i < page->size(); ++i) {
      if (!named.contains(requests[i])) entries.push_back(MissingOutcome((*page)[i], now));
    }
    if (!AppendAll(ledger, std::move(entries))) break;
    last = page->back();
    more = page->size() == kPage;
  }
  if (last.due_time > now - kSweptAgain) last = {.leaf_id = {}, .decision_id = {}, .due_time = now - kSweptAgain};
  if (last.due_time > seen.swept.due_time) seen.swept = last;
}

void Missing::NameNumbers(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop) {
  Seen& seen = seen_[ledger->tenant()];
  store::Pool::Lease connection = readers_.Borrow();
  const absl::Time now = clock_.Now();
  // At first all sizes are of before.
  if (seen.sizes.empty()) seen.sizes.emplace_back(absl::InfinitePast(), 0);
  seen.sizes.emplace_back(now, ledger->newest().size);
  while (seen.sizes.size() > 1 && seen.sizes[1].first <= now - kGapAge) seen.sizes.pop_front();
  for (const Uuid& epoch : ledger->TakeTouched()) seen.epochs.insert(epoch);
  if (!seen.knows_epochs) {
    const auto all = store::Epochs(*connection, ledger->tenant());
    if (!all.ok()) return;
    seen.epochs.insert(all->begin(), all->end());
    seen.knows_epochs = true;
  }
  std::set<Uuid> left;
  for (const Uuid& epoch : seen.epochs) {
    if (stop.stop_requested() || !NameEpoch(ledger, *connection, seen, epoch, seen.sizes.front().second)) {
      left.insert(epoch);
    }
  }
  seen.epochs = std::move(left);
}

bool Missing::NameLostMark(const std::shared_ptr<ledger::Ledger>& ledger, const Uuid& process) {
  ledger::Entry entry = Follows("mark_lost", process, clock_.Now());
  entry.leaf.facts.Set("process", process.ToText());
  return AppendAll(ledger, {std::move(entry)});
}

bool Missing::NameEpoch(const std::shared_ptr<ledger::Ledger>& ledger, store::Connection& connection, Seen& seen,
                        const Uuid& epoch, std::uint64_t old_size) {
  constexpr std::uint64_t kAll = std::numeric_limits<std::int64_t>::max();
  const Uuid& tenant = ledger->tenant();
  std::uint64_t& decided = seen.decided[epoch];
  const auto closing = store::ReadClosing(connection, tenant, epoch);
  const auto highest = store::HighestNumber(connection, tenant, epoch, kAll);
  if (!closing.ok() || !highest.ok()) return false;
  const std::uint64_t behind = *highest < kGapWindow ? 0 : *highest - kGapWindow;
  const auto last = store::HighestNumber(connection, tenant, epoch, *closing ? kAll : behind);
  if (!last.ok()) return false;
  const auto gaps = store::NumberGaps(connection, tenant, epoch, decided, *last, kPage);
  if (!gaps.ok()) return false;
  const absl::Time now = clock_.Now();
  for (const store::NumberGap& gap : *gaps) {
    const absl::StatusOr<core::Leaf> next = core::ParseLeaf(gap.next.leaf);
    if (!next.ok() || !next->producer) continue;  // Not as it was written; verification says so.
    const bool old = gap.next.position < old_size;
    const bool named = (old || *closing) && AppendAll(ledger, {Gap(next->producer->id, {epoch, gap.first, gap.last},
                                                                   next->id, now)});
    if (!named) return false;
    decided = gap.last;
  }
  if (gaps->size() == kPage) return false;
  decided = std::max(decided, *last);
  // The numbers between the last one and the count of the closing.
  if (!*closing || (*closing)->count <= decided) return true;
  const store::Closing& end = **closing;
  if (!AppendAll(ledger, {Gap(end.producer, {epoch, decided + 1, end.count}, end.leaf_id, now)})) return false;
  decided = end.count;
  return true;
}

}  // namespace candor::flow
