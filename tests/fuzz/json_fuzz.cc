// Canonical JSON is read only from the bytes it is written as, and it is JSON; what the
// check of free JSON lets pass, another reader takes too.
#include <nlohmann/json.hpp>

#include "services/base/check.h"
#include "services/core/json/json.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

constexpr int kDepth = 32;

void TryCanonical(std::string_view text, core::JsonKind kind) {
  const absl::StatusOr<core::Json> json = core::ParseCanonical(text, kind);
  if (!json.ok()) return;
  CANDOR_CHECK(json->Encode() == text);
  CANDOR_CHECK(core::EncodeCanonical(*json, kind).value() == text);
  CANDOR_CHECK(core::CheckFreeJson(text, kDepth).ok());
}

void TryFree(std::string_view text) {
  if (!core::CheckFreeJson(text, kDepth).ok()) return;
  CANDOR_CHECK(core::CheckFreeJson(text, kDepth + 1).ok());
  // The other reader refuses numbers that no double can hold.
  const bool may_be_large = text.size() > 300 || text.find_first_of("eE") != text.npos;
  CANDOR_CHECK(may_be_large || nlohmann::json::accept(text));
}

}  // namespace

std::vector<std::string> Seeds() {
  return {
      R"({})",
      R"({"a":1,"b":[true,false,-5,"x\n\u0001"],"c":{"d":"é🙂"}})",
      R"({"facts":{"amount":"12.50","n":9007199254740991},"sections":{"person.2":{"c":"AA=="}}})",
      R"( { "A" : [ 1.5e3 , null , -0 ] , "\u0041" : "\ud83d\ude42" } )",
      R"([[[[[[[[["deep"]]]]]]]]])",
      R"("\"\\\/\b\f\n\r\t")",
      "-0.5E-7"};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = candor::fuzz::TextOf(data, size);
  candor::fuzz::TryCanonical(text, candor::core::JsonKind::kLeaf);
  candor::fuzz::TryCanonical(text, candor::core::JsonKind::kSection);
  candor::fuzz::TryFree(text);
  return 0;
}
