// The worked example of docs/reference/ledger-format.md, section 1: every value that
// stands there is computed anew, and nothing stands there that is not computed here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/base/clock.h"
#include "services/core/chain/chain.h"
#include "services/core/commit/section.h"
#include "services/core/commit/wrap.h"
#include "services/core/leaf/leaf.h"
#include "services/core/merkle/batch_tree.h"
#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/consistency.h"
#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/text/grammar.h"
#include "services/core/text/lines.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"
#include "services/core/tlog/tile.h"
#include "services/crypto/seal.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

// By name: what stands behind `name = ` in the paper, or in the block called `name`.
using Values = std::map<std::string, std::string>;

constexpr std::string_view kOrigin = "ledger.example.com/worked";
constexpr std::string_view kTenant = "019b7ca9-8c88-7000-8000-00000000000a";
constexpr std::string_view kInputs = R"({"inputs_json":{"raw":"{\"debt_to_income\": 0.35}"}})";
constexpr std::string_view kPolicyDigest = "gpjMcaq35m9GCTCMrq0096hguh5titzoiJoV2hwvnQc=";

// The public test secrets of the paper: so many bytes that count up from `first`.
template <std::size_t N>
std::array<std::uint8_t, N> CountingFrom(int first) {
  std::array<std::uint8_t, N> bytes;
  for (std::size_t i = 0; i < N; ++i)
    bytes[i] = static_cast<std::uint8_t>(first + static_cast<int>(i));
  return bytes;
}
crypto::Key KeyFrom(int first) {
  return crypto::Key(CountingFrom<32>(first));
}

constexpr int kSeed = 0x00, kDataKey = 0x20, kSalt = 0x40, kNonce = 0x60;
constexpr int kOperatorKey = 0x70, kTenantKey = 0x90, kTenantHandle = 0xb0, kDataHandle = 0xc0;

absl::Time TimeOf(std::string_view text) {
  return FromRfc3339(text).value();
}
Uuid IdOf(std::string_view text) {
  return Uuid::FromText(text).value();
}

// The three leaves: the ledger itself, an authorization with a sealed section, its outcome.
struct Example {
  const crypto::Ed25519Key signer{KeyFrom(kSeed)};
  const VerifierKey key = VerifierKey::Of(std::string(kOrigin), signer.public_key());
  const crypto::Key data_key = KeyFrom(kDataKey);
  const Digest salt{.bytes = CountingFrom<32>(kSalt)};
  const std::array<std::uint8_t, 12> nonce = CountingFrom<12>(kNonce);
  const std::string section_leaf = "019b7ca9-f600-7000-8000-000000000001";
  const SectionOf section{.origin = kOrigin, .leaf_id = section_leaf, .name = "inputs"};
  const Digest commitment = CommitSection(section, salt, AsBytes(kInputs));

  Leaf LedgerLeaf() const {
    Leaf leaf{.caller_id = "operator",
              .caller_kind = "service",
              .id = IdOf("019b7ca9-8c88-7000-8000-000000000000"),
              .ledger = std::string(kOrigin),
              .request = IdOf("00000000-0000-4000-8000-000000000000"),
              .time = TimeOf("2026-01-02T03:04:05.000000Z"),
              .type = "ledger"};
    leaf.facts.Set("format", 1).Set("hash", "sha256").Set("origin", kOrigin);
    leaf.facts.Set("timestamps", Json::Object().Set("policy", "none"));
    leaf.facts.Set("vkeys", Json::Array().Append(key.ToText()));
    return leaf;
  }

