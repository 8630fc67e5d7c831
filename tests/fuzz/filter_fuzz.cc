// A filter is understood whole or refused; what is understood is a well-formed condition within
// its limits.
#include "services/base/check.h"
#include "services/base/status.h"
#include "services/flow/filter.h"
#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {

std::vector<std::string> Seeds() {
  return {"action = \"refund.grant\" AND (verdict = DENY OR mark = late) AND amount > 100",
          "time >= 2026-01-01T00:00:00Z -review:upheld NOT (complaint:* OR open = true)",
          "decision = 019b7ca9-f600-7000-8000-000000000001 OR amount:* confidence != 0.5",
          "-(-(-(a = 'b\\'c' OR system=x)))",
          std::string(700, '(') + "open=a" + std::string(700, ')')};
}

}  // namespace candor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Op = candor::store::Step::Op;
  const auto condition = candor::flow::ParseFilter(candor::fuzz::TextOf(data, size));
  if (!condition.ok()) {
    CANDOR_CHECK(candor::ReasonOf(condition.status()) == "FIELD_INVALID");
    return 0;
  }
  CANDOR_CHECK(condition->size() <= candor::store::kMostSteps);
  int said = 0;
  for (const candor::store::Step& step : *condition) {
    const bool joins = step.op == Op::kAnd || step.op == Op::kOr;
    CANDOR_CHECK(said >= (joins ? 2 : step.op == Op::kNot ? 1 : 0));
    said += joins ? -1 : step.op == Op::kNot ? 0 : 1;
  }
  CANDOR_CHECK(said == (condition->empty() ? 0 : 1));
  return 0;
}
