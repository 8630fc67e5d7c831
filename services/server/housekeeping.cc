#include "services/server/housekeeping.h"

#include <pthread.h>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/crypto/random.h"
#include "services/store/reader.h"

namespace candor::server {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(50);  // Marks are synced at least every 100 ms.
constexpr int kSlowTicks = 20;                            // A second.
constexpr int kMostOverdue = 500;

// The leaf that says that no outcome came: it follows from its authorization, so that two
// servers cannot write it twice.
ledger::Entry MissingOutcome(const store::Overdue& overdue, absl::Time now) {
  ledger::Entry entry;
  entry.leaf.id = crypto::NewId(now);
  entry.leaf.type = "outcome_missing";
  entry.leaf.caller_id = "candor";
  entry.leaf.caller_kind = "service";
  entry.leaf.decision = overdue.decision_id;
  entry.leaf.request = core::DerivedRequest("outcome_missing", overdue.leaf_id);
  entry.leaf.facts.Set("authorization", overdue.leaf_id.ToText());
  entry.leaf.facts.Set("outcome_due", ToRfc3339(overdue.due_time));
  return entry;
}

}  // namespace

Housekeeping::Housekeeping(ledger::Ledgers& ledgers, ledger::Appender& appender, store::Pool& writers,
                           const Clock& clock)
    : ledgers_(ledgers), appender_(appender), writers_(writers), clock_(clock),
      thread_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "housekeeping");
        Run(stop);
      }) {}

void Housekeeping::Run(const std::stop_token& stop) {
  for (int tick = 0; !stop.stop_requested(); ++tick) {
    absl::SleepFor(kTick);
    for (const auto& ledger : ledgers_.Open()) {
      if (absl::Status synced = ledger->SyncMark(); !synced.ok()) {
        ledger->MakeReadOnly("its mark cannot be synced to disk");
        Log(Level::kError, "mark_not_synced", {{"origin", ledger->origin()}});
      }
      if (tick % kSlowTicks != 0 || !ledger->Writable().ok()) continue;
      Publish(*ledger);
      NameMissingOutcomes(ledger);
    }
  }
  for (const auto& ledger : ledgers_.Open()) Publish(*ledger);
}

void Housekeeping::Publish(ledger::Ledger& ledger) {
  const ledger::Signed newest = ledger.newest();
  std::uint64_t& published = published_[ledger.tenant()];
  if (newest.note.empty() || newest.size <= published) return;
  store::Pool::Lease connection = writers_.Borrow();
  const absl::Status status = store::PublishCheckpoint(*connection, ledger.tenant(), newest.size, newest.note);
  if (status.ok()) published = newest.size;
}

void Housekeeping::NameMissingOutcomes(const std::shared_ptr<ledger::Ledger>& ledger) {
  absl::Time& after = swept_.try_emplace(ledger->tenant(), absl::UnixEpoch()).first->second;
  store::Pool::Lease connection = writers_.Borrow();
  const auto overdue =
      store::OverdueAuthorizations(*connection, ledger->tenant(), after, clock_.Now(), kMostOverdue);
  if (!overdue.ok()) return;
  for (const store::Overdue& one : *overdue) {
    appender_.Append(ledger, MissingOutcome(one, clock_.Now()), [](const absl::StatusOr<ledger::Receipt>& receipt) {
      if (!receipt.ok()) Log(Level::kWarning, "missing_outcome_not_named", {{"reason", ReasonOf(receipt.status())}});
    });
    after = one.due_time;
  }
}

}  // namespace candor::server
