#include "clients/cli/ledger_workers.h"

#include <algorithm>
#include <thread>

#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/core/merkle/tree_hash.h"

namespace candor::cli {
namespace {

constexpr std::chrono::milliseconds kProgressEvery(100);

verify::EntryRow RowOf(const store::StoredEntry& entry) {
  verify::EntryRow row{.position = entry.position,
                       .leaf = entry.leaf,
                       .leaf_hash = entry.leaf_hash,
                       .chain_hash = entry.chain_hash,
                       .leaf_id = entry.leaf_id,
                       .request_id = entry.request_id,
                       .decision_id = entry.decision_id,
                       .closes_id = entry.closes_id,
                       .expire_time = entry.expire_time,
                       .due_time = entry.due_time,
                       .epoch = entry.epoch,
                       .seq = entry.seq};
  if (entry.verdict) row.verdict = static_cast<int>(*entry.verdict);
  return row;
}

}  // namespace

// One segment on one thread, fed by the database.
class LedgerWorkers::Segment {
 public:
  Segment(const LedgerJob& job, std::uint64_t segment)
      : job_(job),
        first_(segment * verify::kSegmentSize),
        end_(std::min(job.size, first_ + verify::kSegmentSize)),
        check_(job.plan, first_) {
    if (job.keyring == nullptr) return;
    sealed_.emplace(job.address, job.tenant, first_, end_);
    opener_.emplace(*job.keyring, job.plan.origin);
  }

  absl::Status Run(std::uint64_t segment, std::atomic<std::uint64_t>& leaves) {
    CANDOR_RETURN_IF_ERROR(store::StreamEntries(job_.address, job_.tenant, first_, end_,
                                                [&](const store::StoredEntry& entry) {
                                                  leaves.fetch_add(1, std::memory_order_relaxed);
                                                  return Take(entry);
                                                }));
    CANDOR_RETURN_IF_ERROR(TakeSealed(end_ - 1, nullptr));
    CANDOR_ASSIGN_OR_RETURN(const std::vector<SpooledTile> tiles, job_.tiles.OfSegment(segment));
    for (const SpooledTile& tile : tiles) check_.Tile(tile.row());
    return absl::OkStatus();
  }

  verify::SegmentResult Finish() { return check_.Finish(job_.size); }
  const std::vector<verify::KeyChange>& key_changes() const { return key_changes_; }
  verify::Findings TakeFindings() {
    if (opener_) findings_.Append(opener_->TakeFindings());
    return std::move(findings_);
  }
  std::uint64_t opened() const { return opener_ ? opener_->opened() : 0; }
  HandleUses TakeUses() { return opener_ ? opener_->TakeUses() : HandleUses(); }

 private:
  absl::Status Take(const store::StoredEntry& entry) {
    check_.Entry(RowOf(entry));
    for (verify::KeyChange& change : KeyChangesIn(AsText(entry.leaf), entry.position)) {
      key_changes_.push_back(std::move(change));
    }
    return TakeSealed(entry.position, &entry);
  }

  // The sealed rows up to `position`: those of `entry`, and those of no entry before it.
  absl::Status TakeSealed(std::uint64_t position, const store::StoredEntry* entry) {
    while (sealed_) {
      CANDOR_ASSIGN_OR_RETURN(const std::optional<SealedRow> row, sealed_->Next(position));
      if (!row) break;
      if (entry == nullptr || row->position != entry->position) {
        findings_.Add(
            {.table = "sealed", .position = row->position, .what = "belongs to no entry"});
        continue;
      }
      if (row->has_fingerprint) check_.Fingerprint(row->position, row->fingerprint);
      const std::string leaf_id = entry->leaf_id ? entry->leaf_id->ToText() : std::string();
      CANDOR_RETURN_IF_ERROR(
          opener_->Open(*row, leaf_id, AsText(entry->leaf),
                        [&](const verify::SectionRow& section) { check_.Section(section); }));
    }
    if (sealed_ && entry != nullptr && job_.erased != nullptr) TakeErased(entry->position);
    return absl::OkStatus();
  }

