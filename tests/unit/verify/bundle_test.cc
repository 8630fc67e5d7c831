// Bundles of a ledger of ten leaves: whole, damaged in every byte, and lying under a good
// signature.

#include "services/verify/bundle.h"

#include <gmock/gmock.h>

#include "services/base/status.h"
#include "services/core/bundle/tar.h"
#include "services/core/bundle/writer.h"
#include "services/core/commit/section.h"
#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/prover.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/proof.h"
#include "services/crypto/sha256.h"
#include "tests/unit/verify/world_leaves.h"

namespace candor::verify {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Held final : public BundleSource {
 public:
  explicit Held(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  absl::Status Read(std::uint64_t at, std::span<char> to) const override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), to.size(), to.begin());
    return absl::OkStatus();
  }

 private:
  std::string bytes_;
};

constexpr std::size_t kLeaves = 10, kTold = 4, kErasure = 7;
const Digest kSalt = crypto::Sha256(AsBytes("salt"));
const Digest kItemKey = crypto::Sha256(AsBytes("item"));
constexpr const char* kText = R"({"income":"41000.00"})";

crypto::Ed25519Key BundleSigner() { return SignerOf(9); }
core::VerifierKey BundleKey() { return core::VerifierKey::Of(std::string(kOrigin) + "/bundle", BundleSigner().public_key()); }

// Leaf 1 announces the key for bundles, leaf 4 has two sections, one of which leaf 7 erased.
std::string LeafText(std::size_t position) {
  core::Leaf leaf = LeafAt(position);
  if (position == 1) {
    leaf = PlainLeaf(position);
    leaf.type = "key";
    leaf.facts.Set("change", "announced").Set("from", 2).Set("purpose", "bundle").Set("vkey", BundleKey().ToText());
  }
  if (position == kTold) {
    const std::string id = leaf.id.ToText();
    const Digest inputs = core::CommitSection({.origin = kOrigin, .leaf_id = id, .name = "inputs"}, kSalt, AsBytes(kText));
    const Digest person = core::CommitSection({.origin = kOrigin, .leaf_id = id, .name = "person"}, kSalt, AsBytes("{}"));
    leaf.sections = {{"inputs", inputs}, {"person", person}};
  }
  if (position == kErasure) {
    const core::ErasureTree tree({core::ErasureItem(kItemKey, LeafAt(kTold).id.ToText(), "person")});
    leaf = PlainLeaf(position);
    leaf.type = "erasure";
    leaf.facts.Set("items", 1).Set("root", tree.root().ToBase64());
  }
  return *core::EncodeLeaf(leaf);
}

// The files of a bundle but the last two, and what makes a tar of them.
class ABundle : public ::testing::Test {
 protected:
  ABundle() {
    for (std::size_t i = 0; i < kLeaves; ++i) {
      leaves_.push_back(LeafText(i));
      hashes_.push_back(core::HashLeaf(AsBytes(leaves_.back())));
    }
    checkpoint_ = {.origin = kOrigin, .size = kLeaves, .root = RootAt(kLeaves)};
    note_ = core::SignNote(core::CheckpointText(checkpoint_), KeyOf(), SignerOf());
    Whole();
  }

  absl::StatusOr<Digest> Node(int level, std::uint64_t index) const {
    core::CompactRange range;
    for (std::uint64_t i = index << level; i < (index + 1) << level; ++i) range.Append(hashes_[i]);
    return range.Root();
  }
  Digest RootAt(std::uint64_t size) const {
    return *core::RootAt(size, [this](int level, std::uint64_t index) { return Node(level, index); });
  }

  void Begin(const std::vector<core::PositionRange>& ranges) {
    ranges_ = ranges;
    files_ = {{"checkpoint", note_}, {"keys", KeyOf().ToText() + "\n" + BundleKey().ToText() + "\n"},
              {"positions", core::PositionLines(ranges)}};
    std::string lines;
    for (const auto& range : ranges) {
      for (std::uint64_t at = range.first; at <= range.last; ++at) lines += leaves_[at] + "\n";
    }
    files_.emplace_back("leaves/000000.ndjson", lines);
  }

