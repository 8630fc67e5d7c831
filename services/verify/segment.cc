#include "services/verify/segment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/check.h"
#include "services/core/chain/chain.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/tile.h"
#include "services/verify/columns.h"
#include "services/verify/order.h"
#include "services/verify/sections.h"
#include "services/verify/segment_data.h"

namespace candor::verify {
namespace {

constexpr const char* kEntries = "entries";
constexpr std::uint64_t kTileWidth = core::kTileWidth;

std::string Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace

SegmentResult::SegmentResult(std::unique_ptr<SegmentData> data) : data_(std::move(data)) {}
SegmentResult::SegmentResult(SegmentResult&&) noexcept = default;
SegmentResult& SegmentResult::operator=(SegmentResult&&) noexcept = default;
SegmentResult::~SegmentResult() = default;

std::uint64_t SegmentResult::first_position() const {
  return data_->first;
}

class SegmentCheck::State {
 public:
  State(const LedgerPlan& plan, std::uint64_t first)
      : plan_(plan), data_(std::make_unique<SegmentData>()), sections_(*data_, plan) {
    CANDOR_CHECK(first % kSegmentSize == 0);
    data_->first = first;
  }

  void Entry(const EntryRow& row);
  void Section(const SectionRow& row) { sections_.Take(row); }
  void Fingerprint(std::uint64_t position, BytesView bytes) { sections_.TakeFingerprint(position, bytes); }
  void Tile(const TileRow& row);
  std::unique_ptr<SegmentData> Finish(std::uint64_t size);

 private:
  std::uint64_t PositionOf(std::size_t i) const { return data_->first + i; }
  bool IsThere(std::size_t i) const { return i < is_there_.size() && is_there_[i]; }
  void Add(std::uint64_t position, const char* column, std::string what);
  void AddMalformed(std::uint64_t position, std::string what);

  bool TakesPlace(const EntryRow& row);
  void Resize(std::size_t rows);
  void TakeHashes(const EntryRow& row, std::size_t i);
  void TakeLeaf(const EntryRow& row, const core::Leaf& leaf, std::size_t i);
  void TakeFacts(const core::Leaf& leaf, std::uint64_t position);

  void NameMissing();
  void CheckTimes();
  const Digest* TileHash(std::size_t i) const;
  void FillFromTiles();
  void FollowChain();
  bool IsSuspect(std::size_t i) const;
  Suspect SuspectAt(std::size_t i);
  void NameShifts();
  void CollectSuspects();
  void HashTree();

  const LedgerPlan& plan_;
  std::unique_ptr<SegmentData> data_;
  SectionCheck sections_;
  StoredTiles leaf_tiles_;
  StoredTiles upper_tile_;

