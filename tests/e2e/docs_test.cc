// What the papers tell a reader to type is there, and says what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using candor::testing::Session;
using ::testing::HasSubstr;

const std::filesystem::path kRoot = CANDOR_SOURCE_DIR;

// The first block of that language in a file.
std::string Block(const std::string& file, const std::string& language) {
  const std::string text = ReadText(kRoot / file), begin = "```" + language + "\n";
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find("```", from) - from);
}

class ReadMe : public ::testing::Test {
 protected:
  // leaves, altered, broken, gapless.
  std::vector<std::string> Walk() {
    std::string sql = Block("README.md", "sql");
    const std::string origin = "tour.example/mortgages";
    sql.replace(sql.find(origin), origin.size(), tenant_.origin);
    const auto answer = session_.Run(sql);
    EXPECT_TRUE(answer.ok()) << answer.sqlstate;
    return answer.rows.at(0);
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  Session session_{world_.database()};
};

TEST_F(ReadMe, WalksTheChainWithPostgresAlone) {
  ASSERT_TRUE(tenant_.component.Call<v1::AuthorizeResponse>(Question()).ok());
  const auto walked = Walk();

  EXPECT_EQ(walked[0], std::to_string(world_.SizeOf(tenant_)));
  EXPECT_EQ(walked[1], "0");
  EXPECT_EQ(walked[2], "0");
  EXPECT_EQ(walked[3], "t");
}

TEST_F(ReadMe, SeesAnAlteredLeafOnThatWalk) {
  ASSERT_TRUE(session_.Run("BEGIN").ok());
  ASSERT_TRUE(session_.Run("UPDATE entries SET leaf = leaf || ' ', leaf_hash = sha256('\\x00'::bytea || leaf || ' ') "
                           "WHERE position = 1 AND tenant_id = $1", {tenant_.id}).ok());
  const auto rehashed = Walk();
  ASSERT_TRUE(session_.Run("DELETE FROM entries WHERE position = 2 AND tenant_id = $1", {tenant_.id}).ok());
  const auto cut = Walk();
  session_.Run("ROLLBACK");

  EXPECT_EQ(rehashed[1], "0");
  EXPECT_EQ(rehashed[2], "1");
  EXPECT_EQ(cut[3], "f");
}

struct Command {
  std::string file;
  std::vector<std::string> words;
  std::set<std::string> flags;
};

// Every `candor …` in backticks, or on a line of its own.
std::vector<Command> CommandsIn(const std::filesystem::path& path) {
  static const std::regex kCommand("(?:`|\\n {4,}(?:\\$ )?)candor ((?:[a-z]+)(?: [a-z][a-z-]*)?)([^`\\n]*(?:\\\\\\n[^`\\n]*)*)");
  static const std::regex kFlag("--[a-z][a-z-]*");
  const std::string text = ReadText(path);
  std::vector<Command> commands;
  for (std::sregex_iterator at(text.begin(), text.end(), kCommand), end; at != end; ++at) {
    Command command{.file = path.filename(), .words = {}, .flags = {}};
    std::istringstream words((*at)[1]);
    for (std::string word; words >> word;) command.words.push_back(word);
    const std::string rest = (*at)[2];
    for (std::sregex_iterator flag(rest.begin(), rest.end(), kFlag); flag != end; ++flag) {
      command.flags.insert(flag->str());
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

TEST(Papers, NameOnlyCommandsAndFlagsThatAreThere) {
  std::vector<Command> commands;
  std::vector<std::filesystem::path> files = {kRoot / "README.md", kRoot / "SECURITY.md", kRoot / "schema/README.md",
                                              kRoot / "clients/python/README.md", kRoot / "examples/replay/README.md",
                                              kRoot / "deploy/systemd/candord.conf"};
  for (const auto& file : std::filesystem::recursive_directory_iterator(kRoot / "docs")) {
    if (file.path().extension() == ".md") files.push_back(file.path());
  }
  for (const auto& file : files) {
    for (Command& command : CommandsIn(file)) commands.push_back(std::move(command));
  }
  ASSERT_GT(commands.size(), 20U);
  for (Command& command : commands) {
    const std::string about = command.file + ": candor " + ::testing::PrintToString(command.words);
    command.words.emplace_back("--help");
    const Ran help = RunCandor(command.words);
    EXPECT_EQ(help.exit, 0) << about << help;
    for (const std::string& flag : command.flags) EXPECT_THAT(help.out, HasSubstr(flag)) << about;
  }
}

}  // namespace
}  // namespace candor::e2e
