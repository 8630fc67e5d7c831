#include "services/verify/bundle.h"

#include <algorithm>
#include <array>
#include <bit>

#include "absl/strings/str_cat.h"
#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/core/bundle/writer.h"
#include "services/core/merkle/consistency.h"
#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/text/lines.h"
#include "services/core/tlog/proof.h"
#include "services/crypto/sha256.h"
#include "services/verify/bundle_sections.h"
#include "services/verify/bundle_tree.h"
#include "services/verify/follow.h"

namespace candor::verify {
namespace {

constexpr std::uint64_t kLinesInFile = 65'536;
constexpr std::size_t kMaxSmallFile = 64 << 20;
constexpr std::uint64_t kProgressEvery = 10'000;

// The kinds of files, in the order in which they stand in the tar.
constexpr std::array<std::string_view, 13> kOrder = {
    "checkpoint", "keys",     "tsa.der",       "positions", "leaves/", "proofs/",    "tiles/", "consistency", "sections.",
    "withheld.",  "policies/", "report/", "manifest.json"};
constexpr std::string_view kSignature = "manifest.sig";

std::size_t RankOf(std::string_view name) {
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    const bool is_prefix = kOrder[i].back() == '/' || kOrder[i].back() == '.';
    if (is_prefix ? name.starts_with(kOrder[i]) : name == kOrder[i]) return i;
  }
  return name == kSignature ? kOrder.size() : kOrder.size() + 1;
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

// Types of leaves that others need to be believed.
bool IsCited(std::string_view type) { return type == "key" || type == "erasure" || type == "expiry"; }

class BundleCheck {
 public:
  BundleCheck(const BundleFiles& files, const BundleAsk& ask) : files_(files), ask_(ask) {}

  absl::StatusOr<BundleReport> Run() {
    CheckNames();
    CANDOR_RETURN_IF_ERROR(ReadManifest());
    CANDOR_RETURN_IF_ERROR(ReadClaims());
    CANDOR_RETURN_IF_ERROR(ReadErasures());
    CANDOR_RETURN_IF_ERROR(CheckLeaves());
    trusted_ = FollowKeys(std::move(trusted_), changes_);
    CANDOR_RETURN_IF_ERROR(CheckSignatures());
    CANDOR_RETURN_IF_ERROR(CheckTree());
    CANDOR_RETURN_IF_ERROR(CheckSince());
    CheckPolicies();
    CheckCounts();
    report_.findings = std::move(findings_).Take();
    report_.malformed = std::move(malformed_).Take();
    Conclude();
    return std::move(report_);
  }

 private:
  void Add(std::string file, std::string what) { findings_.Add({.table = std::move(file), .what = std::move(what)}); }

  void CheckNames();
  absl::Status ReadManifest();
  absl::Status ReadClaims();
  absl::Status ReadErasures();
  absl::Status CheckLeaves();
  void CheckLeaf(std::uint64_t position, const core::Leaf& leaf, const Digest& hash);
  void Breach(std::uint64_t position, std::string what);
  absl::Status CheckProof(std::uint64_t position, const Digest& leaf_hash);
  absl::Status CheckSignatures();
  absl::Status CheckTree();
  absl::Status CheckSince();
  void CheckPolicies();
  void CheckCounts();
  void Conclude();
  std::vector<core::VerifierKey> AllowedAt(std::uint64_t size, const std::string& name) const;
  std::uint64_t PositionOf(std::uint64_t line) const;

  const BundleFiles& files_;
  const BundleAsk& ask_;
  BundleReport report_;
  Findings findings_, malformed_;