  Leaf AuthorizationLeaf() const {
    const std::string due = "2026-01-03T03:04:32.000000Z";
    Leaf leaf{.caller_id = "refund_bot",
              .caller_kind = "component",
              .decision = IdOf(section_leaf),
              .id = IdOf(section_leaf),
              .ledger = std::string(kOrigin),
              .request = IdOf("11111111-1111-4111-8111-111111111111"),
              .sections = {{"inputs", commitment}},
              .time = TimeOf("2026-01-02T03:04:32.000150Z"),
              .type = "authorization"};
    Json obligation = Json::Object();
    obligation.Set("due", due).Set("id", "o1").Set("type", "record_outcome_by");
    leaf.facts.Set("action", "refund.grant").Set("system", "refund_bot").Set("verdict", "allow");
    leaf.facts.Set("policy", "builtin").Set("policy_digest", kPolicyDigest);
    leaf.facts.Set("expires", "2026-01-02T03:09:32.000000Z").Set("outcome_due", due);
    leaf.facts.Set("obligations", Json::Array().Append(std::move(obligation)));
    return leaf;
  }

  Leaf OutcomeLeaf() const {
    Leaf leaf{.caller_id = "refund_bot",
              .caller_kind = "component",
              .decision = IdOf(section_leaf),
              .id = IdOf("019b7ca9-f9e8-7000-8000-000000000002"),
              .ledger = std::string(kOrigin),
              .request = IdOf("22222222-2222-4222-8222-222222222222"),
              .time = TimeOf("2026-01-02T03:04:33.000275Z"),
              .type = "outcome"};
    leaf.facts.Set("action_taken", "taken").Set("authorization", section_leaf);
    leaf.facts.Set("outcome", "granted").Set("verdict", "allow");
    leaf.facts.Set("policy", "builtin").Set("policy_digest", kPolicyDigest);
    return leaf;
  }

  std::vector<std::string> Leaves() const {
    std::vector<std::string> leaves;
    for (const Leaf& leaf : {LedgerLeaf(), AuthorizationLeaf(), OutcomeLeaf()}) {
      leaves.push_back(EncodeLeaf(leaf).value());
    }
    return leaves;
  }
};

std::vector<Digest> HashesOf(const std::vector<std::string>& leaves) {
  std::vector<Digest> hashes;
  for (const std::string& leaf : leaves) hashes.push_back(HashLeaf(AsBytes(leaf)));
  return hashes;
}

// What is given, not computed; the leaves but for the commitment are given too.
void AddInputs(const Example& example, Values& values) {
  values["origin"] = kOrigin;
  values["seed"] = ToHex(CountingFrom<32>(kSeed));
  values["data_key"] = ToHex(example.data_key.view());
  values["salt"] = example.salt.ToHex();
  values["nonce"] = ToHex(example.nonce);
  values["section_leaf"] = example.section_leaf;
  values["section_name"] = "inputs";
  values["section_bytes"] = kInputs;
  values["tenant"] = kTenant;
  values["operator_key"] = ToHex(CountingFrom<32>(kOperatorKey));
  values["tenant_key"] = ToHex(CountingFrom<32>(kTenantKey));
  values["tenant_handle"] = ToHex(CountingFrom<16>(kTenantHandle));
  values["data_handle"] = ToHex(CountingFrom<16>(kDataHandle));
}

void AddTree(const std::vector<std::string>& leaves, const std::vector<Digest>& hashes,
             Values& values) {
  Digest chain = ChainStart(kOrigin);
  CompactRange range;
  values["chain_start"] = chain.ToHex();
  values["root[0]"] = EmptyRoot().ToHex();
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::string at = "[" + std::to_string(i) + "]";
    values["leaf" + at] = leaves[i] + "\n";
    values["leaf_bytes" + at] = std::to_string(leaves[i].size());
    values["leaf_hash" + at] = hashes[i].ToHex();
    chain = ChainNext(chain, hashes[i]);
    values["chain" + at] = chain.ToHex();
    range.Append(hashes[i]);
    values["root[" + std::to_string(i + 1) + "]"] = range.Root().ToHex();
  }
  values["node"] = HashNode(hashes[0], hashes[1]).ToHex();
}

void AddCheckpoint(const Example& example, const std::vector<Digest>& hashes, Values& values) {
  const BatchTree tree({}, hashes);
  const std::string text =
      CheckpointText({.origin = std::string(kOrigin), .size = 3, .root = tree.root()});
  const std::string note = SignNote(text, example.key, example.signer);
  const Note parsed = ParseNote(note).value();
  std::string id;
  AppendBigEndian32(example.key.id, id);
  values["public_key"] = ToHex(example.key.key);
  values["key_id"] = ToHex(AsBytes(id));
  values["vkey"] = example.key.ToText();
  values["signature"] = ToHex(parsed.signatures.front().bytes);
  values["checkpoint"] = note;
  values["tlog-proof"] = ProofText(1, tree.ProofOf(1), note);
}

