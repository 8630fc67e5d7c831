// A bundle of entries is read only from the bytes it is written as. The first byte of the
// input is the width, less one.
#include "services/base/check.h"
#include "services/core/tlog/tile.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {

std::vector<std::string> Seeds() {
  std::string three(1, 2);
  for (const char* entry : {"one", "", "three"}) core::AppendBundleEntry(entry, three);
  std::string long_one(1, 0);
  core::AppendBundleEntry(std::string(700, 'x'), long_one);
  return {three, long_one};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bundle = candor::fuzz::TextOf(data, size).substr(1);
  const auto entries = candor::core::ParseBundle(bundle, data[0] + 1);
  if (!entries.ok()) return 0;
  std::string again;
  for (const std::string_view entry : *entries) candor::core::AppendBundleEntry(entry, again);
  CANDOR_CHECK(again == bundle && entries->size() == data[0] + 1U);
  return 0;
}