  std::string note_;              // The file `checkpoint`.
  core::Checkpoint checkpoint_;   // What it says; its signature is checked after the leaves.
  bool has_checkpoint_ = false, has_tiles_ = false;
  std::optional<BundleTree> tree_;
  BundleSections::Erasures erasures_;
  std::optional<BundleSections> sections_;
  std::optional<BundleLines> lines_;
  std::vector<KeyChange> changes_;
  std::vector<core::VerifierKey> trusted_;
  std::optional<absl::Time> last_time_;
  std::vector<bool> only_cited_;  // Of each range: whether it holds nothing but leaves that others need.
};

void BundleCheck::CheckNames() {
  std::size_t rank = 0;
  for (const PackedFile& file : files_.all()) {
    const std::size_t its = RankOf(file.name);
    if (its > kOrder.size()) {
      Add(file.name, "is no file of a bundle");
    } else if (its < rank) {
      Add(file.name, "stands out of order");
    }
    rank = std::max(rank, std::min(its, kOrder.size()));
  }
  for (const std::string_view name : {"checkpoint", "keys", "positions", "manifest.json", "manifest.sig"}) {
    if (files_.Find(name) == nullptr) Add(std::string(name), "is missing");
  }
}

absl::Status BundleCheck::ReadManifest() {
  if (files_.Find("manifest.json") == nullptr) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const std::string text, files_.Text("manifest.json", core::kMaxManifestBytes));
  absl::StatusOr<core::Manifest> manifest = core::ParseManifest(text);
  if (!manifest.ok()) {
    Add("manifest.json", Message(manifest.status()));
    return absl::OkStatus();
  }
  const auto& listed = manifest->files;
  std::size_t next = 0;
  for (const PackedFile& file : files_.all()) {
    if (file.name == "manifest.json" || file.name == kSignature) continue;
    const bool in_place = next < listed.size() && listed[next].name == file.name;
    const auto said = in_place ? listed.begin() + static_cast<std::ptrdiff_t>(next)
                               : std::find_if(listed.begin(), listed.end(), [&](const auto& one) { return one.name == file.name; });
    if (said == listed.end()) {
      Add(file.name, "is not in the manifest");
      continue;
    }
    if (!in_place) Add(file.name, "stands elsewhere in the manifest");
    next = static_cast<std::size_t>(said - listed.begin()) + 1;
    if (said->size != file.size || said->sha256 != file.sha256) Add(file.name, "is not what the manifest was signed over");
  }
  for (const core::BundleFile& file : listed) {
    if (files_.Find(file.name) == nullptr) Add(file.name, "is in the manifest, but missing");
  }
  report_.manifest = *std::move(manifest);
  return absl::OkStatus();
}

// What checkpoint and positions say, before any of it is believed.
absl::Status BundleCheck::ReadClaims() {
  trusted_ = ask_.keys;
  CANDOR_ASSIGN_OR_RETURN(note_, files_.Text("checkpoint", core::kMaxNoteBytes));
  if (const auto note = core::ParseNote(note_); note.ok()) {
    if (const auto claimed = core::ParseCheckpointText(note->text); claimed.ok()) {
      checkpoint_ = *claimed;
      has_checkpoint_ = true;
    }
  }
  if (!has_checkpoint_ && files_.Find("checkpoint") != nullptr) Add("checkpoint", "is no signed checkpoint");
  CANDOR_ASSIGN_OR_RETURN(const std::string lines, files_.Text("positions", kMaxSmallFile));
  const auto ranges = core::ParsePositions(lines);
  if (ranges.ok()) {
    report_.ranges = *ranges;
  } else {
    Add("positions", Message(ranges.status()));
  }
  if (report_.manifest) {
    if (has_checkpoint_ && report_.manifest->checkpoint != checkpoint_) Add("manifest.json", "is about another checkpoint");
    if (ranges.ok() && report_.manifest->ranges != *ranges) Add("manifest.json", "says other ranges than `positions`");
    if (!ranges.ok()) report_.ranges = report_.manifest->ranges;
  }
  if (!report_.ranges.empty() && has_checkpoint_ && report_.ranges.back().last >= checkpoint_.size) {
    Add("positions", "goes beyond the checkpoint");
  }
  only_cited_.assign(report_.ranges.size(), true);
  has_tiles_ = !files_.Below("tiles/").empty();
  if (has_checkpoint_ && has_tiles_) tree_.emplace(files_, findings_, checkpoint_.size);
  CANDOR_ASSIGN_OR_RETURN(const std::string keys, files_.Text("keys", core::kMaxNoteBytes));
  std::string_view rest = keys;
  for (int line = 1; !rest.empty(); ++line) {
    const auto one = core::TakeLine(rest);
    if (one && core::VerifierKey::Parse(*one).ok()) continue;
    findings_.Add({.table = "keys", .column = absl::StrCat("line ", line), .what = "is no verifier key"});
    if (!one) break;
  }
  return absl::OkStatus();
}

std::uint64_t BundleCheck::PositionOf(std::uint64_t line) const {
  for (const core::PositionRange& range : report_.ranges) {
    const std::uint64_t count = range.last - range.first + 1;
    if (line < count) return range.first + line;
    line -= count;
  }
  return core::kMaxJsonInteger;
}

absl::Status BundleCheck::ReadErasures() {
  for (const BundleFiles::ErasureLine& line : files_.erasures()) {
    const auto leaf = core::ParseLeaf(line.text);
    if (!leaf.ok()) continue;  // CheckLeaves says so.
    const std::uint64_t position = PositionOf(line.line);
    if (const auto facts = ReadFacts(*leaf, position); facts.ok() && facts->erasure) erasures_[position] = *facts->erasure;
  }
  sections_.emplace(files_, erasures_, findings_);
  return absl::OkStatus();
}

absl::Status BundleCheck::CheckLeaves() {
  lines_.emplace(files_.source(), files_.Below("leaves/"));
  std::uint64_t of_file = 0, count = 0;
  std::string file;
  for (std::size_t r = 0; r < report_.ranges.size(); ++r) {
    for (std::uint64_t position = report_.ranges[r].first; position <= report_.ranges[r].last; ++position) {
      const auto line = lines_->Next();
      if (!line.ok() && !absl::IsInvalidArgument(line.status())) return line.status();
      if (!line.ok() || !*line) {
        findings_.Add({.table = "leaves/", .position = position,
                       .what = line.ok() ? "is missing, and all after it" : Message(line.status())});
        return sections_->End();
      }
      if (lines_->line() == 1) {
        const std::string due = core::LeavesName(count++);
        if (lines_->file() != due || (count > 1 && of_file != kLinesInFile)) Add(lines_->file(), "is not the next 65,536 leaves");
      }
      of_file = lines_->line();
      if (of_file == kLinesInFile + 1) Add(lines_->file(), "holds more than 65,536 leaves");
      const Digest hash = core::HashLeaf(AsBytes(**line));
      CANDOR_RETURN_IF_ERROR(CheckProof(position, hash));
      const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(**line);
      if (leaf.ok()) {
        CheckLeaf(position, *leaf, hash);
        CANDOR_RETURN_IF_ERROR(sections_->Take(position, *leaf));
      } else {
        Breach(position, Message(leaf.status()));
      }
      if (!leaf.ok() || !IsCited(leaf->type)) only_cited_[r] = false;
      if (++report_.leaves % kProgressEvery == 0 && ask_.progress) ask_.progress(report_.leaves);
    }
  }
  const auto more = lines_->Next();
  if (!more.ok() && !absl::IsInvalidArgument(more.status())) return more.status();
  if (!more.ok() || *more) Add("leaves/", "holds more lines than `positions` says");
  return sections_->End();
}

void BundleCheck::Breach(std::uint64_t position, std::string what) {
  malformed_.Add({.table = lines_->file(), .position = position, .column = absl::StrCat("line ", lines_->line()),
                  .what = std::move(what)});
}

void BundleCheck::CheckLeaf(std::uint64_t position, const core::Leaf& leaf, const Digest& hash) {
  if (has_checkpoint_ && leaf.ledger != checkpoint_.origin) Breach(position, "names another ledger than the checkpoint");
  if (last_time_ && leaf.time < *last_time_) Breach(position, "is older than the leaf before it");
  last_time_ = leaf.time;
  if (has_checkpoint_ && position + 1 == checkpoint_.size &&
      absl::ToUnixSeconds(leaf.time) != static_cast<std::int64_t>(files_.mtime())) {
    Add("tar", "its files are not of the time of the checkpoint's last leaf");
  }
  absl::StatusOr<Facts> facts = ReadFacts(leaf, position);
  if (!facts.ok()) return Breach(position, Message(facts.status()));
  for (KeyChange& change : facts->keys) {
    change.leaf_hash = hash;
    changes_.push_back(std::move(change));
  }
  if (facts->erasure && leaf.type == "erasure") {
    ++report_.forgotten.persons;
    report_.forgotten.sections += facts->erasure->items;
  }
  if (const auto missing = ReadMissing(leaf); missing.ok()) {
    report_.missing += *missing;
  } else {
    Breach(position, Message(missing.status()));
  }
  if (const std::string* digest = leaf.facts.FindString("policy_digest")) {
    if (const auto named = Digest::FromBase64(*digest)) report_.policies.insert(named->ToHex());
  }
}

absl::Status BundleCheck::CheckProof(std::uint64_t position, const Digest& leaf_hash) {
  const auto wrong = [&](std::string what) {
    findings_.Add({.table = lines_->file(), .position = position, .column = absl::StrCat("line ", lines_->line()),
                   .what = std::move(what)});
  };
  if (!has_checkpoint_) return absl::OkStatus();
  if (tree_) {
    CANDOR_ASSIGN_OR_RETURN(const auto held, tree_->Leaf(position));
    if (held && *held != leaf_hash) wrong("is not the leaf that its tile holds");
    return absl::OkStatus();
  }
  const std::string name = absl::StrCat("proofs/", position, ".tlog-proof");
  CANDOR_ASSIGN_OR_RETURN(const std::string text, files_.Text(name, 2 * core::kMaxNoteBytes));
  const auto proof = core::ParseProof(text);
  if (!proof.ok()) {
    wrong(files_.Find(name) == nullptr ? "nothing proves it: " + name + " is missing" : name + ": " + Message(proof.status()));
    return absl::OkStatus();
  }
  if (proof->index != position) Add(name, "is of another leaf");
  if (proof->checkpoint != note_) Add(name, "is of another checkpoint");
  const core::InclusionProof path{.leaf_index = proof->index, .tree_size = checkpoint_.size, .path = proof->path};
  if (!core::VerifyInclusion(leaf_hash, path, checkpoint_.root).ok()) wrong("does not hash into the checkpoint by " + name);
  return absl::OkStatus();
}

// Whoever was named by the caller counts as announced; what the leaves here retire does not.
std::vector<core::VerifierKey> BundleCheck::AllowedAt(std::uint64_t size, const std::string& name) const {
  std::vector<KeyChange> changes = changes_;
  std::vector<core::VerifierKey> keys;
  const bool is_log = name == checkpoint_.origin;
  const bool has_first = !report_.ranges.empty() && report_.ranges.front().first == 0;
  for (const core::VerifierKey& key : trusted_) {
    if (key.name != name) continue;
    keys.push_back(key);
    if (!is_log || !has_first) changes.push_back({.announced = true, .key = key});
  }
  // A bundle key is announced by a leaf that a key of the ledger vouches for.
  if (!is_log) {
    for (const KeyChange& change : changes_) {
      if (change.announced && change.key.name == name) keys.push_back(change.key);
    }
  }
  return verify::AllowedAt(size, keys, changes);
}

absl::Status BundleCheck::CheckSignatures() {
  if (!has_checkpoint_) return absl::OkStatus();
  const auto opened = core::OpenCheckpoint(note_, AllowedAt(checkpoint_.size, checkpoint_.origin));
  if (opened.ok()) {
    report_.checkpoint = *opened;
    report_.keys = trusted_;
  } else {
    Add("checkpoint", Message(opened.status()));
  }
  if (!report_.manifest || files_.Find(kSignature) == nullptr) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const std::string text, files_.Text(kSignature, core::kMaxNoteBytes));
  const auto note = core::ParseNote(text);
  if (!note.ok()) {
    Add("manifest.sig", Message(note.status()));
    return absl::OkStatus();
  }
  const Digest digest = files_.Find("manifest.json")->sha256;
  if (note->text != core::ManifestText(report_.manifest->checkpoint, digest)) {
    Add("manifest.sig", "is not over this manifest");
    return absl::OkStatus();
  }
  const std::vector<core::VerifierKey> keys = AllowedAt(checkpoint_.size, checkpoint_.origin + "/bundle");
  if (const absl::Status good = core::VerifyNote(*note, keys); !good.ok()) {
    Add("manifest.sig", keys.empty() ? "no leaf of this bundle announces a key for bundles" : Message(good));
    return absl::OkStatus();
  }
  for (const core::VerifierKey& key : keys) {
    if (core::VerifyNote(*note, {key}).ok()) report_.bundle_key = key.ToText();
  }
  return absl::OkStatus();
}

