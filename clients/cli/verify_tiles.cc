#include "clients/cli/verify_tiles.h"

#include <deque>
#include <future>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/ledger_source.h"
#include "clients/cli/ledger_workers.h"
#include "clients/cli/verdict.h"
#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/consistency.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/tile.h"
#include "services/verify/follow.h"
#include "services/verify/ledger.h"

namespace candor::cli {
namespace {

constexpr std::size_t kAhead = 4;  // Bundles asked for before the first has come.

// A bundle of leaves with the tile of their hashes.
struct Bundle {
  absl::Status status;  // Of the leaves.
  std::string leaves;
  absl::StatusOr<std::string> tile;
};

// A hash of a tile that is not the one computed from the leaves.
struct Difference {
  core::Tile tile;
  int hash = 0;  // Which of the tile's.
};

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

class TileRun {
 public:
  TileRun(const TileCheckFlags& flags, const LedgerSource& source, Output& out)
      : flags_(flags), source_(source), out_(out) {}

  absl::StatusOr<int> Run();

 private:
  absl::StatusOr<bool> ReadCheckpoint();
  absl::Status ReadSince();
  absl::Status FetchLeaves();
  absl::StatusOr<bool> TakeBundle(std::uint64_t index, const Bundle& bundle);
  absl::Status RaiseRoot(Digest root);
  absl::Status TakeTile(const core::Tile& tile, const absl::StatusOr<std::string>& served,
                        const std::vector<Digest>& computed);
  absl::Status TakePartialTiles();
  void NameDifferences();
  absl::Status CheckSince();
  Verdict Summary();

  Bundle Fetch(std::uint64_t index) const;
  int WidthOf(std::uint64_t index) const { return core::TileWidthAt(0, index, checkpoint_.size); }
  void Add(std::string table, std::optional<std::uint64_t> position, std::string column,
           std::string what) {
    findings_.Add({.table = std::move(table),
                   .position = position,
                   .column = std::move(column),
                   .what = std::move(what)});
  }

  const TileCheckFlags& flags_;
  const LedgerSource& source_;
  Output& out_;

  std::string note_;
  core::Checkpoint checkpoint_;  // What the note says; its signature is checked at the end.
  std::string since_note_;
  core::Checkpoint since_;
  std::vector<core::VerifierKey> keys_;
  bool own_key_ = false;  // It is the source's own word.

