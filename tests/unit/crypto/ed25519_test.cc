#include "services/crypto/ed25519.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace candor::crypto {
namespace {

Bytes Hex(std::string_view text) {
  return FromHex(text).value();
}

Ed25519Key KeyOf(std::string_view seed) {
  const Bytes bytes = Hex(seed);
  return Ed25519Key(Key(std::span<const std::uint8_t, 32>(bytes.data(), 32)));
}

struct Example {
  std::string_view seed;
  std::string_view public_key;
  std::string_view message;
  std::string_view signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Example kExamples[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Ed25519, SignsTheExamplesOfTheRfc) {
  for (const Example& example : kExamples) {
    const Ed25519Key key = KeyOf(example.seed);

    EXPECT_EQ(ToHex(key.public_key()), example.public_key);
    EXPECT_EQ(ToHex(key.Sign(Hex(example.message))), example.signature);
  }
}

TEST(Ed25519, VerifiesTheExamplesOfTheRfc) {
  for (const Example& example : kExamples) {
    const Ed25519Key key = KeyOf(example.seed);
    const Bytes signature = Hex(example.signature);

    EXPECT_TRUE(VerifyEd25519(key.public_key(), Hex(example.message), signature));
    EXPECT_FALSE(VerifyEd25519(key.public_key(), AsBytes("another"), signature));
    EXPECT_FALSE(VerifyEd25519(key.public_key(), Hex(example.message), {}));
    EXPECT_FALSE(
        VerifyEd25519(key.public_key(), Hex(example.message), BytesView(signature).first(63)));
  }
}

TEST(Ed25519, RefusesEveryFlippedBitOfASignature) {
  const Ed25519Key key = KeyOf(kExamples[2].seed);
  const Bytes signature = Hex(kExamples[2].signature);
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Bytes altered = signature;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));

    ASSERT_FALSE(VerifyEd25519(key.public_key(), Hex("af82"), altered)) << bit;
  }
}

// RFC 8032, section 5.1.7: S must be below the order of the group, else a signature
// could be written in a second way.
TEST(Ed25519, RefusesASignatureWithTheOrderOfTheGroupAdded) {
  const Bytes order = Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes signature = Hex(kExamples[0].signature);
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += signature[32 + i] + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry & 0xff);
    carry >>= 8;
  }

  EXPECT_FALSE(VerifyEd25519(KeyOf(kExamples[0].seed).public_key(), {}, signature));
}

TEST(Ed25519, RefusesAKeyThatIsNoPoint) {
  PublicKey key;
  key.fill(0xff);

  EXPECT_FALSE(VerifyEd25519(key, {}, Hex(kExamples[0].signature)));
}

TEST(Ed25519, IsSafeInManyThreadsAndAfterAMove) {
  Ed25519Key first = KeyOf(kExamples[0].seed);
  const Ed25519Key key = std::move(first);
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) right[t] += ToHex(key.Sign({})) == kExamples[0].signature;
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(right, std::vector<int>(4, 20));
}

}  // namespace
}  // namespace candor::crypto
