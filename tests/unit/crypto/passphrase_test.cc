#include "services/crypto/passphrase.h"

#include <gtest/gtest.h>

#include "services/base/bytes.h"

namespace candor::crypto {
namespace {

// RFC 7914, section 12: the first 32 bytes of each 64-byte key, which is what a shorter
// key begins with.
TEST(Scrypt, GivesTheKeysOfTheRfc) {
  const auto nothing = KeyOfPassphrase(AsBytes(""), AsBytes(""), {.n = 16, .r = 1, .p = 1});
  const auto password =
      KeyOfPassphrase(AsBytes("password"), AsBytes("NaCl"), {.n = 1024, .r = 8, .p = 16});
  const auto please = KeyOfPassphrase(AsBytes("pleaseletmein"), AsBytes("SodiumChloride"),
                                      {.n = 16384, .r = 8, .p = 1});

  ASSERT_TRUE(nothing.ok() && password.ok() && please.ok());
  EXPECT_EQ(ToHex(nothing->view()),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442");
  EXPECT_EQ(ToHex(password->view()),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
  EXPECT_EQ(ToHex(please->view()),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(Scrypt, RefusesACostOutOfBounds) {
  for (const ScryptCost& cost :
       {ScryptCost{.n = 1}, ScryptCost{.n = 1000}, ScryptCost{.n = 1 << 21}, ScryptCost{.r = 0},
        ScryptCost{.r = 33}, ScryptCost{.p = 0}, ScryptCost{.p = 17}}) {
    EXPECT_EQ(KeyOfPassphrase(AsBytes("a"), AsBytes("b"), cost).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace candor::crypto
