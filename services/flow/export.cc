#include "services/flow/export.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "services/base/status.h"
#include "services/core/bundle/tar.h"
#include "services/core/bundle/writer.h"
#include "services/core/tlog/proof.h"
#include "services/core/tlog/tile.h"
#include "services/crypto/sha256.h"
#include "services/flow/filter.h"
#include "services/flow/selection.h"
#include "services/ledger/prover.h"
#include "services/policy/builtin.h"
#include "services/store/audit.h"
#include "services/store/reader.h"
#include "services/store/tenants.h"
#include "services/vault/evidence.h"
#include "services/vault/opening.h"

namespace candor::flow {
namespace {

constexpr std::uint64_t kPage = 2000;  // Leaves read at once.
constexpr std::uint64_t kLinesInFile = 65'536;
constexpr std::uint64_t kMostOfFile = std::uint64_t{1} << 30;  // Of lines of sections.
constexpr std::size_t kMostKeys = 4096;                        // Of persons, in clear at once.
constexpr std::size_t kChunk = 65'536;

absl::Status Changed() {
  return Because(absl::FailedPreconditionError("somebody was erased since this export was asked for: ask for a new one"), "ERASED");
}

std::string BaseOf(const std::string& section) { return section.substr(0, section.find('.')); }

// `position,time,type,id,decision,caller,verdict`
constexpr std::string_view kCsvHead = "position,time,type,id,decision,caller,verdict\r\n";
std::string CsvLine(std::uint64_t position, const core::Leaf& leaf) {
  const std::string* verdict = leaf.facts.FindString("verdict");
  std::string line = std::to_string(position);
  line.append(",").append(ToRfc3339(leaf.time)).append(",").append(leaf.type).append(",").append(leaf.id.ToText());
  line.append(",").append(leaf.decision ? leaf.decision->ToText() : "").append(",");
  line.append(leaf.caller_id.empty() ? leaf.caller_kind : leaf.caller_id).append(",");
  return line.append(verdict == nullptr ? "" : *verdict).append("\r\n");
}

bool IsSelection(const Export::Asked& asked) { return asked.grant || !asked.filter.empty(); }

// What is passed on: without what the recipient has, in chunks.
class Outlet {
 public:
  Outlet(const Export::Sink& sink, std::uint64_t skip) : sink_(sink), skip_(skip) {}

  absl::Status Take(std::string_view bytes) {
    hash_.Add(AsBytes(bytes));
    const std::uint64_t skipped = std::min<std::uint64_t>(skip_, bytes.size());
    skip_ -= skipped;
    held_ += bytes.substr(skipped);
    for (std::size_t at = 0; ; at += kChunk) {
      if (held_.size() - at < kChunk) {
        held_.erase(0, at);
        return absl::OkStatus();
      }
      CANDOR_RETURN_IF_ERROR(sink_(std::string_view(held_).substr(at, kChunk)));
    }
  }

  absl::StatusOr<Digest> End() {
    if (skip_ > 0) return BadField("from_byte", "is beyond the end of the bundle");
    if (!held_.empty()) CANDOR_RETURN_IF_ERROR(sink_(held_));
    return hash_.Finish();
  }

 private:
  const Export::Sink& sink_;
  std::uint64_t skip_;
  std::string held_;
  crypto::Sha256Stream hash_;
};

class Bundling {
 public:
  Bundling(ledger::Ledger& ledger, const store::Address& bulk, store::Connection& connection, PolicySets& sets, const Export::Asked& asked,
           store::DecisionFilter filter, std::uint64_t size)
      : ledger_(ledger), bulk_(bulk), connection_(connection), sets_(sets), asked_(asked), filter_(std::move(filter)), size_(size),
        bundle_seed_(ledger.keyring().BundleSeed()), bundle_signer_(bundle_seed_),
        bundle_key_(core::VerifierKey::Of(ledger.origin() + "/bundle", bundle_signer_.public_key())) {}

  // Reads all once, and counts.
  absl::Status Gather(std::uint64_t announced, const core::Leaf& self);
  absl::Status Write(Outlet& outlet, const Export::Page& page);

  BundleSummary& summary() { return summary_; }

 private:
  struct Line {
    bool shown = false;
    std::string text;
    std::string reason;
  };
  using OnLeaf = std::function<absl::Status(const store::StoredLeaf&, const core::Leaf&, const std::vector<Line>&)>;

