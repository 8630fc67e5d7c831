// A file of decisions through the gate by the command line, and what became of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

const std::string kExamples = std::string(CANDOR_SOURCE_DIR) + "/examples/replay/";

// A tenant that knows the desk of the examples, with keys in files.
class Story : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    File("system.key", tenant_.system.key() + "\n");
    File("nobody.key", "candor_nobody\n");
    File("component.key", tenant_.component.key() + "\n");
    ASSERT_EQ(AsSystem({"system", "register", "mortgage_desk"}).exit, 0);
    ASSERT_EQ(AsSystem({"action", "register", "mortgage.decide", "--outcome", "approved", "--outcome",
                        "denied", "--reason", "too_risky"})
                  .exit,
              0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }
  Ran With(const std::string& key, std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file", folder_ + "/" + key});
    return RunCandor(words, input);
  }
  Ran AsSystem(const std::vector<std::string>& words) const { return With("system.key", words); }
  Ran AsComponent(const std::vector<std::string>& words, const std::string& input = {}) const {
    return With("component.key", words, input);
  }
  Ran Replay(const std::string& rows, const std::string& mapping, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"replay", rows, "--mapping", mapping, "--json"});
    return AsComponent(more);
  }
  std::uint64_t Size() const { return world_.SizeOf(tenant_); }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const std::string folder_ =
      world_.folder().path() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

constexpr char kMapping[] = R"({
  "words": {"deny": {"yes": "denied", "no": "approved"}},
  "authorize": {"actor": {"system": "mortgage_desk"}, "action": {"name": "mortgage.decide", "amount": "{loan}", "currency": "eur"},
                "person": {"reference": "applicant-{id}"}, "inputs_json": {"ratio": "{ratio}"}, "confidence": "0.9"},
  "record": {"outcome": {"code": "{deny}"}}})";

TEST_F(Story, SampleOfTheExamplesGoesThroughWhole) {
  const std::uint64_t before = Size();
  const Ran ran = Replay(kExamples + "applications.csv", kExamples + "mapping.json");

  ASSERT_EQ(ran.exit, 0) << ran;
  const Json said = Json::parse(ran.out);
  EXPECT_EQ(said["rows"], 40);
  EXPECT_EQ(said["verdicts"], Json({{"allow", 40}}));
  EXPECT_EQ(said["recorded"], 40);
  EXPECT_TRUE(world_.Grew(tenant_, before, 80));

  const Ran again = Replay(kExamples + "applications.csv", kExamples + "mapping.json", {"--run", "again"});
  EXPECT_EQ(again.out, ran.out) << again;
  EXPECT_TRUE(world_.Grew(tenant_, before, 160));
}

TEST_F(Story, ReplayedTwiceNothingIsRecordedTwice) {
  const std::string rows = File("rows.csv", "id,loan,ratio,deny\r\n1,10,0.5,no\r\n2,20,0.25,yes\r\n");
  const std::string mapping = File("mapping.json", kMapping);
  const std::uint64_t before = Size();
  const Ran first = Replay(rows, mapping), second = Replay(rows, mapping, {"--in-flight", "1"});

  ASSERT_EQ(first.exit, 0) << first;
  ASSERT_EQ(second.exit, 0) << second;
  EXPECT_EQ(first.out, second.out);
  EXPECT_TRUE(world_.Grew(tenant_, before, 4));

  ASSERT_EQ(Replay(rows, mapping, {"--run", "again"}).exit, 0);
  EXPECT_TRUE(world_.Grew(tenant_, before, 8));
}

