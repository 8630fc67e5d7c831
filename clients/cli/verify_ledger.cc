#include "clients/cli/verify_ledger.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <thread>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/ledger_database.h"
#include "clients/cli/ledger_workers.h"
#include "clients/cli/tile_spool.h"
#include "clients/cli/verdict.h"
#include "services/crypto/ed25519.h"
#include "services/verify/follow.h"
#include "services/verify/ledger.h"

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
  LedgerRun(const LedgerFlags& flags, LedgerDatabase& database, Output& out)
      : flags_(flags), database_(database), out_(out) {}

  absl::StatusOr<Verdict> Run() {
    if (!flags_.keys_folder.empty()) {
      CANDOR_ASSIGN_OR_RETURN(keyring_, database_.OpenKeyring(flags_.keys_folder, clock_));
    }
    CANDOR_RETURN_IF_ERROR(ReadBefore());
    CANDOR_RETURN_IF_ERROR(ReadEnds());
    const auto start = std::chrono::steady_clock::now();
    CANDOR_RETURN_IF_ERROR(Check());
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CANDOR_RETURN_IF_ERROR(LookBeyondHead());
    if (keyring_ != nullptr) CANDOR_RETURN_IF_ERROR(CheckHandles());
    CANDOR_RETURN_IF_ERROR(CheckOtherCheckpoints());
    Verdict verdict = Summary();
    if (verdict.findings.empty() && !flags_.vkey_out.empty())
      CANDOR_RETURN_IF_ERROR(WriteFile(flags_.vkey_out, LinesOf(keys_)));
    return verdict;
  }

 private:
  using ToldKey = std::pair<std::string, std::vector<std::string>>;
  absl::Status ReadBefore();
  absl::Status ReadEnds();
  absl::Status Check();
  absl::Status ReadErased(verify::LedgerCheck& check);
  absl::Status CheckNotErasedMeanwhile(std::uint64_t later_size);
  absl::Status TakeTold(verify::LedgerCheck& check);
  void CheckLedgerKeys();
  absl::Status LookBeyondHead();
  absl::Status CheckHandles();
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
  LedgerDatabase& database_;
  Output& out_;
  SystemClock clock_;
  std::unique_ptr<vault::Keyring> keyring_;
  unsigned threads_ = 1;

  store::Head head_;
  bool has_head_ = true;
  std::uint64_t size_ = 0;    // How many leaves are checked: the head's, if nobody altered it.
  std::vector<Given> given_;  // The published one first.
  std::size_t main_ = 0;      // The largest of them that the head reaches.
  std::unique_ptr<TileSpool> tiles_;
  std::vector<core::VerifierKey> keys_;
  std::vector<verify::KeyChange> key_changes_;
  verify::Report report_;
  verify::Findings findings_;
  vault::ErasureProofs erased_;
  std::uint64_t opened_ = 0, told_ = 0;

  // Of before the head was read: no leaf of theirs lies beyond it.
  std::set<ToldKey> told_before_;
  std::set<std::string> handles_before_;
  HandleUses uses_;
  double seconds_ = 0;
};

absl::Status LedgerRun::ReadBefore() {
  CANDOR_ASSIGN_OR_RETURN(auto rows, database_.ToldRows());
  for (store::ToldRow& row : rows) told_before_.emplace(std::move(row.table), std::move(row.values));
  if (keyring_ == nullptr) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const auto keys, database_.DataKeyHandles());
  CANDOR_ASSIGN_OR_RETURN(const auto persons, database_.PersonHandles());
  handles_before_.insert(keys.begin(), keys.end());
  for (const store::PersonHandle& person : persons) handles_before_.insert(person.handle);
  return absl::OkStatus();
}

// The published checkpoint before the head, so that the head reaches it.
absl::Status LedgerRun::ReadEnds() {
  absl::StatusOr<store::PublishedCheckpoint> published = database_.Published();
  if (absl::IsNotFound(published.status())) {
    Add("checkpoints", {}, "", "is missing");
    published = store::PublishedCheckpoint{};
  }
  CANDOR_RETURN_IF_ERROR(published.status());
  given_.push_back(GivenBy("checkpoints", published->note));
  if (given_[0].text.ok() && given_[0].text->size != published->size) {
    Add("checkpoints", {}, "size", "is not the size in the note");
  }
  absl::StatusOr<store::Head> head = database_.Head();
  if (absl::IsNotFound(head.status())) {
    Add("heads", {}, "", "is missing");
    has_head_ = false;
    head = store::Head{};
  }
  CANDOR_RETURN_IF_ERROR(head.status());
  head_ = *std::move(head);
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
  const std::uint64_t published_size = main().text.ok() ? main().text->size : 0;
  if (published_size > size_) size_ = std::min(published_size, size_ + kLookBeyond);
  // An altered head may say anything.
  CANDOR_ASSIGN_OR_RETURN(const store::Ends ends, database_.Ends(size_));
  if (ends.has_negative) Add("entries", {}, "position", "is below zero in a row");
  if (ends.heads > 1) Add("heads", {}, "", "stands twice");
  if (ends.checkpoints > 1) Add("checkpoints", {}, "", "stands twice");
  size_ = std::min(size_, ends.before);
  return absl::OkStatus();
}