  absl::Status ReadErased();
  absl::Status EachLeaf(bool with_lines, const OnLeaf& take);
  absl::Status EachLeafIn(const core::PositionRange& range, bool with_lines, const OnLeaf& take);
  absl::StatusOr<std::vector<Line>> LinesOf(std::uint64_t position, const core::Leaf& leaf,
                                            const std::map<std::string, core::Opened>& opened);
  absl::StatusOr<std::vector<store::StoredLeaf>> LeavesIn(std::uint64_t first, std::uint64_t end) const;
  absl::StatusOr<const crypto::Key*> KeyOf(const store::WrappedKey& wrapped);
  absl::Status ReadPolicies();
  absl::Status WriteLeaves(core::BundleWriter& writer);
  absl::Status WriteTiles(core::BundleWriter& writer);
  absl::Status WriteProofs(core::BundleWriter& writer);
  absl::Status WriteLines(core::BundleWriter& writer, bool shown);
  absl::Status WriteCsv(core::BundleWriter& writer);

  // Sizes of files, told before their bytes.
  static void Count(std::vector<std::uint64_t>& sizes, std::size_t bytes) {
    if (sizes.empty() || sizes.back() + bytes > kMostOfFile) sizes.push_back(0);
    sizes.back() += bytes;
  }

  ledger::Ledger& ledger_;
  const store::Address& bulk_;
  store::Connection& connection_;
  PolicySets& sets_;
  const Export::Asked& asked_;
  const store::DecisionFilter filter_;  // As the ledger stood at that size.
  const std::uint64_t size_;
  const crypto::Key bundle_seed_;
  const crypto::Ed25519Key bundle_signer_;
  const core::VerifierKey bundle_key_;