  // For each row of the segment.
  std::vector<bool> is_there_;
  std::vector<std::optional<Digest>> hashes_;  // Of the leaf; of the tile where no row is.
  std::vector<std::optional<Digest>> chains_;  // The column; computed where there is none.
  std::vector<std::optional<absl::Time>> times_;
  std::map<std::size_t, Digest> columns_;  // leaf_hash, where it is another digest.
  Order order_;                            // What the tiles say about the order of rows.
};

void SegmentCheck::State::Add(std::uint64_t position, const char* column, std::string what) {
  data_->findings.Add(
      {.table = kEntries, .position = position, .column = column, .what = std::move(what)});
}

void SegmentCheck::State::AddMalformed(std::uint64_t position, std::string what) {
  data_->malformed.Add(
      {.table = kEntries, .position = position, .column = "leaf", .what = std::move(what)});
}

// A row that comes too late is still taken if its place is free.
bool SegmentCheck::State::TakesPlace(const EntryRow& row) {
  if (row.position / kSegmentSize != data_->first / kSegmentSize) {
    Add(row.position, "", "belongs to another segment");
    return false;
  }
  const std::size_t i = row.position - data_->first;
  if (IsThere(i)) {
    Add(row.position, "", "stands twice");
    return false;
  }
  if (i < is_there_.size()) Add(row.position, "", "stands out of order");
  return true;
}

void SegmentCheck::State::Resize(std::size_t rows) {
  is_there_.resize(rows);
  hashes_.resize(rows);
  chains_.resize(rows);
  times_.resize(rows);
  data_->leaf_ids.resize(rows);
  data_->request_ids.resize(rows);
}

void SegmentCheck::State::Entry(const EntryRow& row) {
  if (!TakesPlace(row)) return;
  const std::size_t i = row.position - data_->first;
  if (i >= is_there_.size()) Resize(i + 1);
  is_there_[i] = true;
  TakeHashes(row, i);
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(AsText(row.leaf));
  if (leaf.ok()) {
    sections_.Begin(row.position, *leaf);
    TakeLeaf(row, *leaf, i);
  } else {
    sections_.Begin(row.position, std::nullopt);
    AddMalformed(row.position, Message(leaf.status()));
  }
}

void SegmentCheck::State::TakeHashes(const EntryRow& row, std::size_t i) {
  hashes_[i] = core::HashLeaf(row.leaf);
  if (!plan_.with_columns) return;
  const std::optional<Digest> column = Digest::FromBytes(row.leaf_hash);
  if (!column) Add(row.position, "leaf_hash", "is not 32 bytes long");
  if (column && *column != *hashes_[i]) columns_[i] = *column;
  chains_[i] = Digest::FromBytes(row.chain_hash);
  if (!chains_[i]) Add(row.position, "chain_hash", "is not 32 bytes long");
}

void SegmentCheck::State::TakeLeaf(const EntryRow& row, const core::Leaf& leaf, std::size_t i) {
  data_->leaf_ids[i] = leaf.id;
  data_->request_ids[i] = leaf.request;
  times_[i] = leaf.time;
  if (leaf.ledger != plan_.origin) AddMalformed(row.position, "ledger: names another ledger");
  if (plan_.with_told && TellsOfRows(leaf)) {
    data_->telling.push_back({.position = row.position, .leaf = leaf});
  }
  TakeFacts(leaf, row.position);
  if (!plan_.with_columns) return;
  std::vector<Finding> columns = CheckColumns(row, leaf);
  if (!columns.empty()) data_->unless_altered[row.position] = std::move(columns);
}

void SegmentCheck::State::TakeFacts(const core::Leaf& leaf, std::uint64_t position) {
  const absl::StatusOr<NamedMissing> missing = ReadMissing(leaf);
  if (!missing.ok()) return AddMalformed(position, Message(missing.status()));
  absl::StatusOr<Facts> facts = ReadFacts(leaf, position);
  if (!facts.ok()) return AddMalformed(position, Message(facts.status()));
  data_->missing += *missing;
  for (KeyChange& change : facts->keys) data_->keys.push_back(std::move(change));
  if (facts->erasure) data_->erasures.push_back({.position = position, .facts = *facts->erasure});
  Succession& said = facts->succession;
  if (said.predecessor) data_->succession.predecessor = std::move(said.predecessor);
  if (said.successor.empty() || data_->closed_at) return;
  data_->closed_at = position;
  data_->succession.successor = std::move(said.successor);
}

void SegmentCheck::State::Tile(const TileRow& row) {
  const std::uint64_t segment = data_->first / kSegmentSize;
  if (row.level == 0 && row.index / kTileWidth == segment) {
    leaf_tiles_.Add(row, data_->findings);
  } else if (row.level == 1 && row.index == segment) {
    upper_tile_.Add(row, data_->findings);
  } else {
    data_->findings.Add(
        {.table = "tiles",
         .position = row.index,
         .what = absl::StrCat("level ", row.level, ": belongs to another segment")});
  }
}

// What the full tile has for row `i`, or nullptr.
const Digest* SegmentCheck::State::TileHash(std::size_t i) const {
  if (i / kTileWidth >= data_->rows / kTileWidth) return nullptr;
  const StoredTile* tile = leaf_tiles_.Find(PositionOf(i) / kTileWidth);
  return tile != nullptr && !tile->hashes.empty() ? &tile->hashes[i % kTileWidth] : nullptr;
}

void SegmentCheck::State::NameMissing() {
  for (std::size_t i = 0; i < is_there_.size(); ++i) {
    if (is_there_[i]) continue;
    const std::size_t first = i;
    while (i + 1 < is_there_.size() && !is_there_[i + 1]) ++i;
    data_->tree_is_explained = true;
    Add(PositionOf(first), "",
        first == i ? "is missing" : absl::StrCat("is missing, and all up to ", PositionOf(i)));
  }
}

void SegmentCheck::State::FillFromTiles() {
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    const Digest* hash = hashes_[i] ? nullptr : TileHash(i);
    if (hash != nullptr) hashes_[i] = *hash;
    data_->tree_is_known = data_->tree_is_known && hashes_[i];
  }
}

void SegmentCheck::State::FollowChain() {
  for (std::size_t i = 1; i < chains_.size(); ++i) {
    if (chains_[i] || !chains_[i - 1] || !hashes_[i]) continue;
    chains_[i] = core::ChainNext(*chains_[i - 1], *hashes_[i]);
  }
}

void SegmentCheck::State::CheckTimes() {
  std::optional<absl::Time>& last = data_->last_time;
  for (std::size_t i = 0; i < times_.size(); ++i) {
    if (!times_[i]) continue;
    if (last && *times_[i] < *last) AddMalformed(PositionOf(i), "time: is before the last one");
    if (!data_->first_time) data_->first_time = times_[i];
    last = times_[i];
  }
  if (!times_.empty()) data_->row_time = times_.back();
}

bool SegmentCheck::State::IsSuspect(std::size_t i) const {
  if (!is_there_[i] || order_.Explains(i)) return false;
  if (i == 0 || columns_.contains(i) || data_->unless_altered.contains(PositionOf(i))) return true;
  const Digest* tile = TileHash(i);
  if (tile != nullptr && *tile != *hashes_[i]) return true;
  if (!chains_[i - 1] || !chains_[i] || order_.Explains(i - 1)) return false;
  return core::ChainNext(*chains_[i - 1], *hashes_[i]) != *chains_[i];
}

Suspect SegmentCheck::State::SuspectAt(std::size_t i) {
  Suspect suspect{.position = PositionOf(i),
                  .link = {.leaf_hash = *hashes_[i], .chain = chains_[i]}};
  if (const auto at = columns_.find(i); at != columns_.end()) suspect.column = at->second;
  if (const Digest* tile = TileHash(i)) suspect.tile = *tile;
  suspect.elsewhere = order_.ElsewhereOf(i);
  if (i > 0 && !order_.Explains(i - 1)) suspect.before = chains_[i - 1];
  if (IsThere(i + 1)) suspect.next = Link{.leaf_hash = *hashes_[i + 1], .chain = chains_[i + 1]};
  const auto at = data_->unless_altered.find(suspect.position);
  if (at != data_->unless_altered.end()) suspect.unless_altered.swap(at->second);
  return suspect;
}

// Where rows are those of other positions, the tiles tell.
void SegmentCheck::State::NameShifts() {
  std::vector<Order::Pair> pairs;
  bool differ = false;
  const std::size_t full = data_->rows / kTileWidth * kTileWidth;
  for (std::size_t i = 0; i < full; ++i) {
    const Digest* tile = TileHash(i);
    if (tile == nullptr || !is_there_[i]) continue;
    differ = differ || *tile != *hashes_[i];
    pairs.push_back({.row = i, .tile = *tile, .leaf = *hashes_[i]});
  }
  if (!differ) return;
  order_ = Order(data_->first, std::move(pairs));
  data_->tree_is_explained = data_->tree_is_explained || order_.has_shifts();
  order_.NameShifts(data_->findings);
}

void SegmentCheck::State::CollectSuspects() {
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    if (IsSuspect(i)) data_->suspects.push_back(SuspectAt(i));
  }
  for (auto& [position, findings] : data_->unless_altered) {
    if (position >= data_->first && order_.Explains(position - data_->first)) continue;
    for (Finding& finding : findings) data_->findings.Add(std::move(finding));
  }
  data_->unless_altered.clear();
  if (IsThere(0)) data_->first_row = Link{.leaf_hash = *hashes_[0], .chain = chains_[0]};
  if (!chains_.empty() && !order_.Explains(chains_.size() - 1)) data_->last_chain = chains_.back();
}

