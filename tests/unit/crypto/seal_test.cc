#include "services/crypto/seal.h"

#include <gtest/gtest.h>

namespace candor::crypto {
namespace {

Bytes Hex(std::string_view text) {
  return FromHex(text).value();
}

Key KeyOf(std::string_view hex) {
  const Bytes bytes = Hex(hex);
  return Key(std::span<const std::uint8_t, 32>(bytes.data(), 32));
}

// The Galois/Counter Mode of Operation (McGrew and Viega), test case 16.
class GcmOfThePaper : public testing::Test {
 protected:
  const Key key_ = KeyOf("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const Bytes nonce_ = Hex("cafebabefacedbaddecaf888");
  const Bytes plaintext_ =
      Hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const Bytes additional_ = Hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const Bytes sealed_ =
      Hex("cafebabefacedbaddecaf888"
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          "76fc6ece0f4e1768cddf8853bb2d551b");
};

TEST_F(GcmOfThePaper, SealsToTheSameBytes) {
  const std::span<const std::uint8_t, 12> nonce(nonce_.data(), 12);

  EXPECT_EQ(SealAesGcm(key_, nonce, plaintext_, additional_), sealed_);
}

TEST_F(GcmOfThePaper, OpensAgain) {
  const absl::StatusOr<Bytes> opened = OpenAesGcm(key_, sealed_, additional_);

  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, plaintext_);
}

TEST_F(GcmOfThePaper, ReportsDataLossForEveryFlippedBit) {
  for (std::size_t bit = 0; bit < sealed_.size() * 8; ++bit) {
    Bytes altered = sealed_;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));

    ASSERT_EQ(OpenAesGcm(key_, altered, additional_).status().code(), absl::StatusCode::kDataLoss)
        << "bit " << bit;
  }
}

TEST_F(GcmOfThePaper, ReportsDataLossForEveryOtherLength) {
  for (std::size_t length = 0; length < sealed_.size(); ++length) {
    const BytesView cut = BytesView(sealed_).first(length);

    ASSERT_EQ(OpenAesGcm(key_, cut, additional_).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST_F(GcmOfThePaper, ReportsDataLossUnderAnotherKeyOrPlace) {
  EXPECT_FALSE(OpenAesGcm(Key(), sealed_, additional_).ok());
  EXPECT_FALSE(OpenAesGcm(key_, sealed_, AsBytes("elsewhere")).ok());
  EXPECT_FALSE(OpenAesGcm(key_, sealed_, {}).ok());
}

// The same paper, test case 13: nothing at all is sealed.
TEST(AesGcm, SealsNothing) {
  const std::array<std::uint8_t, 12> nonce{};

  const Bytes sealed = SealAesGcm(Key(), nonce, {}, {});

  EXPECT_EQ(ToHex(sealed), std::string(24, '0') + "530f8afbc74536b9a963b4f1c4cb738b");
  EXPECT_EQ(*OpenAesGcm(Key(), sealed, {}), Bytes());
}

// RFC 3394, section 4.6.
class WrappingOfTheRfc : public testing::Test {
 protected:
  const Key under_ = KeyOf("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const Key key_ = KeyOf("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
  const Bytes wrapped_ =
      Hex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
};

TEST_F(WrappingOfTheRfc, WrapsToTheSameBytes) {
  EXPECT_EQ(ToHex(WrapKey(under_, key_)), ToHex(wrapped_));
}

TEST_F(WrappingOfTheRfc, UnwrapsAgain) {
  const absl::StatusOr<Key> key = UnwrapKey(under_, wrapped_);

  ASSERT_TRUE(key.ok());
  EXPECT_EQ(ToHex(key->view()), ToHex(key_.view()));
}

TEST_F(WrappingOfTheRfc, ReportsDataLossForEveryFlippedBit) {
  for (std::size_t bit = 0; bit < wrapped_.size() * 8; ++bit) {
    Bytes altered = wrapped_;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));

    ASSERT_EQ(UnwrapKey(under_, altered).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST_F(WrappingOfTheRfc, ReportsDataLossForOtherLengthsAndKeys) {
  for (const std::size_t length : {0, 8, 16, 24, 32, 39}) {
    EXPECT_FALSE(UnwrapKey(under_, BytesView(wrapped_).first(length)).ok()) << length;
  }
  EXPECT_FALSE(UnwrapKey(key_, wrapped_).ok());
}

}  // namespace
}  // namespace candor::crypto
