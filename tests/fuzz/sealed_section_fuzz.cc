// Nothing but a section sealed for its place is opened. The input is tried as sealed
// bytes, which must be refused, and as a plaintext sealed by hand under the right key:
// if that is opened, it is what SealSection seals.
#include <array>

#include "services/base/check.h"
#include "services/core/commit/section.h"
#include "services/crypto/seal.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

constexpr core::SectionOf kOf = {.origin = "candor.example/a",
                                 .leaf_id = "019e7044-8800-724a-8899-ce84d7bef23f",
                                 .name = "inputs"};
constexpr std::array<std::uint8_t, 12> kNonce = {};
constexpr std::string_view kPlace =
    "candor.example/a\n019e7044-8800-724a-8899-ce84d7bef23f\ninputs";

void TryPlaintext(BytesView plaintext) {
  const crypto::Key data_key;
  const Bytes sealed =
      crypto::SealAesGcm(core::SectionKey(data_key, kOf), kNonce, plaintext, AsBytes(kPlace));
  const absl::StatusOr<core::Opened> opened = core::OpenSection(data_key, kOf, sealed);
  if (!opened.ok()) return;
  CANDOR_CHECK(core::SealSection(data_key, kOf, opened->salt, kNonce, opened->bytes) == sealed);
}

std::string PlaintextOf(std::string_view bytes) {
  std::string text(32, 's');
  AppendBigEndian32(static_cast<std::uint32_t>(bytes.size()), text);
  text += bytes;
  text.resize((text.size() + 63) / 64 * 64);
  return text;
}

}  // namespace

std::vector<std::string> Seeds() {
  const Bytes sealed = core::SealSection(crypto::Key(), kOf, Digest(), kNonce, AsBytes("{}"));
  return {PlaintextOf(""), PlaintextOf("{\"height\":42}"), PlaintextOf(std::string(28, 'x')),
          PlaintextOf(std::string(29, 'x')), std::string(AsText(sealed))};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::array<std::uint8_t, 32> other;
  other.fill(0x77);
  CANDOR_CHECK(
      !candor::core::OpenSection(candor::crypto::Key(other), candor::fuzz::kOf, {data, size}).ok());
  candor::fuzz::TryPlaintext({data, size});
  return 0;
}
