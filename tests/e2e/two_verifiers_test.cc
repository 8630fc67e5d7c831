// A ledger of a real server, saved into a folder: the verifiers in C++ and in Python say the
// same of it, whole and damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/cli_run.h"
#include "tests/e2e/rich_ledger.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kPython = std::string(CANDOR_SOURCE_DIR) + "/clients/python";

// One ledger for all tests, with a leaf of every type.
const Tenant& TheTenant() {
  static const Tenant* const made = [] {
    World& world = World::Get();
    auto* tenant = new Tenant(MakeRichLedger(world));
    world.server().Start();
    tenant->system = Client::To(world.server().address(), tenant->system.key());
    tenant->component = Client::To(world.server().address(), tenant->component.key());
    std::ofstream(world.folder().path() + "/system.key") << tenant->system.key() << "\n";
    return tenant;
  }();
  return *made;
}

class SavedLedger : public ::testing::Test {
 protected:
  const Tenant& tenant_ = TheTenant();

  static std::string Path(const std::string& name) { return World::Get().folder().path() + "/" + name; }
  static std::string Vkey() { return TheTenant().key.ToText(); }

  // How many files it fetched.
  static int Save(const std::string& folder) {
    const Ran ran = Saving(folder, "system.key", {"--json"});
    EXPECT_EQ(ran.exit, 0) << ran;
    return nlohmann::json::parse(ran.out)["fetched"];
  }
  static Ran Saving(const std::string& folder, const std::string& key_file, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"ledger", "save", folder, "--server", World::Get().server().address(), "--key-file",
                               Path(key_file)});
    return RunCandor(more);
  }
};

class TwoVerifiers : public SavedLedger {
 protected:
  void SetUp() override {
    if (RunPython({"-c", "import cryptography"}).exit != 0) {
      GTEST_SKIP() << "the Python package `cryptography` is not there: apt-get install python3-cryptography";
    }
  }

  // Python with these words, in the folder of its verifier.
  static Ran RunPython(std::vector<std::string> words) {
    words.insert(words.begin(), {"-c", "import os,sys; os.chdir(sys.argv[1]); os.execv(sys.executable, "
                                       "[sys.executable, '-B', *sys.argv[2:]])", kPython});
    return RunProgram(CANDOR_PYTHON, words);
  }

  static std::string HeadOf(const std::string& column) {
    return candor::testing::Session(World::Get().database())
        .Run("SELECT " + column + " FROM heads WHERE tenant_id = $1", {TheTenant().id})
        .value();
  }

  // All damage that agreement.py knows, at every `step`th byte.
  static void Agree(const std::string& folder, int step) {
    const Ran ran = RunPython({"tests/agreement.py", std::string(CANDOR_BINARY_DIR) + "/bin/candor", folder, Vkey(),
                               std::to_string(step)});
    EXPECT_EQ(ran.exit, 0) << ran;
    EXPECT_THAT(ran.out, ::testing::MatchesRegex("[0-9]+ leaves, [0-9]{3,} compared, 0 differences\n"));
  }
};

TEST_F(TwoVerifiers, SayWhatTheDatabaseHolds) {
  Save(Path("whole"));

  const Ran python = RunPython({"-m", "candor.verify", "ledger", Path("whole"), "--vkey", Vkey(), "--json"});
  const Ran candor = RunCandor({"verify", "folder", Path("whole"), "--vkey", Vkey(), "--json"});

  ASSERT_EQ(python.exit, 0) << python;
  ASSERT_EQ(candor.exit, 0) << candor;
  const auto ours = nlohmann::json::parse(candor.out), theirs = nlohmann::json::parse(python.out);
  for (const char* name : {"checkpoint", "complete", "leaves", "ledger", "malformed", "missing_calls", "missing_outcomes",
                           "erased_persons", "erased_sections"}) {
    EXPECT_EQ(ours[name], theirs[name]) << name;
  }
  EXPECT_EQ(theirs["missing_outcomes"], 3);
  EXPECT_EQ(theirs["erased_persons"], 1);
  EXPECT_EQ(std::to_string(theirs["leaves"].get<int>()), HeadOf("size"));
  EXPECT_EQ(theirs["checkpoint"]["root"], HeadOf("encode(root, 'base64')"));
  EXPECT_EQ(theirs["chain"], HeadOf("encode(chain, 'base64')"));
}

TEST_F(TwoVerifiers, NoticeTheSameDamage) {
  Save(Path("damaged"));
  Agree(Path("damaged"), 64);
}

TEST_F(TwoVerifiers, NoticeTheSameDamageOfFullTiles) {
  FillUpTo(World::Get(), tenant_, 258);
  Save(Path("tiles"));
  Agree(Path("tiles"), 2003);
}

TEST_F(TwoVerifiers, HoldALedgerThatGrewAgainstWhatWasKept) {
  Save(Path("grown"));
  std::filesystem::copy_file(Path("grown/checkpoint"), Path("earlier"));
  FillUpTo(World::Get(), tenant_, World::Get().SizeOf(tenant_) + 3);
  ASSERT_EQ(RunCandor({"receipt", "get", "--position", "1", "--out", Path("receipts"), "--server",
                       World::Get().server().address(), "--key-file", Path("system.key")}).exit, 0);
  Save(Path("grown"));

  const auto python = [](const std::string& folder, const std::string& kept) {
    return RunPython({"-m", "candor.verify", "ledger", Path(folder), "--vkey", Vkey(), "--checkpoint", Path(kept),
                      "--receipts", Path("receipts")});
  };
  const auto candor = [](const std::string& folder, const std::string& kept) {
    return RunCandor({"verify", "folder", Path(folder), "--vkey", Vkey(), "--since", Path(kept)});
  };
  for (const Ran& ran : {python("grown", "earlier"), candor("grown", "earlier")}) {
    EXPECT_EQ(ran.exit, 0) << ran;
    EXPECT_THAT(LineFromEnd(ran.out, 0), StartsWith("complete: whole range [0, "));
  }
  std::filesystem::copy_file(Path("earlier"), Path("grown/checkpoint"), std::filesystem::copy_options::overwrite_existing);
  Save(Path("later"));
  for (const Ran& ran : {python("grown", "later/checkpoint"), candor("grown", "later/checkpoint")}) {
    EXPECT_EQ(ran.exit, 1) << ran;
    EXPECT_THAT(ran.out, HasSubstr("the ledger lost its end"));
  }
}

TEST_F(SavedLedger, IsFetchedOnlyWhereItIsNotThereYet) {
  EXPECT_GE(Save(Path("twice")), 2);
  EXPECT_EQ(Save(Path("twice")), 0);
  int removed = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(Path("twice/tile/0"))) {
    removed += file.is_regular_file() && std::filesystem::remove(file) ? 1 : 0;
  }
  EXPECT_EQ(Save(Path("twice")), removed);
  EXPECT_EQ(RunCandor({"verify", "folder", Path("twice"), "--vkey", Vkey()}).exit, 0);
}

TEST_F(SavedLedger, IsNotMixedWithAnotherOne) {
  const Tenant other = World::Get().MakeTenant();
  std::ofstream(Path("other.key")) << other.system.key() << "\n";
  ASSERT_EQ(Saving(Path("other"), "other.key").exit, 0);

  const Ran ran = Saving(Path("other"), "system.key");

  EXPECT_EQ(ran.exit, 2) << ran;
  EXPECT_THAT(ran.err, HasSubstr("is of " + other.origin));
}

}  // namespace
}  // namespace candor::e2e
