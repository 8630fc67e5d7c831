#include "services/core/tlog/note.h"

#include <gtest/gtest.h>

#include <array>

namespace candor::core {
namespace {

crypto::Ed25519Key SignerOf(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(seed);
  return crypto::Ed25519Key(crypto::Key(bytes));
}

// The note that Go's sumdb/note package shows, with its published key.
constexpr std::string_view kPeter =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPetersText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kPetersNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(VerifierKey, ReadsAndWritesAPublishedKey) {
  const absl::StatusOr<VerifierKey> key = VerifierKey::Parse(kPeter);

  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->name, "PeterNeumann");
  EXPECT_EQ(key->id, 0xc74f20a3);
  EXPECT_EQ(key->ToText(), kPeter);
  EXPECT_EQ(VerifierKey::Of("PeterNeumann", key->key), *key);
}

TEST(VerifierKey, RefusesEveryTextWithOneCharacterChanged) {
  for (std::size_t i = 0; i < kPeter.size(); ++i) {
    std::string changed(kPeter);
    changed[i] = changed[i] == 'x' ? 'y' : 'x';

    EXPECT_FALSE(VerifierKey::Parse(changed).ok()) << changed;
  }
}

TEST(VerifierKey, RefusesOtherTypesNamesAndForms) {
  Bytes cosigner(33, 0x11);
  cosigner[0] = 0x04;

  EXPECT_FALSE(VerifierKey::Parse("w.example/w+00000000+" + ToBase64(cosigner)).ok());
  for (const char* text : {"", "+", "++", "PeterNeumann", "PeterNeumann+c74f20a3", "a+b+c",
                           "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                           "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"}) {
    EXPECT_FALSE(VerifierKey::Parse(text).ok()) << text;
  }
}

TEST(Note, OfTheGoPackageIsReadAndVerified) {
  const Note note = ParseNote(kPetersNote).value();

  EXPECT_EQ(note.text, kPetersText);
  ASSERT_EQ(note.signatures.size(), 1U);
  EXPECT_EQ(note.signatures[0].name, "PeterNeumann");
  EXPECT_TRUE(VerifyNote(note, {VerifierKey::Parse(kPeter).value()}).ok());
}

TEST(Note, IsBadWhenAnyBitOfTextOrSignatureIsFlipped) {
  const std::vector<VerifierKey> known = {VerifierKey::Parse(kPeter).value()};
  for (std::size_t bit = 0; bit < kPetersNote.size() * 8; ++bit) {
    std::string altered(kPetersNote);
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));

    const absl::StatusOr<Note> note = ParseNote(altered);

    ASSERT_TRUE(!note.ok() || !VerifyNote(*note, known).ok()) << "bit " << bit;
  }
}

class NoteOfTwo : public testing::Test {
 protected:
  const crypto::Ed25519Key first_ = SignerOf(1), second_ = SignerOf(2);
  const VerifierKey first_key_ = VerifierKey::Of("first.example/log", first_.public_key());
  const VerifierKey second_key_ = VerifierKey::Of("second.example/log", second_.public_key());
  const std::string text_ = "a text\n\nwith a blank line\n";
  const std::string by_first_ = SignNote(text_, first_key_, first_);
  const std::string by_both_ =
      by_first_ + SignNote(text_, second_key_, second_).substr(text_.size() + 1);
};

TEST_F(NoteOfTwo, IsSplitAtTheLastBlankLine) {
  const Note note = ParseNote(by_both_).value();

  EXPECT_EQ(note.text, text_);
  ASSERT_EQ(note.signatures.size(), 2U);
  EXPECT_EQ(by_both_,
            text_ + "\n" + SignatureLine(note.signatures[0]) + SignatureLine(note.signatures[1]));
}

TEST_F(NoteOfTwo, PassesOverUnknownSignatures) {
  const Note note = ParseNote(by_both_).value();

  EXPECT_TRUE(VerifyNote(note, {first_key_}).ok());
  EXPECT_TRUE(VerifyNote(note, {second_key_}).ok());
  EXPECT_TRUE(VerifyNote(note, {second_key_, first_key_}).ok());
  EXPECT_EQ(VerifyNote(note, {}).code(), absl::StatusCode::kDataLoss);
}

TEST_F(NoteOfTwo, IsBadWhenOneKnownSignatureIsBad) {
  Note note = ParseNote(by_both_).value();
  note.signatures[1].bytes[5] ^= 1;

  EXPECT_TRUE(VerifyNote(note, {first_key_}).ok());
  EXPECT_FALSE(VerifyNote(note, {first_key_, second_key_}).ok());
}

TEST_F(NoteOfTwo, NeedsBothNameAndIdToKnowAKey) {
  Note renamed = ParseNote(by_first_).value();
  renamed.signatures[0].name = "other.example/log";
  Note renumbered = ParseNote(by_first_).value();
  renumbered.signatures[0].id ^= 1;

  EXPECT_FALSE(VerifyNote(renamed, {first_key_}).ok());
  EXPECT_FALSE(VerifyNote(renumbered, {first_key_}).ok());
}

TEST_F(NoteOfTwo, RefusesEveryOtherForm) {
  const std::string line = by_first_.substr(text_.size() + 1);
  const std::string dash = "\xE2\x80\x94 ";
  for (const std::string& note :
       {std::string(), text_, text_ + "\n", text_ + line, by_first_ + "\n",
        by_first_.substr(0, by_first_.size() - 1), text_ + "\n" + line.substr(3),
        text_ + "\n-" + line.substr(3), text_ + "\n\xE2\x80\x93" + line.substr(3),
        text_ + "\n" + dash + line.substr(3), text_ + "\n" + dash + "name\n",
        text_ + "\n" + dash + "name AAAA\n", text_ + "\n" + dash + "name AAAAAA=\n",
        text_ + "\n" + dash + "na+me AAAAAAA=\n", text_ + "\n" + dash + " AAAAAAA=\n",
        text_ + "\n" + dash + "na\xC2\xA0me AAAAAAA=\n", "\xff" + by_first_, "\t" + by_first_,
        "a\r" + by_first_}) {
    EXPECT_EQ(ParseNote(note).status().code(), absl::StatusCode::kInvalidArgument) << note;
  }
}

TEST_F(NoteOfTwo, TakesAHundredSignaturesAndNoMore) {
  const std::string line = "\xE2\x80\x94 w.example/w AAAAAAA=\n";
  std::string note = by_first_;
  for (std::size_t i = 1; i < kMaxNoteSignatures; ++i) note += line;

  EXPECT_TRUE(VerifyNote(ParseNote(note).value(), {first_key_}).ok());
  EXPECT_FALSE(ParseNote(note + line).ok());
}

TEST_F(NoteOfTwo, IsNotReadWhenTooLong) {
  EXPECT_FALSE(ParseNote(std::string(kMaxNoteBytes, 'x') + by_first_).ok());
}

using NoteDeathTest = NoteOfTwo;

TEST_F(NoteDeathTest, AbortsForAWrongKeyOrText) {
  EXPECT_DEATH(SignNote("no line feed", first_key_, first_), "back");
  EXPECT_DEATH(SignNote("tab\t\n", first_key_, first_), "HasControls");
  EXPECT_DEATH(SignNote(text_, second_key_, first_), "VerifierKey::Of");
}

}  // namespace
}  // namespace candor::core