void SegmentCheck::State::HashTree() {
  std::vector<Digest> leaves;
  for (const std::optional<Digest>& hash : hashes_) leaves.push_back(*hash);
  const std::span<const Digest> all = leaves;
  std::vector<TileRoots> tiles;
  for (std::size_t at = 0; at + kTileWidth <= leaves.size(); at += kTileWidth) {
    const std::uint64_t index = PositionOf(at) / kTileWidth;
    tiles.push_back(CheckLeafTile(index, all.subspan(at, kTileWidth), leaf_tiles_.Find(index),
                                  data_->findings));
  }
  const auto subtrees_of = [&](std::size_t rows) {
    std::vector<Subtree> subtrees;
    for (std::size_t t = 0; t < rows / kTileWidth; ++t) {
      subtrees.emplace_back(core::kTileHeight, tiles[t].computed);
    }
    for (std::size_t i = rows / kTileWidth * kTileWidth; i < rows; ++i) {
      subtrees.emplace_back(0, leaves[i]);
    }
    return subtrees;
  };
  data_->subtrees = subtrees_of(leaves.size());
  for (const std::uint64_t size : plan_.sizes) {
    if (size <= data_->first || size >= data_->first + leaves.size()) continue;
    data_->at_sizes.emplace_back(size, subtrees_of(size - data_->first));
  }
  if (leaves.size() < kSegmentSize) return;
  const std::uint64_t segment = data_->first / kSegmentSize;
  data_->roots = CheckUpperTile(1, segment, tiles, upper_tile_.Find(segment), data_->findings);
  data_->subtrees = {{kSegmentHeight, data_->roots->computed}};
}

