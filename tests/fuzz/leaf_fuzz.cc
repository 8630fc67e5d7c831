// A leaf is read only from the bytes it is written as, at once or in two steps.
#include "services/base/check.h"
#include "services/core/leaf/leaf.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {

std::vector<std::string> Seeds() {
  return {
      R"({"caller":{"kind":"human"},"id":"019e7044-a4ec-7056-84d9-0df1fc1c85ed","ledger":"candor.example/a","request":"09d98b9e-58b9-40d8-a8a3-e8d34fcd4a48","time":"2026-05-28T20:26:47.404006Z","type":"review","v":1})",
      R"({"amends":"019e7044-9676-7577-a2bd-0e367f5b8eaf","caller":{"id":"scoring","kind":"component"},"decision":"019e7044-8800-7c0c-8299-8ad991643b37","facts":{"score":"0.8750","verdict":"allow"},"id":"019e7044-a4ec-7056-84d9-0df1fc1c85ed","ledger":"candor.example/a","marks":["against_verdict","late"],"producer":{"epoch":"050c3950-5da4-4ddb-ac05-12af62e0c50f","id":"scoring","seq":7},"request":"09d98b9e-58b9-40d8-a8a3-e8d34fcd4a48","sections":{"inputs":{"c":"W2dekQqyiArg7yZEeVn6FcY5I324Y4xwbCAyZiKSFGw="},"person.2":{"c":"6mbXEOa38pY7UqpV3niwAbojixDeM8MJ2rqooUi2wNw="}},"time":"2026-05-28T20:26:47.404006Z","type":"authorization","v":1})"};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = candor::fuzz::TextOf(data, size);
  const auto leaf = candor::core::ParseLeaf(text);
  if (!leaf.ok()) return 0;
  CANDOR_CHECK(candor::core::EncodeLeaf(*leaf).value() == text);
  const auto unfinished = candor::core::UnfinishedLeaf::Make(*leaf);
  std::size_t marks = 0;
  for (const std::string& mark : leaf->marks) marks += mark.size() + 3;
  if (!unfinished.ok() || marks + 11 > candor::core::UnfinishedLeaf::kMarksRoom) return 0;
  CANDOR_CHECK(unfinished->Finish(leaf->time, leaf->marks) == text);
  CANDOR_CHECK(text.size() <= unfinished->size_bound());
  return 0;
}
