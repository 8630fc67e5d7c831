// The tiles of a ledger that are not full yet, level by level, as they grow.
//
// A value; belongs to whoever holds it.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/store/append.h"

namespace candor::ledger {

class OpenTiles {
 public:
  // Reads them back for a ledger of `size` leaves: fewer than 256 hashes a level.
  static absl::StatusOr<OpenTiles> Read(store::LedgerTransaction& ledger, std::uint64_t size);

  std::uint64_t size() const { return size_; }

  // Adds one leaf; appends every tile that it fills to `full`.
  void Add(const Digest& leaf_hash, std::vector<store::TileRow>& full);

 private:
  std::uint64_t size_ = 0;
  std::vector<std::vector<Digest>> levels_;
};

// Root over 1, 2, 4, … 256 hashes of one level.
Digest RootOfPowerOfTwo(std::vector<Digest> hashes);

}  // namespace candor::ledger
