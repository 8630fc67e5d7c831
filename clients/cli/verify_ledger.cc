#include "clients/cli/verify_ledger.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/ledger_database.h"
#include "clients/cli/ledger_workers.h"
#include "clients/cli/tile_spool.h"
#include "clients/cli/verdict.h"
#include "services/verify/follow.h"
#include "services/verify/ledger.h"
#include "services/verify/told.h"

namespace candor::cli {
namespace {

using verify::Finding;

constexpr std::uint64_t kLookBeyond = 65'536;  // Positions past the head that are looked at.
constexpr unsigned kMostThreads = 8;

// A checkpoint that the ledger is held against.
struct Given {
  std::string source;  // The table, or the file.
  std::string note;
  absl::StatusOr<core::Checkpoint> text = absl::InvalidArgumentError("");  // Not verified yet.
};

Given GivenBy(std::string source, std::string note) {
  Given given{.source = std::move(source), .note = std::move(note)};
  const absl::StatusOr<core::Note> parsed = core::ParseNote(given.note);
  given.text = parsed.ok() ? core::ParseCheckpointText(parsed->text)
                           : absl::StatusOr<core::Checkpoint>(parsed.status());
  return given;
}

class LedgerRun {
 public:
  LedgerRun(const LedgerFlags& flags, LedgerDatabase database, Output& out)
      : flags_(flags), database_(std::move(database)), out_(out) {}

  absl::StatusOr<int> Run() {
    CANDOR_RETURN_IF_ERROR(ReadEnds());
    if (!flags_.keys_folder.empty()) {
      CANDOR_ASSIGN_OR_RETURN(keyring_, database_.OpenKeyring(flags_.keys_folder, clock_));
    }
    const auto start = std::chrono::steady_clock::now();
    CANDOR_RETURN_IF_ERROR(Check());
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CANDOR_RETURN_IF_ERROR(LookBeyondHead());
    CANDOR_RETURN_IF_ERROR(CheckTold());
    CANDOR_RETURN_IF_ERROR(CheckOtherCheckpoints());
    Verdict verdict = Summary();
    if (verdict.findings.empty() && !flags_.vkey_out.empty())
      CANDOR_RETURN_IF_ERROR(WriteFile(flags_.vkey_out, LinesOf(keys_)));
    return PrintVerdict(std::move(verdict), out_);
  }

 private:
  absl::Status ReadEnds();
  absl::Status Check();
  absl::Status LookBeyondHead();
  absl::Status CheckTold();
  absl::Status CheckOtherCheckpoints();
  Verdict Summary();

  const Given& main() const { return given_[main_]; }
  void Add(std::string table, std::optional<std::uint64_t> position, std::string column,
           std::string what) {
    findings_.Add({.table = std::move(table),
                   .position = position,
                   .column = std::move(column),
                   .what = std::move(what)});
  }

  const LedgerFlags& flags_;
  LedgerDatabase database_;
  Output& out_;
  SystemClock clock_;
  std::unique_ptr<vault::Keyring> keyring_;
  unsigned threads_ = 1;

