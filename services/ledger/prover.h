// Proofs about any part of a stored ledger, out of its tiles.
//
// A Prover reads through one connection and belongs to one thread; it keeps the tiles
// it read. Errors: kUnavailable when the database is away; kDataLoss when rows that must
// be there are missing.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "services/base/status.h"
#include "services/core/merkle/compact_range.h"
#include "services/store/reader.h"

namespace candor::ledger {

class Prover {
 public:
  // Sees the ledger at `size` leaves, which must be at most its head's.
  Prover(store::Connection& connection, const Uuid& tenant, std::uint64_t size)
      : connection_(connection), tenant_(tenant), size_(size) {}

  absl::StatusOr<std::vector<Digest>> Inclusion(std::uint64_t position);
  // From `old_size`, at least 1, to the size seen.
  absl::StatusOr<std::vector<Digest>> Consistency(std::uint64_t old_size);
  absl::StatusOr<Digest> Root();

  // The first `width` hashes of a tile, 1 to 256. Errors: kNotFound beyond the size seen.
  absl::StatusOr<std::vector<Digest>> Tile(int level, std::uint64_t index, int width);

 private:
  absl::StatusOr<Digest> FullNode(int level, std::uint64_t index);
  absl::StatusOr<const std::vector<Digest>*> Load(int level, std::uint64_t index);

  store::Connection& connection_;
  const Uuid tenant_;
  const std::uint64_t size_;
  std::map<std::pair<int, std::uint64_t>, std::vector<Digest>> tiles_;
};

}  // namespace candor::ledger