  void End() {
    const std::string id = LeafAt(kTold).id.ToText();
    const core::ErasureTree tree({core::ErasureItem(kItemKey, id, "person")});
    const core::ErasedSection erased{.position = kErasure, .k = kItemKey, .proof = *tree.ProofOf(tree.items()[0])};
    files_.emplace_back("sections.ndjson", core::ShownLine(id, "inputs", kSalt, AsBytes(kText)));
    files_.emplace_back("withheld.ndjson", core::WithheldLine(id, "person", "erased", &erased));
    files_.emplace_back("report/index.html", "<!doctype html>");
  }

  void Whole() {
    Begin({{.first = 0, .last = kLeaves - 1}});
    std::string tile;
    for (const Digest& hash : hashes_) tile += AsText(hash.view());
    files_.emplace_back("tiles/0/000.p/10", tile);
    End();
  }

  // Some leaves, each with its own proof.
  void Selected() {
    Begin({{.first = 1, .last = 1}, {.first = 4, .last = 5}, {.first = 7, .last = 7}});
    for (const std::uint64_t at : {1, 4, 5, 7}) {
      const auto path = *core::ProveInclusion(at, kLeaves, [this](int level, std::uint64_t index) { return Node(level, index); });
      files_.emplace_back("proofs/" + std::to_string(at) + ".tlog-proof", core::ProofText(at, path, note_));
    }
    End();
  }

  std::string& File(const std::string& name) {
    for (auto& [file, text] : files_) {
      if (file == name) return text;
    }
    ADD_FAILURE() << name;
    return files_[0].second;
  }
  void Replace(const std::string& name, const std::string& what, const std::string& with) {
    std::string& text = File(name);
    const auto at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), with);
  }

  core::Manifest ManifestOf() const {
    core::Manifest manifest{.asked_by = "tester", .asked_grant = {}, .asked_what = "all", .checkpoint = checkpoint_};
    for (const auto& range : ranges_) manifest.leaves += range.last - range.first + 1;
    manifest.sections = manifest.withheld = 1;
    manifest.ranges = ranges_;
    return manifest;
  }
  std::string Tar() const { return Tar(ManifestOf()); }
  std::string Tar(const core::Manifest& manifest) const {
    std::string tar;
    const auto take = [&](std::string_view bytes) { return tar += bytes, absl::OkStatus(); };
    core::BundleWriter writer(take, static_cast<std::uint64_t>(absl::ToUnixSeconds(LeafAt(kLeaves - 1).time)));
    for (const auto& [name, text] : files_) EXPECT_TRUE(writer.File(name, text).ok());
    EXPECT_TRUE(writer.Finish(manifest, BundleKey(), BundleSigner()).ok());
    return tar;
  }

  static BundleReport Verify(const std::string& tar, const std::vector<core::VerifierKey>& keys = {KeyOf()},
                             const std::string& since = {}) {
    const auto report = VerifyBundle(Held(tar), {.keys = keys, .since_note = since, .progress = {}});
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(BundleReport());
  }
  static std::vector<std::string> Found(const BundleReport& report) {
    std::vector<std::string> texts;
    for (const Finding& finding : report.findings) texts.push_back(ToText(finding));
    return texts;
  }
  std::vector<std::string> Found() const { return Found(Verify(Tar())); }

  std::vector<std::string> leaves_;
  std::vector<Digest> hashes_;
  core::Checkpoint checkpoint_;
  std::string note_;
  std::vector<core::PositionRange> ranges_;
  std::vector<std::pair<std::string, std::string>> files_;
};