  store::Head head_;
  std::uint64_t size_ = 0;    // How many leaves are checked: the head's, if nobody altered it.
  std::vector<Given> given_;  // The published one first.
  std::size_t main_ = 0;      // The largest of them that the head reaches.
  std::unique_ptr<TileSpool> tiles_;
  std::vector<core::VerifierKey> keys_;
  std::vector<verify::KeyChange> key_changes_;
  verify::Report report_;
  verify::Findings findings_;
  std::uint64_t opened_ = 0, told_ = 0;
  double seconds_ = 0;
};

// The published checkpoint before the head, so that the head reaches it.
absl::Status LedgerRun::ReadEnds() {
  CANDOR_ASSIGN_OR_RETURN(const store::PublishedCheckpoint published, database_.Published());
  given_.push_back(GivenBy("checkpoints", published.note));
  if (given_[0].text.ok() && given_[0].text->size != published.size) {
    Add("checkpoints", {}, "size", "is not the size in the note");
  }
  CANDOR_ASSIGN_OR_RETURN(head_, database_.Head());
  for (const std::string& file : flags_.checkpoint_files) {
    CANDOR_ASSIGN_OR_RETURN(std::string note, ReadFile(file, core::kMaxNoteBytes));
    given_.push_back(GivenBy(file, std::move(note)));
    const Given& given = given_.back();
    if (!given.text.ok()) {
      return Unusable(file + ": is not a checkpoint: " + std::string(given.text.status().message()),
                      "give a file that `candor checkpoint --out` wrote");
    }
    if (given.text->size > head_.size) {
      Add("heads", {}, "size",
          "is below the size of the checkpoint in " + file + ": the ledger lost its end");
    } else if (!main().text.ok() || given.text->size > main().text->size) {
      main_ = given_.size() - 1;
    }
  }
  // A head below its published checkpoint was altered: the rows it hides are looked at.
  size_ = head_.size;
  if (main().text.ok()) size_ = std::clamp(main().text->size, head_.size, head_.size + kLookBeyond);
  return absl::OkStatus();
}

absl::Status LedgerRun::Check() {
  const store::TenantRow& tenant = database_.tenant();
  CANDOR_ASSIGN_OR_RETURN(tiles_, TileSpool::Read(database_.address(), tenant.tenant_id, size_));
  verify::LedgerPlan plan{.origin = tenant.origin, .with_sections = keyring_ != nullptr};
  if (main().text.ok()) plan.sizes.push_back(main().text->size);
  verify::LedgerCheck check(plan);

  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const std::uint64_t segments =
      std::max<std::uint64_t>(1, (size_ + verify::kSegmentSize - 1) / verify::kSegmentSize);
  const unsigned wanted = flags_.threads > 0 ? flags_.threads : std::min(cores, kMostThreads);
  threads_ = static_cast<unsigned>(std::min<std::uint64_t>(wanted, segments));
  LedgerWorkers workers({.address = database_.address(),
                         .tenant = tenant.tenant_id,
                         .plan = check.plan(),
                         .tiles = *tiles_,
                         .keyring = keyring_.get(),
                         .size = size_});
  const absl::Status read = workers.Run(
      threads_, [&](verify::SegmentResult segment) { check.Join(std::move(segment)); },
      [&](std::uint64_t leaves) {
        out_.Progress(WithCommas(leaves) + " of " + WithCommas(size_) + " leaves");
      });
  out_.Progress({});
  CANDOR_RETURN_IF_ERROR(read);

  for (const SpooledTile& tile : tiles_->above()) check.Tile(tile.row());
  std::string range;
  for (const Digest& hash : head_.range) range += AsText(hash.view());
  check.Head({.size = head_.size,
              .root = head_.root.view(),
              .chain = head_.chain.view(),
              .time = head_.time,
              .range = AsBytes(range),
              .signer = head_.signer});

  CANDOR_ASSIGN_OR_RETURN(keys_, ReadKeys(flags_.vkeys, flags_.vkey_file));
  key_changes_ = workers.key_changes();
  keys_ = keys_.empty() ? AnnouncedKeys(key_changes_) : verify::FollowKeys(keys_, key_changes_);
  report_ = check.Finish(main().note, keys_);
  for (Finding& finding : report_.findings) {
    if (finding.table == "checkpoint" && main_ == 0) finding.table = "checkpoints";
    if (finding.table == "checkpoint") finding.what += " (" + main().source + ")";
    findings_.Add(std::move(finding));
  }
  findings_.Append(workers.TakeFindings());
  opened_ = workers.opened();
  // A good signature over the tree vouches for all keys that its leaves announce.
  if (report_.checkpoint && report_.intact()) keys_ = AnnouncedKeys(key_changes_);
  return absl::OkStatus();
}

// What lies past the head that was verified must be what was appended since.
absl::Status LedgerRun::LookBeyondHead() {
  const store::TenantRow& tenant = database_.tenant();
  const std::uint64_t end = size_ + kLookBeyond;
  std::vector<std::pair<const char*, std::uint64_t>> rows;
  CANDOR_RETURN_IF_ERROR(store::StreamEntries(database_.address(), tenant.tenant_id, size_, end,
                                              [&](const store::StoredEntry& entry) {
                                                rows.emplace_back("entries", entry.position);
                                                return absl::OkStatus();
                                              }));
  if (keyring_ != nullptr) {
    CANDOR_RETURN_IF_ERROR(store::StreamSealed(database_.address(), tenant.tenant_id, size_, end,
                                               [&](const store::StoredSections& sealed) {
                                                 rows.emplace_back("sealed", sealed.position);
                                                 return absl::OkStatus();
                                               }));
  }
  CANDOR_ASSIGN_OR_RETURN(const store::Head later, database_.Head());
  if (later.size < head_.size) Add("heads", {}, "size", "went down while the ledger was verified");
  for (const auto& [table, position] : rows) {
    if (position >= later.size) Add(table, position, "", "lies beyond the head");
  }
  for (const TileSpool::Beyond& tile : tiles_->beyond()) {
    if (tile.end <= later.size) continue;
    Add("tiles", tile.index, "",
        "of level " + std::to_string(tile.level) + " lies beyond the head");
  }
  return absl::OkStatus();
}

// The small tables hold nothing that no leaf says.
absl::Status LedgerRun::CheckTold() {
  const Uuid& tenant = database_.tenant().tenant_id;
  CANDOR_ASSIGN_OR_RETURN(const auto rows, store::ToldRows(database_.connection(), tenant));
  std::map<std::uint64_t, std::optional<core::Leaf>> leaves;
  for (const store::ToldRow& row : rows) {
    const auto [known, is_new] = leaves.try_emplace(row.position);
    if (is_new) {
      const auto stored = store::LeafAt(database_.connection(), tenant, row.position);
      if (absl::IsUnavailable(stored.status())) return stored.status();
      const auto leaf = stored.ok() ? core::ParseLeaf(stored->leaf) : stored.status();
      if (leaf.ok()) known->second = *leaf;
    }
    if (!known->second) {
      Add(row.table, row.position, "", "names a leaf that is not there");
    } else if (auto finding = verify::CheckTold({row.table, row.position, row.values}, *known->second)) {
      findings_.Add(*std::move(finding));
    }
  }
  told_ = rows.size();
  return absl::OkStatus();
}

absl::Status LedgerRun::CheckOtherCheckpoints() {
  for (std::size_t i = 0; i < given_.size(); ++i) {
    const Given& given = given_[i];
    if (i == main_) continue;
    const std::string table = i == 0 ? "checkpoints" : "checkpoint";
    const std::string where = i == 0 ? "" : " (" + given.source + ")";
    const std::uint64_t size = given.text.ok() ? given.text->size : 0;
    const absl::StatusOr<core::Checkpoint> checkpoint =
        core::OpenCheckpoint(given.note, verify::AllowedAt(size, keys_, key_changes_));
    if (!checkpoint.ok()) {
      Add(table, {}, "note", std::string(checkpoint.status().message()) + where);
      continue;
    }
    if (checkpoint->origin != database_.tenant().origin) {
      Add(table, {}, "note", "is of another ledger" + where);
      continue;
    }
    if (checkpoint->size > head_.size) continue;  // Named already.
    absl::StatusOr<Digest> root = database_.RootAt(checkpoint->size);
    if (absl::IsUnavailable(root.status())) return root.status();
    if (!root.ok() || *root != checkpoint->root) {
      Add(table, {}, "note", "is signed over another history than the ledger's" + where);
    }
  }
  return absl::OkStatus();
}

Verdict LedgerRun::Summary() {
  Verdict verdict;
  const store::TenantRow& tenant = database_.tenant();
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f s", seconds_);
  verdict.about = {
      {"ledger", tenant.origin},
      {"tenant", tenant.tenant_id.ToText()},
      {"leaves", WithCommas(size_) + ", checked in " + seconds + " on " + std::to_string(threads_) +
                     (threads_ == 1 ? " thread" : " threads")},
      {"checked", "entries, all columns; chain; tree; " + WithCommas(tiles_->count()) +
                      " tiles; head; checkpoint; " + WithCommas(told_) +
                      " rows that repeat a leaf"},
      {"sealed", keyring_ == nullptr
                     ? "not opened: give --keys to check sealed sections too"
                     : WithCommas(opened_) + " sections opened and held against their leaves"}};
  Describe(report_.missing, verdict);
  verdict.json.Set("ledger", tenant.origin);
  verdict.json.Set("tenant_id", tenant.tenant_id.ToText());
  verdict.json.Set("leaves", JsonNumber(size_));
  verdict.json.Set("tiles", JsonNumber(tiles_->count()));
  verdict.json.Set("sections_checked", keyring_ != nullptr);
  verdict.json.Set("sections_opened", JsonNumber(opened_));
  const bool own_keys = flags_.vkeys.empty() && flags_.vkey_file.empty();
  verdict.json.Set("key_from_ledger", own_keys);

  verdict.findings = std::move(findings_).Take();
  verdict.malformed = std::move(report_.malformed);
  if (report_.checkpoint) Describe(*report_.checkpoint, SignerOf(main().note, keys_), verdict);
  if (own_keys)
    verdict.about.emplace_back("key",
                               "the ledger's own word; --vkey holds it against one you trust");

  if (!verdict.findings.empty() || !report_.checkpoint) {
    verdict.complete = Completeness::NotProvable("the ledger is not intact");
    return verdict;
  }
  const std::uint64_t size = report_.checkpoint->size;
  if (size < head_.size) {
    verdict.about.emplace_back(
        "beyond", "leaves [" + std::to_string(size) + ", " + std::to_string(head_.size) +
                      ") fit chain and head, but are under no checkpoint given");
  }
  verdict.intact = "every row fits the leaves, and leaves [0, " + std::to_string(size) +
                   ") hash into the signed checkpoint";
  verdict.complete = Completeness::WholeRange(size);
  return verdict;
}

}  // namespace

absl::StatusOr<int> VerifyLedger(const LedgerFlags& flags, const Program&, Output& out) {
  std::string url = flags.database;
  if (const char* const named = std::getenv("CANDOR_DATABASE"); url.empty() && named != nullptr)
    url = named;
  if (url.empty()) return Unusable("no database", "give --database URL, or set CANDOR_DATABASE");
  CANDOR_ASSIGN_OR_RETURN(LedgerDatabase database, LedgerDatabase::Open(url, flags.origin));
  const absl::StatusOr<int> done = LedgerRun(flags, std::move(database), out).Run();
  out.Progress({});
  if (!done.ok()) return NotReadable(done.status());
  return done;
}

}  // namespace candor::cli