absl::Status BundleCheck::CheckTree() {
  if (!has_checkpoint_) return absl::OkStatus();
  const std::size_t proofs = files_.Below("proofs/").size();
  if (has_tiles_) {
    if (proofs > 0) Add("proofs/", "stands beside tiles");
    return tree_->Check(checkpoint_);
  }
  if (proofs > report_.leaves) Add("proofs/", "holds proofs of leaves that are not there");
  if (report_.leaves == 0 && checkpoint_.size == 0 && checkpoint_.root != core::EmptyRoot()) {
    Add("checkpoint", "is not of an empty ledger");
  }
  return absl::OkStatus();
}

absl::Status BundleCheck::CheckSince() {
  std::optional<core::ConsistencyProof> proof;
  if (files_.Find("consistency") != nullptr) {
    CANDOR_ASSIGN_OR_RETURN(const std::string text, files_.Text("consistency", core::kMaxNoteBytes));
    proof.emplace(core::ConsistencyProof{.old_size = 0, .new_size = checkpoint_.size, .path = {}});
    std::string_view rest = text;
    const auto first = core::TakeLine(rest);
    const auto old = first && first->starts_with("old ") ? core::ReadNumber(first->substr(4)) : std::nullopt;
    proof->old_size = old.value_or(0);
    bool whole = old && *old >= 1 && *old <= checkpoint_.size;
    while (whole && !rest.empty()) {
      const auto line = core::TakeLine(rest);
      const auto hash = line ? Digest::FromBase64(*line) : std::nullopt;
      whole = hash.has_value();
      if (hash) proof->path.push_back(*hash);
    }
    if (!whole) return Add("consistency", "is no consistency proof to this checkpoint"), absl::OkStatus();
    // Without the whole tree, and without the older checkpoint, it must lead to the new root where that can be told.
    const bool known = tree_ && findings_.empty();
    CANDOR_ASSIGN_OR_RETURN(const Digest old_root, known ? tree_->RootAt(proof->old_size) : Digest());
    const bool told = known || (!std::has_single_bit(proof->old_size) && proof->old_size < checkpoint_.size);
    const auto led = core::ConsistencyRoots(*proof, old_root);
    if (!led.ok() || (known && led->old_root != old_root) || (told && led->new_root != checkpoint_.root)) {
      Add("consistency", "does not lead to the checkpoint");
    }
  }
  if (ask_.since_note.empty() || !report_.checkpoint) return absl::OkStatus();
  const auto claimed = core::ParseNote(ask_.since_note);
  const auto text = claimed.ok() ? core::ParseCheckpointText(claimed->text) : absl::StatusOr<core::Checkpoint>(claimed.status());
  const auto since = text.ok() ? core::OpenCheckpoint(ask_.since_note, AllowedAt(text->size, checkpoint_.origin)) : text;
  if (!since.ok()) {
    Add("checkpoint", absl::StrCat("the older one: ", since.status().message()));
  } else if (since->origin != checkpoint_.origin || since->size > checkpoint_.size) {
    Add("checkpoint", since->origin != checkpoint_.origin ? "is of another ledger than the older one"
                                                          : "is older than the one it is to continue");
  } else if (since->size == checkpoint_.size || since->size == 0) {
    if (since->size > 0 && since->root != checkpoint_.root) Add("checkpoint", "has another root than the older one of the same size");
    report_.since = *since;
  } else if (proof && proof->old_size == since->size) {
    const core::RootPair roots{.old_root = since->root, .new_root = checkpoint_.root};
    if (!core::VerifyConsistency(*proof, roots).ok()) Add("consistency", "the ledger does not continue the older checkpoint");
    report_.since = *since;
  } else if (tree_ && findings_.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const Digest root, tree_->RootAt(since->size));
    if (root != since->root) Add("checkpoint", "does not continue the older one");
    report_.since = *since;
  } else {
    Add("consistency", absl::StrCat("nothing proves that the checkpoint of size ", since->size, " was continued"));
  }
  return absl::OkStatus();
}

