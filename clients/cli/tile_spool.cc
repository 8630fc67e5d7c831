#include "clients/cli/tile_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "clients/cli/errors.h"
#include "services/core/tlog/tile.h"
#include "services/store/audit.h"
#include "services/verify/segment.h"

namespace candor::cli {
namespace {

constexpr std::size_t kHashBytes = 8192, kRootBytes = 32, kRecordBytes = kHashBytes + kRootBytes;
constexpr std::uint64_t kTilesOfSegment = verify::kSegmentSize / core::kTileWidth;
constexpr std::size_t kMostBeyond = 10'000;

// A file without a name, so that nothing is left behind.
int TemporaryFile() {
  const char* const folder = std::getenv("TMPDIR");
  std::string name =
      std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/candor-XXXXXX";
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file >= 0) unlink(name.c_str());
  return file;
}

absl::Status NoRoom() {
  return Unusable("the temporary file cannot be written or read",
                  "free some room: 32 bytes a leaf; TMPDIR names another folder");
}

// The number of leaves up to the end of a tile; the largest number where there are more.
std::uint64_t LeavesUpTo(int level, std::uint64_t index) {
  const int shift = core::kTileHeight * (level + 1);
  if (level < 0 || shift >= 64 || index >= (std::uint64_t{1} << (64 - shift)) - 1)
    return ~std::uint64_t{0};
  return (index + 1) << shift;
}

}  // namespace

TileSpool::~TileSpool() {
  close(file_);
}

absl::StatusOr<std::unique_ptr<TileSpool>> TileSpool::Read(const store::Address& address,
                                                           const Uuid& tenant, std::uint64_t size) {
  const int file = TemporaryFile();
  if (file < 0) return NoRoom();
  std::unique_ptr<TileSpool> spool(new TileSpool(file));
  spool->there_.resize(size / core::kTileWidth);
  CANDOR_RETURN_IF_ERROR(store::StreamTiles(address, tenant, [&](const store::StoredTile& tile) {
    return spool->Keep(tile.level, tile.index, tile.hashes, tile.root, size);
  }));
  return spool;
}

absl::Status TileSpool::Keep(int level, std::uint64_t index, BytesView hashes, BytesView root,
                             std::uint64_t size) {
  const std::uint64_t end = LeavesUpTo(level, index);
  if (end > size) {
    if (beyond_.size() < kMostBeyond)
      beyond_.push_back({.level = level, .index = index, .end = end});
    return absl::OkStatus();
  }
  ++count_;
  const bool regular = hashes.size() == kHashBytes && root.size() == kRootBytes;
  if (level == 0 && regular && !there_[index]) {
    std::array<std::uint8_t, kRecordBytes> record;
    std::memcpy(record.data(), hashes.data(), kHashBytes);
    std::memcpy(record.data() + kHashBytes, root.data(), kRootBytes);
    const auto at = static_cast<off_t>(index * kRecordBytes);
    if (pwrite(file_, record.data(), kRecordBytes, at) != static_cast<ssize_t>(kRecordBytes))
      return NoRoom();
    there_[index] = true;
    return absl::OkStatus();
  }
  std::vector<SpooledTile>& tiles = level == 0 ? odd_ : level == 1 ? first_ : above_;
  tiles.push_back({.level = level,
                   .index = index,
                   .hashes = std::string(AsText(hashes)),
                   .root = std::string(AsText(root))});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SpooledTile>> TileSpool::OfSegment(std::uint64_t segment) const {
  std::vector<SpooledTile> tiles;
  std::string record(kRecordBytes, '\0');
  const std::uint64_t first = segment * kTilesOfSegment, end = first + kTilesOfSegment;
  for (std::uint64_t index = first; index < end && index < there_.size(); ++index) {
    if (!there_[index]) continue;
    const auto at = static_cast<off_t>(index * kRecordBytes);
    if (pread(file_, record.data(), kRecordBytes, at) != static_cast<ssize_t>(kRecordBytes))
      return NoRoom();
    tiles.push_back({.level = 0,
                     .index = index,
                     .hashes = record.substr(0, kHashBytes),
                     .root = record.substr(kHashBytes)});
  }
  for (const SpooledTile& tile : odd_) {
    if (tile.index >= first && tile.index < end) tiles.push_back(tile);
  }
  for (const SpooledTile& tile : first_) {
    if (tile.index == segment) tiles.push_back(tile);
  }
  return tiles;
}

}  // namespace candor::cli
