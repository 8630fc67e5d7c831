// The bundles that others made from the paper alone: each byte of theirs is ours.

#include "tests/testing/vectors.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "services/core/bundle/manifest.h"
#include "services/core/bundle/tar.h"
#include "services/core/bundle/writer.h"
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

// All that a bundle is made of goes through the writer, and comes out the same.
TEST_F(BundleVectors, AreWhatTheWriterMakesOfTheirFiles) {
  const crypto::Ed25519Key signer(testing::KeyOfHex(vectors_["bundle_key"]["seed"]));
  const VerifierKey key = VerifierKey::Of(vectors_["origin"].get<std::string>() + "/bundle", signer.public_key());
  for (const testing::Vector& bundle : vectors_["bundles"]) {
    const std::string tar = Tar(bundle);
    Files files;
    TarReader reader(files);
    ASSERT_TRUE(reader.Take(tar).ok());
    Manifest manifest = *ParseManifest(files.Text("manifest.json"));
    manifest.files.clear();

    std::string written;
    BundleWriter writer([&](std::string_view bytes) { return written += bytes, absl::OkStatus(); }, bundle["mtime"].get<std::uint64_t>());
    for (const auto& [file, text] : files.files) {
      if (file.name.starts_with("manifest.")) continue;
      ASSERT_TRUE(writer.File(file.name, text).ok());
    }
    ASSERT_TRUE(writer.Finish(manifest, key, signer).ok());
    EXPECT_EQ(written, tar);
  }
}

TEST_F(BundleVectors, HaveTheLinesThatAreWrittenHere) {
  Files files;
  TarReader reader(files);
  ASSERT_TRUE(reader.Take(Tar(vectors_["bundles"][1])).ok());
  const auto digest = [](const testing::Vector& text) { return *Digest::FromBase64(text.get<std::string>()); };

  std::istringstream shown(files.Text("sections.ndjson")), withheld(files.Text("withheld.ndjson"));
  int lines = 0;
  for (std::string line; std::getline(shown, line); ++lines) {
    const auto json = testing::Vector::parse(line);
    EXPECT_EQ(ShownLine(json["leaf"].get<std::string>(), json["section"].get<std::string>(), digest(json["salt"]),
                        *FromBase64(json["bytes"].get<std::string>())),
              line + "\n");
  }
  for (std::string line; std::getline(withheld, line); ++lines) {
    const auto json = testing::Vector::parse(line);
    ErasedSection erased;
    const bool is_erased = json.contains("erasure");
    if (is_erased) {
      const auto& from = json["erasure"];
      erased = {.position = from["position"].get<std::uint64_t>(), .k = digest(from["k"]),
                .proof = {.index = from["index"].get<std::uint64_t>(), .path = {}}};
      for (const auto& hash : from["proof"]) erased.proof.path.push_back(digest(hash));
    }
    EXPECT_EQ(WithheldLine(json["leaf"].get<std::string>(), json["section"].get<std::string>(),
                           json["reason"].get<std::string>(), is_erased ? &erased : nullptr),
              line + "\n");
  }
  EXPECT_GE(lines, 9);
}

}  // namespace
}  // namespace candor::core
