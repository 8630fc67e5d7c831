#include "clients/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/testing/vectors.h"

namespace candor::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// One run of the program, with nothing of the environment that it would read.
class CommandLine : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"CANDOR_SERVER", "CANDOR_KEY_FILE", "CANDOR_TLS_CA", "CANDOR_DATABASE"})
      unsetenv(name);
    char name[] = "/tmp/candor-cli-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  int Run(std::vector<const char*> words) {
    words.insert(words.begin(), "candor");
    out_.str("");
    err_.str("");
    return cli::Run(static_cast<int>(words.size()), words.data(), out_, err_, {});
  }

  std::string File(const std::string& name, const std::string& text) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::string folder_;
  std::ostringstream out_, err_;
};

std::vector<std::vector<const char*>> AllCommands() {
  return {{"verify", "receipt"},
          {"verify", "ledger"},
          {"verify", "server"},
          {"verify", "folder"},
          {"ledger", "save"},
          {"receipt", "get"},
          {"leaf", "list"},
          {"checkpoint"},
          {"authorize"},
          {"record"},
          {"observe"},
          {"replay"},
          {"show"},
          {"doctor"},
          {"tenant", "create"},
          {"tenant", "list"},
          {"tenant", "show"},
          {"tenant", "limits"},
          {"principal", "create"},
          {"principal", "list"},
          {"principal", "disable"},
          {"key", "create"},
          {"key", "revoke"},
          {"key", "list"},
          {"system", "register"},
          {"action", "register"},
          {"type", "register"},
          {"codes", "declare"},
          {"code", "declare"},
          {"keys", "backup"},
          {"keys", "restore"}};
}

TEST_F(CommandLine, SaysInEveryHelpWhatItsExitStatusMeans) {
  for (std::vector<const char*> words : AllCommands()) {
    words.push_back("--help");

    EXPECT_EQ(Run(words), kDone) << words[0];
    EXPECT_THAT(out_.str(), HasSubstr("Exit status:\n  0  done")) << words[0];
    EXPECT_THAT(out_.str(), HasSubstr("--json")) << words[0];
    EXPECT_EQ(err_.str(), "");
  }
}

TEST_F(CommandLine, TakesNoKeyAsAnArgument) {
  for (std::vector<const char*> words : AllCommands()) {
    words.insert(words.end(), {"--key", "candor_secret"});

    EXPECT_EQ(Run(words), kFailed) << words[0];
  }
}

