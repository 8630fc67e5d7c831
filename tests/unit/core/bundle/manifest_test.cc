#include "services/core/bundle/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"

namespace candor::core {
namespace {

Manifest Small() {
  return {.asked_by = "auditor-1",
          .asked_what = "whole range",
          .checkpoint = {.origin = "candor.example/a", .size = 3},
          .leaves = 2,
          .files = {{.name = "checkpoint", .size = 5}},
          .ranges = {{.first = 0, .last = 1}}};
}

TEST(Manifest, IsOneCanonicalObject) {
  const std::string zeros(64, '0'), root = Digest().ToBase64();
  EXPECT_EQ(
      EncodeManifest(Small()),
      "{\"asked\":{\"by\":\"auditor-1\",\"what\":\"whole range\"},\"checkpoint\":{\"root\":\"" +
          root +
          "\",\"size\":3},\"counts\":{\"leaves\":2,\"sections\":0,\"withheld\":0},\"files\":[{"
          "\"name\":\"checkpoint\",\"sha256\":\"" +
          zeros +
          "\",\"size\":5}],\"ledger\":\"candor.example/"
          "a\",\"ranges\":[{\"first\":0,\"last\":1}],\"v\":1}");
}

TEST(Manifest, IsReadBack) {
  Manifest manifest = Small();
  manifest.asked_grant = "grant-1";
  const absl::StatusOr<Manifest> read = ParseManifest(EncodeManifest(manifest));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, manifest);
}

// More files than a leaf or a section could name.
TEST(Manifest, NamesManyFiles) {
  Manifest manifest = Small();
  manifest.files.resize(10'000, manifest.files.front());
  const absl::StatusOr<Manifest> read = ParseManifest(EncodeManifest(manifest));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->files.size(), 10'000U);
}

TEST(Manifest, OfAnotherFormIsRefused) {
  const std::string good = EncodeManifest(Small());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"v\":1", "\"v\":2"},
                                                        {"\"v\":1", "\"v\":1,\"w\":1"},
                                                        {"\"leaves\":2", "\"leaves\":-2"},
                                                        {"\"leaves\":2", "\"leaves\":\"2\""},
                                                        {"\"by\":\"auditor-1\",", ""},
                                                        {"\"ledger\"", "\"kedger\""},
                                                        {"\"size\":3", "\"size\": 3"},
                                                        {"\"sha256\":\"0", "\"sha256\":\""},
                                                        {"\"files\":[{", "\"files\":[1,{"}}) {
    EXPECT_FALSE(ParseManifest(absl::StrReplaceAll(good, {{from, to}})).ok()) << to;
  }
}

TEST(Positions, AscendAndAreJoined) {
  const auto read = ParsePositions("0-3\n5-5\n7-9\n");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, (std::vector<PositionRange>{{0, 3}, {5, 5}, {7, 9}}));
  EXPECT_EQ(PositionLines(*read), "0-3\n5-5\n7-9\n");
  EXPECT_TRUE(ParsePositions("")->empty());
}

TEST(Positions, OfAnotherFormAreRefused) {
  for (const char* lines : {"0-3", "0\n", "3-0\n", "0-3\n4-5\n", "0-3\n2-5\n", "5-6\n0-1\n", "\n",
                            "01-2\n", "0-3\r\n", "0-18446744073709551615\n"}) {
    EXPECT_FALSE(ParsePositions(lines).ok()) << lines;
  }
}

}  // namespace
}  // namespace candor::core
