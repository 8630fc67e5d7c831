// An installation is broken, one way after the other; `candor doctor` names each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// Headings of the guide that the text names; each must be there.
void HeadingsAreThere(const std::string& text) {
  const std::string guide = "\n" + ReadText(std::string(CANDOR_SOURCE_DIR) + "/docs/guides/recovery.md");
  static const std::regex kNamed("recovery\\.md, \"([^\"]+)\"");
  for (std::sregex_iterator at(text.begin(), text.end(), kNamed), end; at != end; ++at) {
    EXPECT_TRUE(guide.find("# " + (*at)[1].str() + "\n") != std::string::npos) << (*at)[1];
  }
}

class Doctor : public ::testing::Test {
 protected:
  Doctor()
      : database_(candor::testing::Postgres::Get().Url()),
        server_({.database = database_, .state = folder_.path() + "/state", .marks = {}, .more = {"--migrate"}}) {}

  void SetUp() override {
    server_.Start();
    MakeTenant(Client::To(server_.address(), Key()), "ledger.example.com/doctor");
  }

  std::string State(const std::string& name = {}) const { return server_.state() + name; }
  std::string Key() const {
    std::string key = ReadText(State("/operator.apikey"));
    key.pop_back();
    return key;
  }

  // Of this installation, unless another database or state folder is named.
  Ran Examine(std::vector<std::string> words = {}, const std::string& database = {},
              const std::string& state = {}) const {
    words.insert(words.begin(), {"doctor", "--server", server_.address(), "--key-file", State("/operator.apikey"),
                                 "--database", database.empty() ? database_ : database, "--state",
                                 state.empty() ? State() : state});
    const Ran ran = RunCandor(words);
    HeadingsAreThere(ran.out);
    return ran;
  }
  // Wrong, in this part, with this said and what to do next.
  void Names(const std::string& part, const std::string& what, const Ran& ran) const {
    EXPECT_EQ(ran.exit, 1) << ran;
    EXPECT_THAT(ran.out, ::testing::ContainsRegex("WRONG +" + part + " [^\n]*" + what + "[^\n]*\n +next: ")) << ran;
  }
  std::string MarkFile() const {
    for (const auto& file : fs::directory_iterator(State("/marks"))) {
      if (file.path().extension() == ".mark") return file.path();
    }
    return {};
  }

  Folder folder_;
  const std::string database_;
  Server server_;
};

TEST_F(Doctor, FindsNothingWhereAllIsWell) {
  const Ran ran = Examine();
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("ok       marks"), Not(HasSubstr("next:"))));
}

TEST_F(Doctor, NamesAServerThatIsDown) {
  server_.Kill();
  Names("server", "no answer", Examine());
  EXPECT_EQ(Examine({"--no-server"}).exit, 0);
}

TEST_F(Doctor, NamesACredentialThatIsNotOne) {
  std::ofstream(folder_.path() + "/other") << "candor_" << std::string(40, 'x') << "\n";
  const Ran ran = RunCandor({"doctor", "--server", server_.address(), "--key-file", folder_.path() + "/other"});
  Names("credential", "does not know", ran);
}

TEST_F(Doctor, NamesADatabaseThatIsAway) {
  Names("database", "", Examine({}, "postgresql://nobody@/nothing?host=/nowhere"));
}

TEST_F(Doctor, NamesASchemaThatIsMissing) {
  Names("schema", "lacks", Examine({}, candor::testing::Postgres::Get().Url()));
}

TEST_F(Doctor, NamesADatabaseThatDoesNotSync) {
  candor::testing::Session session(candor::testing::Postgres::ForSuperuser(database_));
  const auto set = [&](const std::string& how) {
    ASSERT_TRUE(session.Run("ALTER SYSTEM " + how).ok());
    ASSERT_TRUE(session.Run("SELECT pg_reload_conf(), pg_sleep(1)").ok());
  };
  set("SET fsync = off");
  Names("database", "fsync or full_page_writes off", Examine());
  set("RESET fsync");
}

TEST_F(Doctor, NamesAStateFolderThatIsOpenToOthersOrGone) {
  fs::permissions(State(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  Names("state", "others may use it", Examine());
  Names("state", "No such file", Examine({}, {}, folder_.path() + "/nowhere"));
}

TEST_F(Doctor, NamesKeysThatAreOpenDamagedOrGone) {
  const std::string key = State("/keys/operator.1.key"), good = ReadText(key);
  fs::permissions(key, fs::perms::group_read, fs::perm_options::add);
  Names("keys", "others may read it", Examine());
  fs::permissions(key, fs::perms::group_read, fs::perm_options::remove);
  std::ofstream(key) << "no key\n";
  Names("keys", "is not a line of 64", Examine());
  fs::remove(key);
  Names("keys", "", Examine());
}

TEST_F(Doctor, NamesAProcessWithoutAName) {
  std::ofstream(State("/process")) << "x\n";
  Names("process", "does not hold the name", Examine());
}

TEST_F(Doctor, NamesMarksThatAreDamagedOrGone) {
  const std::string mark = MarkFile();
  server_.Kill();
  const auto size = fs::file_size(mark);
  std::ofstream(mark, std::ios::binary) << std::string(size, 'x');
  Names("marks", "the mark is damaged", Examine({"--no-server"}));
  fs::remove(mark);
  Names("marks", "is missing from", Examine({"--no-server"}));
}

TEST_F(Doctor, NamesATailThatWasLost) {
  server_.Kill();
  candor::testing::Session session(candor::testing::Postgres::ForSuperuser(database_));
  ASSERT_TRUE(session.Run("ALTER TABLE heads DROP CONSTRAINT IF EXISTS heads_range_is_of_the_size").ok());
  ASSERT_TRUE(session.Run("UPDATE heads SET size = size - 1").ok());
  Names("marks", "were signed", Examine({"--no-server"}));
}

TEST_F(Doctor, IsNotNeededWhereAServerFindsItsPortTaken) {
  const Folder other;
  const Ran ran = RunProgram(CANDOR_BINARY_DIR "/bin/candord",
                             {"--database", candor::testing::Postgres::Get().Url(), "--state", other.path() + "/state",
                              "--listen", server_.address(), "--migrate"});
  EXPECT_NE(ran.exit, 0);
  EXPECT_THAT(ran.out + ran.err, ::testing::HasSubstr("cannot be listened on"));
}

TEST_F(Doctor, SaysWhereItCouldNotLook) {
  EXPECT_EQ(RunCandor({"doctor", "--no-server"}).exit, 2);
}

}  // namespace
}  // namespace candor::e2e
