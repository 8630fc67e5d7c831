#include "services/base/digest.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Digest, ReadsExactlyThirtyTwoBytes) {
  EXPECT_EQ(Digest::FromBytes(Bytes(31)), std::nullopt);
  EXPECT_EQ(Digest::FromBytes(Bytes(32)), Digest());
  EXPECT_EQ(Digest::FromBytes(Bytes(33)), std::nullopt);
}

TEST(Digest, ReadsTheBase64OfExactlyThirtyTwoBytes) {
  const Digest digest = *Digest::FromBytes(Bytes(32, 0xa5));

  EXPECT_EQ(Digest::FromBase64(digest.ToBase64()), digest);
  EXPECT_EQ(Digest::FromBase64(ToBase64(Bytes(31))), std::nullopt);
  EXPECT_EQ(Digest::FromBase64(ToBase64(Bytes(33))), std::nullopt);
  EXPECT_EQ(Digest::FromBase64(std::string(44, '*')), std::nullopt);
}

TEST(Digest, IsOrderedByItsBytes) {
  Digest low;
  Digest high;
  low.bytes[31] = 0xff;
  high.bytes[0] = 0x01;

  EXPECT_LT(low, high);
  EXPECT_EQ(high.ToHex(), "01" + std::string(62, '0'));
}

}  // namespace
}  // namespace candor
