// A tile's path is read only from the text it is written as.
#include "services/base/check.h"
#include "services/core/tlog/tile.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {

std::vector<std::string> Seeds() {
  return {"tile/0/000", "tile/0/255.p/255", "tile/15/x123/x456/789.p/41",
          "tile/entries/x001/x234/067.p/1", "tile/63/x072/x057/x594/x037/x927/935"};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = candor::fuzz::TextOf(data, size);
  const auto tile = candor::core::ParseTilePath(text);
  CANDOR_CHECK(!tile || candor::core::TilePath(*tile) == text);
  return 0;
}
