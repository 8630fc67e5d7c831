// A note and a key are read only from the text they are written as.
#include "services/base/check.h"
#include "services/core/tlog/note.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

const std::string kKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

void TryNote(std::string_view text) {
  const absl::StatusOr<core::Note> note = core::ParseNote(text);
  if (!note.ok()) return;
  std::string again = note->text + "\n";
  for (const auto& signature : note->signatures) again += core::SignatureLine(signature);
  CANDOR_CHECK(again == text);
  static const core::VerifierKey key = core::VerifierKey::Parse(kKey).value();
  core::VerifyNote(*note, {key}).IgnoreError();
}

void TryKey(std::string_view text) {
  const absl::StatusOr<core::VerifierKey> key = core::VerifierKey::Parse(text);
  CANDOR_CHECK(!key.ok() || key->ToText() == text);
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string line =
      "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
      "KvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  return {text + "\n" + line, text + "\n" + line + "\xE2\x80\x94 w.example/w AAAAAAA=\n",
          "\n\n" + line, kKey};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  candor::fuzz::TryNote(candor::fuzz::TextOf(data, size));
  candor::fuzz::TryKey(candor::fuzz::TextOf(data, size));
  return 0;
}
