#include "services/crypto/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace candor::crypto {
namespace {

Bytes Hex(std::string_view text) {
  return FromHex(text).value();
}

// FIPS 180-4, examples of NIST.
TEST(Sha256, GivesTheExamplesOfTheStandard) {
  EXPECT_EQ(Sha256(AsBytes("")).ToHex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256(AsBytes("abc")).ToHex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256(AsBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).ToHex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256(AsBytes(std::string(1'000'000, 'a'))).ToHex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, GivesTheSameForPartsAsForTheWhole) {
  std::string whole;
  for (int i = 0; i < 1'500; ++i) whole += static_cast<char>('a' + i % 23);
  const Digest expected = Sha256(AsBytes(whole));
  for (std::size_t cut = 0; cut <= whole.size(); cut += 13) {
    const std::string_view first = std::string_view(whole).substr(0, cut);
    const std::string_view second = std::string_view(whole).substr(cut);

    ASSERT_EQ(Sha256({AsBytes(first), AsBytes(""), AsBytes(second)}), expected) << cut;
  }
}

TEST(Sha256, IsKeptApartByThread) {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&wrong, t] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string text = "text " + std::to_string(i);
        if (Sha256({AsBytes("text "), AsBytes(std::to_string(i))}) != Sha256(AsBytes(text))) {
          ++wrong[t];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

struct HmacCase {
  Bytes key;
  Bytes data;
  std::string_view expected;
};

// RFC 4231, sections 4.2 to 4.8; the fifth is cut to 16 bytes there.
TEST(HmacSha256, GivesTheExamplesOfTheRfc) {
  const HmacCase cases[] = {
      {Bytes(20, 0x0b), Hex("4869205468657265"),
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {Hex("4a656665"), Hex("7768617420646f2079612077616e7420666f72206e6f7468696e673f"),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Bytes(20, 0xaa), Bytes(50, 0xdd),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {Hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, 0xcd),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {Bytes(20, 0x0c), Hex("546573742057697468205472756e636174696f6e"),
       "a3b6167473100ee06e0c796c2955552b"},
      {Bytes(131, 0xaa),
       Hex("54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d204861736"
           "8"
           "204b6579204669727374"),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {Bytes(131, 0xaa),
       Hex("5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697"
           "a"
           "65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e2054686"
           "5"
           "206b6579206e6565647320746f20626520686173686564206265666f7265206265696e67207573656420627"
           "9"
           "2074686520484d414320616c676f726974686d2e"),
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const HmacCase& c : cases) {
    const std::string found = HmacSha256(c.key, {c.data}).ToHex();

    EXPECT_EQ(found.substr(0, c.expected.size()), c.expected);
  }
}

TEST(HmacSha256, GivesTheSameForPartsAsForTheWhole) {
  const Bytes key(32, 0x42);
  const std::string text(700, 't');

  const Digest whole = HmacSha256(key, {AsBytes(text)});

  EXPECT_EQ(HmacSha256(key, {AsBytes(text).first(10), AsBytes(text).subspan(10)}), whole);
  EXPECT_EQ(HmacSha256(key, {AsBytes(text).first(300), AsBytes(text).subspan(300)}), whole);
}

// RFC 5869, appendix A.1 to A.3: the first 32 bytes of the output.
TEST(HkdfExpand, GivesTheExamplesOfTheRfc) {
  const auto expand = [](std::string_view key, std::string_view info) {
    const Bytes label = Hex(info);
    return ToHex(HkdfExpand(Hex(key), AsText(label)).view());
  };

  EXPECT_EQ(expand("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                   "f0f1f2f3f4f5f6f7f8f9"),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(expand("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
                   "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
                   "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
                   "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
  EXPECT_EQ(expand("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04", ""),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

}  // namespace
}  // namespace candor::crypto
