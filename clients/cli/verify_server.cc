#include "clients/cli/verify_server.h"

#include <deque>
#include <future>

#include "candor/v1/ledger_service.grpc.pb.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/ledger_workers.h"
#include "clients/cli/verdict.h"
#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/consistency.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/tile.h"
#include "services/verify/ledger.h"

namespace candor::cli {
namespace {

constexpr std::size_t kAhead = 4;  // Bundles asked for before the first has come.

// A bundle of leaves with the tile of their hashes.
struct Bundle {
  absl::Status status;  // Of both calls.
  std::string leaves, tile;
};

std::string Message(const absl::Status& status) { return std::string(status.message()); }

std::vector<Digest> Hashes(BytesView tile) {
  std::vector<Digest> hashes;
  for (std::size_t at = 0; at + 32 <= tile.size(); at += 32) {
    hashes.push_back(*Digest::FromBytes(tile.subspan(at, 32)));
  }
  return hashes;
}

class ServerRun {
 public:
  ServerRun(const ServerCheckFlags& flags, const Connection& connection, Output& out)
      : flags_(flags), connection_(connection), stub_(connection.Stub<v1::LedgerService>()), out_(out) {}

  absl::StatusOr<int> Run();

 private:
  absl::Status ReadCheckpoint();
  absl::Status ReadSince();
  absl::Status FetchLeaves();
  bool TakeBundle(std::uint64_t index, const Bundle& bundle);
  void TakeLeafHash(const Digest& hash);
  absl::Status FetchUpperTile(const core::Tile& tile);
  absl::Status FetchUpperTiles();
  absl::Status CheckSince();
  Verdict Summary();

  Bundle Fetch(std::uint64_t index) const;
  int WidthOf(std::uint64_t index) const { return core::TileWidthAt(0, index, checkpoint_.size); }
  absl::StatusOr<std::string> FetchTile(int level, std::uint64_t index, int width) const;
  void Add(std::string table, std::optional<std::uint64_t> position, std::string column, std::string what) {
    findings_.push_back({.table = std::move(table), .position = position, .column = std::move(column),
                         .what = std::move(what)});
  }

  const ServerCheckFlags& flags_;
  const Connection& connection_;
  const std::unique_ptr<v1::LedgerService::Stub> stub_;
  Output& out_;

  std::string note_;
  std::string served_key_;
  core::Checkpoint checkpoint_;  // What the note says; its signature is checked at the end.
  std::string since_note_;
  core::Checkpoint since_;
  std::vector<core::VerifierKey> keys_;

