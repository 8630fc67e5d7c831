// Checks the segments of a ledger on several threads, each with connections of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/cli/sealed_rows.h"
#include "clients/cli/tile_spool.h"
#include "services/store/audit.h"
#include "services/vault/evidence.h"
#include "services/vault/keyring.h"
#include "services/verify/facts.h"
#include "services/verify/segment.h"

namespace candor::cli {

// Where the ledger is and what is known of it; all must outlive the workers.
struct LedgerJob {
  const store::Address& address;
  const Uuid& tenant;
  const verify::LedgerPlan& plan;
  const TileSpool& tiles;
  const vault::Keyring* keyring = nullptr;  // Nothing: sealed sections are left alone.
  const vault::ErasureProofs* erased = nullptr;   // What is proved to be erased.
  std::uint64_t size = 0;
};

class LedgerWorkers {
 public:
  explicit LedgerWorkers(const LedgerJob& job) : job_(job) {}

  // Checks all segments on `threads` threads; hands each result to `join` in order of
  // position, and the number of leaves so far to `progress` now and then, both on the
  // calling thread. Errors: what the database answered; nothing is joined after one.
  absl::Status Run(unsigned threads, const std::function<void(verify::SegmentResult)>& join,
                   const std::function<void(std::uint64_t)>& progress);

  // After Run. What the leaves of the ledger say of its keys; findings beside those of the
  // segments; how many sections were opened.
  const std::vector<verify::KeyChange>& key_changes() const { return key_changes_; }
  verify::Findings TakeFindings() { return std::move(findings_); }
  std::uint64_t opened() const { return opened_; }
  // Whose keys the handles in `sealed` name.
  HandleUses TakeUses() { return std::move(uses_); }

 private:
  class Segment;
  void Work();
  absl::Status CheckSegment(std::uint64_t segment);
  std::optional<std::uint64_t> NextSegment();
  void Report(std::uint64_t segment, verify::SegmentResult result);
  void Fail(const absl::Status& status);

  const LedgerJob job_;
  std::atomic<std::uint64_t> next_segment_ = 0;
  std::atomic<std::uint64_t> leaves_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, verify::SegmentResult> done_;
  absl::Status failed_;
  std::vector<verify::KeyChange> key_changes_;
  verify::Findings findings_;
  std::uint64_t opened_ = 0;
  HandleUses uses_;
};

// What a leaf of type `ledger` or `key` says of the ledger's keys; nothing of others.
std::vector<verify::KeyChange> KeyChangesIn(std::string_view leaf, std::uint64_t position);

// The keys that were ever announced to sign checkpoints.
std::vector<core::VerifierKey> AnnouncedKeys(const std::vector<verify::KeyChange>& changes);

}  // namespace candor::cli