absl::Status LedgerRun::Check() {
  const store::TenantRow& tenant = database_.tenant();
  CANDOR_ASSIGN_OR_RETURN(tiles_, TileSpool::Read(database_.address(), tenant.tenant_id, size_));
  verify::LedgerPlan plan{.origin = tenant.origin,
                          .with_sections = keyring_ != nullptr,
                          .with_fingerprints = keyring_ != nullptr,
                          .with_erased = keyring_ != nullptr,
                          .with_told = true};
  if (main().text.ok()) plan.sizes.push_back(main().text->size);
  verify::LedgerCheck check(plan);
  if (keyring_ != nullptr) CANDOR_RETURN_IF_ERROR(ReadErased(check));

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
                         .erased = &erased_,
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
  if (has_head_) {
    check.Head({.size = head_.size,
                .root = head_.root.view(),
                .chain = head_.chain.view(),
                .time = head_.time,
                .range = AsBytes(range),
                .signer = head_.signer});
  }

  CANDOR_ASSIGN_OR_RETURN(keys_, ReadKeys(flags_.vkeys, flags_.vkey_file));
  key_changes_ = workers.key_changes();
  keys_ = keys_.empty() ? AnnouncedKeys(key_changes_) : verify::FollowKeys(keys_, key_changes_);
  CANDOR_RETURN_IF_ERROR(TakeTold(check));
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
  uses_ = workers.TakeUses();
  if (keyring_ != nullptr && report_.intact()) CheckLedgerKeys();
  if (keyring_ != nullptr && has_head_ && keyring_->wrapper() != head_.wrapper)
    Add("tenant_keys", {}, "number", "of purpose data is not that of the key that the head names");
  if (keyring_ != nullptr && has_head_ && keyring_->HeadSeal(tenant.origin, head_) != head_.seal) {
    Add("heads", {}, "seal",
        "is not that of a server of this ledger: leaves were appended or the head altered with the "
        "rights of the database alone");
  }
  return absl::OkStatus();
}

absl::Status LedgerRun::ReadErased(verify::LedgerCheck& check) {
  CANDOR_ASSIGN_OR_RETURN(const auto leaves, database_.ErasedLeaves(0, size_));
  for (const store::ErasedLeaf& leaf : leaves) {
    if (erased_.Take(*keyring_, database_.tenant().origin, leaf).ok()) continue;
    Add("erased", leaf.position, "evidence", "is not what an erasure of this leaf sealed");
  }
  erased_.Finish();
  for (const auto& [erasure, facts] : erased_.Facts()) check.Erased(erasure, facts);
  return absl::OkStatus();
}

// What went while it was read was no fault, but nobody saw what it was.
absl::Status LedgerRun::CheckNotErasedMeanwhile(std::uint64_t later_size) {
  CANDOR_ASSIGN_OR_RETURN(const auto later, database_.ErasedLeaves(size_, INT64_MAX));
  for (const store::ErasedLeaf& leaf : later) {
    if (leaf.erasure < later_size)
      return Advise(absl::UnavailableError("a person was erased while the ledger was verified"), "repeat");
    Add("erased", leaf.position, "erasure", "lies beyond the head");
  }
  return absl::OkStatus();
}

absl::Status LedgerRun::TakeTold(verify::LedgerCheck& check) {
  CANDOR_ASSIGN_OR_RETURN(auto rows, database_.ToldRows());
  told_ = rows.size();
  for (store::ToldRow& row : rows) {
    const bool is_new = !told_before_.contains({row.table, row.values});
    check.Told({.table = std::move(row.table), .values = std::move(row.values), .is_new = is_new});
  }
  return absl::OkStatus();
}

