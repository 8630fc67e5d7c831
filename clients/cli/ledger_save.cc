#include "clients/cli/ledger_save.h"

#include <filesystem>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/ledger_source.h"
#include "clients/cli/verdict.h"
#include "services/core/tlog/note.h"

namespace candor::cli {
namespace {

absl::StatusOr<core::Checkpoint> ClaimedBy(const std::string& whose, const std::string& note) {
  absl::StatusOr<core::Checkpoint> claimed = Claimed(note);
  if (claimed.ok()) return claimed;
  return Unusable(whose + " is malformed: " + std::string(claimed.status().message()),
                  "do not rely on it; ask the ledger's operator");
}

absl::Status GoesOn(const std::string& path, const core::Checkpoint& newest) {
  if (!std::filesystem::exists(path)) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const std::string note, ReadFile(path, core::kMaxNoteBytes));
  CANDOR_ASSIGN_OR_RETURN(const core::Checkpoint saved, ClaimedBy(path, note));
  if (saved.origin != newest.origin)
    return Unusable(path + ": is of " + Printable(saved.origin), "give another folder");
  if (saved.size > newest.size) {
    return Unusable(path + ": is of size " + WithCommas(saved.size) + ", but the server's of " +
                        WithCommas(newest.size),
                    "keep the folder: it shows that the server's ledger lost its end");
  }
  return absl::OkStatus();
}

// Whether the bytes can be the tile at all: a file, once written, is not fetched again.
bool IsWhole(const core::Tile& tile, const std::string& bytes) {
  if (tile.level == core::kEntries) return core::ParseBundle(bytes, tile.width).ok();
  return bytes.size() == static_cast<std::size_t>(tile.width) * 32;
}

class Saving {
 public:
  Saving(const LedgerSource& source, const std::string& folder, Output& out)
      : source_(source), folder_(folder), out_(out) {}

  // Every tile of one level, or every bundle. False: the level has none.
  absl::StatusOr<bool> Level(int level, std::uint64_t size) {
    const int height = level == core::kEntries ? 0 : level;
    core::Tile tile{.level = level};
    while ((tile.width = core::TileWidthAt(height, tile.index, size)) > 0) {
      CANDOR_RETURN_IF_ERROR(Take(tile));
      ++tile.index;
    }
    return tile.index > 0;
  }

  std::uint64_t fetched() const { return fetched_; }

 private:
  // A file that is there is whole: none is ever written in part, nor changes.
  absl::Status Take(const core::Tile& tile) {
    const std::filesystem::path path = folder_ + "/" + core::TilePath(tile);
    std::error_code error;
    if (std::filesystem::exists(path, error)) return absl::OkStatus();
    CANDOR_ASSIGN_OR_RETURN(const std::string bytes, source_.Read(tile));
    if (!IsWhole(tile, bytes)) {
      return Unusable("the server's " + core::TilePath(tile) + " is not whole",
                      "do not rely on it; ask the ledger's operator");
    }
    std::filesystem::create_directories(path.parent_path(), error);
    CANDOR_RETURN_IF_ERROR(WriteFile(path, bytes));
    out_.Progress(WithCommas(++fetched_) + " files");
    return absl::OkStatus();
  }

  const LedgerSource& source_;
  const std::string& folder_;
  Output& out_;
  std::uint64_t fetched_ = 0;
};

}  // namespace

absl::StatusOr<int> SaveLedger(const SaveFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  const std::unique_ptr<LedgerSource> source = SourceOfServer(connection);
  CANDOR_ASSIGN_OR_RETURN(const LedgerSource::Newest newest, source->Checkpoint());
  CANDOR_ASSIGN_OR_RETURN(const core::Checkpoint checkpoint,
                          ClaimedBy("the server's checkpoint", newest.note));
  const std::string path = flags.folder + "/checkpoint";
  CANDOR_RETURN_IF_ERROR(GoesOn(path, checkpoint));
  std::error_code error;
  std::filesystem::create_directories(flags.folder, error);

  Saving saving(*source, flags.folder, out);
  CANDOR_RETURN_IF_ERROR(saving.Level(core::kEntries, checkpoint.size).status());
  bool more = true;
  for (int level = 0; more && level <= core::kMaxTileLevel; ++level) {
    CANDOR_ASSIGN_OR_RETURN(more, saving.Level(level, checkpoint.size));
  }
  CANDOR_RETURN_IF_ERROR(WriteFile(path, newest.note));
  out.Progress({});
  if (out.json()) {
    core::Json json = core::Json::Object();
    json.Set("ledger", Printable(checkpoint.origin));
    json.Set("size", JsonNumber(checkpoint.size));
    json.Set("fetched", JsonNumber(saving.fetched()));
    out.Line(json.Encode());
    return kDone;
  }
  out.Pairs({{"ledger", Printable(checkpoint.origin)},
             {"size", WithCommas(checkpoint.size)},
             {"fetched", WithCommas(saving.fetched()) + " files"},
             {"written", path}});
  out.Note("verify it: candor verify folder " + flags.folder + " --vkey KEY");
  return kDone;
}

}  // namespace candor::cli
