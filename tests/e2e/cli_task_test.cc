// Human review by the command line: who waits, who looks, and what each of them reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

class TaskCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    const auto human = [&](const std::string& code) {
      return World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_REVIEWER}, code)).key();
    };
    for (const auto& [name, key] : {std::pair("component", tenant_.component.key()), {"system", tenant_.system.key()},
                                    {"rita", human("rita")}, {"omar", human("omar")}}) {
      std::ofstream(folder_ + "/" + name) << key << "\n";
    }
    ASSERT_EQ(By("system", {"codes", "declare", "--kind", "reason", "looks_right"}).exit, 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Ran By(const std::string& who, std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file", folder_ + "/" + who});
    return RunCandor(words, input);
  }
  Ran Ask(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"authorize", "--system", "refund_bot", "--action", "refund.grant",
                                      "--person", "customer-1182", "--confidence", "0.5", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return By("component", words);
  }
  std::string Escalate() const {
    const Ran ran = Ask();
    EXPECT_EQ(ran.exit, 1) << ran;
    return Json::parse(ran.out)["task_id"];
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const std::string folder_ =
      world_.folder().path() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(TaskCommands, TakeATaskFromTheQueueToTheComponentThatGoesOn) {
  const std::string task = Escalate();
  EXPECT_THAT(By("rita", {"task", "list"}).out, AllOf(HasSubstr(task), HasSubstr("refund.grant"), HasSubstr("CONFIDENCE_TOO_LOW")));
  const Ran claimed = By("rita", {"task", "claim", task});
  EXPECT_EQ(claimed.exit, 0) << claimed;
  EXPECT_THAT(claimed.out, AllOf(HasSubstr("claimed"), HasSubstr("you, until"), HasSubstr("receipt")));
  EXPECT_THAT(By("omar", {"task", "show", task}).out, AllOf(HasSubstr("another, until"), Not(HasSubstr("customer-1182"))));
  const Ran opened = By("rita", {"task", "show", task, "--open"});
  EXPECT_THAT(opened.out, AllOf(HasSubstr("customer-1182"), HasSubstr("read"))) << opened;
  const Ran shown = By("rita", {"task", "show", task, "--open", "--json"});

  const Ran resolved = By("rita", {"task", "resolve", task, "uphold", "--reason", "looks_right", "--why", "He is right",
                                   "--shown", "-", "--active-seconds", "40", "--json"}, shown.out);
  ASSERT_EQ(resolved.exit, 0) << resolved;
  const std::string review = Json::parse(resolved.out)["task"]["review_id"];
  const Ran told = By("component", {"task", "watch", task, "--wait"});
  EXPECT_EQ(told.exit, 0) << told;
  EXPECT_THAT(told.out, AllOf(StartsWith(task), HasSubstr("uphold, review " + review)));
  const Ran went_on = Ask({"--set", "review_id=" + review});
  EXPECT_EQ(went_on.exit, 0) << went_on;
  EXPECT_EQ(Json::parse(went_on.out)["verdict"], "VERDICT_ALLOW");
}

TEST_F(TaskCommands, SayWhatIsRefusedAndWhatToDo) {
  const std::string task = Escalate();
  ASSERT_EQ(By("rita", {"task", "claim", task}).exit, 0);

  const Ran held = By("omar", {"task", "claim", task});
  EXPECT_EQ(held.exit, 1);
  EXPECT_THAT(held.err, AllOf(HasSubstr("another human holds the task"), HasSubstr("next:")));
  EXPECT_EQ(By("component", {"task", "list"}).exit, 1);
  EXPECT_EQ(By("rita", {"task", "resolve", task, "maybe", "--reason", "looks_right"}).exit, 2);
  EXPECT_THAT(By("rita", {"task", "watch", "--wait"}).err, HasSubstr("name it"));
  const Ran released = By("rita", {"task", "release", task, "--reason", "looks_right"});
  EXPECT_THAT(released.out, AllOf(HasSubstr("open"), Not(HasSubstr("held by")))) << released;
}

TEST_F(TaskCommands, EndAWaitWithOneWhenAHumanSaidNo) {
  const std::string task = Escalate();
  ASSERT_EQ(By("rita", {"task", "claim", task}).exit, 0);
  ASSERT_EQ(By("rita", {"task", "resolve", task, "override", "--reason", "looks_right"}).exit, 0);

  EXPECT_EQ(By("component", {"task", "watch", task, "--wait", "--json"}).exit, 1);
  EXPECT_THAT(By("rita", {"task", "list", "--state", "resolved"}).out, HasSubstr(task));
  EXPECT_THAT(By("rita", {"task", "list"}).out, Not(HasSubstr(task)));
}

TEST_F(TaskCommands, CountHowQueuesAreDoing) {
  Escalate();
  EXPECT_THAT(By("rita", {"task", "stats"}).out, AllOf(HasSubstr("meaningful"), HasSubstr("too few to say")));
  const Json stats = Json::parse(By("rita", {"task", "stats", "--json"}).out);
  EXPECT_EQ(stats["queues"][0]["queue"], "review");
  EXPECT_EQ(stats["queues"][0]["open_count"], "1");
  EXPECT_EQ(By("rita", {"task", "stats", "--from", "yesterday"}).exit, 2);
}

}  // namespace
}  // namespace candor::e2e
