#include "services/vault/operator_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "services/base/bytes.h"
#include "services/base/status.h"

namespace candor::vault {
namespace {

// An empty folder for keys, and what stands in it.
class KeyFolder : public ::testing::Test {
 protected:
  KeyFolder() {
    std::string name = ::testing::TempDir() + "/candor-keys.XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~KeyFolder() override { std::filesystem::remove_all(folder_); }

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  void Put(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(PathOf(name)) << text;
    ASSERT_EQ(chmod(PathOf(name).c_str(), mode), 0);
  }

  static std::string Line(char digit) { return std::string(64, digit) + "\n"; }

  absl::Status Refusal() const { return OperatorKeys::Load(folder_, false).status(); }

  std::string folder_;
};

TEST_F(KeyFolder, GetsItsFirstKeyAndKeepsIt) {
  const auto made = OperatorKeys::Load(folder_, true);
  const auto again = OperatorKeys::Load(folder_, true);

  ASSERT_TRUE(made.ok() && again.ok()) << made.status() << again.status();
  EXPECT_EQ(made->newest(), 1U);
  EXPECT_TRUE(std::ranges::equal(made->Get(1)->view(), again->Get(1)->view()));
}

TEST_F(KeyFolder, IsReadByItsOwnerAlone) {
  const std::string inner = PathOf("keys");
  ASSERT_TRUE(OperatorKeys::Load(inner, true).ok());

  struct stat file {
  }, folder{};
  ASSERT_EQ(stat((inner + "/operator.1.key").c_str(), &file), 0);
  ASSERT_EQ(stat(inner.c_str(), &folder), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600U);
  EXPECT_EQ(folder.st_mode & 07777, 0700U);
}

TEST_F(KeyFolder, MakesTwoDifferentKeysInTwoFolders) {
  const auto one = OperatorKeys::Load(PathOf("one"), true);
  const auto two = OperatorKeys::Load(PathOf("two"), true);

  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_FALSE(std::ranges::equal(one->Get(1)->view(), two->Get(1)->view()));
}

TEST_F(KeyFolder, IsRefusedWhenEmptyUnlessAskedToMakeAKey) {
  EXPECT_EQ(Refusal().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(OperatorKeys::Load(PathOf("missing"), false).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyFolder, IsRefusedWhenOthersMayReadAKey) {
  for (const mode_t mode : {0640U, 0604U, 0644U, 0660U, 0602U, 0610U}) {
    Put("operator.1.key", Line('a'), mode);
    EXPECT_EQ(Refusal().code(), absl::StatusCode::kFailedPrecondition) << mode;
  }
  Put("operator.1.key", Line('a'), 0400);
  EXPECT_TRUE(Refusal().ok());
}

TEST_F(KeyFolder, IsRefusedWhenAFileIsNoKeyAndNamesTheFile) {
  for (const char* text : {"", "\n", "secret\n", "00\n"}) {
    Put("operator.1.key", text);
    const absl::Status refused = Refusal();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << text;
    EXPECT_NE(refused.message().find("operator.1.key"), absl::string_view::npos);
  }
  for (const std::string& text :
       {std::string(63, 'a'), std::string(66, 'a'), std::string(63, 'a') + "g"}) {
    Put("operator.1.key", text + "\n");
    const absl::Status refused = Refusal();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << text;
    EXPECT_EQ(refused.message().find("aaaa"), absl::string_view::npos)
        << "quotes what may be a key";
  }
}

TEST_F(KeyFolder, GetsNoNewKeyWhereADamagedOneLies) {
  Put("operator.1.key", "damaged\n");

  EXPECT_FALSE(OperatorKeys::Load(folder_, true).ok());
}

TEST_F(KeyFolder, HoldsSeveralGenerations) {
  Put("operator.1.key", Line('1'));
  Put("operator.10.key", Line('a'));
  Put("operator.9.key", Line('9'));

  const auto keys = OperatorKeys::Load(folder_, false);

  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->newest(), 10U);
  EXPECT_EQ(ToHex(keys->Get(9)->view()), std::string(64, '9'));
  EXPECT_EQ(keys->Get(2).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyFolder, PassesOverFilesOfOtherNames) {
  Put("operator.1.key", Line('1'));
  for (const char* name :
       {"operator.key", "operator..key", "operator.x.key", "operator.2.key~", "operator.2.key.bak",
        "operator.-2.key", "other.2.key", "operator.0.key"}) {
    Put(name, Line('2'), 0644);
  }

  const auto keys = OperatorKeys::Load(folder_, false);

  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->newest(), 1U);
}

TEST_F(KeyFolder, KeepsASecretFileThatIsThere) {
  ASSERT_TRUE(WriteSecretFile(PathOf("secret"), "first").ok());

  EXPECT_EQ(WriteSecretFile(PathOf("secret"), "second").code(), absl::StatusCode::kAlreadyExists);
  std::string text;
  std::ifstream(PathOf("secret")) >> text;
  EXPECT_EQ(text, "first");
}

}  // namespace
}  // namespace candor::vault
