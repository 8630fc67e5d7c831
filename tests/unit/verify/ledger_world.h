// A whole honest ledger in memory, as the tables of the store hold it, to be tampered
// with. Its tree and tiles are built by the naive reference, not by what verifies them.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "services/core/chain/chain.h"
#include "services/core/tlog/checkpoint.h"
#include "services/verify/ledger.h"
#include "tests/unit/core/merkle/naive_tree.h"
#include "tests/unit/verify/naive_tiles.h"
#include "tests/unit/verify/stored_rows.h"
#include "tests/unit/verify/world_leaves.h"

namespace candor::verify {

class LedgerWorld {
 public:
  explicit LedgerWorld(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) AppendLeaf(LeafAt(i));
    Settle();
  }

  // Of these leaves after leaf 0.
  explicit LedgerWorld(const std::vector<core::Leaf>& leaves) {
    AppendLeaf(LeafAt(0));
    for (const core::Leaf& leaf : leaves) AppendLeaf(leaf);
    Settle();
  }

  // Appends the row of a leaf, by the definition.
  void AppendLeaf(const core::Leaf& leaf) {
    StoredEntry entry;
    entry.position = entries.size();
    entry.leaf = core::EncodeLeaf(leaf).value();
    entry.leaf_id = leaf.id;
    entry.request_id = leaf.request;
    entry.decision_id = leaf.decision;
    const std::string* authorization = leaf.facts.FindString("authorization");
    if (authorization != nullptr && leaf.marks.empty()) {
      entry.closes_id = Uuid::FromText(*authorization);
    }
    if (leaf.type == "authorization") {
      entry.verdict = 4;
      entry.expire_time = absl::FromUnixSeconds(1'780'000'002);
      entry.due_time = absl::FromUnixSeconds(1'780'086'402);
    }
    if (leaf.producer) {
      entry.epoch = leaf.producer->epoch;
      entry.seq = static_cast<std::int64_t>(leaf.producer->seq);
    }
    entries.push_back(std::move(entry));
    head.time = leaf.time;
  }

  // Makes hashes, chain, tiles, head and checkpoint follow from the leaves.
  void Settle() {
    hashes_.clear();
    Digest chain = core::ChainStart(kOrigin);
    for (StoredEntry& entry : entries) {
      const Digest hash = core::HashLeaf(AsBytes(entry.leaf));
      chain = core::ChainNext(chain, hash);
      hashes_.push_back(hash);
      entry.leaf_hash = Own(hash);
      entry.chain_hash = Own(chain);
    }
    tiles.clear();
    AppendTiles(0, hashes_, tiles);
    head.size = entries.size();
    head.root = Own(core::NaiveRoot(hashes_));
    head.chain = Own(chain);
    head.range = NaiveRange(hashes_);
    note = Sign(entries.size());
  }

  std::string Sign(std::uint64_t size, std::uint8_t seed = 1) const {
    const core::Checkpoint checkpoint = {
        .origin = kOrigin, .size = size, .root = core::NaiveRoot(std::span(hashes_).first(size))};
    return core::SignNote(core::CheckpointText(checkpoint), KeyOf(seed), SignerOf(seed));
  }

  // Verifies in one thread.
  Report Check() const {
    LedgerCheck check(Plan());
    for (const StoredTileRow& tile : tiles) check.Tile(tile.row());
    for (const StoredEntry& entry : entries) check.Entry(entry.row());
    return Finish(check);
  }

  // Verifies each segment in a thread of its own.
  Report CheckInThreads() const {
    LedgerCheck check(Plan());
    std::vector<std::optional<SegmentResult>> results(entries.size() / kSegmentSize + 1);
    std::vector<std::thread> threads;
    for (std::size_t s = 0; s < results.size(); ++s) {
      threads.emplace_back([&, s] {
        SegmentCheck segment(check.plan(), s * kSegmentSize);
        for (const StoredTileRow& tile : tiles) {
          if (tile.level < 2 && tile.index >> (8 - 8 * tile.level) == s) segment.Tile(tile.row());
        }
        for (const StoredEntry& entry : entries) {
          if (entry.position / kSegmentSize == s) segment.Entry(entry.row());
        }
        results[s].emplace(segment.Finish(head.size));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::optional<SegmentResult>& result : results) check.Join(*std::move(result));
    for (const StoredTileRow& tile : tiles) {
      if (tile.level >= 2) check.Tile(tile.row());
    }
    return Finish(check);
  }

  std::vector<StoredEntry> entries;
  std::vector<StoredTileRow> tiles;
  StoredHead head;
  std::string note;
  std::vector<core::VerifierKey> keys = {KeyOf()};
  std::vector<std::uint64_t> planned_sizes;
  bool with_head = true;

 private:
  LedgerPlan Plan() const { return {.origin = kOrigin, .sizes = planned_sizes}; }

  Report Finish(LedgerCheck& check) const {
    if (with_head) {
      check.Head({.size = head.size,
                  .root = head.root,
                  .chain = head.chain,
                  .time = head.time,
                  .range = head.range});
    }
    return check.Finish(note, keys);
  }

  std::vector<Digest> hashes_;
};

}  // namespace candor::verify
