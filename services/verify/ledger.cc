#include "services/verify/ledger.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "services/base/check.h"
#include "services/verify/joined.h"
#include "services/verify/segment_data.h"

namespace candor::verify {
namespace {

constexpr const char* kEntries = "entries";
constexpr const char* kHeads = "heads";
constexpr const char* kCheckpoint = "checkpoint";
constexpr std::uint64_t kTilesInASegment = 256;
constexpr int kHighestStoredLevel = 7;

std::string Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// The row of `heads`, owned; a column of a wrong size is nothing.
struct OwnedHead {
  std::uint64_t size = 0;
  std::optional<Digest> root;
  std::optional<Digest> chain;
  absl::Time time;
  Bytes range;
  std::optional<std::uint64_t> signer;
};

struct OwnedTile {
  int level = 0;
  std::uint64_t index = 0;
  Bytes hashes;
  Bytes root;

  TileRow row() const { return {.level = level, .index = index, .hashes = hashes, .root = root}; }
};

Bytes Own(BytesView bytes) {
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace

class LedgerCheck::State {
 public:
  explicit State(LedgerPlan plan) : plan_(std::move(plan)), join_(plan_, findings_, malformed_) {}

  const LedgerPlan& plan() const { return plan_; }
  void Entry(const EntryRow& row);
  void Section(const SectionRow& row);
  void Tile(const TileRow& row);
  void TakeSegment(SegmentData& segment);
  void TakeHead(const HeadRow& row);
  void TakeTold(ToldRow row) { told_.push_back(std::move(row)); }
  void TakeErased(std::uint64_t erasure, const core::ErasureFacts& facts) { erased_[erasure] = facts; }
  Report Finish(std::string_view note, const std::vector<core::VerifierKey>& keys);

 private:
  void Add(const char* table, const char* column, std::string what);
  void Begin(std::uint64_t segment);
  void EndSegment(std::uint64_t size);

  std::optional<core::Checkpoint> Open(std::string_view note,
                                       const std::vector<core::VerifierKey>& keys);
  void CheckSize(const std::optional<core::Checkpoint>& checkpoint);
  void CheckCheckpoint(const core::Checkpoint& checkpoint);
  void CheckHead(const std::optional<core::Checkpoint>& checkpoint);
  void CheckUpperTiles();

  const LedgerPlan plan_;
  Findings findings_;
  Findings malformed_;
  JoinedLedger join_;
  bool tail_is_missing_ = false;

  std::unique_ptr<SegmentCheck> current_;
  std::uint64_t current_segment_ = 0;
  std::map<std::uint64_t, std::vector<OwnedTile>> waiting_;  // By segment.
  std::map<int, StoredTiles> upper_tiles_;                   // By level, from 2 on.
  std::optional<OwnedHead> head_;
  std::vector<ToldRow> told_;
  std::map<std::uint64_t, core::ErasureFacts> erased_;
};

void LedgerCheck::State::Add(const char* table, const char* column, std::string what) {
  findings_.Add({.table = table, .column = column, .what = std::move(what)});
}

void LedgerCheck::State::Begin(std::uint64_t segment) {
  current_ = std::make_unique<SegmentCheck>(plan_, segment * kSegmentSize);
  current_segment_ = segment;
  const auto tiles = waiting_.find(segment);
  if (tiles == waiting_.end()) return;
  for (const OwnedTile& tile : tiles->second) current_->Tile(tile.row());
  waiting_.erase(tiles);
}

void LedgerCheck::State::EndSegment(std::uint64_t size) {
  if (current_ == nullptr) return;
  SegmentResult result = current_->Finish(size);
  current_.reset();
  join_.Take(result.data());
}

void LedgerCheck::State::Entry(const EntryRow& row) {
  const std::uint64_t segment = row.position / kSegmentSize;
  if (current_ == nullptr ? row.position < join_.size() : segment < current_segment_) {
    findings_.Add({.table = kEntries, .position = row.position, .what = "stands out of order"});
    return;
  }
  if (current_ != nullptr && segment > current_segment_) {
    EndSegment((current_segment_ + 1) * kSegmentSize);
  }
  if (current_ == nullptr) Begin(segment);
  current_->Entry(row);
}

void LedgerCheck::State::Section(const SectionRow& row) {
  if (current_ != nullptr) return current_->Section(row);
  findings_.Add({.table = "sealed",
                 .position = row.position,
                 .column = "sections",
                 .what = "belongs to no leaf before it"});
}

void LedgerCheck::State::Tile(const TileRow& row) {
  const auto refuse = [&](const char* what) {
    findings_.Add({.table = "tiles",
                   .position = row.index,
                   .what = absl::StrCat("level ", row.level, ": ", what)});
  };
  if (row.level < 0 || row.level > kHighestStoredLevel) return refuse("is no level of tiles");
  if (row.level >= 2) return upper_tiles_[row.level].Add(row, findings_);
  const std::uint64_t segment = row.level == 0 ? row.index / kTilesInASegment : row.index;
  if (current_ != nullptr && segment == current_segment_) return current_->Tile(row);
  const std::uint64_t next =
      current_ != nullptr ? current_segment_ + 1 : join_.size() / kSegmentSize;
  if (segment < next) return refuse("comes after the entries of its segment");
  waiting_[segment].push_back(
      {.level = row.level, .index = row.index, .hashes = Own(row.hashes), .root = Own(row.root)});
}

void LedgerCheck::State::TakeSegment(SegmentData& segment) {
  CANDOR_CHECK(current_ == nullptr);
  join_.Take(segment);
}

void LedgerCheck::State::TakeHead(const HeadRow& row) {
  if (head_) return Add(kHeads, "", "stands twice");
  head_ = OwnedHead{.size = row.size,
                    .root = Digest::FromBytes(row.root),
                    .chain = Digest::FromBytes(row.chain),
                    .time = row.time,
                    .range = Own(row.range),
                    .signer = row.signer};
}

// Signed by one of the caller's keys, and by one that the ledger itself allows.
std::optional<core::Checkpoint> LedgerCheck::State::Open(
    std::string_view note, const std::vector<core::VerifierKey>& keys) {
  const absl::StatusOr<core::Checkpoint> checkpoint = core::OpenCheckpoint(note, keys);
  if (!checkpoint.ok()) {
    Add(kCheckpoint, "note", Message(checkpoint.status()));
    return std::nullopt;
  }
  if (checkpoint->origin != plan_.origin) {
    Add(kCheckpoint, "note", "is of another ledger");
    return std::nullopt;
  }
  // A row that was altered or is missing may be the one that announces the key.
  if (join_.size() == 0 || join_.tree_is_explained()) return *checkpoint;
  const auto allowed = AllowedAt(checkpoint->size, keys, join_.keys());
  if (!core::OpenCheckpoint(note, allowed).ok()) {
    Add(kCheckpoint, "note", "is signed by a key that the ledger does not allow at that size");
  }
  return *checkpoint;
}

void LedgerCheck::State::CheckSize(const std::optional<core::Checkpoint>& checkpoint) {
  const std::uint64_t size = join_.size();
  std::uint64_t wanted = checkpoint ? checkpoint->size : 0;
  if (head_ && head_->size != size) {
    const bool root_fits = head_->root && head_->root == join_.RootAt(size);
    if (head_->size < size || root_fits) {
      Add(kHeads, "size", absl::StrCat("is not the number of rows, ", size));
    } else {
      wanted = std::max(wanted, head_->size);
    }
  }
  if (wanted <= size) return;
  tail_is_missing_ = true;
  findings_.Add({.table = kEntries,
                 .position = size,
                 .what = wanted == size + 1
                             ? "is missing"
                             : absl::StrCat("is missing, and all up to ", wanted - 1)});
}

void LedgerCheck::State::CheckCheckpoint(const core::Checkpoint& checkpoint) {
  if (checkpoint.size > join_.size()) return;
  const std::optional<Digest> root = join_.RootAt(checkpoint.size);
  if (root && *root == checkpoint.root) return;
  if (join_.tree_is_explained()) return;
  if (!root) return Add(kCheckpoint, "size", "is not one of those that were planned for");
  Add(kCheckpoint, "root",
      "is not the root over the leaves: they were rewritten together with all that tells of them");
}

// The parts of the head must fit each other, and what the rows say unless rows are to
// blame already.
void LedgerCheck::State::CheckHead(const std::optional<core::Checkpoint>& checkpoint) {
  if (!head_) return;
  if (!head_->root) Add(kHeads, "root", "is not 32 bytes long");
  if (plan_.with_columns && !head_->chain) Add(kHeads, "chain", "is not 32 bytes long");
  const bool same_size = head_->size == join_.size() && !tail_is_missing_;
  const bool is_signed = checkpoint && checkpoint->size == head_->size;
  const bool rows_tell = same_size && !join_.tree_is_explained();
  const std::optional<Digest> rows_root = rows_tell ? join_.RootAt(head_->size) : std::nullopt;
  const std::optional<Digest> right = is_signed ? checkpoint->root : rows_root;
  if (head_->root && right && *head_->root != *right) {
    Add(kHeads, "root", "is not the root of the ledger");
  }

  std::vector<Digest> hashes;
  for (std::size_t at = 0; at + 32 <= head_->range.size(); at += 32) {
    hashes.push_back(*Digest::FromBytes(BytesView(head_->range).subspan(at, 32)));
  }
  const absl::StatusOr<core::CompactRange> range =
      core::CompactRange::FromParts(join_.size(), std::move(hashes));
  if (same_size) {
    const bool whole = head_->range.size() % 32 == 0 && range.ok();
    const bool unknown = !right && !head_->root;
    if (!whole || !(unknown || range->Root() == right || range->Root() == head_->root)) {
      Add(kHeads, "range", "is not that of the full subtrees");
    }
  }
  if (!same_size) return;
  // Each key that was retired handed on to the next number.
  const auto retired = std::count_if(
      join_.keys().begin(), join_.keys().end(),
      [&](const KeyChange& change) { return !change.announced && change.key.name == plan_.origin; });
  if (head_->signer && *head_->signer != static_cast<std::uint64_t>(retired) + 1) {
    Add(kHeads, "signer", "is not the number of the key that signs, by the leaves");
  }
  const std::optional<Digest> chain = join_.chain();
  if (head_->chain && chain && *head_->chain != *chain) {
    Add(kHeads, "chain", "is not the chain of the last row");
  }
  if (join_.time() && head_->time != *join_.time()) {
    Add(kHeads, "time", "is not the time of the last leaf");
  }
}

void LedgerCheck::State::CheckUpperTiles() {
  if (!plan_.with_tiles || !join_.range()) return;
  std::vector<TileRoots> below = join_.segment_roots();
  for (int level = 2; level <= kHighestStoredLevel; ++level) {
    const StoredTiles& stored = upper_tiles_[level];
    std::vector<TileRoots> roots;
    const std::size_t full = below.size() / kTilesInASegment;
    for (std::size_t index = 0; index < full; ++index) {
      const auto hashes = std::span(below).subspan(index * kTilesInASegment, kTilesInASegment);
      roots.push_back(CheckUpperTile(level, index, hashes, stored.Find(index), findings_));
    }
    stored.CheckAllThere(level, 0, full, findings_);
    below = std::move(roots);
  }
}

Report LedgerCheck::State::Finish(std::string_view note,
                                  const std::vector<core::VerifierKey>& keys) {
  EndSegment(0);
  for (const auto& [segment, tiles] : waiting_) {
    for (const OwnedTile& tile : tiles) {
      findings_.Add(
          {.table = "tiles",
           .position = tile.index,
           .what = absl::StrCat("level ", tile.level, ": stands where the tree has no full tile")});
    }
  }
  const bool same_size = head_ && head_->size == join_.size();
  join_.End(same_size ? head_->chain : std::nullopt, told_, erased_);
  CheckUpperTiles();

  Report report;
  report.checkpoint = Open(note, keys);
  CheckSize(report.checkpoint);
  if (report.checkpoint) CheckCheckpoint(*report.checkpoint);
  CheckHead(report.checkpoint);
  report.size = join_.size();
  report.root = join_.RootAt(report.size).value_or(Digest());
  report.chain = join_.chain().value_or(Digest());
  report.missing = join_.missing();
  report.forgotten = join_.forgotten();
  report.succession = join_.succession();
  report.findings = std::move(findings_).Take();
  report.malformed = std::move(malformed_).Take();
  return report;
}

LedgerCheck::LedgerCheck(LedgerPlan plan) : state_(std::make_unique<State>(std::move(plan))) {}
LedgerCheck::~LedgerCheck() = default;

const LedgerPlan& LedgerCheck::plan() const {
  return state_->plan();
}
void LedgerCheck::Entry(const EntryRow& row) {
  state_->Entry(row);
}
void LedgerCheck::Section(const SectionRow& row) {
  state_->Section(row);
}
void LedgerCheck::Tile(const TileRow& row) {
  state_->Tile(row);
}
void LedgerCheck::Join(SegmentResult segment) {
  state_->TakeSegment(segment.data());
}
void LedgerCheck::Head(const HeadRow& row) {
  state_->TakeHead(row);
}
void LedgerCheck::Told(ToldRow row) {
  state_->TakeTold(std::move(row));
}
void LedgerCheck::Erased(std::uint64_t erasure, const core::ErasureFacts& facts) {
  state_->TakeErased(erasure, facts);
}
Report LedgerCheck::Finish(std::string_view checkpoint_note,
                           const std::vector<core::VerifierKey>& keys) {
  return state_->Finish(checkpoint_note, keys);
}

}  // namespace candor::verify