TEST_F(ABundle, OfAWholeRangeIsIntactAndComplete) {
  const BundleReport report = Verify(Tar());
  EXPECT_THAT(Found(report), IsEmpty());
  EXPECT_THAT(report.malformed, IsEmpty());
  EXPECT_TRUE(report.is_whole_range);
  EXPECT_EQ(report.complete, "whole range [0, 10)");
  EXPECT_EQ(report.leaves, kLeaves);
  EXPECT_EQ(report.shown, 1U);
  EXPECT_EQ(report.withheld.at("erased"), 1U);
  EXPECT_EQ(report.bundle_key, BundleKey().ToText());
}

TEST_F(ABundle, OfASelectionIsIntactAndNotProvablyComplete) {
  Selected();
  const BundleReport report = Verify(Tar());
  EXPECT_THAT(Found(report), IsEmpty());
  EXPECT_FALSE(report.is_whole_range);
  EXPECT_THAT(report.complete, HasSubstr("not provable"));
}

TEST_F(ABundle, OfARangeNeedsItsKeyAndErasureFromOutside) {
  Begin({{.first = 1, .last = 1}, {.first = 3, .last = 5}, {.first = 7, .last = 7}});
  std::string tile;
  for (const Digest& hash : hashes_) tile += AsText(hash.view());
  files_.emplace_back("tiles/0/000.p/10", tile);
  End();
  const BundleReport report = Verify(Tar());
  EXPECT_THAT(Found(report), IsEmpty());
  EXPECT_EQ(report.complete, "whole range [3, 6), and 2 leaves outside of it that it needs");
}

TEST_F(ABundle, IsFoundAlteredInWhateverByte) {
  for (const bool whole : {true, false}) {
    whole ? Whole() : Selected();
    const std::string tar = Tar();
    ASSERT_LE(tar.size(), 32U << 10);
    for (std::size_t at = 0; at < tar.size(); ++at) {
      std::string altered = tar;
      altered[at] = static_cast<char>(altered[at] ^ 1);
      ASSERT_FALSE(Verify(altered).intact()) << "byte " << at;
    }
    for (std::size_t size = 0; size < tar.size(); size += 100) ASSERT_FALSE(Verify(tar.substr(0, size)).intact()) << size;
    EXPECT_FALSE(Verify(tar + std::string(512, '\0')).intact());
  }
}

// Under a good signature of the manifest: whoever signs bundles cannot lie in them either.
TEST_F(ABundle, NamesTheLeafThatIsNotTheOneOfTheLedger) {
  for (const bool whole : {true, false}) {
    whole ? Whole() : Selected();
    Replace("leaves/000000.ndjson", "\"seq\":4", "\"seq\":5");
    EXPECT_THAT(Found(), Contains(HasSubstr("leaves/000000.ndjson 4 line ")));
  }
}

TEST_F(ABundle, NamesTheTileThatIsNotThatOfTheLedger) {
  File("tiles/0/000.p/10")[40] ^= 1;
  const auto found = Found();
  EXPECT_THAT(found, Contains(HasSubstr("1 line 2: is not the leaf that its tile holds")));
  EXPECT_THAT(found, Contains(HasSubstr("tiles/: does not lead to the root")));
}

TEST_F(ABundle, NamesTheProofThatProvesNothing) {
  Selected();
  Replace("proofs/4.tlog-proof", "index 4", "index 5");
  EXPECT_THAT(Found(), Contains(HasSubstr("proofs/4.tlog-proof: is of another leaf")));
}

TEST_F(ABundle, NamesTheSectionThatIsNotWhatItsLeafCommittedTo) {
  const std::string good = core::ShownLine(LeafAt(kTold).id.ToText(), "inputs", kSalt, AsBytes(kText));
  const std::string bad = core::ShownLine(LeafAt(kTold).id.ToText(), "inputs", kSalt, AsBytes(R"({"income":"14000.00"})"));
  Replace("sections.ndjson", good, bad);
  EXPECT_THAT(Found(), Contains(HasSubstr("sections.ndjson 4 line 1: inputs: ")));
}

TEST_F(ABundle, NamesASectionThatIsNeitherShownNorWithheld) {
  File("sections.ndjson").clear();
  EXPECT_THAT(Found(), Contains(HasSubstr("4 inputs: is neither shown nor withheld")));
}