  std::optional<verify::LedgerCheck> check_;
  std::vector<verify::KeyChange> key_changes_;
  std::vector<std::vector<Digest>> open_tiles_;  // By level, what its open tile must hold.
  core::CompactRange range_;
  Digest root_at_since_;
  verify::Report report_;
  std::vector<verify::Finding> findings_;
  std::uint64_t fetched_ = 0;  // Leaves, without a break.
};

// Reads a note without verifying it: which ledger it is of, and how large it says that is.
absl::StatusOr<core::Checkpoint> Claimed(const std::string& note) {
  CANDOR_ASSIGN_OR_RETURN(const core::Note parsed, core::ParseNote(note));
  return core::ParseCheckpointText(parsed.text);
}

absl::Status ServerRun::ReadCheckpoint() {
  v1::GetCheckpointResponse response;
  CANDOR_RETURN_IF_ERROR(connection_.Call(
      [&](grpc::ClientContext* context) { return stub_->GetCheckpoint(context, {}, &response); }));
  note_ = response.checkpoint().note();
  served_key_ = response.vkey();
  absl::StatusOr<core::Checkpoint> claimed = Claimed(note_);
  if (!claimed.ok()) {
    return Unusable("the server's checkpoint is malformed: " + Message(claimed.status()),
                    "do not rely on this server; ask its operator");
  }
  checkpoint_ = *std::move(claimed);
  CANDOR_ASSIGN_OR_RETURN(keys_, ReadKeys(flags_.vkeys, flags_.vkey_file));
  if (!keys_.empty()) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(keys_, ReadKeys({served_key_}, ""));
  return absl::OkStatus();
}

absl::Status ServerRun::ReadSince() {
  if (flags_.since_file.empty()) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(since_note_, ReadFile(flags_.since_file, core::kMaxNoteBytes));
  absl::StatusOr<core::Checkpoint> claimed = Claimed(since_note_);
  if (!claimed.ok()) {
    return Unusable(flags_.since_file + ": is not a checkpoint: " + Message(claimed.status()),
                    "give a file that `candor checkpoint --out` wrote");
  }
  since_ = *std::move(claimed);
  if (since_.origin == checkpoint_.origin) return absl::OkStatus();
  return Unusable(flags_.since_file + ": is of another ledger", "give a checkpoint of " + Printable(checkpoint_.origin));
}

absl::StatusOr<std::string> ServerRun::FetchTile(int level, std::uint64_t index, int width) const {
  v1::GetTileRequest request;
  request.set_level(static_cast<std::uint32_t>(level));
  request.set_index(index);
  request.set_width(width == core::kTileWidth ? 0 : static_cast<std::uint32_t>(width));
  v1::GetTileResponse response;
  CANDOR_RETURN_IF_ERROR(connection_.Call(
      [&](grpc::ClientContext* context) { return stub_->GetTile(context, request, &response); }));
  return std::move(*response.mutable_tile());
}

Bundle ServerRun::Fetch(std::uint64_t index) const {
  Bundle bundle;
  const int width = WidthOf(index);
  v1::GetEntryBundleRequest request;
  request.set_index(index);
  request.set_width(width == core::kTileWidth ? 0 : static_cast<std::uint32_t>(width));
  v1::GetEntryBundleResponse response;
  bundle.status = connection_.Call(
      [&](grpc::ClientContext* context) { return stub_->GetEntryBundle(context, request, &response); });
  if (!bundle.status.ok()) return bundle;
  bundle.leaves = std::move(*response.mutable_bundle());
  absl::StatusOr<std::string> tile = FetchTile(0, index, width);
  bundle.status = tile.status();
  if (tile.ok()) bundle.tile = *std::move(tile);
  return bundle;
}

absl::Status ServerRun::FetchLeaves() {
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
    // What was signed must be shown: a server that cannot is not merely slow.
    if (absl::IsNotFound(bundle.status) || absl::IsDataLoss(bundle.status)) {
      Add("entries", fetched_, "", "is signed, but the server does not show it: " + Message(bundle.status));
      return absl::OkStatus();
    }
    CANDOR_RETURN_IF_ERROR(bundle.status);
    if (!TakeBundle(index, bundle)) return absl::OkStatus();
    if (fetched_ % verify::kSegmentSize == 0) {
      CANDOR_RETURN_IF_ERROR(FetchUpperTile({.level = 1, .index = index / core::kTileWidth}));
    }
    out_.Progress(WithCommas(fetched_) + " of " + WithCommas(checkpoint_.size) + " leaves");
  }
  return absl::OkStatus();
}

bool ServerRun::TakeBundle(std::uint64_t index, const Bundle& bundle) {
  const int width = WidthOf(index);
  const auto leaves = core::ParseBundle(bundle.leaves, width);
  if (!leaves.ok()) {
    Add("entries", fetched_, "", "the bundle that begins here is not one of " + std::to_string(width) + " leaves");
    return false;
  }
  const BytesView tile = AsBytes(bundle.tile);
  if (tile.size() != static_cast<std::size_t>(width) * 32) {
    Add("tiles", index, "hashes", "level 0: is not of " + std::to_string(width) + " hashes");
    return false;
  }
  std::size_t at = 0;
  for (const std::string_view leaf : *leaves) {
    const Digest hash = core::HashLeaf(AsBytes(leaf));
    if (width < core::kTileWidth && *Digest::FromBytes(tile.subspan(at, 32)) != hash) {
      Add("tiles", index, "hashes", "level 0: holds another hash for leaf " + std::to_string(fetched_));
    }
    at += 32;
    check_->Entry({.position = fetched_, .leaf = AsBytes(leaf)});
    for (verify::KeyChange& change : KeyChangesIn(leaf, fetched_)) key_changes_.push_back(std::move(change));
    ++fetched_;
    TakeLeafHash(hash);
  }
  if (width == core::kTileWidth) {
    check_->Tile({.level = 0, .index = index, .hashes = tile, .root = core::TileRoot(Hashes(tile)).view()});
  }
  return true;
}

void ServerRun::TakeLeafHash(const Digest& hash) {
  range_.Append(hash);
  if (range_.size() == since_.size) root_at_since_ = range_.Root();
  Digest rising = hash;
  for (std::size_t level = 0;; ++level) {
    if (level == open_tiles_.size()) open_tiles_.emplace_back();
    std::vector<Digest>& tile = open_tiles_[level];
    tile.push_back(rising);
    if (tile.size() < core::kTileWidth) return;
    rising = core::TileRoot(tile);
    tile.clear();
  }
}

// A tile above level 0: a full one goes to the check, a partial one is compared here.
absl::Status ServerRun::FetchUpperTile(const core::Tile& tile) {
  const absl::StatusOr<std::string> bytes = FetchTile(tile.level, tile.index, tile.width);
  const std::string level = "level " + std::to_string(tile.level) + ": ";
  if (absl::IsNotFound(bytes.status()) || absl::IsDataLoss(bytes.status())) {
    Add("tiles", tile.index, "", level + "is signed, but the server does not show it");
    return absl::OkStatus();
  }
  CANDOR_RETURN_IF_ERROR(bytes.status());
  if (bytes->size() != static_cast<std::size_t>(tile.width) * 32) {
    Add("tiles", tile.index, "hashes", level + "is not of " + std::to_string(tile.width) + " hashes");
    return absl::OkStatus();
  }
  const std::vector<Digest> hashes = Hashes(AsBytes(*bytes));
  if (tile.width == core::kTileWidth) {
    check_->Tile({.level = tile.level, .index = tile.index, .hashes = AsBytes(*bytes),
                  .root = core::TileRoot(hashes).view()});
  } else if (hashes != open_tiles_[static_cast<std::size_t>(tile.level)]) {
    Add("tiles", tile.index, "hashes", level + "does not hold the roots of the tiles below");
  }
  return absl::OkStatus();
}

// Full tiles of level 1 were fetched with their leaves.
absl::Status ServerRun::FetchUpperTiles() {
  for (const core::Tile& tile : core::TilesAt(checkpoint_.size)) {
    if (tile.level == 0 || (tile.level == 1 && tile.width == core::kTileWidth)) continue;
    CANDOR_RETURN_IF_ERROR(FetchUpperTile(tile));
  }
  return absl::OkStatus();
}

// By the leaves themselves, and by the proof that the server gives for it.
absl::Status ServerRun::CheckSince() {
  if (since_note_.empty()) return absl::OkStatus();
  const auto older = core::OpenCheckpoint(since_note_, verify::AllowedAt(since_.size, keys_, key_changes_));
  if (!older.ok()) {
    Add("checkpoint", {}, "note", Message(older.status()) + " (" + flags_.since_file + ")");
    return absl::OkStatus();
  }
  if (since_.size > checkpoint_.size) {
    Add("checkpoint", {}, "size", "is below that of " + flags_.since_file + ": the ledger lost its end");
    return absl::OkStatus();
  }
  if (since_.size == 0 || fetched_ < since_.size) return absl::OkStatus();
  if (root_at_since_ != since_.root) {
    Add("checkpoint", {}, "root", "is of another history than that of " + flags_.since_file);
    return absl::OkStatus();
  }
  v1::GetConsistencyRequest request;
  request.set_first_size(since_.size);
  request.set_second_size(checkpoint_.size);
  v1::GetConsistencyResponse response;
  CANDOR_RETURN_IF_ERROR(connection_.Call(
      [&](grpc::ClientContext* context) { return stub_->GetConsistency(context, request, &response); }));
  core::ConsistencyProof proof{.old_size = since_.size, .new_size = checkpoint_.size, .path = {}};
  for (const std::string& hash : response.hashes()) {
    if (const auto digest = Digest::FromBytes(AsBytes(hash))) proof.path.push_back(*digest);
  }
  const bool whole = proof.path.size() == static_cast<std::size_t>(response.hashes_size());
  if (!whole || !core::VerifyConsistency(proof, {.old_root = since_.root, .new_root = checkpoint_.root}).ok()) {
    Add("checkpoint", {}, "consistency", "the server's proof from " + flags_.since_file + " is false");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ServerRun::Run() {
  CANDOR_RETURN_IF_ERROR(ReadCheckpoint());
  CANDOR_RETURN_IF_ERROR(ReadSince());
  check_.emplace(verify::LedgerPlan{.origin = checkpoint_.origin, .with_columns = false});
  CANDOR_RETURN_IF_ERROR(FetchLeaves());
  if (fetched_ == checkpoint_.size) CANDOR_RETURN_IF_ERROR(FetchUpperTiles());
  out_.Progress({});
  report_ = check_->Finish(note_, keys_);
  CANDOR_RETURN_IF_ERROR(CheckSince());
  Verdict verdict = Summary();
  if (verdict.findings.empty() && !flags_.out_file.empty()) CANDOR_RETURN_IF_ERROR(WriteFile(flags_.out_file, note_));
  return PrintVerdict(std::move(verdict), out_);
}

Verdict ServerRun::Summary() {
  Verdict verdict;
  const bool own_key = flags_.vkeys.empty() && flags_.vkey_file.empty();
  verdict.about = {{"ledger", Printable(checkpoint_.origin)},
                   {"leaves", WithCommas(fetched_) + " fetched and hashed"},
                   {"checked", "leaves; tree; every tile; checkpoint" +
                                   std::string(since_note_.empty() ? "" : "; consistency with " + flags_.since_file)}};
  verdict.json.Set("ledger", Printable(checkpoint_.origin));
  verdict.json.Set("leaves", JsonNumber(fetched_));
  verdict.json.Set("key_from_server", own_key);
  if (!since_note_.empty()) verdict.json.Set("since_size", JsonNumber(since_.size));
  verdict.findings = std::move(report_.findings);
  verdict.findings.insert(verdict.findings.end(), findings_.begin(), findings_.end());
  verdict.malformed = std::move(report_.malformed);
  if (report_.checkpoint) Describe(*report_.checkpoint, SignerOf(note_, keys_), verdict);
  if (own_key) verdict.about.emplace_back("key", "the server's own word; --vkey holds it against one you trust");
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

absl::StatusOr<int> VerifyServer(const ServerCheckFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  absl::StatusOr<int> done = ServerRun(flags, connection, out).Run();
  out.Progress({});
  if (done.ok()) return done;
  // That the server refuses says nothing about its ledger.
  return AsFailed(done.status());
}

}  // namespace candor::cli
