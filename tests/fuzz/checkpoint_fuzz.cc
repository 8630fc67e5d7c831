// A checkpoint is read only from the three lines it is written as; and none but the one
// that was signed is opened.
#include "services/base/check.h"
#include "services/core/tlog/checkpoint.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

const core::Checkpoint kSigned = {.origin = "candor.example/a", .size = 12, .root = {}};

const crypto::Ed25519Key& Signer() {
  static const crypto::Ed25519Key signer{crypto::Key()};
  return signer;
}

const core::VerifierKey& SignersKey() {
  static const core::VerifierKey key = core::VerifierKey::Of(kSigned.origin, Signer().public_key());
  return key;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {core::CheckpointText(kSigned),
          core::SignNote(core::CheckpointText(kSigned), SignersKey(), Signer()),
          "candor.example/a/b/c\n18446744073709551615\n"
          "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;  // NOLINT(google-build-using-namespace)
  const std::string_view text = fuzz::TextOf(data, size);
  const auto checkpoint = core::ParseCheckpointText(text);
  CANDOR_CHECK(!checkpoint.ok() || core::CheckpointText(*checkpoint) == text);
  const auto opened = core::OpenCheckpoint(text, {fuzz::SignersKey()});
  CANDOR_CHECK(!opened.ok() || *opened == fuzz::kSigned);
  return 0;
}