TEST_F(ABundle, NamesASectionThatStandsTwice) {
  File("sections.ndjson") += File("sections.ndjson");
  EXPECT_THAT(Found(), Contains(HasSubstr("line 2: inputs stands twice")));
}

TEST_F(ABundle, NamesLinesThatBelongToNoLeaf) {
  Replace("sections.ndjson", LeafAt(kTold).id.ToText(), IdOf(77, 7).ToText());
  EXPECT_THAT(Found(), Contains(HasSubstr("sections.ndjson line 1: belongs to no leaf in its place")));
}

TEST_F(ABundle, BelievesAnErasureOnlyByItsProof) {
  Replace("withheld.ndjson", kItemKey.ToBase64(), kSalt.ToBase64());
  EXPECT_THAT(Found(), Contains(HasSubstr("person: nothing proves that it was erased")));
  Whole();
  Replace("withheld.ndjson", "\"position\":7", "\"position\":6");
  EXPECT_THAT(Found(), Contains(HasSubstr("its erasure, leaf 6, is not in the bundle")));
}

TEST_F(ABundle, NamesLeavesThatAreMissingOrTooMany) {
  Replace("leaves/000000.ndjson", leaves_[9] + "\n", "");
  EXPECT_THAT(Found(), Contains(HasSubstr("leaves/ 9: is missing")));
  Whole();
  File("leaves/000000.ndjson") += leaves_[9] + "\n";
  EXPECT_THAT(Found(), Contains(HasSubstr("leaves/: holds more lines")));
  Whole();
  File("leaves/000000.ndjson").pop_back();
  EXPECT_THAT(Found(), Contains(HasSubstr("the last line has no end")));
}

TEST_F(ABundle, NamesLeavesBeyondItsCheckpoint) {
  ranges_.push_back({.first = 300, .last = 300});
  File("positions") = core::PositionLines(ranges_);
  File("leaves/000000.ndjson") += leaves_[9] + "\n";
  EXPECT_THAT(Found(), Contains(HasSubstr("positions: goes beyond the checkpoint")));
}

TEST_F(ABundle, NamesLeavesThatWereSwapped) {
  Replace("leaves/000000.ndjson", leaves_[2] + "\n" + leaves_[3] + "\n", leaves_[3] + "\n" + leaves_[2] + "\n");
  const auto found = Found();
  EXPECT_THAT(found, Contains(HasSubstr("2 line 3: is not the leaf")));
  EXPECT_THAT(found, Contains(HasSubstr("3 line 4: is not the leaf")));
}

TEST_F(ABundle, HoldsTheFilesOfItsManifestAndNoOther) {
  files_.emplace_back("report/secret.exe", "MZ");
  EXPECT_THAT(Found(), IsEmpty()) << "the report may hold what it likes";
  files_.back().first = "extra";
  EXPECT_THAT(Found(), Contains(HasSubstr("extra: is no file of a bundle")));
  Whole();
  std::swap(files_[1], files_[2]);
  EXPECT_THAT(Found(), Contains(HasSubstr("keys: stands out of order")));
  Whole();
  files_.erase(files_.begin() + 1);
  EXPECT_THAT(Found(), Contains(HasSubstr("keys: is missing")));
}

TEST_F(ABundle, IsSignedByAKeyThatALeafOfItAnnounces) {
  Begin({{.first = 2, .last = kLeaves - 1}});
  std::string tile;
  for (const Digest& hash : hashes_) tile += AsText(hash.view());
  files_.emplace_back("tiles/0/000.p/10", tile);
  End();
  EXPECT_THAT(Found(), Contains(HasSubstr("no leaf of this bundle announces a key for bundles")));
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf(), BundleKey()})), IsEmpty()) << "unless the caller trusts it";
}

TEST_F(ABundle, IsNotBelievedUnderAnotherKeyOfTheLedger) {
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf(2)})), Contains(HasSubstr("checkpoint: ")));
}

