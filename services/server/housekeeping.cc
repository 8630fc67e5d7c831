#include "services/server/housekeeping.h"

#include <pthread.h>

#include <algorithm>

#include "services/base/log.h"
#include "services/base/status.h"

namespace candor::server {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(50);  // Marks are synced at least every 100 ms.
constexpr int kSlowTicks = 20;                            // A second.

}  // namespace

Housekeeping::Housekeeping(ledger::Ledgers& ledgers, ledger::Appender& appender, flow::Rotate& rotate,
                           flow::Oversight& oversight, flow::Cases& cases, flow::SearchBook& search, store::Pool& readers, store::Pool& writers, const Clock& clock, Tell tell)
    : ledgers_(ledgers), rotate_(rotate), oversight_(oversight), cases_(cases), search_(search), clock_(clock), writers_(writers), missing_(appender, readers, clock), tell_(std::move(tell)),
      marks_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "marks");
        KeepMarks(stop);
      }),
      sweep_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "sweep");
        NameMissing(stop);
      }),
      rotation_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "rotation");
        GoOnRotating(stop);
      }),
      reading_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "reading");
        ReadOn(stop);
      }) {}

void Housekeeping::KeepMarks(const std::stop_token& stop) {
  for (int tick = 0; !stop.stop_requested(); ++tick) {
    absl::SleepFor(kTick);
    for (const auto& ledger : ledgers_.Open()) {
      if (absl::Status synced = ledger->SyncMark(); !synced.ok()) {
        ledger->MakeReadOnly("its mark cannot be synced to disk");
      }
      if (tick % kSlowTicks == 0) Publish(*ledger);
    }
    if (tick % kSlowTicks == 0) TellWritable();
  }
  for (const auto& ledger : ledgers_.Open()) Publish(*ledger);
}

void Housekeeping::NameMissing(const std::stop_token& stop) {
  for (int tick = 0; !stop.stop_requested(); ++tick) {
    absl::SleepFor(kTick);
    if (tick % kSlowTicks != 0) continue;
    for (const auto& ledger : ledgers_.Open()) {
      if (!ledger->Writable().ok()) continue;
      missing_.NameOutcomes(ledger, stop);
      missing_.NameNumbers(ledger, stop);
      oversight_.ExpireDue(ledger, stop);
      cases_.NameLate(ledger, stop);
    }
  }
}

void Housekeeping::GoOnRotating(const std::stop_token& stop) {
  for (int tick = 0; !stop.stop_requested(); ++tick) {
    absl::SleepFor(kTick);
    if (tick % kSlowTicks != 0) continue;
    for (const auto& ledger : ledgers_.Open()) {
      if (const auto named = rotate_.NameFinal(ledger, stop); !named.ok()) {
        Log(Level::kWarning, "leaf_not_written", {{"type", "erasure_final"}, {"reason", ReasonOf(named.status())}});
      }
      const auto gone_on = rotate_.GoOn(ledger, stop);
      if (!gone_on.ok()) {
        Log(Level::kWarning, "rotation_waits",
            {{"origin", ledger->origin()}, {"why", std::string(gone_on.status().message())}});
      } else if (*gone_on > 0) {
        Log(Level::kInfo, "keys_rewrapped", {{"origin", ledger->origin()}, {"keys", std::to_string(*gone_on)}});
      }
    }
  }
}

void Housekeeping::TellWritable() {
  const auto ledgers = ledgers_.Open();
  const bool any = ledgers.empty() || std::any_of(ledgers.begin(), ledgers.end(), [](const auto& ledger) {
                     return ledger->Writable().ok();
                   });
  const bool writable = writers_.Borrow()->Ensure().ok() && any;
  if (told_ == writable) return;
  told_ = writable;
  tell_(writable);
}

void Housekeeping::ReadOn(const std::stop_token& stop) {
  std::map<Uuid, std::uint64_t> read;
  for (; !stop.stop_requested(); absl::SleepFor(kTick)) {
    for (const auto& ledger : ledgers_.Open()) {
      const std::uint64_t size = ledger->newest().size;
      std::uint64_t& at = read[ledger->tenant()];
      if (at < size) at = search_.ReadOn(*ledger, size, kTick).value_or(at);
    }
  }
}

void Housekeeping::Publish(ledger::Ledger& ledger) {
  const ledger::Signed newest = ledger.newest();
  std::uint64_t& published = published_[ledger.tenant()];
  if (newest.note.empty() || newest.size <= published) return;
  store::Pool::Lease connection = writers_.Borrow();
  const absl::Status status = store::PublishCheckpoint(*connection, ledger.tenant(), newest.size, newest.note);
  if (status.ok()) published = newest.size;
}

}  // namespace candor::server
