// A proof is read only from the text it is written as.
#include "services/base/check.h"
#include "services/core/tlog/proof.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {

std::vector<std::string> Seeds() {
  const std::string note = "candor.example/a\n5\nroot\n\nsignature\n";
  return {core::ProofText(0, {}, note), core::ProofText(4, std::vector<Digest>(3), note),
          core::ProofText(~std::uint64_t{0}, std::vector<Digest>(64), note)};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = candor::fuzz::TextOf(data, size);
  const auto proof = candor::core::ParseProof(text);
  if (!proof.ok()) return 0;
  CANDOR_CHECK(candor::core::ProofText(proof->index, proof->path, proof->checkpoint) == text);
  return 0;
}