TEST_F(ABundle, LiesInItsManifestInVain) {
  core::Manifest counts = ManifestOf(), ranges = ManifestOf(), root = ManifestOf();
  counts.withheld = 0;
  ranges.ranges = {{.first = 0, .last = 8}};
  root.checkpoint.root = kSalt;
  EXPECT_THAT(Found(Verify(Tar(counts))), Contains(HasSubstr("manifest.json: counts other")));
  EXPECT_THAT(Found(Verify(Tar(ranges))), Contains(HasSubstr("manifest.json: says other ranges")));
  EXPECT_THAT(Found(Verify(Tar(root))), Contains(HasSubstr("manifest.json: is about another checkpoint")));
}

TEST_F(ABundle, ContinuesAnOlderCheckpointOrNot) {
  const core::Checkpoint older{.origin = kOrigin, .size = 6, .root = RootAt(6)};
  core::Checkpoint other = older, same = checkpoint_;
  other.root = same.root = kSalt;
  const auto signed_by = [](const core::Checkpoint& checkpoint) {
    return core::SignNote(core::CheckpointText(checkpoint), KeyOf(), SignerOf());
  };
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf()}, signed_by(older))), IsEmpty());
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf()}, signed_by(other))), Contains(HasSubstr("does not continue the older one")));
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf()}, signed_by(same))), Contains(HasSubstr("another root than the older one of the same size")));

  Selected();
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf()}, signed_by(older))), Contains(HasSubstr("nothing proves that")));
  const auto path = *core::ProveConsistency(6, kLeaves, [this](int level, std::uint64_t index) { return Node(level, index); });
  const auto sections = std::find_if(files_.begin(), files_.end(), [](const auto& file) { return file.first == "sections.ndjson"; });
  files_.insert(sections, {"consistency", core::ConsistencyText(6, path)});
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf()}, signed_by(older))), IsEmpty());
  EXPECT_THAT(Found(Verify(Tar(), {KeyOf()}, signed_by(other))), Contains(HasSubstr("does not continue the older checkpoint")));
  std::find_if(files_.begin(), files_.end(), [](const auto& file) { return file.first == "consistency"; })->second =
      core::ConsistencyText(5, path);
  EXPECT_THAT(Found(Verify(Tar())), Contains(HasSubstr("does not lead to the checkpoint"))) << "nobody holds the older one";
}

TEST_F(ABundle, SaysWhatOfTheWriterBreaksTheFormat) {
  leaves_[5] = "{\"no\":\"leaf\"}";
  hashes_[5] = core::HashLeaf(AsBytes(leaves_[5]));
  checkpoint_.root = RootAt(kLeaves);
  note_ = core::SignNote(core::CheckpointText(checkpoint_), KeyOf(), SignerOf());
  Whole();
  const BundleReport report = Verify(Tar());
  EXPECT_THAT(Found(report), IsEmpty());
  ASSERT_EQ(report.malformed.size(), 1U);
  EXPECT_EQ(report.malformed[0].position, 5U);
}

TEST_F(ABundle, IsNotCompleteWhereItsLeavesNameGaps) {
  core::Leaf gap = PlainLeaf(9);
  gap.type = "gap";
  core::Json range = core::Json::Object();
  range.Set("first", 8).Set("last", 9);
  gap.facts.Set("producer", "scoring").Set("epoch", IdOf(1, 4).ToText()).Set("missing", core::Json::Array().Append(std::move(range)));
  leaves_[9] = *core::EncodeLeaf(gap);
  hashes_[9] = core::HashLeaf(AsBytes(leaves_[9]));
  checkpoint_.root = RootAt(kLeaves);
  note_ = core::SignNote(core::CheckpointText(checkpoint_), KeyOf(), SignerOf());
  Whole();
  const BundleReport report = Verify(Tar());
  EXPECT_THAT(Found(report), IsEmpty());
  EXPECT_FALSE(report.is_whole_range);
  EXPECT_THAT(report.complete, HasSubstr("missing: 2 calls"));
}

}  // namespace
}  // namespace candor::verify
