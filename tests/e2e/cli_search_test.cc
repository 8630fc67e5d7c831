// What compliance asks for on the command line.
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
using Json = nlohmann::json;

class SearchCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/carla") << carla_.key() << "\n";
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(Question());
    ASSERT_TRUE(answer.ok());
    decision_ = answer->decision_id();
    ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf(answer->authorization_id())).ok());
    ASSERT_TRUE(tenant_.component.Call<v1::AuthorizeResponse>(Question()).ok());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Ran Run(std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file", folder_ + "/carla"});
    return RunCandor(words);
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const Client carla_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_COMPLIANCE}, "carla"));
  const std::string folder_ =
      world_.folder().path() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string decision_;
};

TEST_F(SearchCommands, FindDecisionsForPeopleAndForPrograms) {
  const Ran people = Run({"search", "outcome = granted", "--total"});
  EXPECT_EQ(people.exit, 0) << people;
  EXPECT_THAT(people.out, AllOf(HasSubstr(decision_), HasSubstr("refund.grant"), HasSubstr("all leaves below position")));

  const Json all = Json::parse(Run({"search", "--json"}).out);
  EXPECT_EQ(all["decisions"].size(), 2u);
  EXPECT_EQ(all["decisions"][1]["decision_id"], decision_);
  const Json first = Json::parse(Run({"search", "--limit", "1", "--json"}).out);
  EXPECT_EQ(first["decisions"].size(), 1u);
  EXPECT_NE(first["next_page_token"], "");
}

TEST_F(SearchCommands, PointAtTheCharacterThatDoesNotFit) {
  const Ran ran = Run({"search", "outcome = granted AND amuont > 3"});

  EXPECT_EQ(ran.exit, 1) << ran;
  const std::size_t line = ran.err.find("outcome = granted AND amuont > 3");
  ASSERT_NE(line, std::string::npos) << ran;
  const std::size_t caret = ran.err.find('^', line), word = ran.err.find("amuont", line);
  ASSERT_NE(caret, std::string::npos) << ran;
  EXPECT_EQ(word - (ran.err.rfind('\n', word) + 1), caret - (ran.err.rfind('\n', caret) + 1)) << ran;
}

TEST_F(SearchCommands, SayWhySomebodyLooksForAPerson) {
  EXPECT_THAT(Run({"search", "--person", "customer-1182"}).err, HasSubstr("reason"));
  const Ran ran = Run({"search", "--person", "customer-1182", "--reason", "too_late"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr(decision_), HasSubstr("this search"), Not(HasSubstr("customer-1182")))) << ran;
}

TEST_F(SearchCommands, ListTheFieldsWithoutAServer) {
  const Ran ran = RunCandor({"search", "--fields"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("verdict"), HasSubstr("human_decision"), HasSubstr("amount")));
}

TEST_F(SearchCommands, ShowADossierAsTextPageAndJson) {
  const Ran text = Run({"dossier", decision_});
  EXPECT_EQ(text.exit, 0) << text;
  EXPECT_THAT(text.out, AllOf(HasSubstr("Dossier of decision " + decision_), HasSubstr("outcome,"), HasSubstr("not asked for"),
                              Not(HasSubstr("customer-1182"))));

  const std::string page = folder_ + "/page.html";
  const Ran opened = Run({"dossier", decision_, "--open", "inputs", "--open", "person", "--reason", "too_late", "--html", page});
  EXPECT_THAT(opened.out, HasSubstr("this reading")) << opened;
  std::ifstream file(page);
  const std::string html((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_THAT(html, AllOf(HasSubstr("customer-1182"), HasSubstr("days_late"), Not(HasSubstr("<script"))));

  const Json json = Json::parse(Run({"dossier", decision_, "--json"}).out);
  ASSERT_EQ(json["entries"].size(), 3u);
  EXPECT_EQ(json["entries"][2]["type"], "read");
  EXPECT_THAT(Run({"dossier", decision_, "--open", "inputs"}).err, HasSubstr("reason"));
  EXPECT_THAT(Run({"reads"}).out, AllOf(HasSubstr("too_late"), HasSubstr("inputs, person"), HasSubstr(decision_)));
}

TEST_F(SearchCommands, ListWhatShouldNotBeThere) {
  ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf("019b7ca9-f600-7000-8000-000000000001")).ok());
  const Ran ran = Run({"gaps", "--kind", "authorization"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("unauthorized"), HasSubstr("open"), HasSubstr("were only observed")));
  EXPECT_EQ(Json::parse(Run({"gaps", "--json"}).out)["gaps"].size(), 1u);
}

TEST_F(SearchCommands, CountWhatIsManyEnough) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(tenant_.component.Call<v1::AuthorizeResponse>(Question()).ok());
  const Ran ran = Run({"count", "--by", "outcome", "--measure", "decisions", "--measure", "denial"});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("denial"), HasSubstr("0.0000"), HasSubstr("1 decisions, in groups that are too small")));
  const Json json = Json::parse(Run({"count", "outcome:*", "--json"}).out);
  EXPECT_EQ(json["rows"].size(), 0u);
  EXPECT_EQ(json["suppressed_count"], "1");
}

}  // namespace
}  // namespace candor::e2e