std::unique_ptr<SegmentData> SegmentCheck::State::Finish(std::uint64_t size) {
  const std::uint64_t end = std::max(PositionOf(is_there_.size()), size);
  data_->rows = std::min(kSegmentSize, end - data_->first);
  sections_.End();
  Resize(data_->rows);
  NameMissing();
  CheckTimes();
  FillFromTiles();
  NameShifts();
  FollowChain();
  CollectSuspects();
  if (plan_.with_tiles) {
    const std::uint64_t full = (data_->first + data_->rows) / kTileWidth;
    leaf_tiles_.CheckAllThere(0, data_->first / kTileWidth, full, data_->findings);
    const std::uint64_t segment = data_->first / kSegmentSize;
    upper_tile_.CheckAllThere(1, segment, segment + data_->rows / kSegmentSize, data_->findings);
  }
  if (data_->tree_is_known) HashTree();
  return std::move(data_);
}

SegmentCheck::SegmentCheck(const LedgerPlan& plan, std::uint64_t first_position)
    : state_(std::make_unique<State>(plan, first_position)) {}
SegmentCheck::~SegmentCheck() = default;

void SegmentCheck::Entry(const EntryRow& row) {
  state_->Entry(row);
}
void SegmentCheck::Section(const SectionRow& row) {
  state_->Section(row);
}
void SegmentCheck::Fingerprint(std::uint64_t position, BytesView fingerprint) {
  state_->Fingerprint(position, fingerprint);
}
void SegmentCheck::Tile(const TileRow& row) {
  state_->Tile(row);
}
SegmentResult SegmentCheck::Finish(std::uint64_t size) {
  return SegmentResult(state_->Finish(size));
}

}  // namespace candor::verify
