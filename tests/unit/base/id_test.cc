#include "services/base/id.h"

#include <gtest/gtest.h>

#include <numeric>

namespace candor {
namespace {

constexpr std::array<std::uint8_t, 10> kRandom = {0xff, 0xff, 0xff, 0xff, 0xff,
                                                  0xff, 0xff, 0xff, 0xff, 0xff};

TEST(Uuid, ReadsBackWhatItWrote) {
  const std::string text = "019e7044-8800-7c4c-b703-76fb0814faee";

  const std::optional<Uuid> id = Uuid::FromText(text);

  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->ToText(), text);
  EXPECT_EQ(id->version(), 7);
}

TEST(Uuid, RefusesEveryOtherSpelling) {
  for (const char* text :
       {"", "019E7044-8800-7C4C-B703-76FB0814FAEE", "019e704488007c4cb70376fb0814faee",
        "{019e7044-8800-7c4c-b703-76fb0814faee}", "019e7044-8800-7c4c-b703-76fb0814fae",
        "019e7044-8800-7c4c-b703-76fb0814faee\n", "019e7044-8800-7c4c-b703-76fb0814fae-",
        "019e7044-88007c4c--b703-76fb0814faee", "019e7044-8800-7c4c-b703-76fb0814faeg"}) {
    EXPECT_EQ(Uuid::FromText(text), std::nullopt) << text;
  }
}

TEST(Uuid, RefusesEveryOtherVariant) {
  const std::string text = "019e7044-8800-7c4c-X703-76fb0814faee";
  for (const char digit : std::string("0123456789abcdef")) {
    std::string variant = text;
    variant[19] = digit;
    const bool ours = digit == '8' || digit == '9' || digit == 'a' || digit == 'b';

    EXPECT_EQ(Uuid::FromText(variant).has_value(), ours) << digit;
  }
}

// RFC 9562, appendix A.6.
TEST(Uuid, MakesTheVersion7ExampleOfTheRfc) {
  const absl::Time time = absl::FromUnixMillis(0x017F22E279B0);
  const std::array<std::uint8_t, 10> random = {0x0c, 0xc3, 0x18, 0xc4, 0xdc,
                                               0x0c, 0x0c, 0x07, 0x39, 0x8f};

  EXPECT_EQ(Uuid::MakeV7(time, random).ToText(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(Uuid, KeepsVersionAndVariantWhateverTheRandomBitsAre) {
  EXPECT_EQ(Uuid::MakeV7(absl::FromUnixMillis(0), kRandom).ToText(),
            "00000000-0000-7fff-bfff-ffffffffffff");
}

TEST(Uuid, MakesVersion8OfADigest) {
  std::array<std::uint8_t, 16> digest;
  std::iota(digest.begin(), digest.end(), std::uint8_t{0xf0});

  EXPECT_EQ(Uuid::MakeV8(digest).ToText(), "f0f1f2f3-f4f5-86f7-b8f9-fafbfcfdfeff");
}

TEST(Uuid, OrdersVersion7ByTime) {
  const Uuid earlier = Uuid::MakeV7(absl::FromUnixMillis(1'000), kRandom);
  const Uuid later = Uuid::MakeV7(absl::FromUnixMillis(1'001), std::array<std::uint8_t, 10>{});

  EXPECT_LT(earlier, later);
}

}  // namespace
}  // namespace candor
