#include "services/core/tlog/checkpoint.h"

#include <gtest/gtest.h>

#include <limits>

#include "services/core/merkle/tree_hash.h"

namespace candor::core {
namespace {

// The checkpoint of an empty ledger.
class EmptyCheckpoint : public testing::Test {
 protected:
  const crypto::Ed25519Key signer_{crypto::Key()};
  const VerifierKey key_ = VerifierKey::Of("candor.example/a", signer_.public_key());
  const Checkpoint checkpoint_ = {.origin = "candor.example/a", .size = 0, .root = EmptyRoot()};
  const std::string text_ = "candor.example/a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
};

TEST_F(EmptyCheckpoint, IsThreeLines) {
  EXPECT_EQ(CheckpointText(checkpoint_), text_);
  EXPECT_EQ(ParseCheckpointText(text_).value(), checkpoint_);
}

TEST_F(EmptyCheckpoint, TakesTheLargestSize) {
  Checkpoint largest = checkpoint_;
  largest.size = std::numeric_limits<std::uint64_t>::max();

  EXPECT_EQ(ParseCheckpointText(CheckpointText(largest)).value(), largest);
}

TEST_F(EmptyCheckpoint, RefusesEveryOtherForm) {
  const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
  for (const std::string& text :
       {std::string(), std::string("candor.example/a\n0\n"), text_ + "extension\n", text_ + "\n",
        text_.substr(0, text_.size() - 1), "\n" + text_, " " + text_, "candor.example\n0\n" + root,
        "candor.example/a\n00\n" + root, "candor.example/a\n+1\n" + root,
        "candor.example/a\n-1\n" + root, "candor.example/a\n 1\n" + root,
        "candor.example/a\n18446744073709551616\n" + root, "candor.example/a\n\n" + root,
        std::string("candor.example/a\n0\n47DEQpj8HBSa\n"), "candor.example/a\r\n0\r\n" + root}) {
    EXPECT_EQ(ParseCheckpointText(text).status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST_F(EmptyCheckpoint, IsOpenedOnlyUnderAKeyOfItsOwnName) {
  const VerifierKey other = VerifierKey::Of("candor.example/b", signer_.public_key());
  const std::string note = SignNote(text_, key_, signer_);
  const std::string by_other = SignNote(text_, other, signer_);

  EXPECT_EQ(OpenCheckpoint(note, {other, key_}).value(), checkpoint_);
  EXPECT_EQ(OpenCheckpoint(note, {}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(OpenCheckpoint(by_other, {key_, other}).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(EmptyCheckpoint, IsMalformedWhenItsSignedTextIs) {
  const std::string note = SignNote(text_ + "extension\n", key_, signer_);

  EXPECT_EQ(OpenCheckpoint(note, {key_}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenCheckpoint(text_, {key_}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PredecessorOfALedger, IsReadAsItIsWrittenAndInNoOtherForm) {
  const Checkpoint end{.origin = "candor.example/a", .size = 7, .root = EmptyRoot()};
  EXPECT_EQ(PredecessorFact(end).Encode(),
            R"({"origin":"candor.example/a","root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","size":7})");
  EXPECT_EQ(*PredecessorIn(Json::Object().Set("predecessor", PredecessorFact(end))), end);
  EXPECT_EQ(*PredecessorIn(Json::Object()), std::nullopt);

  for (Json wrong : {Json("candor.example/a"), Json::Object(), PredecessorFact(end).Set("more", 1),
                     PredecessorFact(end).Set("size", -1), PredecessorFact(end).Set("size", "7"),
                     PredecessorFact(end).Set("root", "47DE"), PredecessorFact(end).Set("origin", "A")}) {
    EXPECT_EQ(PredecessorIn(Json::Object().Set("predecessor", wrong)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << wrong.Encode();
  }
}

}  // namespace
}  // namespace candor::core