  std::optional<verify::LedgerCheck> check_;
  std::vector<verify::KeyChange> key_changes_;
  std::vector<std::vector<Digest>> open_tiles_;  // By level from 1, what its open tile must hold.
  std::vector<Difference> differences_;          // At most verify::kMaxFindings.
  core::CompactRange range_;
  Digest root_at_since_;
  verify::Report report_;
  verify::Findings findings_;
  std::uint64_t fetched_ = 0;  // Leaves, without a break.
};

// False: what is there is no checkpoint, which is a finding.
absl::StatusOr<bool> TileRun::ReadCheckpoint() {
  CANDOR_ASSIGN_OR_RETURN(LedgerSource::Newest newest, source_.Checkpoint());
  CANDOR_ASSIGN_OR_RETURN(keys_, ReadKeys(flags_.vkeys, flags_.vkey_file));
  own_key_ = keys_.empty() && !newest.vkey.empty();
  if (own_key_) {
    CANDOR_ASSIGN_OR_RETURN(keys_, ReadKeys({newest.vkey}, ""));
  }
  if (keys_.empty()) return NoKeyGiven();
  const absl::StatusOr<core::Checkpoint> claimed = Claimed(newest.note);
  if (!claimed.ok()) {
    Add("checkpoint", {}, "note", Message(claimed.status()));
    return false;
  }
  note_ = std::move(newest.note);
  checkpoint_ = *claimed;
  return true;
}

absl::Status TileRun::ReadSince() {
  if (flags_.since_file.empty()) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(since_note_, ReadFile(flags_.since_file, core::kMaxNoteBytes));
  absl::StatusOr<core::Checkpoint> claimed = Claimed(since_note_);
  if (!claimed.ok()) {
    return Unusable(flags_.since_file + ": is not a checkpoint: " + Message(claimed.status()),
                    "give a file that `candor checkpoint --out` wrote");
  }
  since_ = *std::move(claimed);
  if (since_.origin == checkpoint_.origin) return absl::OkStatus();
  return Unusable(flags_.since_file + ": is of another ledger",
                  "give a checkpoint of " + Printable(checkpoint_.origin));
}

Bundle TileRun::Fetch(std::uint64_t index) const {
  Bundle bundle;
  core::Tile tile{.level = core::kEntries, .index = index, .width = WidthOf(index)};
  absl::StatusOr<std::string> leaves = source_.Read(tile);
  bundle.status = leaves.status();
  if (!leaves.ok()) return bundle;
  bundle.leaves = *std::move(leaves);
  tile.level = 0;
  bundle.tile = source_.Read(tile);
  return bundle;
}

absl::Status TileRun::FetchLeaves() {
  const std::uint64_t bundles = (checkpoint_.size + core::kTileWidth - 1) / core::kTileWidth;
  std::deque<std::future<Bundle>> ahead;
  std::uint64_t asked = 0;
  for (std::uint64_t index = 0; index < bundles; ++index) {
    while (asked < bundles && ahead.size() < kAhead) {
      ahead.push_back(std::async(std::launch::async, [this, asked] { return Fetch(asked); }));
      ++asked;
    }
    const Bundle bundle = ahead.front().get();
    ahead.pop_front();
    if (IsNotShown(bundle.status)) {
      Add("entries", fetched_, "",
          "is signed, but not shown: " + Message(bundle.status));
      return absl::OkStatus();
    }
    CANDOR_RETURN_IF_ERROR(bundle.status);
    CANDOR_ASSIGN_OR_RETURN(const bool whole, TakeBundle(index, bundle));
    if (!whole) return absl::OkStatus();
    out_.Progress(WithCommas(fetched_) + " of " + WithCommas(checkpoint_.size) + " leaves");
  }
  return TakePartialTiles();
}

absl::StatusOr<bool> TileRun::TakeBundle(std::uint64_t index, const Bundle& bundle) {
  const int width = WidthOf(index);
  const auto leaves = core::ParseBundle(bundle.leaves, width);
  if (!leaves.ok()) {
    Add("entries", fetched_, "",
        "the bundle that begins here is not one of " + std::to_string(width) + " leaves");
    return false;
  }
  std::vector<Digest> hashes;
  for (const std::string_view leaf : *leaves) {
    hashes.push_back(core::HashLeaf(AsBytes(leaf)));
    check_->Entry({.position = fetched_, .leaf = AsBytes(leaf)});
    for (verify::KeyChange& change : KeyChangesIn(leaf, fetched_))
      key_changes_.push_back(std::move(change));
    ++fetched_;
    range_.Append(hashes.back());
    if (range_.size() == since_.size) root_at_since_ = range_.Root();
  }
  CANDOR_RETURN_IF_ERROR(
      TakeTile({.level = 0, .index = index, .width = width}, bundle.tile, hashes));
  if (width == core::kTileWidth) CANDOR_RETURN_IF_ERROR(RaiseRoot(core::TileRoot(hashes)));
  return true;
}

// The root of a full tile of level 0 goes into level 1, and so on where that fills one.
absl::Status TileRun::RaiseRoot(Digest root) {
  for (int level = 1;; ++level) {
    const auto at = static_cast<std::size_t>(level);
    if (at >= open_tiles_.size()) open_tiles_.resize(at + 1);
    std::vector<Digest>& tile = open_tiles_[at];
    tile.push_back(root);
    if (tile.size() < core::kTileWidth) return absl::OkStatus();
    const std::uint64_t index = (fetched_ >> (core::kTileHeight * (level + 1))) - 1;
    const core::Tile full{.level = level, .index = index};
    CANDOR_RETURN_IF_ERROR(TakeTile(full, source_.Read(full), tile));
    root = core::TileRoot(tile);
    tile.clear();
  }
}

absl::Status TileRun::TakePartialTiles() {
  for (const core::Tile& tile : core::TilesAt(checkpoint_.size)) {
    if (tile.level == 0 || tile.width == core::kTileWidth) continue;
    CANDOR_RETURN_IF_ERROR(TakeTile(tile, source_.Read(tile),
                                    open_tiles_[static_cast<std::size_t>(tile.level)]));
  }
  return absl::OkStatus();
}

absl::Status TileRun::TakeTile(const core::Tile& tile, const absl::StatusOr<std::string>& served,
                                 const std::vector<Digest>& computed) {
  const std::string level = "level " + std::to_string(tile.level) + ": ";
  if (IsNotShown(served.status())) {
    Add("tiles", tile.index, "", level + "is signed, but not shown: " + Message(served.status()));
    return absl::OkStatus();
  }
  CANDOR_RETURN_IF_ERROR(served.status());
  const BytesView bytes = AsBytes(*served);
  if (bytes.size() != static_cast<std::size_t>(tile.width) * 32) {
    Add("tiles", tile.index, "hashes",
        level + "is not of " + std::to_string(tile.width) + " hashes");
    return absl::OkStatus();
  }
  for (std::size_t i = 0; i < computed.size(); ++i) {
    if (*Digest::FromBytes(bytes.subspan(i * 32, 32)) == computed[i]) continue;
    if (differences_.size() < verify::kMaxFindings)
      differences_.push_back({.tile = tile, .hash = static_cast<int>(i)});
  }
  return absl::OkStatus();
}

// What differs is the tile's fault where the leaves lead to the signed root, else the
// leaf's; then the tiles above it differ too, and say nothing new.
void TileRun::NameDifferences() {
  const bool leaves_are_right = fetched_ == checkpoint_.size && range_.Root() == checkpoint_.root;
  for (const Difference& difference : differences_) {
    const core::Tile& tile = difference.tile;
    const std::uint64_t position =
        tile.index * core::kTileWidth + static_cast<std::uint64_t>(difference.hash);
    if (leaves_are_right) {
      Add("tiles", tile.index, "hashes",
          "level " + std::to_string(tile.level) + ": hash " + std::to_string(difference.hash) +
              " is not that of what is below");
    } else if (tile.level == 0) {
      Add("entries", position, "leaf", "is not what its tile holds");
    }
  }
  if (leaves_are_right || differences_.empty()) return;
  std::erase_if(report_.findings,
                [](const verify::Finding& finding) { return finding.column == "root"; });
}

// By the leaves themselves, and by the proof that the server gives for it.
absl::Status TileRun::CheckSince() {
  if (since_note_.empty()) return absl::OkStatus();
  const auto older =
      core::OpenCheckpoint(since_note_, verify::AllowedAt(since_.size, keys_, key_changes_));
  if (!older.ok()) {
    Add("checkpoint", {}, "note", Message(older.status()) + " (" + flags_.since_file + ")");
    return absl::OkStatus();
  }
  if (since_.size > checkpoint_.size) {
    Add("checkpoint", {}, "size",
        "is below that of " + flags_.since_file + ": the ledger lost its end");
    return absl::OkStatus();
  }
  if (since_.size == 0 || fetched_ < since_.size) return absl::OkStatus();
  if (root_at_since_ != since_.root) {
    Add("checkpoint", {}, "root", "is of another history than that of " + flags_.since_file);
    return absl::OkStatus();
  }
  CANDOR_ASSIGN_OR_RETURN(const auto hashes, source_.Consistency(since_.size, checkpoint_.size));
  if (!hashes) return absl::OkStatus();
  core::ConsistencyProof proof{.old_size = since_.size, .new_size = checkpoint_.size, .path = {}};
  for (const std::string& hash : *hashes) {
    if (const auto digest = Digest::FromBytes(AsBytes(hash))) proof.path.push_back(*digest);
  }
  const bool whole = proof.path.size() == hashes->size();
  if (!whole ||
      !core::VerifyConsistency(proof, {.old_root = since_.root, .new_root = checkpoint_.root})
           .ok()) {
    Add("checkpoint", {}, "consistency",
        "the server's proof from " + flags_.since_file + " is false");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> TileRun::Run() {
  CANDOR_ASSIGN_OR_RETURN(const bool readable, ReadCheckpoint());
  if (!readable) return PrintVerdict(Summary(), out_);
  CANDOR_RETURN_IF_ERROR(ReadSince());
  // Columns and chain are not served; tiles are compared here.
  check_.emplace(
      verify::LedgerPlan{.origin = checkpoint_.origin, .with_columns = false, .with_tiles = false});
  CANDOR_RETURN_IF_ERROR(FetchLeaves());
  out_.Progress({});
  keys_ = verify::FollowKeys(std::move(keys_), key_changes_);
  report_ = check_->Finish(note_, keys_);
  // A good signature over the tree vouches for all keys that its leaves announce.
  if (report_.checkpoint && report_.intact()) keys_ = AnnouncedKeys(key_changes_);
  NameDifferences();
  CANDOR_RETURN_IF_ERROR(CheckSince());
  Verdict verdict = Summary();
  if (verdict.findings.empty() && !flags_.out_file.empty())
    CANDOR_RETURN_IF_ERROR(WriteFile(flags_.out_file, note_));
  if (verdict.findings.empty() && !flags_.vkey_out.empty())
    CANDOR_RETURN_IF_ERROR(WriteFile(flags_.vkey_out, LinesOf(keys_)));
  return PrintVerdict(std::move(verdict), out_);
}

Verdict TileRun::Summary() {
  Verdict verdict;
  verdict.about = {
      {"ledger", Printable(checkpoint_.origin)},
      {"leaves", WithCommas(fetched_) + " fetched and hashed"},
      {"checked",
       "leaves; tree; every tile; checkpoint" +
           std::string(since_note_.empty() ? "" : "; consistency with " + flags_.since_file)}};
  Describe(report_.missing, verdict);
  Describe(report_.forgotten, verdict);
  Describe(report_.succession, verdict);
  verdict.json.Set("ledger", Printable(checkpoint_.origin));
  verdict.json.Set("leaves", JsonNumber(fetched_));
  verdict.json.Set("key_from_server", own_key_);
  if (!since_note_.empty()) verdict.json.Set("since_size", JsonNumber(since_.size));
  for (verify::Finding& finding : report_.findings) findings_.Add(std::move(finding));
  verdict.findings = std::move(findings_).Take();
  verdict.malformed = std::move(report_.malformed);
  if (report_.checkpoint) Describe(*report_.checkpoint, SignerOf(note_, keys_), verdict);
  if (own_key_)
    verdict.about.emplace_back("key",
                               "the server's own word; --vkey holds it against one you trust");
  if (!verdict.findings.empty() || !report_.checkpoint) {
    verdict.complete = Completeness::NotProvable("the ledger is not intact");
    return verdict;
  }
  const std::string range = "[0, " + std::to_string(checkpoint_.size) + ")";
  verdict.intact = "leaves " + range + " hash into the signed checkpoint";
  verdict.complete = Completeness::WholeRange(checkpoint_.size);
  return verdict;
}

}  // namespace

absl::StatusOr<int> VerifyServer(const TileCheckFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  absl::StatusOr<int> done = TileRun(flags, *SourceOfServer(connection), out).Run();
  out.Progress({});
  if (done.ok()) return done;
  // That the server refuses says nothing about its ledger.
  return AsFailed(done.status());
}

absl::StatusOr<int> VerifyFolder(const TileCheckFlags& flags, const Program&, Output& out) {
  absl::StatusOr<int> done = TileRun(flags, *SourceOfFolder(flags.folder), out).Run();
  out.Progress({});
  return done;
}

}  // namespace candor::cli
