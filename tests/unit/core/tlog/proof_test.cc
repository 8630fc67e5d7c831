#include "services/core/tlog/proof.h"

#include <gtest/gtest.h>

namespace candor::core {
namespace {

const Digest kHash = *Digest::FromBytes(Bytes(32, 0x5a));
const std::string kLine = kHash.ToBase64() + "\n";
const std::string kNote = "candor.example/a\n5\nroot\n\nsignature\n";

TEST(ProofText, IsHeaderIndexPathAndCheckpoint) {
  EXPECT_EQ(ProofText(4, std::vector<Digest>{kHash, kHash}, kNote),
            "c2sp.org/tlog-proof@v1\nindex 4\n" + kLine + kLine + "\n" + kNote);
  EXPECT_EQ(ProofText(0, {}, kNote), "c2sp.org/tlog-proof@v1\nindex 0\n\n" + kNote);
}

TEST(ProofText, ReadsBackWhatWasWritten) {
  for (std::size_t length = 0; length <= 64; ++length) {
    const std::vector<Digest> path(length, kHash);

    const Proof proof = ParseProof(ProofText(7, path, kNote)).value();

    EXPECT_EQ(proof.index, 7U);
    EXPECT_EQ(proof.path, path);
    EXPECT_EQ(proof.checkpoint, kNote);
  }
}

TEST(ProofText, RefusesEveryOtherForm) {
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  for (const std::string& text :
       {std::string(), head, head + "index 4\n", head + "index 4\n\n", head + kLine + "\n" + kNote,
        "c2sp.org/tlog-proof@v2\nindex 4\n\n" + kNote, head + "extra AAAA\nindex 4\n\n" + kNote,
        head + "index 04\n\n" + kNote, head + "index -4\n\n" + kNote, head + "index\n\n" + kNote,
        head + "index 4 \n\n" + kNote, head + "Index 4\n\n" + kNote,
        head + "index 4\nAAAA\n\n" + kNote, head + "index 4\n" + kLine + kNote,
        head + "index 18446744073709551616\n\n" + kNote, "\n" + head + "index 4\n\n" + kNote,
        "c2sp.org/tlog-proof@v1\r\nindex 4\r\n\r\n" + kNote}) {
    EXPECT_EQ(ParseProof(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParseProof(ProofText(7, std::vector<Digest>(65, kHash), kNote)).ok());
}

}  // namespace
}  // namespace candor::core
