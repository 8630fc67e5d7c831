#include "services/policy/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <thread>

#include "tests/unit/policy/files.h"

namespace candor::policy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kProgram = CANDOR_BINARY_DIR "/bin/policy_trial";
constexpr std::string_view kHead = "\n\nimport rego.v1\nimport future.keywords.not\n\n";

std::string Policy(const std::string& rules = "") {
  return std::string("package p").append(kHead) +
         "# METADATA\n# custom: {version: 1, verdict: deny}\na if input.facts.x\n\n" + rules;
}

std::string Tests(const std::string& rules) { return std::string("package p_test").append(kHead) + rules; }

Bundle SetWith(const std::string& rules, const std::string& tests) {
  return Bundle({{"p.rego", Policy(rules)}, {"p_test.rego", Tests(tests)}});
}

TrialReport Try(const Bundle& bundle) { return Trial(kProgram).Run(bundle.Pack()); }

std::vector<std::string> Texts(const TrialReport& report) {
  std::vector<std::string> texts;
  for (const Problem& problem : report.problems) texts.push_back(ToText(problem));
  return texts;
}

TEST(Trial, OfASetThatIsFineSaysHowManyTestsPassed) {
  const Bundle bundle = SetWith("", "test_a if data.p.a with input as {\"facts\": {\"x\": true}}\ntest_b if true\ntodo_test_c if false\n");

  const TrialReport report = Try(bundle);

  EXPECT_TRUE(report.valid());
  EXPECT_TRUE(report.readable);
  EXPECT_EQ(report.digest, bundle.digest());
  EXPECT_EQ(report.passed, 2U);
  EXPECT_EQ(report.failed, 0U);
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.failures, IsEmpty());
}

TEST(Trial, OfASetWhoseTestsFailNamesThem) {
  const TrialReport report = Try(SetWith("", "test_fine if true\ntest_wrong if data.p.a with input as {}\n"
                                             "test_broken if numbers.range(1, 2)[0] == {1: x | some x in [1, 2]}[1]\n"));

  EXPECT_FALSE(report.valid());
  EXPECT_TRUE(report.compiled);
  EXPECT_EQ(report.passed, 1U);
  EXPECT_EQ(report.failed, 2U);
  EXPECT_THAT(report.failures, Contains(HasSubstr("test_wrong")));
  EXPECT_THAT(report.failures, Contains(HasSubstr("test_broken")));
}

TEST(Trial, OfASetWithProblemsSaysWhereTheyAre) {
  const TrialReport report = Try(Bundle({{"p.rego", Policy("b if {")}}));

  EXPECT_FALSE(report.valid());
  EXPECT_TRUE(report.readable);
  EXPECT_FALSE(report.compiled);
  EXPECT_THAT(Texts(report), Contains(HasSubstr("p.rego:1")));

  const TrialReport tests = Try(Bundle({{"p.rego", Policy()}, {"p_test.rego", "package p_test\n"}}));
  EXPECT_FALSE(tests.valid());
  EXPECT_THAT(Texts(tests), Contains(HasSubstr("p_test.rego:1")));
}

TEST(Trial, OfALongProblemIsToldInPart) {
  std::string name;
  for (int i = 0; i < 495; ++i) name += "ä";
  const TrialReport report = Try(Bundle({{"p.rego", std::string("package p").append(kHead) +
                                                        "# METADATA\n# custom: {version: 1, verdict: deny, x" + name + ": 1}\na if true\n"}}));

  ASSERT_THAT(report.problems, SizeIs(1));
  EXPECT_THAT(Texts(report)[0], HasSubstr("p.rego:7: `custom` has no member `xää"));
  EXPECT_TRUE(IsUtf8(report.problems[0].message));
}

TEST(Trial, OfManyProblemsTellsTheFirstHundred) {
  std::string rules;
  for (int i = 0; i < 300; ++i) rules += "# METADATA\n# custom: {version: 1, verdict: no}\nr" + std::to_string(i) + " if true\n\n";

  EXPECT_THAT(Try(Bundle({{"p.rego", Policy(rules)}})).problems, SizeIs(100));
}

