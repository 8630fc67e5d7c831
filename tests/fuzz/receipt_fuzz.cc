// A receipt is intact only with the very leaf and proof it was made of. The input is the
// leaf, a zero byte, and the proof.
#include "services/base/check.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/proof.h"
#include "services/verify/receipt.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

const std::string kOrigin = "candor.example/a";
const std::string kLeaf =
    R"({"caller":{"kind":"human"},"id":"019e7044-a4ec-7056-84d9-0df1fc1c85ed","ledger":"candor.example/a","request":"09d98b9e-58b9-40d8-a8a3-e8d34fcd4a48","time":"2026-05-28T20:26:47.404006Z","type":"review","v":1})";

const crypto::Ed25519Key& Signer() {
  static const crypto::Ed25519Key signer{crypto::Key()};
  return signer;
}

const core::VerifierKey& SignersKey() {
  static const core::VerifierKey key = core::VerifierKey::Of(kOrigin, Signer().public_key());
  return key;
}

// In a ledger of two, beside the leaf "0".
const std::string& Proof() {
  static const std::string proof = [] {
    const Digest other = core::HashLeaf(AsBytes("0"));
    const Digest root = core::HashNode(other, core::HashLeaf(AsBytes(kLeaf)));
    const std::string note = core::SignNote(
        core::CheckpointText({.origin = kOrigin, .size = 2, .root = root}), SignersKey(), Signer());
    return core::ProofText(1, std::vector{other}, note);
  }();
  return proof;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {kLeaf + '\0' + Proof()};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;  // NOLINT(google-build-using-namespace)
  const std::string_view text = fuzz::TextOf(data, size);
  const std::size_t split = text.find('\0');
  if (split == std::string_view::npos) return 0;
  const std::string_view leaf = text.substr(0, split);
  const auto verdict = verify::VerifyReceipt(leaf, text.substr(split + 1), {fuzz::SignersKey()});
  // Signatures of others may stand beside ours.
  CANDOR_CHECK(!verdict.intact || leaf == fuzz::kLeaf || leaf == "0");
  return 0;
}