TEST_F(Story, GoesOnWhereAReplayStopped) {
  const std::string part = "{\"id\":1,\"loan\":\"10\",\"deny\":\"no\"}\n", mapping = File("mapping.json", kMapping);
  std::string rows;
  for (int i = 0; i < 300; ++i) rows += part;
  const std::string file = File("rows.ndjson", rows);
  const std::uint64_t before = Size();
  // A key that may not ask stops it at once; a shorter file of the same name is another replay.
  const Ran stopped = With("system.key", {"replay", file, "--mapping", File("bad.json", R"({"authorize":{}})")});
  EXPECT_EQ(stopped.exit, 2) << stopped;
  const Ran refused = With("nobody.key", {"replay", file, "--mapping", mapping});
  EXPECT_EQ(refused.exit, 1) << refused;
  EXPECT_THAT(refused.err, HasSubstr("run the same command again"));
  EXPECT_EQ(Size(), before);

  const Ran whole = Replay(file, mapping);
  ASSERT_EQ(whole.exit, 0) << whole;
  EXPECT_EQ(Json::parse(whole.out)["rows"], 300);
  EXPECT_TRUE(world_.Grew(tenant_, before, 600));
}

TEST_F(Story, BadRowsAreCountedByReasonAndSpoilOnlyThemselves) {
  const std::string rows = File("rows.csv",
                                "id,loan,ratio,deny\n"
                                "1,10,0.5,no\n"
                                "2,10,0.5\n"
                                "3,ten,0.5,no\n"
                                "\"4\",10,\"0\"5,no\n"
                                "5,1000,0.5,yes\n"
                                "6,10,,\n");
  const Ran ran = Replay(rows, File("mapping.json", kMapping));

  ASSERT_EQ(ran.exit, 1) << ran;
  const Json said = Json::parse(ran.out);
  EXPECT_EQ(said["rows"], 6);
  EXPECT_EQ(said["verdicts"], Json({{"allow", 2}, {"deny", 1}}));
  EXPECT_EQ(said["recorded"], 2);
  EXPECT_EQ(said["marks"], Json({{"against_verdict", 1}}));
  ASSERT_EQ(said["refusals"].size(), 2U);
  EXPECT_EQ(said["refusals"][0]["reason"], "FIELD_INVALID action.amount");
  EXPECT_EQ(said["refusals"][0]["first_rows"], Json({3}));
  EXPECT_EQ(said["refusals"][1]["reason"], "ROW_UNREADABLE");
  EXPECT_EQ(said["refusals"][1]["first_rows"], Json({2, 4}));
}

TEST_F(Story, MappingThatNamesAColumnThatIsNotThereIsRefusedBeforeAnything) {
  const std::uint64_t before = Size();
  const Ran ran = Replay(File("rows.csv", "id,loan\n1,10\n"), File("mapping.json", kMapping));

  EXPECT_EQ(ran.exit, 2) << ran;
  EXPECT_THAT(ran.err, HasSubstr("no column `"));
  EXPECT_EQ(Size(), before);
}

TEST_F(Story, AsksAndTellsByFlagsFileOrStandardInput) {
  const Ran asked = AsComponent({"authorize", "--system", "mortgage_desk", "--action", "mortgage.decide", "--person",
                                 "applicant-1", "--confidence", "0.9", "--set", "jurisdictions=[\"de\",\"us-ma\"]",
                                 "--inputs", "{\"ratio\":0.5}", "--json"});
  ASSERT_EQ(asked.exit, 0) << asked;
  const std::string id = Json::parse(asked.out)["authorization_id"];
  const Ran told = AsComponent({"record", "--authorization", id, "--outcome", "denied", "--adverse", "true", "--reason",
                                "too_risky", "--json"});
  ASSERT_EQ(told.exit, 0) << told;
  const Ran leaves = AsSystem({"leaf", "list", "--raw", "--type", "outcome"});
  EXPECT_THAT(leaves.out, HasSubstr("\"adverse\":true")) << leaves;
  EXPECT_THAT(leaves.out, HasSubstr("\"reasons\":[\"too_risky\"]"));

  const std::string file = File("question", R"({"actor":{"system":"nobody"},"action":{"name":"mortgage.decide"}})");
  EXPECT_EQ(AsComponent({"authorize", "--file", file}).exit, 1);
  const Ran over = AsComponent({"authorize", "--file", "-", "--system", "mortgage_desk", "--confidence", "0.9"},
                               ReadText(file));
  EXPECT_EQ(over.exit, 0) << over;
}

