// The bundles that others made from the paper alone: each byte of theirs is ours.

#include "tests/testing/vectors.h"

#include <gtest/gtest.h>

#include <vector>

#include "services/core/bundle/manifest.h"
#include "services/core/bundle/tar.h"
#include "services/core/tlog/note.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

struct Files : TarReader::Files {
  absl::Status Begin(const TarFile& file) override {
    files.emplace_back(file, "");
    return absl::OkStatus();
  }
  absl::Status Bytes(std::string_view bytes) override {
    files.back().second += bytes;
    return absl::OkStatus();
  }
  absl::Status End() override { return absl::OkStatus(); }

  std::string Text(std::string_view name) const {
    for (const auto& [file, text] : files) {
      if (file.name == name) return text;
    }
    return {};
  }

  std::vector<std::pair<TarFile, std::string>> files;
};

class BundleVectors : public testing::WithVectors {
 protected:
  void SetUp() override {
    WithVectors::SetUp();
    if (IsSkipped()) return;
    vectors_ = testing::ReadVectors("format/bundle/bundle.json");
  }
  static std::string Tar(const testing::Vector& bundle) {
    return testing::ReadVectorFile("format/bundle/" + bundle["tar"].get<std::string>());
  }

  testing::Vector vectors_;
};

TEST_F(BundleVectors, AreWrittenAgainByteForByte) {
  for (const testing::Vector& bundle : vectors_["bundles"]) {
    const std::string tar = Tar(bundle);
    ASSERT_EQ(crypto::Sha256(AsBytes(tar)).ToHex(), bundle["sha256"].get<std::string>());
    Files files;
    TarReader reader(files);
    ASSERT_TRUE(reader.Take(tar).ok());
    ASSERT_TRUE(reader.End().ok());

    std::string again;
    for (const auto& [file, text] : files.files) {
      EXPECT_EQ(file.mtime, bundle["mtime"].get<std::uint64_t>());
      again += TarHeader(file) + text + TarPadding(file.size);
    }
    EXPECT_EQ(again + TarEnd(), tar);
  }
}

TEST_F(BundleVectors, HaveManifestsAndSignaturesThatAreWrittenAgain) {
  const crypto::Ed25519Key signer(testing::KeyOfHex(vectors_["bundle_key"]["seed"]));
  const VerifierKey key =
      VerifierKey::Of(vectors_["origin"].get<std::string>() + "/bundle", signer.public_key());
  EXPECT_EQ(key.ToText(), vectors_["bundle_key"]["vkey"].get<std::string>());
  for (const testing::Vector& bundle : vectors_["bundles"]) {
    Files files;
    TarReader reader(files);
    ASSERT_TRUE(reader.Take(Tar(bundle)).ok());
    const std::string text = files.Text("manifest.json");

    const absl::StatusOr<Manifest> manifest = ParseManifest(text);

    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_EQ(EncodeManifest(*manifest), text);
    EXPECT_EQ(
        SignNote(ManifestText(manifest->checkpoint, crypto::Sha256(AsBytes(text))), key, signer),
        files.Text("manifest.sig"));
    const auto ranges = ParsePositions(files.Text("positions"));
    ASSERT_TRUE(ranges.ok());
    EXPECT_EQ(*ranges, manifest->ranges);
    EXPECT_EQ(PositionLines(*ranges), files.Text("positions"));
    ASSERT_EQ(manifest->files.size() + 2, files.files.size());
    for (std::size_t i = 0; i < manifest->files.size(); ++i) {
      EXPECT_EQ(manifest->files[i].name, files.files[i].first.name);
      EXPECT_EQ(manifest->files[i].sha256, crypto::Sha256(AsBytes(files.files[i].second)));
    }
  }
}

}  // namespace
}  // namespace candor::core
