#include "clients/cli/key_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace candor::cli {
namespace {

// Cheap, so that the tests take milliseconds; the cost stands in the backup itself.
constexpr crypto::ScryptCost kCheap = {.n = 16, .r = 1, .p = 1};
constexpr std::string_view kPassphrase = "a long enough passphrase";

std::vector<BackedUpFile> TwoFiles() {
  return {
      {.name = "operator.1.key", .bytes = std::string(64, '0') + "\n"},
      {.name =
           "marks/019e7044-8800-7c0c-8299-8ad991643b37.019e7044-8800-7c4c-b703-76fb0814faee.mark",
       .bytes = std::string("\0\1\2 \n", 5)}};
}

TEST(KeyBackup, GivesBackWhatWasPutIn) {
  const auto sealed = SealBackup(TwoFiles(), kPassphrase, kCheap);
  ASSERT_TRUE(sealed.ok());

  const auto opened = OpenBackup(*sealed, kPassphrase);

  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, TwoFiles());
}

TEST(KeyBackup, HoldsNothingThatCanBeReadWithoutThePassphrase) {
  const auto sealed = SealBackup(TwoFiles(), kPassphrase, kCheap);
  ASSERT_TRUE(sealed.ok());

  EXPECT_THAT(*sealed, testing::Not(testing::HasSubstr("operator.1")));
  EXPECT_THAT(*sealed, testing::Not(testing::HasSubstr(std::string(16, '0'))));
  EXPECT_EQ(OpenBackup(*sealed, "another passphrase").status().code(), absl::StatusCode::kDataLoss);
}

TEST(KeyBackup, IsNeverTheSameTwice) {
  EXPECT_NE(*SealBackup(TwoFiles(), kPassphrase, kCheap),
            *SealBackup(TwoFiles(), kPassphrase, kCheap));
}

TEST(KeyBackup, NoticesEveryAlteredByte) {
  const std::string sealed = *SealBackup(TwoFiles(), kPassphrase, kCheap);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string altered = sealed;
    altered[at] = static_cast<char>(altered[at] ^ 1);

    EXPECT_FALSE(OpenBackup(altered, kPassphrase).ok()) << "byte " << at;
  }
}

TEST(KeyBackup, RefusesWhatIsCutShortOrGoesOn) {
  const std::string sealed = *SealBackup(TwoFiles(), kPassphrase, kCheap);

  EXPECT_EQ(OpenBackup("", kPassphrase).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(OpenBackup(sealed.substr(0, sealed.size() - 1), kPassphrase).ok());
  EXPECT_FALSE(OpenBackup(sealed + "\n", kPassphrase).ok());
}

TEST(KeyBackup, RefusesACostThatWouldTakeTheMachine) {
  std::string sealed = *SealBackup(TwoFiles(), kPassphrase, kCheap);
  sealed.replace(sealed.find("scrypt 16"), 9, "scrypt 1073741824");

  EXPECT_EQ(OpenBackup(sealed, kPassphrase).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(KeyBackup, TakesOnlyNamesOfKeysAndMarks) {
  EXPECT_TRUE(IsBackupName("operator.12.key"));
  EXPECT_FALSE(IsBackupName("operator.0.key"));
  EXPECT_FALSE(IsBackupName("operator.01.key"));
  EXPECT_FALSE(IsBackupName("operator.key"));
  EXPECT_FALSE(IsBackupName("../operator.1.key"));
  EXPECT_FALSE(IsBackupName("marks/../../operator.1.mark"));
  EXPECT_FALSE(IsBackupName("marks/a.mark"));
}

}  // namespace
}  // namespace candor::cli
