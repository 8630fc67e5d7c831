// What a rule of a set asks of human review: how many, where and how soon.
#include <chrono>
#include <thread>

#include "candor/v1/oversight_service.pb.h"
#include "tests/e2e/policy_life.h"

namespace candor::e2e {
namespace {

TEST_F(PolicyLife, ATaskIsForAsManyHumansAndAsLongAsTheRuleSays) {
  const auto rule = [](const std::string& name, const std::string& duty, const std::string& condition) {
    return "\n# METADATA\n# title: " + name + "\n# custom:\n#   version: 1\n#   verdict: escalate\n#   obligations: [" + duty +
           "]\n" + name + " if " + condition + "\n";
  };
  PutInCharge(SetOf("package refunds\n\nimport rego.v1\nimport future.keywords.not\n" +
                        rule("two", "{type: require_review, params: {reviewers: 2, queue: loans}}", "input.facts.amount == \"2\"") +
                        rule("soon", "{type: require_review, due: 1s}", "input.facts.amount == \"3\""),
                    50, "package refunds_test\n\nimport rego.v1\n\ntest_two if data.refunds.two with input.facts.amount as \"2\"\n"));
  const auto task = [&](const char* amount) {
    v1::GetTaskRequest request;
    request.set_task_id(Ask(Refund(amount)).task_id());
    return [this, request] { return officer_.Call<v1::GetTaskResponse>(request)->task(); };
  };
  const auto two = task("2"), soon = task("3");

  EXPECT_EQ(two().humans_needed(), 2U);
  EXPECT_EQ(two().queue(), "loans");
  EXPECT_EQ(soon().humans_needed(), 1U);
  EXPECT_LE(soon().due_time().seconds() - soon().create_time().seconds(), 1);
  const auto written = [&] {
    return candor::testing::Session(World::Get().database())
        .Run("SELECT count(*) FROM tasks WHERE state = 'expired' AND tenant_id = $1", {tenant_.id}).value() == "1";
  };
  for (int tries = 0; tries < 600 && !written(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(written());  // By a leaf, soon after.
  EXPECT_EQ(soon().state(), v1::TASK_STATE_EXPIRED);
}

}  // namespace
}  // namespace candor::e2e
