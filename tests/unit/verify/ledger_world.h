// A whole honest ledger in memory, as the tables of the store hold it, to be tampered
// with. Its tree and tiles are built by the naive reference, not by what verifies them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "services/core/chain/chain.h"
#include "services/core/leaf/leaf.h"
#include "services/core/tlog/checkpoint.h"
#include "services/verify/ledger.h"
#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::verify {

struct StoredEntry {
  std::uint64_t position = 0;
  std::string leaf;
  Bytes leaf_hash;
  Bytes chain_hash;
  std::optional<Uuid> leaf_id, request_id, decision_id, closes_id;
  std::optional<int> verdict;
  std::optional<absl::Time> expire_time, due_time;
  std::optional<Uuid> epoch;
  std::optional<std::int64_t> seq;

  EntryRow row() const {
    return {.position = position,
            .leaf = AsBytes(leaf),
            .leaf_hash = leaf_hash,
            .chain_hash = chain_hash,
            .leaf_id = leaf_id,
            .request_id = request_id,
            .decision_id = decision_id,
            .closes_id = closes_id,
            .verdict = verdict,
            .expire_time = expire_time,
            .due_time = due_time,
            .epoch = epoch,
            .seq = seq};
  }
};

struct StoredTileRow {
  int level = 0;
  std::uint64_t index = 0;
  Bytes hashes;
  Bytes root;

  TileRow row() const { return {.level = level, .index = index, .hashes = hashes, .root = root}; }
};

struct StoredHead {
  std::uint64_t size = 0;
  Bytes root, chain;
  absl::Time time;
  Bytes range;
};

class LedgerWorld {
 public:
  static constexpr const char* kOrigin = "candor.example/world";

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

  static Uuid IdOf(std::uint64_t number, int version) {
    Uuid id;
    for (std::size_t i = 0; i < 8; ++i) {
      id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i) & 0xff);
    }
    id.bytes[6] = static_cast<std::uint8_t>(version << 4);
    id.bytes[8] = 0x80;
    return id;
  }

  static crypto::Ed25519Key Signer(std::uint8_t seed = 1) {
    std::array<std::uint8_t, 32> bytes;
    bytes.fill(seed);
    return crypto::Ed25519Key(crypto::Key(bytes));
  }
  static core::VerifierKey Key(std::uint8_t seed = 1) {
    return core::VerifierKey::Of(kOrigin, Signer(seed).public_key());
  }

  // The leaf that the world holds at a position: every third one an authorization.
  static core::Leaf LeafAt(std::uint64_t position) {
    core::Leaf leaf = PlainLeaf(position);
    if (position == 0) {
      leaf.type = "ledger";
      leaf.facts.Set("format", 1).Set("hash", "sha256").Set("origin", kOrigin);
      leaf.facts.Set("vkeys", core::Json::Array().Append(Key().ToText()));
    } else if (position % 3 == 1) {
      leaf.type = "authorization";
      leaf.decision = IdOf(position, 7);
      leaf.producer = core::Producer{.id = "scoring", .epoch = IdOf(1, 4), .seq = position};
      leaf.facts.Set("verdict", "deny").Set("expires", "2026-05-28T20:26:42.000000Z");
      leaf.facts.Set("outcome_due", "2026-05-29T20:26:42.000000Z");
    } else if (position % 3 == 2) {
      leaf.facts.Set("closes", IdOf(position - 1, 7).ToText());
    }
    return leaf;
  }

  static core::Leaf PlainLeaf(std::uint64_t position) {
    return {.caller_id = "scoring",
            .caller_kind = "component",
            .id = IdOf(position, 7),
            .ledger = kOrigin,
            .request = IdOf(position, 4),
            .time = absl::FromUnixMicros(1'780'000'000'000'000 + 7 * std::int64_t(position)),
            .type = "outcome"};
  }

  // Appends the row of a leaf, by the definition.
  void AppendLeaf(const core::Leaf& leaf) {
    StoredEntry entry;
    entry.position = entries.size();
    entry.leaf = core::EncodeLeaf(leaf).value();
    entry.leaf_id = leaf.id;
    entry.request_id = leaf.request;
    entry.decision_id = leaf.decision;
    if (const std::string* closes = leaf.facts.FindString("closes")) {
      entry.closes_id = Uuid::FromText(*closes);
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
    AddTiles(0, hashes_);
    head.size = entries.size();
    head.root = Own(core::NaiveRoot(hashes_));
    head.chain = Own(chain);
    head.range = RangeOf(hashes_);
    note = Sign(entries.size());
  }

  std::string Sign(std::uint64_t size, std::uint8_t seed = 1) const {
    const core::Checkpoint checkpoint = {
        .origin = kOrigin, .size = size, .root = core::NaiveRoot(std::span(hashes_).first(size))};
    return core::SignNote(core::CheckpointText(checkpoint), Key(seed), Signer(seed));
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

  static Bytes Own(const Digest& digest) { return {digest.bytes.begin(), digest.bytes.end()}; }

  std::vector<StoredEntry> entries;
  std::vector<StoredTileRow> tiles;
  StoredHead head;
  std::string note;
  std::vector<core::VerifierKey> keys = {Key()};
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

  void AddTiles(int level, std::span<const Digest> below) {
    std::vector<Digest> roots;
    for (std::size_t at = 0; at + 256 <= below.size(); at += 256) {
      const auto part = below.subspan(at, 256);
      roots.push_back(core::NaiveRoot(part));
      Bytes joined;
      for (const Digest& hash : part) {
        joined.insert(joined.end(), hash.bytes.begin(), hash.bytes.end());
      }
      tiles.push_back(
          {.level = level, .index = at / 256, .hashes = joined, .root = Own(roots.back())});
    }
    if (!roots.empty()) AddTiles(level + 1, roots);
  }

  static Bytes RangeOf(std::span<const Digest> leaves) {
    Bytes range;
    for (std::size_t bit = 63; bit < 64; --bit) {
      const std::size_t width = std::size_t{1} << bit;
      if ((leaves.size() & width) == 0) continue;
      const std::size_t first = leaves.size() >> bit >> 1 << bit << 1;
      const Bytes root = Own(core::NaiveRoot(leaves.subspan(first, width)));
      range.insert(range.end(), root.begin(), root.end());
    }
    return range;
  }

  std::vector<Digest> hashes_;
};

// Table, position and column of each finding: what tests compare.
inline std::vector<std::string> Places(const std::vector<Finding>& findings) {
  std::vector<std::string> places;
  for (const Finding& finding : findings) {
    places.push_back(finding.table);
    if (finding.position) places.back() += " " + std::to_string(*finding.position);
    if (!finding.column.empty()) places.back() += " " + finding.column;
  }
  std::sort(places.begin(), places.end());
  return places;
}

inline std::string Texts(const std::vector<Finding>& findings) {
  std::string texts;
  for (const Finding& finding : findings) texts += ToText(finding) + "\n";
  return texts;
}

}  // namespace candor::verify