void AddSection(const Example& example, Values& values) {
  const crypto::Key key = SectionKey(example.data_key, example.section);
  const Bytes sealed =
      SealSection(example.data_key, example.section, example.salt, example.nonce, AsBytes(kInputs));
  const std::string place =
      std::string(kOrigin) + "\n" + example.section_leaf + "\n" + std::string(example.section.name);
  std::string box(1, static_cast<char>(example.section.name.size()));
  box += example.section.name;
  AppendBigEndian32(static_cast<std::uint32_t>(sealed.size()), box);
  values["commitment"] = example.commitment.ToHex();
  values["commitment_base64"] = example.commitment.ToBase64();
  values["section_key"] = ToHex(key.view());
  values["additional_data"] = ToHex(AsBytes(place));
  values["plaintext"] = ToHex(crypto::OpenAesGcm(key, sealed, AsBytes(place)).value());
  values["sealed"] = ToHex(sealed);
  values["box_header"] = ToHex(AsBytes(box));
}

void AddWraps(const Example& example, Values& values) {
  const auto wrap = [](int parent, const std::string& handle, const crypto::Key& key) {
    return ToHex(
        Wrap(KeyFrom(parent), {.tenant = kTenant, .handle = handle, .generation = 1}, key));
  };
  values["wrapped_tenant_key"] = wrap(kOperatorKey, values["tenant_handle"], KeyFrom(kTenantKey));
  values["wrapped_data_key"] = wrap(kTenantKey, values["data_handle"], example.data_key);
}

void AddTile(const std::vector<std::string>& leaves, const std::vector<Digest>& hashes,
             Values& values) {
  std::string bundle;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    std::string length;
    AppendBigEndian16(static_cast<std::uint16_t>(leaves[i].size()), length);
    values["entry_length[" + std::to_string(i) + "]"] = ToHex(AsBytes(length));
    AppendBundleEntry(leaves[i], bundle);
  }
  std::string tile;
  for (const Digest& hash : hashes) tile += AsText(hash.view());
  values["tile_path"] = TilePath({.level = 0, .index = 0, .width = 3});
  values["tile_sha256"] = crypto::Sha256(AsBytes(tile)).ToHex();
  values["bundle_path"] = TilePath({.level = kEntries, .index = 0, .width = 3});
  values["bundle_sha256"] = crypto::Sha256(AsBytes(bundle)).ToHex();
}

Values Computed() {
  const Example example;
  const std::vector<std::string> leaves = example.Leaves();
  const std::vector<Digest> hashes = HashesOf(leaves);
  Values values;
  AddInputs(example, values);
  AddTree(leaves, hashes, values);
  AddCheckpoint(example, hashes, values);
  AddSection(example, values);
  AddWraps(example, values);
  AddTile(leaves, hashes, values);
  values["derived_request"] =
      DerivedRequest("outcome_missing", IdOf(example.section_leaf)).ToText();
  return values;
}