  void TakeErased(std::uint64_t position) {
    for (const vault::ProvedErased& erased : job_.erased->Of(position)) {
      std::string path;
      for (const Digest& hash : erased.proof.path) path += AsText(hash.view());
      check_.Section({.position = position,
                      .name = erased.section,
                      .state = verify::SectionRow::State::kErased,
                      .erasure_position = erased.erasure,
                      .k = erased.k,
                      .erasure_index = erased.proof.index,
                      .erasure_path = AsBytes(path)});
    }
  }

  const LedgerJob& job_;
  const std::uint64_t first_, end_;
  verify::SegmentCheck check_;
  std::optional<SealedReader> sealed_;
  std::optional<SectionOpener> opener_;
  std::vector<verify::KeyChange> key_changes_;
  verify::Findings findings_;
};

absl::Status LedgerWorkers::Run(unsigned threads,
                                const std::function<void(verify::SegmentResult)>& join,
                                const std::function<void(std::uint64_t)>& progress) {
  const std::uint64_t segments = (job_.size + verify::kSegmentSize - 1) / verify::kSegmentSize;
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < std::min<std::uint64_t>(threads, segments); ++i) {
    workers.emplace_back([this] { Work(); });
  }
  std::unique_lock lock(mutex_);
  for (std::uint64_t wanted = 0; wanted < segments;) {
    changed_.wait_for(lock, kProgressEvery,
                      [&] { return !failed_.ok() || done_.contains(wanted); });
    if (!failed_.ok()) break;
    if (auto done = done_.extract(wanted); !done.empty()) {
      ++wanted;
      lock.unlock();
      join(std::move(done.mapped()));
      lock.lock();
    }
    progress(leaves_.load(std::memory_order_relaxed));
  }
  lock.unlock();
  workers.clear();
  return failed_;
}

void LedgerWorkers::Work() {
  while (const auto segment = NextSegment()) {
    if (const absl::Status status = CheckSegment(*segment); !status.ok()) return Fail(status);
  }
}

std::optional<std::uint64_t> LedgerWorkers::NextSegment() {
  const std::uint64_t segment = next_segment_++;
  if (segment * verify::kSegmentSize >= job_.size) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (!failed_.ok()) return std::nullopt;
  return segment;
}

absl::Status LedgerWorkers::CheckSegment(std::uint64_t number) {
  Segment segment(job_, number);
  CANDOR_RETURN_IF_ERROR(segment.Run(number, leaves_));
  verify::SegmentResult result = segment.Finish();
  const std::lock_guard lock(mutex_);
  findings_.Append(segment.TakeFindings());
  key_changes_.insert(key_changes_.end(), segment.key_changes().begin(),
                      segment.key_changes().end());
  opened_ += segment.opened();
  Merge(segment.TakeUses(), uses_);
  done_.emplace(number, std::move(result));
  changed_.notify_all();
  return absl::OkStatus();
}

void LedgerWorkers::Fail(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  if (failed_.ok()) failed_ = status;
  changed_.notify_all();
}

std::vector<verify::KeyChange> KeyChangesIn(std::string_view leaf, std::uint64_t position) {
  // In canonical JSON nothing but the version stands after the type.
  constexpr std::string_view kType = "\"type\":\"";
  const std::size_t at = leaf.rfind(kType);
  if (at == std::string_view::npos) return {};
  const std::string_view type = leaf.substr(at + kType.size());
  if (!type.starts_with("ledger\"") && !type.starts_with("key\"")) return {};
  const absl::StatusOr<core::Leaf> parsed = core::ParseLeaf(leaf);
  if (!parsed.ok()) return {};
  absl::StatusOr<verify::Facts> facts = verify::ReadFacts(*parsed, position);
  if (!facts.ok()) return {};
  for (verify::KeyChange& change : facts->keys) change.leaf_hash = core::HashLeaf(AsBytes(leaf));
  return std::move(facts->keys);
}

std::vector<core::VerifierKey> AnnouncedKeys(const std::vector<verify::KeyChange>& changes) {
  std::vector<core::VerifierKey> keys;
  for (const verify::KeyChange& change : changes) {
    if (change.key.name.ends_with("/bundle")) continue;  // Signs bundles alone.
    if (change.announced && std::find(keys.begin(), keys.end(), change.key) == keys.end())
      keys.push_back(change.key);
  }
  return keys;
}

}  // namespace candor::cli