  std::string note_;
  BundleSummary summary_;
  vault::ErasureProofs erased_;
  absl::flat_hash_map<store::Handle, crypto::Key> keys_;
  std::set<Digest> policies_;
  std::map<std::string, std::string> policy_files_;  // By name.
  std::vector<std::uint64_t> leaf_sizes_, shown_sizes_, withheld_sizes_;
  std::uint64_t csv_size_ = kCsvHead.size(), withheld_ = 0;
};

absl::Status Bundling::ReadErased() {
  CANDOR_ASSIGN_OR_RETURN(const auto lost, store::ErasedLeaves(connection_, ledger_.tenant(), 0, size_));
  for (const store::ErasedLeaf& leaf : lost) CANDOR_RETURN_IF_ERROR(erased_.Take(ledger_.keyring(), ledger_.origin(), leaf));
  erased_.Finish();
  // Erasures that the withheld sections of the range rest on stand in the bundle too.
  std::set<std::uint64_t> cited;
  for (const store::ErasedLeaf& leaf : lost) {
    if (Holds(summary_.ranges, leaf.position)) cited.insert(leaf.erasure);
  }
  for (const std::uint64_t position : cited) summary_.ranges.push_back({.first = position, .last = position});
  return absl::OkStatus();
}

absl::Status Bundling::Gather(std::uint64_t announced, const core::Leaf& self) {
  const std::uint64_t end = asked_.end == 0 ? size_ : asked_.end;
  summary_.time = self.time;
  if (asked_.grant) {
    summary_.grant = asked_.grant->ToText();
    CANDOR_ASSIGN_OR_RETURN(summary_.ranges, Select(connection_, ledger_.tenant(), asked_.scope, asked_.first, end));
  } else if (!asked_.filter.empty()) {
    CANDOR_ASSIGN_OR_RETURN(summary_.ranges, SelectFound(connection_, ledger_.tenant(), filter_, asked_.first, end));
  } else {
    summary_.ranges = {{.first = asked_.first, .last = end - 1}};
  }
  CANDOR_RETURN_IF_ERROR(ReadErased());
  summary_.ranges.push_back({.first = announced, .last = announced});
  Join(summary_.ranges);
  CANDOR_ASSIGN_OR_RETURN(note_, ledger_.SignOlder(connection_, size_));
  summary_.ledger_key = ledger_.verifier_key().ToText();
  summary_.bundle_key = bundle_key_.ToText();
  CANDOR_RETURN_IF_ERROR(EachLeaf(true, [&](const store::StoredLeaf& stored, const core::Leaf& leaf, const std::vector<Line>& lines) {
    if (summary_.leaves++ % kLinesInFile == 0) leaf_sizes_.push_back(0);
    leaf_sizes_.back() += stored.leaf.size() + 1;
    csv_size_ += CsvLine(stored.position, leaf).size();
    ++summary_.types[leaf.type];
    if (const std::string* digest = leaf.facts.FindString("policy_digest")) {
      if (const auto named = Digest::FromBase64(*digest)) policies_.insert(*named);
    }
    for (const Line& line : lines) {
      Count(line.shown ? shown_sizes_ : withheld_sizes_, line.text.size());
      summary_.shown += line.shown ? 1 : 0;
      withheld_ += line.shown ? 0 : 1;
      if (!line.shown) ++summary_.withheld[line.reason];
    }
    return absl::OkStatus();
  }));
  return ReadPolicies();
}

absl::Status Bundling::EachLeaf(bool with_lines, const OnLeaf& take) {
  for (const core::PositionRange& range : summary_.ranges) CANDOR_RETURN_IF_ERROR(EachLeafIn(range, with_lines, take));
  return absl::OkStatus();
}

// None is missing. In bulk, and in pages: while the recipient takes its time, nothing of the database is held.
absl::StatusOr<std::vector<store::StoredLeaf>> Bundling::LeavesIn(std::uint64_t first, std::uint64_t end) const {
  std::vector<store::StoredLeaf> leaves;
  leaves.reserve(end - first);
  CANDOR_RETURN_IF_ERROR(store::StreamLeaves(bulk_, ledger_.tenant(), first, end, [&](std::uint64_t position, std::string_view leaf) {
    leaves.push_back({position, std::string(leaf)});
    return absl::OkStatus();
  }));
  if (leaves.size() == end - first) return leaves;
  return Because(absl::DataLossError("leaves are missing: verify the ledger"), "VERIFICATION_FAILED");
}

absl::Status Bundling::EachLeafIn(const core::PositionRange& range, bool with_lines, const OnLeaf& take) {
  for (std::uint64_t at = range.first; at <= range.last;) {
    const std::uint64_t end = std::min(range.last + 1, at + kPage);
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, LeavesIn(at, end));
    std::vector<store::SealedWithKey> boxes;
    if (with_lines && !asked_.sections.empty()) {
      CANDOR_ASSIGN_OR_RETURN(boxes, store::SealedIn(connection_, ledger_.tenant(), at, end));
    }
    auto box = boxes.begin();
    for (const store::StoredLeaf& stored : leaves) {
      const auto leaf = core::ParseLeaf(stored.leaf);
      if (!leaf.ok()) return Because(absl::DataLossError("a leaf can't be read: verify the ledger"), "VERIFICATION_FAILED");
      std::map<std::string, core::Opened> opened;
      for (; box != boxes.end() && box->sealed.position == stored.position; ++box) {
        CANDOR_ASSIGN_OR_RETURN(const crypto::Key* key, KeyOf(box->key));
        CANDOR_RETURN_IF_ERROR(vault::OpenBox(*key, ledger_.origin(), *leaf, box->sealed.sections, opened));
      }
      std::vector<Line> lines;
      if (with_lines) {
        CANDOR_ASSIGN_OR_RETURN(lines, LinesOf(stored.position, *leaf, opened));
      }
      CANDOR_RETURN_IF_ERROR(take(stored, *leaf, lines));
    }
    at = end;
  }
  return absl::OkStatus();
}

absl::StatusOr<const crypto::Key*> Bundling::KeyOf(const store::WrappedKey& wrapped) {
  const auto known = keys_.find(wrapped.handle);
  if (known != keys_.end()) return &known->second;
  if (keys_.size() >= kMostKeys) keys_.clear();
  CANDOR_ASSIGN_OR_RETURN(crypto::Key key, ledger_.keyring().UnwrapKey(wrapped));
  return &keys_.emplace(wrapped.handle, std::move(key)).first->second;
}

// Protected attributes are opened by reports alone.
absl::StatusOr<std::vector<Bundling::Line>> Bundling::LinesOf(std::uint64_t position, const core::Leaf& leaf,
                                                              const std::map<std::string, core::Opened>& opened) {
  std::vector<Line> lines;
  if (leaf.sections.empty()) return lines;
  const std::string leaf_id = leaf.id.ToText();
  const auto lost = erased_.Of(position);
  for (const auto& [name, commitment] : leaf.sections) {
    const auto gone = std::find_if(lost.begin(), lost.end(), [&](const auto& one) { return one.section == name; });
    const std::string base = BaseOf(name);
    if (gone != lost.end()) {
      const core::ErasedSection erased{.position = gone->erasure, .k = gone->k, .proof = gone->proof};
      lines.push_back({.text = core::WithheldLine(leaf_id, name, "erased", &erased), .reason = "erased"});
    } else if (base == "protected" || !asked_.sections.contains(base)) {
      const char* reason = base == "protected" ? "privileged" : "not_in_scope";
      lines.push_back({.text = core::WithheldLine(leaf_id, name, reason), .reason = reason});
    } else if (const auto section = opened.find(name); section != opened.end()) {
      lines.push_back({.shown = true, .text = core::ShownLine(leaf_id, name, section->second.salt, section->second.bytes), .reason = {}});
    } else {
      return Changed();
    }
  }
  return lines;
}

// A set is its listing, and each of the files that it lists.
absl::Status Bundling::ReadPolicies() {
  const policy::Builtin builtin;
  for (const Digest& digest : policies_) {
    const auto name = [](const Digest& of) { return "policies/" + of.ToHex(); };
    if (digest == builtin.digest()) {
      policy_files_[name(digest)] = std::string(policy::Builtin::Text());
      ++summary_.policies;
      continue;
    }
    const auto archive = sets_.Archive(ledger_.tenant(), digest);
    if (absl::IsNotFound(archive.status())) continue;  // An older version's own rules: named as missing.
    CANDOR_RETURN_IF_ERROR(archive.status());
    CANDOR_ASSIGN_OR_RETURN(const policy::Bundle set, policy::Bundle::Unpack(*archive));
    policy_files_[name(digest)] = set.Listing();
    for (const policy::BundleFile& file : set.files()) {
      policy_files_[name(crypto::Sha256(AsBytes(file.text)))] = file.text;
    }
    ++summary_.policies;
  }
  return absl::OkStatus();
}

absl::Status Bundling::WriteLeaves(core::BundleWriter& writer) {
  std::uint64_t count = 0;
  for (const core::PositionRange& range : summary_.ranges) {
    for (std::uint64_t at = range.first; at <= range.last;) {
      const std::uint64_t end = std::min(range.last + 1, at + kPage);
      CANDOR_ASSIGN_OR_RETURN(const auto leaves, LeavesIn(at, end));
      for (const store::StoredLeaf& stored : leaves) {
        const std::uint64_t file = count / kLinesInFile;
        if (count % kLinesInFile == 0) {
          if (count > 0) CANDOR_RETURN_IF_ERROR(writer.End());
          CANDOR_RETURN_IF_ERROR(writer.Begin(core::LeavesName(file), leaf_sizes_[file]));
        }
        ++count;
        CANDOR_RETURN_IF_ERROR(writer.Add(stored.leaf));
        CANDOR_RETURN_IF_ERROR(writer.Add("\n"));
      }
      at = end;
    }
  }
  return writer.End();
}

absl::Status Bundling::WriteTiles(core::BundleWriter& writer) {
  constexpr std::string_view kPrefix = "tile/";
  std::vector<std::pair<std::string, core::Tile>> tiles;
  for (const core::Tile& tile : core::TilesAt(size_)) {
    tiles.emplace_back("tiles/" + core::TilePath(tile).substr(kPrefix.size()), tile);
  }
  std::sort(tiles.begin(), tiles.end());
  ledger::Prover prover(connection_, ledger_.tenant(), size_);
  for (const auto& [name, tile] : tiles) {
    std::vector<Digest> hashes;
    if (tile.width == core::kTileWidth) {
      CANDOR_ASSIGN_OR_RETURN(hashes, store::FullTile(connection_, ledger_.tenant(), tile.level, tile.index));
    } else {
      CANDOR_ASSIGN_OR_RETURN(hashes, prover.Tile(tile.level, tile.index, tile.width));
    }
    std::string bytes;
    for (const Digest& hash : hashes) bytes += AsText(hash.view());
    CANDOR_RETURN_IF_ERROR(writer.File(name, bytes));
  }
  return absl::OkStatus();
}

absl::Status Bundling::WriteProofs(core::BundleWriter& writer) {
  constexpr std::uint64_t kMostTiles = 1000;  // That a prover keeps: about one a leaf at most.
  std::optional<ledger::Prover> prover;
  std::uint64_t proved = 0;
  for (const core::PositionRange& range : summary_.ranges) {
    for (std::uint64_t at = range.first; at <= range.last; ++at) {
      if (proved++ % kMostTiles == 0) prover.emplace(connection_, ledger_.tenant(), size_);
      CANDOR_ASSIGN_OR_RETURN(const auto path, prover->Inclusion(at));
      CANDOR_RETURN_IF_ERROR(writer.File("proofs/" + std::to_string(at) + ".tlog-proof", core::ProofText(at, path, note_)));
    }
  }
  return absl::OkStatus();
}

absl::Status Bundling::WriteLines(core::BundleWriter& writer, bool shown) {
  const std::vector<std::uint64_t>& sizes = shown ? shown_sizes_ : withheld_sizes_;
  if (sizes.empty()) return absl::OkStatus();
  std::vector<std::uint64_t> counted;
  CANDOR_RETURN_IF_ERROR(EachLeaf(true, [&](const store::StoredLeaf&, const core::Leaf&, const std::vector<Line>& lines) -> absl::Status {
    for (const Line& line : lines) {
      if (line.shown != shown) continue;
      const std::size_t before = counted.size();
      Count(counted, line.text.size());
      if (counted.size() > before) {
        if (before > 0) CANDOR_RETURN_IF_ERROR(writer.End());
        if (counted.size() > sizes.size()) return Changed();
        CANDOR_RETURN_IF_ERROR(writer.Begin(core::SplitName(shown ? "sections" : "withheld", before), sizes[before]));
      }
      CANDOR_RETURN_IF_ERROR(writer.Add(line.text));
    }
    return absl::OkStatus();
  }));
  return writer.End();
}

absl::Status Bundling::WriteCsv(core::BundleWriter& writer) {
  CANDOR_RETURN_IF_ERROR(writer.Begin("report/leaves.csv", csv_size_));
  CANDOR_RETURN_IF_ERROR(writer.Add(kCsvHead));
  CANDOR_RETURN_IF_ERROR(EachLeaf(false, [&](const store::StoredLeaf& stored, const core::Leaf& leaf, const auto&) {
    return writer.Add(CsvLine(stored.position, leaf));
  }));
  return writer.End();
}

absl::Status Bundling::Write(Outlet& outlet, const Export::Page& page) {
  CANDOR_ASSIGN_OR_RETURN(const core::Note note, core::ParseNote(note_));
  CANDOR_ASSIGN_OR_RETURN(summary_.checkpoint, core::ParseCheckpointText(note.text));
  const auto mtime = static_cast<std::uint64_t>(absl::ToUnixSeconds(summary_.time));
  core::BundleWriter writer([&](std::string_view bytes) { return outlet.Take(bytes); }, mtime);
  CANDOR_RETURN_IF_ERROR(writer.File("checkpoint", note_));
  CANDOR_RETURN_IF_ERROR(writer.File("keys", summary_.ledger_key + "\n" + summary_.bundle_key + "\n"));
  CANDOR_RETURN_IF_ERROR(writer.File("positions", core::PositionLines(summary_.ranges)));
  CANDOR_RETURN_IF_ERROR(WriteLeaves(writer));
  CANDOR_RETURN_IF_ERROR(IsSelection(asked_) ? WriteProofs(writer) : WriteTiles(writer));
  if (asked_.known_size > 0) {
    CANDOR_ASSIGN_OR_RETURN(const auto path, ledger::Prover(connection_, ledger_.tenant(), size_).Consistency(asked_.known_size));
    CANDOR_RETURN_IF_ERROR(writer.File("consistency", core::ConsistencyText(asked_.known_size, path)));
  }
  for (const bool shown : {true, false}) CANDOR_RETURN_IF_ERROR(WriteLines(writer, shown));
  for (const auto& [name, text] : policy_files_) CANDOR_RETURN_IF_ERROR(writer.File(name, text));
  CANDOR_RETURN_IF_ERROR(writer.File("report/index.html", page(summary_)));
  CANDOR_RETURN_IF_ERROR(WriteCsv(writer));
  core::Manifest manifest;
  manifest.asked_by = summary_.asked_by;
  manifest.asked_what = summary_.asked_what;
  manifest.asked_grant = summary_.grant;
  manifest.checkpoint = summary_.checkpoint;
  manifest.leaves = summary_.leaves;
  manifest.sections = summary_.shown;
  manifest.withheld = withheld_;
  manifest.ranges = summary_.ranges;
  return writer.Finish(std::move(manifest), bundle_key_, bundle_signer_);
}

std::string What(const Export::Asked& asked, std::uint64_t size) {
  std::string what = asked.grant ? "what the grant covers of ["
                     : asked.filter.empty() ? "all leaves of [" : "decisions that fit " + asked.filter + " of [";
  what += std::to_string(asked.first) + ", ";
  what += std::to_string(asked.end == 0 ? size : asked.end) + ")";
  std::string names;
  for (const std::string& name : asked.sections) names += (names.empty() ? "" : ", ") + name;
  return what + (names.empty() ? ", no sections" : ", with the sections " + names);
}

}  // namespace