TEST_F(CommandLine, NamesTheHelpThatWouldHaveHelped) {
  EXPECT_EQ(Run({}), kFailed);
  EXPECT_EQ(err_.str(), "candor: which command?\n  next:   candor --help\n");

  EXPECT_EQ(Run({"tenant", "destroy"}), kFailed);
  EXPECT_EQ(err_.str(), "candor: there is no command `destroy`\n  next:   candor tenant --help\n");

  EXPECT_EQ(Run({"verify", "receipt"}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("next:   candor verify receipt --help\n"));
}

TEST_F(CommandLine, AsksForAKeyBeforeItAsksTheServer) {
  EXPECT_EQ(Run({"checkpoint"}), kFailed);
  EXPECT_EQ(err_.str(),
            "candor: no API key\n  next:   give --key-file FILE, or set CANDOR_KEY_FILE\n");
}

TEST_F(CommandLine, RefusesAKeyFileThatHoldsSomethingElse) {
  const std::string two_lines = File("two", "a\nb\n"), binary = File("binary", "key\x01\n");

  EXPECT_EQ(Run({"checkpoint", "--key-file", two_lines.c_str()}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("does not hold one line"));
  EXPECT_EQ(Run({"checkpoint", "--key-file", binary.c_str()}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("is not an API key"));
}

TEST_F(CommandLine, SaysWhereItFoundNoServer) {
  const std::string key = File("key", "candor_0\n");

  EXPECT_EQ(Run({"checkpoint", "--key-file", key.c_str(), "--server", "127.0.0.1:1"}), kFailed);
  EXPECT_THAT(err_.str(), StartsWith("candor: 127.0.0.1:1: no answer"));
  EXPECT_THAT(err_.str(), HasSubstr("next:   see that candord runs there"));
}

TEST_F(CommandLine, SaysHowToRepeatARequestThatMayHaveBeenRecorded) {
  const std::string key = File("key", "candor_0\n");

  EXPECT_EQ(
      Run({"system", "register", "bot", "--key-file", key.c_str(), "--server", "127.0.0.1:1"}),
      kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("to repeat without a second effect: --request-id "));
}

TEST_F(CommandLine, RefusesARequestIdThatIsNone) {
  const std::string key = File("key", "candor_0\n");

  EXPECT_EQ(Run({"system", "register", "bot", "--key-file", key.c_str(), "--request-id", "7"}),
            kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("--request-id: is not a UUID of version 4 or 7"));
}

TEST_F(CommandLine, ListsTheWordsThatAnOptionTakes) {
  const std::string key = File("key", "candor_0\n");

  EXPECT_EQ(Run({"codes", "declare", "--kind", "raison", "late", "--key-file", key.c_str()}),
            kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("--kind: there is no `raison`"));
  EXPECT_THAT(err_.str(), HasSubstr("action, outcome, reason, purpose"));
}

TEST_F(CommandLine, NeverWritesAKeyOverAFile) {
  const std::string key = File("key", "candor_0\n"), taken = File("taken", "precious");

  EXPECT_EQ(Run({"key", "create", "--component", "bot", "--out", taken.c_str(), "--key-file",
                 key.c_str()}),
            kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("is there already and may hold a secret"));
}

TEST_F(CommandLine, LeavesNoEmptyKeyFileBehind) {
  const std::string key = File("key", "candor_0\n"), fresh = folder_ + "/fresh";

  EXPECT_EQ(Run({"key", "create", "--component", "bot", "--out", fresh.c_str(), "--key-file",
                 key.c_str(), "--server", "127.0.0.1:1"}),
            kFailed);
  EXPECT_FALSE(std::filesystem::exists(fresh));
}

// With the receipts of the public vectors.
class VerifyReceipt : public CommandLine {
 protected:
  void SetUp() override {
    CommandLine::SetUp();
    if (candor::testing::VectorFolder().empty())
      GTEST_SKIP() << "CANDOR_TEST_DATA names no folder with vectors/";
    const auto receipts = candor::testing::ReadVectors("format/receipts/receipts.json");
    vkey_ = receipts["vkey"];
    origin_ = receipts["origin"];
    for (const auto& one : receipts["receipts"]) files_.push_back(one["file"]);
  }
  static std::string Path(const std::string& file, const char* ending) {
    return candor::testing::VectorFolder() / "format/receipts" / (file + ending);
  }

  std::string vkey_, origin_;
  std::vector<std::string> files_;
};

TEST_F(VerifyReceipt, EndsWithTwoVerdicts) {
  for (const std::string& file : files_) {
    const std::string leaf = Path(file, ".leaf.json"), proof = Path(file, ".tlog-proof");

    EXPECT_EQ(Run({"verify", "receipt", "--vkey", vkey_.c_str(), leaf.c_str(), proof.c_str(),
                   "--origin", origin_.c_str()}),
              kDone);
    EXPECT_THAT(out_.str(), ::testing::ContainsRegex(
                                "\nintact: yes, leaf [0-9]+ hashes into the signed checkpoint of "
                                "size [0-9]+\ncomplete: not provable [^\n]*\n$"));
    EXPECT_THAT(out_.str(), HasSubstr("log only"));
  }
}

TEST_F(VerifyReceipt, NoticesEveryFlippedByteOfTheLeaf) {
  const std::string leaf = candor::testing::ReadFile(Path(files_[1], ".leaf.json"));
  const std::string proof = Path(files_[1], ".tlog-proof");
  for (std::size_t at = 0; at < leaf.size(); at += 7) {
    std::string flipped = leaf;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    const std::string path = File("leaf", flipped);

    EXPECT_EQ(Run({"verify", "receipt", path.c_str(), proof.c_str(), "--vkey", vkey_.c_str()}),
              kRefused)
        << at;
    EXPECT_THAT(out_.str(), HasSubstr("\nintact: no, "));
    EXPECT_THAT(out_.str(), HasSubstr("\ncomplete: not provable "));
  }
}

TEST_F(VerifyReceipt, RefusesAReceiptOfAnotherLedger) {
  const std::string leaf = Path(files_[1], ".leaf.json"), proof = Path(files_[1], ".tlog-proof");

  EXPECT_EQ(Run({"verify", "receipt", leaf.c_str(), proof.c_str(), "--vkey", vkey_.c_str(),
                 "--origin", "a.example/b"}),
            kRefused);
  EXPECT_THAT(out_.str(), HasSubstr("is of another ledger"));
}

TEST_F(VerifyReceipt, TellsAProgramInJson) {
  const std::string leaf = Path(files_[1], ".leaf.json"), proof = Path(files_[1], ".tlog-proof");

  ASSERT_EQ(
      Run({"verify", "receipt", leaf.c_str(), proof.c_str(), "--vkey", vkey_.c_str(), "--json"}),
      kDone);

  const auto json = candor::testing::Vector::parse(out_.str());
  EXPECT_EQ(json["intact"], true);
  EXPECT_EQ(json["complete_range"], false);
  EXPECT_EQ(json["position"], 2);
  EXPECT_EQ(json["checkpoint"]["size"], 3);
  EXPECT_EQ(json["checkpoint"]["witnesses"], "log only");
  EXPECT_TRUE(json["findings"].empty());
}

TEST_F(VerifyReceipt, WantsAKeyAndFilesThatCanBeRead) {
  const std::string leaf = Path(files_[1], ".leaf.json"), proof = Path(files_[1], ".tlog-proof");

  EXPECT_EQ(Run({"verify", "receipt", leaf.c_str(), proof.c_str()}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("give --vkey KEY"));
  EXPECT_EQ(Run({"verify", "receipt", leaf.c_str(), "nowhere", "--vkey", vkey_.c_str()}), kFailed);
  EXPECT_EQ(Run({"verify", "receipt", leaf.c_str(), proof.c_str(), "--vkey", "nonsense"}), kFailed);
}

}  // namespace
}  // namespace candor::cli
