#include "services/core/chain/chain.h"

#include <gtest/gtest.h>

#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

// The definition, with the bytes joined by hand.
TEST(Chain, IsTheHashOfThePaper) {
  const Digest start =
      crypto::Sha256(AsBytes("\x02"
                             "candor/chain/v1\ncandor.example/a"));
  Bytes link = {0x02};
  link.insert(link.end(), start.bytes.begin(), start.bytes.end());
  link.insert(link.end(), 32, 0x07);
  const Digest leaf_hash = *Digest::FromBytes(Bytes(32, 0x07));

  EXPECT_EQ(ChainStart("candor.example/a"), start);
  EXPECT_EQ(ChainNext(start, leaf_hash), crypto::Sha256(link));
}

TEST(Chain, BeginsOtherwiseForEveryLedger) {
  EXPECT_NE(ChainStart("candor.example/a"), ChainStart("candor.example/b"));
}

}  // namespace
}  // namespace candor::core