std::string Paper() {
  std::ifstream file(CANDOR_SOURCE_DIR "/docs/reference/ledger-format.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The values of section 1: a line `name = value` in a block called `values`, or a whole
// block under the name that follows its opening fence.
Values Shown(std::string_view paper) {
  constexpr std::string_view kFence = "```";
  Values values;
  std::string block;
  paper = paper.substr(0, paper.find("\n## 2. "));
  while (const std::optional<std::string_view> line = TakeLine(paper)) {
    if (line->starts_with(kFence)) {
      const std::size_t name = line->find(' ');
      block = block.empty() && name != std::string_view::npos ? line->substr(name + 1) : "";
    } else if (const std::size_t equals = line->find(" = ");
               block == "values" && equals != std::string_view::npos) {
      const std::string_view label = line->substr(0, line->find(' '));
      EXPECT_TRUE(values.emplace(label, line->substr(equals + 3)).second) << label << " twice";
    } else if (!block.empty()) {
      values[block] += *line;
      values[block] += '\n';
    }
  }
  return values;
}

class WorkedExample : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, value] : computed_) {
      ASSERT_TRUE(shown_.contains(name)) << name << " is not in the paper";
    }
  }

  const std::string& Text(const std::string& name) const { return shown_.at(name); }
  Bytes BytesAt(const std::string& name) const { return FromHex(Text(name)).value_or(Bytes()); }
  Digest DigestAt(const std::string& name) const {
    return Digest::FromBytes(BytesAt(name)).value_or(Digest());
  }
  crypto::Key KeyAt(const std::string& name) const {
    return crypto::Key(std::span<const std::uint8_t, 32>(DigestAt(name).bytes));
  }

  const Values computed_ = Computed();
  const Values shown_ = Shown(Paper());
};

TEST_F(WorkedExample, ShowsEveryValueAsItIsComputed) {
  for (const auto& [name, value] : computed_) EXPECT_EQ(Text(name), value) << name;
}

TEST_F(WorkedExample, ShowsNothingThatIsNotComputed) {
  for (const auto& [name, value] : shown_) EXPECT_TRUE(computed_.contains(name)) << name;
}

TEST_F(WorkedExample, HoldsAReceiptThatVerifies) {
  std::string leaf = Text("leaf[1]");
  leaf.pop_back();  // A block ends in a line feed, the leaf does not.
  const absl::StatusOr<VerifierKey> key = VerifierKey::Parse(Text("vkey"));
  ASSERT_TRUE(key.ok()) << key.status();
  const absl::StatusOr<Proof> proof = ParseProof(Text("tlog-proof"));
  ASSERT_TRUE(proof.ok()) << proof.status();

  const absl::StatusOr<Checkpoint> checkpoint = OpenCheckpoint(proof->checkpoint, {*key});

  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_TRUE(VerifyInclusion(
                  HashLeaf(AsBytes(leaf)),
                  {.leaf_index = proof->index, .tree_size = checkpoint->size, .path = proof->path},
                  checkpoint->root)
                  .ok());
}

TEST_F(WorkedExample, ContinuesItsOwnBeginnings) {
  const auto continues = [&](std::uint64_t old_size, std::vector<Digest> path) {
    const Digest old_root = DigestAt("root[" + std::to_string(old_size) + "]");
    return VerifyConsistency({.old_size = old_size, .new_size = 3, .path = std::move(path)},
                             {.old_root = old_root, .new_root = DigestAt("root[3]")})
        .ok();
  };

  EXPECT_TRUE(continues(1, {DigestAt("leaf_hash[1]"), DigestAt("leaf_hash[2]")}));
  EXPECT_TRUE(continues(2, {DigestAt("leaf_hash[2]")}));
}

TEST_F(WorkedExample, HoldsASectionThatOpensUnderTheUnwrappedKey) {
  ASSERT_TRUE(IsHandle(Text("tenant_handle")) && IsHandle(Text("data_handle")));
  const absl::StatusOr<crypto::Key> tenant_key =
      Unwrap(KeyAt("operator_key"), {.tenant = Text("tenant"), .handle = Text("tenant_handle")},
             BytesAt("wrapped_tenant_key"));
  ASSERT_TRUE(tenant_key.ok()) << tenant_key.status();
  const absl::StatusOr<crypto::Key> data_key =
      Unwrap(*tenant_key, {.tenant = Text("tenant"), .handle = Text("data_handle")},
             BytesAt("wrapped_data_key"));
  ASSERT_TRUE(data_key.ok()) << data_key.status();

  const absl::StatusOr<Opened> opened = OpenSection(
      *data_key,
      {.origin = Text("origin"), .leaf_id = Text("section_leaf"), .name = Text("section_name")},
      BytesAt("sealed"), DigestAt("commitment"));

  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(AsText(opened->bytes), Text("section_bytes"));
}

}  // namespace
}  // namespace candor::core