// The keys that sign are those that the ledger announced, in that order.
void LedgerRun::CheckLedgerKeys() {
  const auto announced = AnnouncedKeys(key_changes_);
  const auto seeds = keyring_->ledger_seeds();
  for (std::size_t i = 0; i < std::max(announced.size(), seeds.size()); ++i) {
    const auto seed = seeds.find(i + 1);
    if (i < announced.size() && seed != seeds.end() &&
        announced[i] == core::VerifierKey::Of(database_.tenant().origin,
                                              crypto::Ed25519Key(seed->second).public_key()))
      continue;
    Add("tenant_keys", {}, "number",
        "of purpose ledger: key " + std::to_string(i + 1) + " is not the one that the ledger announced");
  }
}

// Each key that sealed something is there, and leads back to its person; no other is.
absl::Status LedgerRun::CheckHandles() {
  CANDOR_ASSIGN_OR_RETURN(const auto keys, database_.DataKeyHandles());
  std::set<std::string> stored;
  for (const std::string& handle : keys) {
    if (!stored.insert(handle).second) Add("data_keys", {}, "handle", "stands twice");
    if (uses_.contains(handle) || !handles_before_.contains(handle)) continue;
    Add("data_keys", {}, "handle", "names a key that sealed nothing of this ledger");
  }
  CANDOR_ASSIGN_OR_RETURN(const auto persons, database_.PersonHandles());
  std::set<std::string> led;
  for (const store::PersonHandle& person : persons) {
    const auto use = uses_.find(person.handle);
    if (use == uses_.end()) {
      if (handles_before_.contains(person.handle))
        Add("persons", {}, "handle", "names a key that sealed nothing of this ledger");
      continue;
    }
    const std::optional<Digest> lookup = Digest::FromBytes(person.lookup);
    if (!lookup || !use->second.Allows(*lookup))
      Add("persons", use->second.position, "lookup",
          "is not that of the person whose key sealed this leaf's sections");
    if (!led.insert(person.handle).second)
      Add("persons", use->second.position, "handle", "stands twice");
  }
  for (const auto& [handle, use] : uses_) {
    if (!led.contains(handle))
      Add("persons", use.position, "", "has no row for a key that sealed this leaf's sections");
  }
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
  CANDOR_ASSIGN_OR_RETURN(const store::Ends ends, database_.Ends(end));
  if (!has_head_) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const store::Head later, database_.Head());
  if (keyring_ != nullptr) CANDOR_RETURN_IF_ERROR(CheckNotErasedMeanwhile(later.size));
  if (later.size < head_.size) Add("heads", {}, "size", "went down while the ledger was verified");
  for (const auto& [table, position] : rows) {
    if (position >= later.size) Add(table, position, "", "lies beyond the head");
  }
  if (ends.all > end && ends.all > later.size) Add("entries", ends.all - 1, "", "lies beyond the head");
  for (const TileSpool::Beyond& tile : tiles_->beyond()) {
    if (tile.end <= later.size) continue;
    Add("tiles", tile.index, "",
        "of level " + std::to_string(tile.level) + " lies beyond the head");
  }
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
      const bool known = core::OpenCheckpoint(given.note, keys_).ok();
      const std::string what = known ? "is signed by a key that the ledger does not allow at that size"
                                     : std::string(checkpoint.status().message());
      Add(table, {}, "note", what + where);
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
  const char* const left_out =
      keyring_ == nullptr ? "without --keys: sealed sections, persons and their keys, whom API keys and revocations are "
                            "about, the seal of the head; and what section 11.1 of the ledger format lists"
                          : "what section 11.1 of the ledger format lists";
  verdict.about.emplace_back("left out", left_out);
  verdict.json.Set("left_out", left_out);
  Describe(report_.missing, verdict);
  Describe(report_.forgotten, verdict);
  Describe(report_.succession, verdict);
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

absl::StatusOr<Verdict> CheckLedger(LedgerDatabase& database, const LedgerFlags& flags, Output& out) {
  absl::StatusOr<Verdict> verdict = LedgerRun(flags, database, out).Run();
  out.Progress({});
  if (!verdict.ok()) return NotReadable(verdict.status());
  return verdict;
}

absl::StatusOr<int> VerifyLedger(const LedgerFlags& flags, const Program&, Output& out) {
  std::string url = flags.database;
  if (const char* const named = std::getenv("CANDOR_DATABASE"); url.empty() && named != nullptr)
    url = named;
  if (url.empty()) return Unusable("no database", "give --database URL, or set CANDOR_DATABASE");
  CANDOR_ASSIGN_OR_RETURN(LedgerDatabase database, LedgerDatabase::Open(url, flags.origin));
  CANDOR_ASSIGN_OR_RETURN(Verdict verdict, CheckLedger(database, flags, out));
  return PrintVerdict(std::move(verdict), out);
}

}  // namespace candor::cli