void BundleCheck::CheckPolicies() {
  for (const PackedFile* file : files_.Below("policies/")) {
    if (file->name != "policies/" + file->sha256.ToHex()) Add(file->name, "is not the file of that digest");
  }
  for (const std::string& digest : report_.policies) {
    if (files_.Find("policies/" + digest) == nullptr) report_.policies_missing.insert(digest);
  }
}

void BundleCheck::CheckCounts() {
  report_.shown = sections_->shown();
  report_.withheld = sections_->withheld();
  if (!report_.manifest) return;
  const core::Manifest& said = *report_.manifest;
  if (said.leaves != report_.leaves || said.sections != sections_->shown() || said.withheld != sections_->withheld_count()) {
    Add("manifest.json", "counts other leaves, sections or withheld sections than there are");
  }
}

void BundleCheck::Conclude() {
  if (!report_.intact()) {
    report_.complete = "not provable (the bundle is not intact)";
    return;
  }
  std::optional<core::PositionRange> whole;
  std::uint64_t beside = 0;
  bool is_range = true;
  for (std::size_t i = 0; i < report_.ranges.size(); ++i) {
    const core::PositionRange& range = report_.ranges[i];
    const bool is_last = i + 1 == report_.ranges.size();
    if (only_cited_[i] && !(is_last && !whole)) {
      beside += range.last - range.first + 1;
    } else if (whole) {
      is_range = false;
    } else {
      whole = range;
    }
  }
  if (!is_range || !whole || !has_tiles_) {
    report_.complete = whole ? "not provable (a selection: each leaf in it is proved, not that none was left out)"
                             : "not provable (there are no leaves)";
    return;
  }
  std::string gaps;
  const auto name = [&](std::uint64_t count, const char* what) {
    if (count > 0) absl::StrAppend(&gaps, gaps.empty() ? "" : "; ", count, what);
  };
  name(report_.missing.calls, " calls that producers numbered and that never came");
  name(report_.missing.outcomes, " outcomes that were due and never came");
  name(report_.policies_missing.size(), " policy sets that leaves name and that are not here");
  const std::string range = absl::StrCat("[", whole->first, ", ", whole->last + 1, ")");
  const std::string more = beside == 0 ? "" : absl::StrCat(", and ", beside, " leaves outside of it that it needs");
  report_.is_whole_range = gaps.empty();
  report_.complete = gaps.empty() ? absl::StrCat("whole range ", range, more)
                                  : absl::StrCat("not complete (all leaves of ", range, " are there", more, "; missing: ", gaps, ")");
}

}  // namespace

absl::StatusOr<BundleReport> VerifyBundle(const BundleSource& source, const BundleAsk& ask) {
  const absl::StatusOr<BundleFiles> files = BundleFiles::Read(source);
  if (absl::IsInvalidArgument(files.status())) {
    BundleReport report;
    report.findings.push_back({.table = "tar", .what = Message(files.status())});
    report.complete = "not provable (the bundle is not intact)";
    return report;
  }
  CANDOR_RETURN_IF_ERROR(files.status());
  return BundleCheck(*files, ask).Run();
}

}  // namespace candor::verify