TEST(Trial, OfWhatIsNoArchiveSaysSo) {
  for (const std::string& bytes : {std::string(), std::string("garbage"), std::string(900 * 1024, 'x'),
                                   std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00", 8)}) {
    const TrialReport report = Trial(kProgram).Run(bytes);
    EXPECT_FALSE(report.valid());
    EXPECT_FALSE(report.readable);
    EXPECT_THAT(Texts(report), ElementsAre(HasSubstr("no tar archive")));
  }
}

TEST(Trial, OfASetThatIsLargeTakesItWhole) {
  std::mt19937 random;
  std::string noise(900 * 1024, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  const Bundle bundle({{"noise.bin", noise}, {"p.rego", Policy()}});
  ASSERT_GT(bundle.Pack().size(), 128U * 1024);

  EXPECT_TRUE(Try(bundle).valid());
}

TEST(Trial, OfASetThatEatsMemoryOrStackHarmsOnlyItself) {
  std::string doubling = "s0 := \"xxxxxxxxxxxxxxxx\"\n", nested = "n0 := [1]\n";
  for (int i = 1; i < 32; ++i) {
    const std::string last = std::to_string(i - 1);
    doubling += "s" + std::to_string(i) + " := concat(\"\", [s" + last + ", s" + last + "])\n";
  }
  for (int i = 1; i < 20000; ++i) nested += "n" + std::to_string(i) + " := [n" + std::to_string(i - 1) + "]\n";

  EXPECT_FALSE(Try(SetWith(doubling, "test_much if count(data.p.s31) > 0\n")).valid());
  (void)Try(SetWith(nested, "test_deep if data.p.n19999 != 1\n"));
  EXPECT_TRUE(Try(SetWith("", "test_fine if true\n")).valid());
}

TEST(Trial, OfASetThatBurnsItsTimeEnds) {
  if (std::getenv("CANDOR_BURN") == nullptr) GTEST_SKIP() << "takes 20 seconds of a processor: set CANDOR_BURN=1";
  std::string tests;
  for (int i = 0; i < 3000; ++i) {
    tests += "test_" + std::to_string(i) + " if {\n\tsome x in numbers.range(1, 9000)\n\tsome y in numbers.range(1, 9000)\n\tx * y == -1\n}\n\n";
  }
  const TrialReport report = Try(SetWith("", tests));

  EXPECT_FALSE(report.valid());
  EXPECT_THAT(Texts(report), ElementsAre(HasSubstr("took too long")));
}

TEST(Trial, RunsManyAtOnce) {
  const Bundle fine = SetWith("", "test_fine if true\n"), wrong = SetWith("", "test_wrong if false\n");
  std::vector<int> valid(4, -1);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < valid.size(); ++i) {
      threads.emplace_back([&, i] { valid[i] = Try(i % 2 == 0 ? fine : wrong).valid(); });
    }
  }
  EXPECT_THAT(valid, ElementsAre(1, 0, 1, 0));
}

// A program that is not the trial's.
class OtherProgram : public ::testing::Test {
 protected:
  TrialReport Run(const std::string& script) const {
    const std::string path = folder_.path() + "/program";
    folder_.Write("program", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return Trial(path).Run(std::string(900 * 1024, 'x'));
  }

  const Folder folder_;
};

TEST_F(OtherProgram, ThatDiesIsAProblemOfTheSet) {
  EXPECT_THAT(Texts(Run("exit 0")), ElementsAre(HasSubstr("the set ended the process")));
  EXPECT_THAT(Texts(Run("exec <&-; sleep 0.2; exit 1")), ElementsAre(HasSubstr("the set ended the process")));
  EXPECT_THAT(Texts(Run("kill -XCPU $$")), ElementsAre(HasSubstr("the set took too long")));
  EXPECT_THAT(Texts(Run("kill -KILL $$")), ElementsAre(HasSubstr("too much memory")));
  EXPECT_THAT(Texts(Run("cat >/dev/null; kill -SEGV $$")), ElementsAre(HasSubstr("the set ended the process")));
}

TEST_F(OtherProgram, ThatAnswersSomethingElseIsNotBelieved) {
  const std::string whole = R"({"readable":true,"digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","problems":[],)"
                            R"("compiled":true,"passed":1,"failed":0,"failures":[]})";
  EXPECT_TRUE(Run("cat >/dev/null; echo '" + whole + "'").valid());
  EXPECT_FALSE(Run("cat >/dev/null; echo '" + whole + "'; exit 1").valid());
  for (const char* answer :
       {"", "garbage", "[]", "{}", "{\"compiled\":true}", "null",
        R"({"readable":1,"digest":"","problems":[],"compiled":true,"passed":1,"failed":0,"failures":[]})",
        R"({"readable":true,"digest":"x","problems":[],"compiled":true,"passed":1,"failed":0,"failures":[]})",
        R"({"readable":true,"digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","problems":[{"path":1}],"compiled":true,"passed":1,"failed":0,"failures":[]})",
        R"({"readable":true,"digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","problems":{},"compiled":true,"passed":1,"failed":0,"failures":[1]})",
        R"({"readable":true,"digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","problems":[],"compiled":true,"passed":-1,"failed":0,"failures":[]})"}) {
    const TrialReport report = Run("cat >/dev/null; echo '" + std::string(answer) + "'");
    EXPECT_FALSE(report.valid()) << answer;
    EXPECT_THAT(Texts(report), ElementsAre(HasSubstr("the set ended the process"))) << answer;
  }
  EXPECT_THAT(Texts(Run("cat >/dev/null; head -c 5000000 /dev/zero")), SizeIs(1));
}

TEST_F(OtherProgram, ThatIsNotThereIsNoReasonToStop) {
  EXPECT_THAT(Texts(Trial(folder_.path() + "/absent").Run("")), ElementsAre(HasSubstr("no process could be started")));
}

TEST_F(OtherProgram, IsGivenOneWordAndNothingOfTheServersEnvironment) {
  ASSERT_EQ(setenv("CANDOR_TEST_SECRET", "secret", 1), 0);

  Run("cat >/dev/null; echo \"$# $1\" >" + folder_.path() + "/seen; env >>" + folder_.path() + "/seen");

  const std::string seen = ReadWhole(folder_.path() + "/seen");
  EXPECT_THAT(seen, HasSubstr("1 policy-trial\n"));
  EXPECT_EQ(seen.find("CANDOR_TEST_SECRET"), std::string::npos);
  unsetenv("CANDOR_TEST_SECRET");
}

}  // namespace
}  // namespace candor::policy
