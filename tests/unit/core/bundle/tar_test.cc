#include "services/core/bundle/tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "services/base/status.h"

namespace candor::core {
namespace {

using testing::HasSubstr;

// What a reader told, and again the tar of it.
struct Told : TarReader::Files {
  absl::Status Begin(const TarFile& file) override {
    files.push_back(file);
    texts.emplace_back();
    return absl::OkStatus();
  }
  absl::Status Bytes(std::string_view bytes) override {
    texts.back() += bytes;
    return absl::OkStatus();
  }
  absl::Status End() override {
    ++ended;
    return absl::OkStatus();
  }

  std::vector<TarFile> files;
  std::vector<std::string> texts;
  std::size_t ended = 0;
};

std::string TarOf(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string tar;
  for (const auto& [name, text] : files) {
    tar += TarHeader({.name = name, .size = text.size(), .mtime = 1'780'000'012}) + text +
           TarPadding(text.size());
  }
  return tar + TarEnd();
}

absl::Status Read(std::string_view tar, std::size_t piece, Told& told) {
  TarReader reader(told);
  for (std::size_t at = 0; at < tar.size(); at += piece) {
    CANDOR_RETURN_IF_ERROR(reader.Take(tar.substr(at, piece)));
  }
  return reader.End();
}

const std::vector<std::pair<std::string, std::string>> kFiles = {
    {"checkpoint", std::string(512, 'c')}, {"positions", ""}, {"leaves/000000.ndjson", "{}\n"}};

TEST(Tar, IsReadBackInPiecesOfAnySize) {
  const std::string tar = TarOf(kFiles);
  for (const std::size_t piece : {1UL, 7UL, 512UL, 513UL, tar.size()}) {
    Told told;

    ASSERT_TRUE(Read(tar, piece, told).ok()) << piece;

    ASSERT_EQ(told.files.size(), kFiles.size());
    EXPECT_EQ(told.ended, kFiles.size());
    for (std::size_t i = 0; i < kFiles.size(); ++i) {
      EXPECT_EQ(told.files[i].name, kFiles[i].first);
      EXPECT_EQ(told.texts[i], kFiles[i].second);
    }
  }
}

TEST(Tar, IsUnpackedByTheSystemsTar) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "candor_tar_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.tar", std::ios::binary) << TarOf(kFiles);

  const std::string command = "tar -xf " + (folder / "a.tar").string() + " -C " + folder.string();
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(cert-env33-c)

  for (const auto& [name, text] : kFiles) {
    std::ifstream file(folder / name, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text) << name;
  }
  std::filesystem::remove_all(folder);
}

// Whatever bit of header, padding or end is altered: refused, or another name, size or time.
TEST(Tar, ShowsEveryFlippedBitOutsideOfTheFiles) {
  const std::string tar = TarOf(kFiles);
  Told whole;
  ASSERT_TRUE(Read(tar, tar.size(), whole).ok());

  for (std::size_t bit = 0; bit < tar.size() * 8; ++bit) {
    std::string altered = tar;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);
    Told told;
    const bool same = Read(altered, altered.size(), told).ok() && told.files == whole.files &&
                      told.texts == whole.texts;
    ASSERT_FALSE(same) << "byte " << bit / 8;
  }
}

TEST(Tar, ThatIsCutOrGoesOnIsRefused) {
  const std::string tar = TarOf(kFiles);
  for (std::size_t size = 0; size < tar.size(); ++size) {
    Told told;
    ASSERT_FALSE(Read(tar.substr(0, size), 512, told).ok()) << size;
  }
  Told told;
  EXPECT_THAT(Read(tar + '\0', 512, told).message(), HasSubstr("after the end"));
}

TEST(Tar, HoldsNoNameThatLeavesItsFolder) {
  for (const char* name : {"", "/", "/etc/passwd", "../a", "a/../b", "a//b", "a/", ".a", "a/.b",
                           "A", "a b", "a\\b", "a\nb", "ä"}) {
    EXPECT_FALSE(IsTarName(name)) << name;
  }
  EXPECT_TRUE(IsTarName("tiles/0/x001/x234/067.p/12"));
  EXPECT_TRUE(IsTarName(std::string(100, 'a')));
  EXPECT_FALSE(IsTarName(std::string(101, 'a')));
}

TEST(Tar, RefusesHeadersOfAnotherForm) {
  std::string link = TarHeader({.name = "a"});
  link[156] = '2';
  Told told;
  TarReader reader(told);
  EXPECT_THAT(reader.Take(link).message(), HasSubstr("not of the one form"));
}

}  // namespace
}  // namespace candor::core
