// Whatever a bundle holds, even under a good signature of its manifest, it is intact only with
// the very leaf of the ledger. The input is `T` and a tar; or `F` and the texts of leaves,
// sections, withheld, positions and tile, each ended by a zero byte, which are packed and signed.
#include "services/verify/bundle.h"

#include <algorithm>
#include <array>

#include "services/base/check.h"
#include "services/core/bundle/writer.h"
#include "services/core/commit/section.h"
#include "services/core/merkle/tree_hash.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

const std::string kOrigin = "candor.example/a";
constexpr std::uint64_t kTime = 1'780'000'007;

class Held final : public verify::BundleSource {
 public:
  explicit Held(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  absl::Status Read(std::uint64_t at, std::span<char> to) const override {
    CANDOR_CHECK(at + to.size() <= bytes_.size());
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), to.size(), to.begin());
    return absl::OkStatus();
  }

 private:
  std::string_view bytes_;
};

const crypto::Ed25519Key& Signer() {
  static const crypto::Ed25519Key signer{crypto::Key()};
  return signer;
}
core::VerifierKey KeyOf(const std::string& name) { return core::VerifierKey::Of(name, Signer().public_key()); }

// The one leaf of the ledger, with one section.
const std::string& Leaf() {
  static const std::string leaf = [] {
    core::Leaf one;
    one.caller_kind = "human";
    one.id = *Uuid::FromText("019e7044-a4ec-7056-84d9-0df1fc1c85ed");
    one.request = *Uuid::FromText("09d98b9e-58b9-40d8-a8a3-e8d34fcd4a48");
    one.ledger = kOrigin;
    one.time = absl::FromUnixSeconds(kTime);
    one.type = "ledger";
    one.facts.Set("format", 1).Set("hash", "sha256").Set("origin", kOrigin);
    one.facts.Set("timestamps", core::Json::Object().Set("policy", "none"));
    one.facts.Set("vkeys", core::Json::Array().Append(KeyOf(kOrigin).ToText()));
    one.sections = {{"inputs", core::CommitSection({.origin = kOrigin, .leaf_id = one.id.ToText(), .name = "inputs"}, Digest(), AsBytes("{}"))}};
    return *core::EncodeLeaf(one);
  }();
  return leaf;
}

core::Checkpoint TheCheckpoint() { return {.origin = kOrigin, .size = 1, .root = core::HashLeaf(AsBytes(Leaf()))}; }

constexpr std::array<const char*, 5> kFiles = {"positions", "leaves/000000.ndjson", "tiles/0/000.p/1", "sections.ndjson",
                                               "withheld.ndjson"};

std::string Pack(const std::array<std::string, 5>& texts) {
  std::string tar;
  core::BundleWriter writer([&](std::string_view bytes) { return tar += bytes, absl::OkStatus(); }, kTime);
  const std::string note = core::SignNote(core::CheckpointText(TheCheckpoint()), KeyOf(kOrigin), Signer());
  CANDOR_CHECK(writer.File("checkpoint", note).ok());
  CANDOR_CHECK(writer.File("keys", KeyOf(kOrigin).ToText() + "\n").ok());
  for (std::size_t i = 0; i < kFiles.size(); ++i) CANDOR_CHECK(writer.File(kFiles[i], texts[i]).ok());
  core::Manifest manifest{.asked_by = "fuzz", .asked_grant = {}, .asked_what = "all", .checkpoint = TheCheckpoint()};
  manifest.leaves = manifest.sections = 1;
  manifest.ranges = {{.first = 0, .last = 0}};
  CANDOR_CHECK(writer.Finish(manifest, KeyOf(kOrigin + "/bundle"), Signer()).ok());
  return tar;
}

std::array<std::string, 5> Good() {
  return {"0-0\n", Leaf() + "\n", std::string(AsText(core::HashLeaf(AsBytes(Leaf())).view())),
          core::ShownLine("019e7044-a4ec-7056-84d9-0df1fc1c85ed", "inputs", Digest(), AsBytes("{}")), ""};
}

}  // namespace

std::vector<std::string> Seeds() {
  std::string files = "F";
  for (const std::string& text : Good()) files += text + '\0';
  std::string tar = "T";
  tar += Pack(Good());
  return {files, tar};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;  // NOLINT(google-build-using-namespace)
  std::string_view text = fuzz::TextOf(data, size);
  if (text.empty()) return 0;
  const bool is_tar = text.front() == 'T';
  text.remove_prefix(1);
  std::array<std::string, 5> texts;
  for (std::size_t i = 0; !is_tar && i < texts.size(); ++i) {
    // A tile holds zeros itself, so it has the length of one hash.
    const std::size_t end = i == 2 ? std::min<std::size_t>(32, text.size()) : std::min(text.find('\0'), text.size());
    texts[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const std::string tar = is_tar ? std::string(text) : fuzz::Pack(texts);
  const auto report = verify::VerifyBundle(
      fuzz::Held(tar), {.keys = {fuzz::KeyOf(fuzz::kOrigin), fuzz::KeyOf(fuzz::kOrigin + "/bundle")}, .since_note = {}, .progress = {}});
  CANDOR_CHECK(report.ok());
  CANDOR_CHECK(!report->intact() || (is_tar ? tar == fuzz::Pack(fuzz::Good()) : texts == fuzz::Good()));
  return 0;
}
