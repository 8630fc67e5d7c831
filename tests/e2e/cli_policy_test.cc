// Policy sets by the command line, from an author's folder to being in charge and back into a folder; and the versions
// and tests that rules ask about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/cli_run.h"
#include "tests/e2e/policy_life.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class PolicyCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    const auto human = [&](const std::string& code, v1::Role role) {
      return World::MakeKey(tenant_, World::MakeHuman(tenant_, {role}, code)).key();
    };
    Write("component", tenant_.component.key() + "\n");
    Write("system", tenant_.system.key() + "\n");
    Write("author", human("author", v1::ROLE_POLICY_AUTHOR) + "\n");
    Write("officer", human("officer", v1::ROLE_COMPLIANCE) + "\n");
    Write("owner", human("owner", v1::ROLE_MODEL_OWNER) + "\n");
    Write("set/refunds/refunds.rego", kRefunds);
    Write("set/refunds/refunds_test.rego", kTests);
    Write("set/refunds/data.json", R"({"limit":50})");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << text;
  }
  Ran By(const std::string& who, std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file", Path(who)});
    return RunCandor(words, input);
  }
  // As coreutils compute it.
  std::string DigestOf(const std::string& name) const {
    const Ran ran = RunProgram("/bin/sh", {"-c",
        "cd " + Path(name) + R"( && (echo candor-policy-set-v1; find . -type f -printf '%P\n' | LC_ALL=C sort |)"
        R"( xargs -d '\n' sha256sum) | sha256sum)"});
    EXPECT_EQ(ran.exit, 0) << ran;
    return ran.out.substr(0, 64);
  }
  std::string Push() const {
    const Ran pushed = By("author", {"policy", "push", Path("set"), "--name", "refunds"});
    EXPECT_EQ(pushed.exit, 0) << pushed;
    return DigestOf("set");
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const std::string folder_ =
      world_.folder().path() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(PolicyCommands, SayWhatIsWrongWithASetAndItsTestsALineEach) {
  EXPECT_EQ(RunCandor({"policy", "check", Path("set")}).exit, 0);
  const Ran passed = RunCandor({"policy", "test", Path("set"), "--junit", Path("junit.xml")});
  EXPECT_EQ(passed.exit, 0) << passed;
  EXPECT_THAT(passed.out, HasSubstr("1 passed, 0 failed, 0 skipped"));
  EXPECT_TRUE(std::filesystem::exists(Path("junit.xml")));

  Write("set/refunds/more_test.rego", "package more_test\n\nimport rego.v1\n\ntest_a if not input.x\n\n"
                                      "test_b if count([]) == 1 with count as 1\n");
  const std::string first = "refunds/more_test.rego:1:1: `import future.keywords.not` is missing",
                    second = "\nrefunds/more_test.rego:7:";
  for (const char* command : {"check", "test"}) {
    const Ran refused = RunCandor({"policy", command, Path("set")});
    EXPECT_EQ(refused.exit, 1) << refused;
    EXPECT_THAT(refused.out, AllOf(HasSubstr(first), HasSubstr(second), HasSubstr("2 problems"))) << command;
  }
  std::filesystem::remove(Path("set/refunds/more_test.rego"));
  std::filesystem::remove(Path("set/refunds/refunds_test.rego"));
  const Ran none = RunCandor({"policy", "test", Path("set")});
  EXPECT_EQ(none.exit, 1);
  EXPECT_THAT(none.out, HasSubstr("no tests: name rules test_"));
}

TEST_F(PolicyCommands, TakeASetFromAFolderToBeingInChargeAndExplainWhatItSays) {
  const std::string digest = Push();
  EXPECT_THAT(By("officer", {"policy", "list"}).out, AllOf(HasSubstr(digest), HasSubstr("registered")));
  const Ran tried = By("author", {"policy", "backtest", digest, "--json"});
  ASSERT_EQ(tried.exit, 0) << tried;
  const std::string report = Json::parse(tried.out)["report_id"];
  const Ran proposed = By("author", {"policy", "propose", digest, "--report", report, "--json"});
  ASSERT_EQ(proposed.exit, 0) << proposed;
  const std::string proposal = Json::parse(proposed.out)["proposal_id"];
  const Ran alone = By("author", {"policy", "confirm", proposal});
  EXPECT_EQ(alone.exit, 1) << alone;
  const Ran confirmed = By("officer", {"policy", "confirm", proposal});
  ASSERT_EQ(confirmed.exit, 0) << confirmed;

  const Ran asked = By("component", {"authorize", "--system", "refund_bot", "--action", "refund.grant", "--person", "p-1",
                                     "--amount", "60", "--currency", "eur", "--set", R"(inputs_json={"order": "A-1"})", "--json"});
  EXPECT_EQ(asked.exit, 1) << asked;
  const std::string authorization = Json::parse(asked.out)["authorization_id"];
  const Ran explained = By("officer", {"policy", "explain", authorization});
  EXPECT_EQ(explained.exit, 0) << explained;
  EXPECT_THAT(explained.out, AllOf(HasSubstr("refund_too_large"), HasSubstr("refunds/refunds.rego:"), HasSubstr("facts.amount"),
                                   HasSubstr("it would be"), Not(HasSubstr("answer otherwise now"))));

  ASSERT_EQ(By("officer", {"stop", "call", "--action", "refund.grant", "--reason", "incident"}).exit, 0);
  const Ran stopped = By("component", {"authorize", "--system", "refund_bot", "--action", "refund.grant", "--person", "p-1",
                                       "--amount", "40", "--currency", "eur", "--set", R"(inputs_json={"order": "A-1"})", "--json"});
  const Ran told = By("officer", {"policy", "explain", Json::parse(stopped.out)["authorization_id"]});
  EXPECT_THAT(told.out, AllOf(HasSubstr("it says        deny"), HasSubstr("STOPPED"), Not(HasSubstr("answer otherwise now")))) << told;
}

TEST_F(PolicyCommands, FetchASetAsItWasRegisteredAndHoldItToItsDigest) {
  const std::string digest = Push();
  const Ran known = By("author", {"policy", "get", digest});
  EXPECT_EQ(known.exit, 0) << known;
  EXPECT_THAT(known.out, AllOf(HasSubstr("refunds"), HasSubstr(digest), HasSubstr("registered"), HasSubstr("receipt")));
  ASSERT_EQ(By("author", {"policy", "get", digest, "--out", Path("again")}).exit, 0);
  EXPECT_EQ(DigestOf("again"), digest);
  EXPECT_EQ(RunProgram("/usr/bin/diff", {"-r", Path("set"), Path("again")}).exit, 0);
  ASSERT_EQ(By("author", {"policy", "get", digest, "--out", Path("again.tar.gz"), "--json"}).exit, 0);
  const Ran same = RunCandor({"policy", "diff", Path("set"), Path("again.tar.gz")});
  EXPECT_EQ(same.exit, 0) << same;

  const Ran there = By("author", {"policy", "get", digest, "--out", Path("again")});
  EXPECT_NE(there.exit, 0);
  EXPECT_THAT(there.err, AllOf(HasSubstr("is there already"), HasSubstr("next:")));
  const Ran unknown = By("author", {"policy", "get", std::string(64, '0'), "--out", Path("none")});
  EXPECT_EQ(unknown.exit, 1) << unknown;
  EXPECT_THAT(unknown.err, HasSubstr("no such policy set"));
  EXPECT_FALSE(std::filesystem::exists(Path("none")));
  EXPECT_NE(By("author", {"policy", "get", "12"}).exit, 0);
}

TEST_F(PolicyCommands, RegisterAVersionAndRecordItsTests) {
  const std::vector<std::string> of = {"--system", "refund_bot", "--model", "chooser"};
  std::vector<std::string> words = {"version", "register", "v8"};
  words.insert(words.end(), of.begin(), of.end());
  words.insert(words.end(), {"--digest", std::string(64, 'a')});
  const Ran registered = By("owner", words);
  ASSERT_EQ(registered.exit, 0) << registered;
  EXPECT_THAT(registered.out, AllOf(HasSubstr("v8"), HasSubstr("receipt")));
  EXPECT_THAT(By("owner", {"version", "list", "--system", "refund_bot"}).out, AllOf(HasSubstr("v8"), HasSubstr("registered")));
  words.back() = "xyz";
  EXPECT_THAT(By("owner", words).err, HasSubstr("next:"));

  ASSERT_EQ(By("system", {"codes", "declare", "--kind", "suite", "safety"}).exit, 0);
  const std::string run = R"({"system": "refund_bot", "model": "chooser", "model_version": "v8", "suite": "safety",
      "suite_digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      "result": "ASSURANCE_RESULT_PASSED", "categories": [{"category": "injection", "run_count": 40, "passed_count": 39}],
      "start_time": "2026-01-02T10:00:00Z", "end_time": "2026-01-02T11:00:00Z"})";
  const Ran recorded = By("owner", {"assurance", "record"}, run);
  ASSERT_EQ(recorded.exit, 0) << recorded;
  EXPECT_THAT(recorded.out, AllOf(HasSubstr("safety on v8"), HasSubstr("39 of 40 passed"), HasSubstr("receipt")));
  EXPECT_THAT(By("owner", {"assurance", "list", "--model-version", "v8"}).out, AllOf(HasSubstr("safety"), HasSubstr("v8")));
  EXPECT_THAT(By("owner", {"assurance", "list", "--model-version", "v9"}).out, Not(HasSubstr("safety")));
  const Ran wrong = By("owner", {"assurance", "record"}, R"({"suit": "safety"})");
  EXPECT_NE(wrong.exit, 0);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("suit"), HasSubstr("next:")));
}

}  // namespace
}  // namespace candor::e2e
