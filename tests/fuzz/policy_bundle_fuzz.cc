// An archive of policies is read within its limits or not at all; what was read is packed
// and read again as the same set, and has no name that leaves its folder unless Check says so.
#include <algorithm>

#include "services/base/check.h"
#include "services/policy/bundle.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

void TryBundle(std::string_view archive) {
  const absl::StatusOr<policy::Bundle> bundle = policy::Bundle::Unpack(archive);
  if (!bundle.ok()) return;
  std::size_t bytes = 0;
  for (const policy::BundleFile& file : bundle->files()) bytes += file.text.size();
  CANDOR_CHECK(bytes <= policy::kMaxBundleBytes && bundle->files().size() <= policy::kMaxBundleFiles);
  if (!bundle->Check().empty()) return;
  for (const policy::BundleFile& file : bundle->files()) {
    CANDOR_CHECK(!file.path.starts_with('/') && ("/" + file.path + "/").find("/../") == std::string::npos);
  }
  const policy::Bundle again = policy::Bundle::Unpack(bundle->Pack()).value();
  CANDOR_CHECK(again.digest() == bundle->digest());
}

}  // namespace

std::vector<std::string> Seeds() {
  using policy::Bundle;
  const Bundle bundle({{"a.rego", "package a\n"}, {"b/data.json", "{}"}, {std::string(120, 'n'), "long"}});
  return {bundle.Pack(), Bundle(std::vector<policy::BundleFile>()).Pack(), Bundle({{"../x", "1"}, {"/y", "2"}}).Pack(),
          "\x1f\x8b"};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  candor::fuzz::TryBundle(candor::fuzz::TextOf(data, size));
  return 0;
}
