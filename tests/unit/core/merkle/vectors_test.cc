// Against transparency-dev/merkle's proofs (Apache-2.0) and the format's own ledger.
#include "tests/testing/vectors.h"

#include <vector>

#include "services/core/chain/chain.h"
#include "services/core/merkle/batch_tree.h"
#include "services/core/merkle/consistency.h"
#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/prover.h"
#include "tests/unit/core/merkle/naive_tree.h"

namespace candor::core {
namespace {

using testing::BytesOfHex;
using testing::DigestOfBase64;
using testing::DigestOfHex;
using testing::Vector;

class MerkleVectors : public testing::WithVectors {
 protected:
  // Calls `check` with each file of the folder; returns how many there are.
  template <typename Check>
  static int ForEach(std::string_view folder, Check check) {
    int files = 0;
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(testing::VectorFolder() / folder)) {
      if (file.path().extension() != ".json") continue;
      SCOPED_TRACE(file.path());
      check(Vector::parse(testing::ReadFile(file.path())));
      ++files;
    }
    return files;
  }

  // Nothing when one of the texts is no base64 of 32 bytes.
  static std::optional<std::vector<Digest>> Digests(const Vector& texts) {
    std::vector<Digest> digests;
    if (texts.is_null()) return digests;
    for (const Vector& text : texts) {
      const std::optional<Digest> digest = Digest::FromBase64(text.get<std::string>());
      if (!digest) return std::nullopt;
      digests.push_back(*digest);
    }
    return digests;
  }
};

TEST_F(MerkleVectors, AgreeOnEveryInclusionProof) {
  const int files = ForEach("merkle/inclusion", [](const Vector& v) {
    const auto path = Digests(v["proof"]);
    const auto ends = Digests(Vector::array({v["leafHash"], v["root"]}));
    const bool accepted = path && ends &&
                          VerifyInclusion((*ends)[0],
                                          {.leaf_index = v["leafIdx"].get<std::uint64_t>(),
                                           .tree_size = v["treeSize"].get<std::uint64_t>(),
                                           .path = *path},
                                          (*ends)[1])
                              .ok();

    EXPECT_EQ(accepted, !v["wantErr"].get<bool>()) << v["desc"];
  });
  EXPECT_EQ(files, 98);
}

TEST_F(MerkleVectors, AgreeOnEveryConsistencyProof) {
  const int files = ForEach("merkle/consistency", [](const Vector& v) {
    const auto path = Digests(v["proof"]);
    const auto size1 = v["size1"].get<std::uint64_t>();
    const auto size2 = v["size2"].get<std::uint64_t>();
    const std::string root1 = v["root1"].is_null() ? "" : v["root1"].get<std::string>();
    const std::string root2 = v["root2"].is_null() ? "" : v["root2"].get<std::string>();
    // One file has roots of 12 bytes at equal sizes, where they are only compared.
    const auto ends = size1 == size2 && root1 == root2 && !Digest::FromBase64(root1)
                          ? std::optional(std::vector<Digest>(2))
                          : Digests(Vector::array({root1, root2}));
    const bool accepted = path && ends &&
                          VerifyConsistency({.old_size = size1, .new_size = size2, .path = *path},
                                            {.old_root = (*ends)[0], .new_root = (*ends)[1]})
                              .ok();

    EXPECT_EQ(accepted, !v["wantErr"].get<bool>()) << v["desc"];
  });
  EXPECT_EQ(files, 98);
}

class FormatLedger : public testing::WithVectors {
 protected:
  void SetUp() override {
    WithVectors::SetUp();
    if (IsSkipped()) return;
    vectors_ = testing::ReadVectors("format/leaf_chain_tree.json");
    for (const Vector& leaf : vectors_["leaves"]) {
      hashes_.push_back(HashLeaf(AsBytes(leaf["leaf"].get<std::string>())));
      EXPECT_EQ(hashes_.back(), DigestOfHex(leaf["leaf_hash"]));
    }
  }

  absl::StatusOr<Digest> Node(int level, std::uint64_t index) const {
    const std::size_t width = std::size_t{1} << level;
    return NaiveRoot(std::span(hashes_).subspan(index * width, width));
  }

  Vector vectors_;
  std::vector<Digest> hashes_;
};

TEST_F(FormatLedger, HasTheChainOfThePaperAtEverySize) {
  Digest chain = ChainStart(vectors_["origin"].get<std::string>());
  for (std::size_t size = 0; size <= hashes_.size(); ++size) {
    EXPECT_EQ(chain, DigestOfHex(vectors_["sizes"][size]["chain"]));
    if (size < hashes_.size()) chain = ChainNext(chain, hashes_[size]);
  }
}

TEST_F(FormatLedger, HasTheRootAndRangeOfThePaperAtEverySize) {
  for (std::size_t size = 0; size <= hashes_.size(); ++size) {
    const Vector& expected = vectors_["sizes"][size];
    std::vector<Digest> range;
    for (const Vector& hash : expected["compact_range"]) range.push_back(DigestOfHex(hash));

    const BatchTree tree(CompactRange{}, std::span(hashes_).first(size));

    EXPECT_EQ(tree.root(), DigestOfHex(expected["root"]));
    EXPECT_EQ(tree.after().hashes(), range);
  }
}

TEST_F(FormatLedger, HasEveryProofOfThePaper) {
  const auto node = [this](int level, std::uint64_t index) { return Node(level, index); };
  const auto path_of = [](const Vector& proof) {
    std::vector<Digest> path;
    for (const Vector& hash : proof) path.push_back(DigestOfBase64(hash));
    return path;
  };
  for (const Vector& v : vectors_["inclusion"]) {
    const auto index = v["index"].get<std::uint64_t>();
    const auto size = v["size"].get<std::uint64_t>();
    const BatchTree tree(CompactRange{}, std::span(hashes_).first(size));

    EXPECT_EQ(ProveInclusion(index, size, node).value(), path_of(v["proof"]));
    EXPECT_EQ(tree.ProofOf(index), path_of(v["proof"]));
  }
  for (const Vector& v : vectors_["consistency"]) {
    EXPECT_EQ(ProveConsistency(v["from"].get<std::uint64_t>(), v["to"].get<std::uint64_t>(), node)
                  .value(),
              path_of(v["proof"]));
  }
  EXPECT_EQ(vectors_["inclusion"].size(), 78U);
  EXPECT_EQ(vectors_["consistency"].size(), 78U);
}

}  // namespace
}  // namespace candor::core
