// Against canonical.json of the format's vectors.
#include "tests/testing/vectors.h"

#include "services/core/json/json.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

using testing::Vector;

class CanonicalVectors : public testing::WithVectors {
 protected:
  static std::string BytesOf(const Vector& c) {
    if (c.contains("text")) return c["text"].get<std::string>();
    if (c.contains("hex")) return std::string(AsText(testing::BytesOfHex(c["hex"])));
    std::string bytes;
    for (const Vector& part : c["parts"]) {
      for (int i = 0; i < part["times"].get<int>(); ++i) bytes += part["text"].get<std::string>();
    }
    return bytes;
  }
};

TEST_F(CanonicalVectors, AgreeOnEveryCase) {
  const Vector cases = testing::ReadVectors("format/canonical.json")["cases"];
  for (const Vector& c : cases) {
    const std::string bytes = BytesOf(c);
    const JsonKind kind = c["kind"] == "leaf" ? JsonKind::kLeaf : JsonKind::kSection;
    ASSERT_EQ(crypto::Sha256(AsBytes(bytes)), testing::DigestOfHex(c["sha256"])) << c["name"];

    const absl::StatusOr<Json> json = ParseCanonical(bytes, kind);

    EXPECT_EQ(json.ok(), c["accept"].get<bool>()) << c["name"] << ' ' << json.status();
    if (json.ok()) {
      EXPECT_EQ(EncodeCanonical(*json, kind).value(), bytes) << c["name"];
    }
  }
  EXPECT_EQ(cases.size(), 107U);
}

}  // namespace
}  // namespace candor::core