absl::StatusOr<std::uint64_t> Export::Announce(const std::shared_ptr<ledger::Ledger>& ledger) {
  std::optional<core::Leaf> first;
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafAt(*connection, ledger->tenant(), 0));
    CANDOR_ASSIGN_OR_RETURN(first, core::ParseLeaf(stored.leaf));
    const auto known = store::LeafOfRequest(*connection, ledger->tenant(), core::DerivedRequest("key", first->id));
    if (known.ok()) return known->position;
    if (!absl::IsNotFound(known.status())) return known.status();
  }
  const crypto::Ed25519Key signer(ledger->keyring().BundleSeed());
  ledger::Entry entry = Follows("key", first->id, clock_.Now());
  entry.leaf.facts.Set("change", "announced").Set("purpose", "bundle");
  entry.leaf.facts.Set("vkey", core::VerifierKey::Of(ledger->origin() + "/bundle", signer.public_key()).ToText());
  CANDOR_ASSIGN_OR_RETURN(const ledger::Receipt receipt, AppendAndWait(appender_, ledger, std::move(entry)));
  return receipt.position;
}

absl::StatusOr<Export::Done> Export::Run(const domain::Caller& caller, domain::Statement statement, const Asked& asked,
                                         const Page& page, const Sink& sink) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(store::Condition condition, ParseFilter(asked.filter));
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(*connection, ledger->tenant()));
    if (asked.end > head.size) return BadField("end_position", "is beyond the end of the ledger");
    if (asked.first >= (asked.end == 0 ? head.size : asked.end)) return BadField("first_position", "is not before the end");
    if (asked.known_size > head.size) return BadField("known_size", "is beyond the end of the ledger");
  }
  CANDOR_ASSIGN_OR_RETURN(const std::uint64_t announced, Announce(ledger));
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "export", clock_.Now()));
  Done done;
  CANDOR_ASSIGN_OR_RETURN(done.receipt, AppendAndWait(appender_, ledger, std::move(entry)));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf self, core::ParseLeaf(done.receipt.leaf));

  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto keys, store::TenantKeys(*connection, ledger->tenant()));
  const auto signer = keys.find({"ledger", ledger->signer()});
  if (signer != keys.end() && signer->second.leaf_id) {
    CANDOR_ASSIGN_OR_RETURN(const auto brought, store::LeafOfId(*connection, ledger->tenant(), *signer->second.leaf_id));
    if (brought.position > done.receipt.position) {
      return Because(absl::FailedPreconditionError("the key of the ledger changed since this export was asked for: ask for a new one"), "EXPIRED");
    }
  }
  const std::uint64_t size = done.receipt.position + 1;
  store::DecisionFilter filter{.condition = std::move(condition), .person = {}};
  if (!asked.filter.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const std::uint64_t read, book_.ReadOn(*ledger, size, SearchBook::kUntilRead));
    if (read < size) {
      return Because(absl::UnavailableError("filter: decisions are not read up to the export yet; repeat it"), "STORE_UNAVAILABLE");
    }
    filter.sight = SightBelow(writers_, ledger->tenant(), size, self.time);
  }
  Bundling bundling(*ledger, bulk_, *connection, sets_, asked, std::move(filter), size);
  bundling.summary().asked_by = caller.kind == "human" ? "human" : caller.code;
  bundling.summary().asked_what = What(asked, size);
  CANDOR_RETURN_IF_ERROR(bundling.Gather(announced, self));
  Outlet outlet(sink, asked.from_byte);
  const absl::Status written = bundling.Write(outlet, page);
  if (absl::IsInternal(written)) return Changed();
  CANDOR_RETURN_IF_ERROR(written);
  CANDOR_ASSIGN_OR_RETURN(done.digest, outlet.End());
  return done;
}

}  // namespace candor::flow
