// The public test vectors, where they are at hand: the folder that CANDOR_TEST_DATA names
// has them under vectors/. Header only, for tests alone; the one place that reads their
// JSON with somebody else's reader.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "services/base/bytes.h"
#include "services/base/digest.h"
#include "services/base/id.h"
#include "services/crypto/secret.h"

namespace candor::testing {

using Vector = nlohmann::json;

// The folder of the vectors, or an empty path.
inline std::filesystem::path VectorFolder() {
  const char* data = std::getenv("CANDOR_TEST_DATA");  // NOLINT(concurrency-mt-unsafe)
  if (data == nullptr) return {};
  std::filesystem::path folder = std::filesystem::path(data) / "vectors";
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::string ReadVectorFile(std::string_view name) {
  return ReadFile(VectorFolder() / name);
}

inline Vector ReadVectors(std::string_view name) {
  return Vector::parse(ReadVectorFile(name));
}

inline Bytes BytesOfHex(const Vector& hex) {
  return FromHex(hex.get<std::string>()).value();
}

inline Digest DigestOfHex(const Vector& hex) {
  return Digest::FromBytes(BytesOfHex(hex)).value();
}

inline Digest DigestOfBase64(const Vector& text) {
  return Digest::FromBase64(text.get<std::string>()).value();
}

inline Uuid IdOf(const Vector& text) {
  return Uuid::FromText(text.get<std::string>()).value();
}

inline crypto::Key KeyOfHex(const Vector& hex) {
  return crypto::Key(std::span<const std::uint8_t, 32>(DigestOfHex(hex).bytes));
}

// Base of tests that need the vectors: skipped where they are not at hand.
class WithVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (VectorFolder().empty()) GTEST_SKIP() << "CANDOR_TEST_DATA names no folder with vectors/";
  }
};

}  // namespace candor::testing
