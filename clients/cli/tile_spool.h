// All tiles of a ledger, read in one go so that no snapshot of the database is held for
// long, and handed out segment by segment.
//
// Tiles of level 0 wait in an unnamed temporary file: memory stays small however large
// the ledger is. After Read, any thread may call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/id.h"
#include "services/store/connection.h"
#include "services/verify/row.h"

namespace candor::cli {

struct SpooledTile {
  int level = 0;
  std::uint64_t index = 0;
  std::string hashes, root;

  verify::TileRow row() const {
    return {.level = level, .index = index, .hashes = AsBytes(hashes), .root = AsBytes(root)};
  }
};

class TileSpool {
 public:
  // Reads the tiles of a ledger that had `size` leaves a moment before.
  static absl::StatusOr<std::unique_ptr<TileSpool>> Read(const store::Address& address,
                                                         const Uuid& tenant, std::uint64_t size);
  ~TileSpool();

  // Those of levels 0 and 1 whose leaves lie in the segment.
  absl::StatusOr<std::vector<SpooledTile>> OfSegment(std::uint64_t segment) const;

  // Those of the levels above.
  const std::vector<SpooledTile>& above() const { return above_; }

  // How many there are up to `size`, and the first leaves past each tile beyond it: the
  // ledger may have grown since, but not further than its head.
  std::uint64_t count() const { return count_; }
  struct Beyond {
    int level = 0;
    std::uint64_t index = 0;
    std::uint64_t end = 0;  // Number of leaves that a ledger with this tile has at least.
  };
  const std::vector<Beyond>& beyond() const { return beyond_; }

 private:
  explicit TileSpool(int file) : file_(file) {}
  absl::Status Keep(int level, std::uint64_t index, BytesView hashes, BytesView root,
                    std::uint64_t size);

  const int file_;
  std::vector<bool> there_;         // Of level 0, by index: in the file.
  std::vector<SpooledTile> odd_;    // Of level 0, of a size that no tile has.
  std::vector<SpooledTile> first_;  // Of level 1.
  std::vector<SpooledTile> above_;
  std::vector<Beyond> beyond_;
  std::uint64_t count_ = 0;
};

}  // namespace candor::cli
