#include "services/core/commit/section.h"

#include <gtest/gtest.h>

#include <array>

#include "services/core/json/json.h"
#include "services/crypto/seal.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

// One section of a few bytes, with a salt, a nonce and a key that show where they go.
class OneSection : public testing::Test {
 protected:
  static constexpr SectionOf kOf = {.origin = "candor.example/a",
                                    .leaf_id = "019e7044-8800-724a-8899-ce84d7bef23f",
                                    .name = "inputs"};
  static constexpr std::string_view kText = "{\"height\":42}";

  static crypto::Key DataKey() {
    std::array<std::uint8_t, 32> bytes;
    bytes.fill(0x11);
    return crypto::Key(bytes);
  }

  // Seals a plaintext of any form, as SealSection would seal a proper one.
  Bytes SealPlaintext(const Bytes& plaintext) const {
    const crypto::Key key = crypto::HkdfExpand(
        data_key_.view(),
        "candor/seal/v1\ncandor.example/a\n019e7044-8800-724a-8899-ce84d7bef23f\ninputs");
    return crypto::SealAesGcm(
        key, nonce_, plaintext,
        AsBytes("candor.example/a\n019e7044-8800-724a-8899-ce84d7bef23f\ninputs"));
  }

  Bytes Plaintext(std::string_view bytes, std::uint32_t length, std::size_t padding) const {
    std::string text(AsText(salt_.view()));
    AppendBigEndian32(length, text);
    text += bytes;
    text.append(padding, '\0');
    return Bytes(text.begin(), text.end());
  }

  const crypto::Key data_key_ = DataKey();
  const Digest salt_ = *Digest::FromBytes(Bytes(32, 0x22));
  const std::array<std::uint8_t, 12> nonce_ = {0x33};
  const Digest commitment_ = CommitSection(kOf, salt_, AsBytes(kText));
};

TEST_F(OneSection, IsCommittedToAsThePaperSays) {
  const Digest expected = crypto::HmacSha256(
      salt_.view(), {AsBytes("candor/section/v1\ncandor.example/a\n019e7044-8800-724a-8899-"
                             "ce84d7bef23f\ninputs\n{\"height\":42}")});

  EXPECT_EQ(commitment_, expected);
}

TEST_F(OneSection, IsShownOnlyWithWhatWasCommittedTo) {
  SectionOf elsewhere = kOf;
  elsewhere.name = "output";
  Digest other_salt = salt_;
  other_salt.bytes[0] ^= 1;

  EXPECT_TRUE(CheckSection(kOf, salt_.view(), AsBytes(kText), commitment_).ok());
  EXPECT_EQ(CheckSection(kOf, salt_.view(), AsBytes("{}"), commitment_).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(CheckSection(kOf, other_salt.view(), AsBytes(kText), commitment_).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(CheckSection(elsewhere, salt_.view(), AsBytes(kText), commitment_).code(),
            absl::StatusCode::kDataLoss);
}

// HMAC pads its key with zeros, so a salt cut short after a zero gives the same value.
TEST_F(OneSection, IsNotShownWithAShortSaltThatGivesTheSameValue) {
  Digest salt = salt_;
  salt.bytes[31] = 0;
  const Digest commitment = CommitSection(kOf, salt, AsBytes(kText));

  EXPECT_EQ(CheckSection(kOf, salt.view().first(31), AsBytes(kText), commitment).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(OneSection, IsSealedInSteppedLengths) {
  for (std::size_t length = 0; length < 200; ++length) {
    const Bytes bytes(length, 'x');

    const Bytes sealed = SealSection(data_key_, kOf, salt_, nonce_, bytes);

    EXPECT_EQ((sealed.size() - 28) % 64, 0U);
    EXPECT_LT(sealed.size() - 28, 36 + length + 64);
    EXPECT_EQ(OpenSection(data_key_, kOf, sealed).value().bytes, bytes);
  }
}

TEST_F(OneSection, IsSealedToTheBytesOfThePaper) {
  EXPECT_EQ(SealSection(data_key_, kOf, salt_, nonce_, AsBytes(kText)),
            SealPlaintext(Plaintext(kText, 13, 15)));
}

TEST_F(OneSection, IsOpenedWithSaltAndBytes) {
  const Bytes sealed = SealSection(data_key_, kOf, salt_, nonce_, AsBytes(kText));

  const Opened opened = OpenSection(data_key_, kOf, sealed, commitment_).value();

  EXPECT_EQ(opened.salt, salt_);
  EXPECT_EQ(AsText(opened.bytes), kText);
  EXPECT_FALSE(OpenSection(data_key_, kOf, sealed, Digest()).ok());
}

TEST_F(OneSection, IsDataLossForEveryFlippedBit) {
  const Bytes sealed = SealSection(data_key_, kOf, salt_, nonce_, AsBytes(kText));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));

    ASSERT_EQ(OpenSection(data_key_, kOf, altered).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST_F(OneSection, IsNotOpenedInAnotherPlaceOrWithAnotherKey) {
  const Bytes sealed = SealSection(data_key_, kOf, salt_, nonce_, AsBytes(kText));
  SectionOf other_origin = kOf, other_leaf = kOf, other_name = kOf;
  other_origin.origin = "candor.example/b";
  other_leaf.leaf_id = "019e7044-8800-70ba-a7cb-1774832d7849";
  other_name.name = "inputs.2";

  EXPECT_FALSE(OpenSection(data_key_, other_origin, sealed).ok());
  EXPECT_FALSE(OpenSection(data_key_, other_leaf, sealed).ok());
  EXPECT_FALSE(OpenSection(data_key_, other_name, sealed).ok());
  EXPECT_FALSE(OpenSection(crypto::Key(), kOf, sealed).ok());
}

TEST_F(OneSection, IsNotOpenedWithOtherPaddingOrLength) {
  const auto opens = [this](const Bytes& plaintext) {
    return OpenSection(data_key_, kOf, SealPlaintext(plaintext)).ok();
  };
  Bytes not_zero = Plaintext(kText, 13, 15);
  not_zero.back() = 1;

  EXPECT_TRUE(opens(Plaintext(kText, 13, 15)));
  EXPECT_FALSE(opens(not_zero));
  EXPECT_FALSE(opens(Plaintext(kText, 13, 14)));
  EXPECT_FALSE(opens(Plaintext(kText, 13, 0)));
  EXPECT_FALSE(opens(Plaintext(kText, 13, 15 + 64)));
  EXPECT_FALSE(opens(Plaintext(kText, 12, 15)));
  EXPECT_FALSE(opens(Plaintext(kText, 29, 15)));
  EXPECT_FALSE(opens(Plaintext(kText, 0xffffffff, 15)));
  EXPECT_FALSE(opens(Plaintext(kText, 0x0d000000, 15)));
  EXPECT_FALSE(opens(Bytes(35)));
  EXPECT_FALSE(opens(Bytes()));
}

TEST_F(OneSection, TakesTheLargestSection) {
  const Bytes largest(kMaxSectionBytes, 'x');

  const Bytes sealed = SealSection(data_key_, kOf, salt_, nonce_, largest);

  EXPECT_EQ(OpenSection(data_key_, kOf, sealed).value().bytes, largest);
  EXPECT_DEATH(SealSection(data_key_, kOf, salt_, nonce_, Bytes(kMaxSectionBytes + 1)), "size");
}

}  // namespace
}  // namespace candor::core