TEST_F(Story, ShowsADecisionWithAllThatBecameOfIt) {
  const Ran asked = AsComponent({"authorize", "--json"}, R"({"actor":{"system":"mortgage_desk"},
      "action":{"name":"mortgage.decide"},"person":{"reference":"secret-person"},"confidence":"0.9"})");
  ASSERT_EQ(asked.exit, 0) << asked;
  const Json answer = Json::parse(asked.out);
  const std::string decision = answer["decision_id"], id = answer["authorization_id"];
  ASSERT_EQ(AsComponent({"authorize", "--system", "mortgage_desk", "--action", "mortgage.decide"}).exit, 1);
  EXPECT_THAT(AsSystem({"show", decision}).out, HasSubstr("no outcome yet; it is due by "));
  const Ran told = AsComponent({"record", "--authorization", id, "--outcome", "denied", "--adverse", "true", "--json"});
  ASSERT_EQ(told.exit, 0) << told;
  const std::string outcome = Json::parse(told.out)["outcome_id"];
  v1::RecordResultRequest result;
  result.set_request_id(NewId());
  result.set_decision_id(decision);
  result.set_complaint(true);
  ASSERT_TRUE(tenant_.component.Call<v1::RecordResultResponse>(result).ok());

  for (const std::string& any : {decision, id, outcome}) {
    const Ran shown = AsSystem({"show", any, "--vkey", tenant_.key.ToText()});
    EXPECT_EQ(shown.exit, 0) << shown;
    EXPECT_THAT(shown.out, HasSubstr("state     an outcome is recorded, marked reasons_missing\n")) << shown;
    EXPECT_THAT(shown.out, HasSubstr("Asked before acting; the answer was allow\n"));
    EXPECT_THAT(shown.out, HasSubstr("Decided: denied\n"));
    EXPECT_THAT(shown.out, HasSubstr("reasons_missing: it is adverse, and no reasons were given\n"));
    EXPECT_THAT(shown.out, HasSubstr("What became known later\n"));
    EXPECT_THAT(shown.out, HasSubstr("3 leaves, 3 of them with an intact receipt"));
    EXPECT_THAT(shown.out, HasSubstr("sealed "));
    EXPECT_THAT(shown.out, ::testing::Not(HasSubstr("secret-person")));
  }
  const Json json = Json::parse(AsSystem({"show", decision, "--json"}).out);
  EXPECT_EQ(json["leaves"].size(), 3U);
  EXPECT_EQ(json["leaves"][0]["leaf"]["id"], id);
  EXPECT_EQ(json["intact"], true);

  const core::VerifierKey other = core::VerifierKey::Of(tenant_.origin, crypto::PublicKey{1});
  EXPECT_EQ(AsSystem({"show", decision, "--vkey", other.ToText()}).exit, 1);
  EXPECT_EQ(AsSystem({"show", NewId()}).exit, 2);
  EXPECT_EQ(AsComponent({"show", decision}).exit, 1);
}

TEST_F(Story, NamesTheFieldThatCannotBeRead) {
  for (const auto& [text, path] : std::vector<std::pair<std::string, std::string>>{
           {R"({"actor":{"sytem":"x"}})", "actor.sytem"},
           {R"({"action":{"stage":"SOON"}})", "action.stage"},
           {R"({"outcome":{"reasons":[{"code":"a"},{"weight":{}}]}})", "outcome.reasons[1]"}}) {
    const Ran ran = AsComponent({"observe"}, text);
    EXPECT_EQ(ran.exit, 2) << ran;
    EXPECT_THAT(ran.err, HasSubstr("field:  " + path + ": ")) << ran;
  }
}

}  // namespace
}  // namespace candor::e2e
