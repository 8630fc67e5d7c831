#include "services/base/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace candor {
namespace {

// RFC 4648, section 10.
TEST(Base64, GivesTheExamplesOfTheRfc) {
  EXPECT_EQ(ToBase64(AsBytes("")), "");
  EXPECT_EQ(ToBase64(AsBytes("f")), "Zg==");
  EXPECT_EQ(ToBase64(AsBytes("fo")), "Zm8=");
  EXPECT_EQ(ToBase64(AsBytes("foo")), "Zm9v");
  EXPECT_EQ(ToBase64(AsBytes("foob")), "Zm9vYg==");
  EXPECT_EQ(ToBase64(AsBytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(ToBase64(AsBytes("foobar")), "Zm9vYmFy");
}

TEST(Base64, ReadsBackEveryByteAtEveryPlace) {
  for (std::size_t length = 0; length < 8; ++length) {
    for (int value = 0; value < 256; ++value) {
      const Bytes bytes(length, static_cast<std::uint8_t>(value));

      EXPECT_EQ(FromBase64(ToBase64(bytes)), bytes);
    }
  }
}

TEST(Base64, AppendsBehindWhatIsThere) {
  std::string out = "c:";

  AppendBase64(AsBytes("fo"), out);

  EXPECT_EQ(out, "c:Zm8=");
}

TEST(Base64, RefusesWhatIsNotStandardPaddedWithZeroTrailingBits) {
  for (const char* text : {"Zg", "Zg=", "Zh==", "Zm9=", "-_-_", "Zg==\n", "Zg==Zg==", "=",
                           "====", "Z===", "AAAA=", " Zg==", "Zm9v\nZg=", "Zm=v"}) {
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
  }
}

TEST(Hex, ReadsBothCasesAndWritesTheLower) {
  const Bytes bytes = {0x00, 0x9a, 0xbc, 0xff};

  EXPECT_EQ(ToHex(bytes), "009abcff");
  EXPECT_EQ(FromHex("009ABcfF"), bytes);
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  EXPECT_EQ(FromHex("0"), std::nullopt);
  EXPECT_EQ(FromHex("0g"), std::nullopt);
  EXPECT_EQ(FromHex("0x"), std::nullopt);
  EXPECT_EQ(FromHex(" 0"), std::nullopt);
}

TEST(BigEndian, WritesTheHighestByteFirst) {
  std::string out;

  AppendBigEndian16(0x0102, out);
  AppendBigEndian32(0x03040506, out);
  AppendBigEndian64(0x0708090a0b0c0d0e, out);

  EXPECT_EQ(ToHex(AsBytes(out)), "0102030405060708090a0b0c0d0e");
}

// A decoder written from the definition: code points, shortest form, no surrogates.
bool IsUtf8ByDefinition(const Bytes& bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::uint8_t first = bytes[i];
    const int length = first < 0x80             ? 1
                       : (first & 0xe0) == 0xc0 ? 2
                       : (first & 0xf0) == 0xe0 ? 3
                       : (first & 0xf8) == 0xf0 ? 4
                                                : 0;
    if (length == 0 || i + static_cast<std::size_t>(length) > bytes.size()) return false;
    std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
    for (int k = 1; k < length; ++k) {
      const std::uint8_t next = bytes[i + static_cast<std::size_t>(k)];
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3f);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[length] || point > 0x10ffff) return false;
    if (point >= 0xd800 && point <= 0xdfff) return false;
    i += static_cast<std::size_t>(length);
  }
  return true;
}

TEST(Utf8, AgreesWithTheDefinitionOnEveryTextOfTwoBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const Bytes bytes = {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};

      ASSERT_EQ(IsUtf8(AsText(bytes)), IsUtf8ByDefinition(bytes)) << first << ' ' << second;
    }
  }
}

TEST(Utf8, AgreesWithTheDefinitionAtTheEdgesOfLongerSequences) {
  constexpr std::uint8_t kEdges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                     0xa0, 0xbf, 0xc0, 0xe0, 0xf4, 0xff};
  for (int first = 0xe0; first < 256; ++first) {
    for (const std::uint8_t second : kEdges) {
      for (const std::uint8_t third : kEdges) {
        for (const std::uint8_t fourth : kEdges) {
          const Bytes bytes = {static_cast<std::uint8_t>(first), second, third, fourth};

          ASSERT_EQ(IsUtf8(AsText(bytes)), IsUtf8ByDefinition(bytes)) << ToHex(bytes);
        }
      }
    }
  }
}

}  // namespace
}  // namespace candor
