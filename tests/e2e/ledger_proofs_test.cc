// The ledger as evidence: whatever the server serves of it is held against the leaves
// themselves, with nothing of the server's own in between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/consistency.h"
#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/tile.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

// One ledger of some 600 leaves for all tests, read from PostgreSQL: two full tiles and an
// open one, and the roots of every size it ever had.
struct Whole {
  Tenant tenant;
  Client auditor;
  std::vector<std::string> leaves;
  std::vector<Digest> hashes;
  std::vector<Digest> roots;  // roots[n]: of the first n leaves.
};

std::vector<std::string> LeavesOf(const World& world, const Tenant& tenant) {
  candor::testing::Session session(world.database());
  std::vector<std::string> leaves;
  for (const auto& row : session.Run("SELECT convert_from(leaf, 'UTF8') FROM entries WHERE tenant_id = $1 "
                                     "ORDER BY position", {tenant.id}).rows) {
    leaves.push_back(row[0]);
  }
  return leaves;
}

const Whole& TheLedger() {
  static const Whole* const whole = [] {
    World& world = World::Get();
    const Tenant tenant = world.MakeTenant();
    auto* made = new Whole{.tenant = tenant, .auditor = World::MakeCaller(tenant, v1::ROLE_COMPLIANCE, "auditor"),
                           .leaves = {}, .hashes = {}, .roots = {core::EmptyRoot()}};
    for (const int items : {1, 2, 3, 90, 200, 290}) {
      v1::BatchAuthorizeRequest batch;
      for (int i = 0; i < items; ++i) *batch.add_items() = Question("customer-" + std::to_string(i % 9));
      EXPECT_TRUE(tenant.component.Call<v1::BatchAuthorizeResponse>(batch).ok());
    }
    made->leaves = LeavesOf(world, tenant);
    core::CompactRange range;
    for (const std::string& leaf : made->leaves) {
      made->hashes.push_back(core::HashLeaf(AsBytes(leaf)));
      range.Append(made->hashes.back());
      made->roots.push_back(range.Root());
    }
    return made;
  }();
  return *whole;
}

std::vector<Digest> DigestsOf(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<Digest> digests;
  for (const std::string& text : texts) digests.push_back(Digest::FromBytes(AsBytes(text)).value_or(Digest()));
  return digests;
}

std::string Joined(const std::vector<Digest>& digests, std::size_t first, std::size_t count) {
  std::string joined;
  for (std::size_t i = first; i < first + count; ++i) joined += AsText(digests[i].view());
  return joined;
}

class LedgerProofs : public ::testing::Test {
 protected:
  // Sizes and positions around every edge of trees and tiles.
  std::vector<std::uint64_t> Edges() const {
    std::set<std::uint64_t> edges = {size_ - 1, size_};
    for (std::uint64_t power = 1; power <= size_; power *= 2) {
      for (const std::uint64_t edge : {power - 1, power, power + 1}) edges.insert(edge);
    }
    for (std::uint64_t step = 0; step <= size_; step += 97) edges.insert(step);
    while (*edges.rbegin() > size_) edges.erase(std::prev(edges.end()));
    edges.erase(0);
    return {edges.begin(), edges.end()};
  }

  Answer<v1::GetTileResponse> Tile(std::uint32_t level, std::uint64_t index, std::uint32_t width) const {
    v1::GetTileRequest request;
    request.set_level(level);
    request.set_index(index);
    request.set_width(width);
    return whole_.tenant.component.Call<v1::GetTileResponse>(request);
  }

  Answer<v1::GetEntryBundleResponse> Bundle(std::uint64_t index, std::uint32_t width) const {
    v1::GetEntryBundleRequest request;
    request.set_index(index);
    request.set_width(width);
    return whole_.auditor.Call<v1::GetEntryBundleResponse>(request);
  }

  Answer<v1::ListLeavesResponse> List(const v1::ListLeavesRequest& request) const {
    return whole_.auditor.Call<v1::ListLeavesResponse>(request);
  }

  // All pages of a list, each checked for its place.
  std::vector<std::uint64_t> PositionsOf(v1::ListLeavesRequest request) const {
    std::vector<std::uint64_t> positions;
    for (int pages = 0; pages < 2000; ++pages) {
      const auto page = List(request);
      EXPECT_TRUE(page.ok()) << page.refusal();
      for (const v1::Leaf& leaf : page->leaves()) {
        EXPECT_EQ(leaf.leaf(), whole_.leaves[leaf.position()]);
        positions.push_back(leaf.position());
      }
      if (page->next_page_token().empty()) return positions;
      request.set_page_token(page->next_page_token());
    }
    ADD_FAILURE() << "the list has no end";
    return positions;
  }

  const Whole& whole_ = TheLedger();
  const std::uint64_t size_ = whole_.leaves.size();
};

TEST_F(LedgerProofs, SignTheTreeOfAllLeaves) {
  const auto answer = whole_.tenant.component.Call<v1::GetCheckpointResponse>(v1::GetCheckpointRequest());

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  const auto opened = core::OpenCheckpoint(answer->checkpoint().note(), {whole_.tenant.key});
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ(opened->size, size_);
  EXPECT_EQ(opened->root, whole_.roots[size_]);
  EXPECT_EQ(answer->checkpoint().size(), size_);
  EXPECT_EQ(answer->checkpoint().root(), AsText(whole_.roots[size_].view()));
  EXPECT_EQ(answer->vkey(), whole_.tenant.key.ToText());
  const auto last = core::ParseLeaf(whole_.leaves.back());
  EXPECT_EQ(answer->checkpoint().leaf_time().seconds(), absl::ToUnixSeconds(last->time));
}

TEST_F(LedgerProofs, GiveOneReceiptByPositionRequestAndLeafId) {
  for (const std::uint64_t position : Edges()) {
    if (position == size_) continue;
    const auto leaf = core::ParseLeaf(whole_.leaves[position]);
    std::vector<v1::GetReceiptRequest> ways(3);
    ways[0].set_position(position);
    ways[1].set_request_id(leaf->request.ToText());
    ways[2].set_leaf_id(leaf->id.ToText());
    for (const v1::GetReceiptRequest& request : ways) {
      const auto answer = whole_.auditor.Call<v1::GetReceiptResponse>(request);

      ASSERT_TRUE(answer.ok()) << position << ": " << answer.refusal();
      EXPECT_TRUE(Verifies(answer->receipt(), whole_.tenant.key)) << position;
      EXPECT_EQ(answer->receipt().position(), position);
      EXPECT_EQ(answer->receipt().leaf(), whole_.leaves[position]);
    }
  }
}

TEST_F(LedgerProofs, ProveEveryLeafInEveryTreeThatHoldsIt) {
  int proofs = 0;
  for (const std::uint64_t tree : Edges()) {
    for (std::uint64_t position : Edges()) {
      if (--position >= tree) break;
      v1::GetInclusionRequest request;
      request.set_position(position);
      request.set_tree_size(tree);

      const auto answer = whole_.tenant.component.Call<v1::GetInclusionResponse>(request);

      ASSERT_TRUE(answer.ok()) << position << " in " << tree << ": " << answer.refusal();
      ASSERT_EQ(answer->leaf_hash(), AsText(whole_.hashes[position].view()));
      const absl::Status verified = core::VerifyInclusion(
          whole_.hashes[position], {.leaf_index = position, .tree_size = tree, .path = DigestsOf(answer->hashes())},
          whole_.roots[tree]);
      ASSERT_TRUE(verified.ok()) << position << " in " << tree << ": " << verified.message();
      ++proofs;
    }
  }
  EXPECT_GT(proofs, 500);
}

TEST_F(LedgerProofs, ProveThatEveryTreeContinuesEverySmallerOne) {
  for (const std::uint64_t larger : Edges()) {
    for (const std::uint64_t smaller : Edges()) {
      if (smaller > larger) break;
      v1::GetConsistencyRequest request;
      request.set_first_size(smaller);
      request.set_second_size(larger);

      const auto answer = whole_.tenant.component.Call<v1::GetConsistencyResponse>(request);

      ASSERT_TRUE(answer.ok()) << smaller << " to " << larger << ": " << answer.refusal();
      const absl::Status verified = core::VerifyConsistency(
          {.old_size = smaller, .new_size = larger, .path = DigestsOf(answer->hashes())},
          {.old_root = whole_.roots[smaller], .new_root = whole_.roots[larger]});
      ASSERT_TRUE(verified.ok()) << smaller << " to " << larger << ": " << verified.message();
    }
  }
}

TEST_F(LedgerProofs, ServeTilesOfEveryWidth) {
  for (std::uint64_t index = 0; index * 256 < size_; ++index) {
    const std::uint64_t most = std::min<std::uint64_t>(256, size_ - index * 256);
    for (std::uint32_t width = 1; width <= most; ++width) {
      const auto tile = Tile(0, index, width == 256 ? 0 : width);

      ASSERT_TRUE(tile.ok()) << index << ", width " << width << ": " << tile.refusal();
      ASSERT_EQ(tile->tile(), Joined(whole_.hashes, index * 256, width)) << index << ", width " << width;
    }
  }
  std::vector<Digest> roots;
  for (std::uint64_t full = 0; (full + 1) * 256 <= size_; ++full) {
    roots.push_back(core::TileRoot({whole_.hashes.data() + full * 256, 256}));
    const auto tile = Tile(1, 0, static_cast<std::uint32_t>(roots.size()));

    ASSERT_TRUE(tile.ok()) << tile.refusal();
    EXPECT_EQ(tile->tile(), Joined(roots, 0, roots.size()));
  }
}

TEST_F(LedgerProofs, ServeBundlesWhoseEntriesAreTheLeavesOfTheTile) {
  for (std::uint64_t index = 0; index * 256 < size_; ++index) {
    const std::uint64_t most = std::min<std::uint64_t>(256, size_ - index * 256);
    for (const std::uint64_t width : {std::uint64_t{1}, most / 2, most}) {
      const auto wire = static_cast<std::uint32_t>(width == 256 ? 0 : width);
      const auto bundle = Bundle(index, wire);

      ASSERT_TRUE(bundle.ok()) << bundle.refusal();
      const auto entries = core::ParseBundle(bundle->bundle(), static_cast<int>(width));
      ASSERT_TRUE(entries.ok()) << entries.status().message();
      std::vector<Digest> hashes;
      for (const std::string_view entry : *entries) hashes.push_back(core::HashLeaf(AsBytes(entry)));
      EXPECT_EQ(Joined(hashes, 0, hashes.size()), Tile(0, index, wire)->tile());
    }
  }
}

TEST_F(LedgerProofs, ServeNothingBeyondWhatIsSigned) {
  v1::GetReceiptRequest receipt;
  receipt.set_position(size_);
  v1::GetInclusionRequest inclusion;
  inclusion.set_tree_size(size_ + 1);
  v1::GetConsistencyRequest consistency;
  consistency.set_first_size(1);
  consistency.set_second_size(size_ + 1);
  const auto open = static_cast<std::uint32_t>(size_ % 256);
  const auto is_beyond = [](const grpc::Status& status) {
    return Refused(status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND");
  };

  EXPECT_TRUE(is_beyond(whole_.auditor.Call<v1::GetReceiptResponse>(receipt).status));
  EXPECT_TRUE(is_beyond(whole_.auditor.Call<v1::GetInclusionResponse>(inclusion).status));
  EXPECT_TRUE(is_beyond(whole_.auditor.Call<v1::GetConsistencyResponse>(consistency).status));
  EXPECT_TRUE(is_beyond(Tile(0, size_ / 256, open + 1).status));
  EXPECT_TRUE(is_beyond(Tile(0, size_ / 256, 0).status));
  EXPECT_TRUE(is_beyond(Tile(0, (std::uint64_t{1} << 48) - 1, 1).status));
  EXPECT_TRUE(is_beyond(Tile(1, 0, static_cast<std::uint32_t>(size_ / 256 + 1)).status));
  EXPECT_TRUE(is_beyond(Tile(7, 0, 1).status));
  EXPECT_TRUE(is_beyond(Bundle(size_ / 256, open + 1).status));
  EXPECT_TRUE(is_beyond(Bundle(size_ / 256 + 1, 1).status));
}

TEST_F(LedgerProofs, AreRefusedForSizesThatMakeNoSense) {
  v1::GetInclusionRequest inclusion;
  inclusion.set_position(5);
  inclusion.set_tree_size(5);
  v1::GetConsistencyRequest of_none, backwards;
  of_none.set_second_size(5);
  backwards.set_first_size(6);
  backwards.set_second_size(5);
  const auto field_of = [](const grpc::Status& status) {
    EXPECT_TRUE(Refused(status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
    return RefusalOf(status).field;
  };

  EXPECT_EQ(field_of(whole_.auditor.Call<v1::GetReceiptResponse>(v1::GetReceiptRequest()).status), "entry");
  EXPECT_EQ(field_of(whole_.auditor.Call<v1::GetInclusionResponse>(inclusion).status), "position");
  EXPECT_EQ(field_of(whole_.auditor.Call<v1::GetConsistencyResponse>(of_none).status), "first_size");
  EXPECT_EQ(field_of(whole_.auditor.Call<v1::GetConsistencyResponse>(backwards).status), "first_size");
  EXPECT_EQ(field_of(Tile(8, 0, 1).status), "level");
  EXPECT_EQ(field_of(Tile(0, 0, 257).status), "width");
  EXPECT_EQ(field_of(Bundle(0, 257).status), "width");
}

TEST_F(LedgerProofs, ListEveryLeafOnceWhateverThePages) {
  for (const int page_size : {0, 1, 7, 100, 1000, 5000}) {
    v1::ListLeavesRequest request;
    request.set_page_size(page_size);
    const std::vector<std::uint64_t> positions = PositionsOf(request);

    ASSERT_EQ(positions.size(), size_) << "pages of " << page_size;
    for (std::uint64_t i = 0; i < size_; ++i) ASSERT_EQ(positions[i], i);
  }
}

TEST_F(LedgerProofs, ListTheRangeAndTheTypeThatWereAskedFor) {
  v1::ListLeavesRequest range, type, none;
  range.set_first_position(250);
  range.set_end_position(300);
  range.set_page_size(9);
  type.set_type("principal");
  type.set_page_size(50);
  none.set_type("hold");
  none.set_page_size(50);

  const std::vector<std::uint64_t> in_range = PositionsOf(range);
  const std::vector<std::uint64_t> of_type = PositionsOf(type);

  ASSERT_EQ(in_range.size(), 50u);
  EXPECT_EQ(in_range.front(), 250u);
  EXPECT_EQ(in_range.back(), 299u);
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 0; i < size_; ++i) {
    if (core::ParseLeaf(whole_.leaves[i])->type == "principal") expected.push_back(i);
  }
  EXPECT_EQ(of_type, expected);
  EXPECT_TRUE(PositionsOf(none).empty());
}

TEST_F(LedgerProofs, ListUnderTheCheckpointOfTheFirstPageWhileTheLedgerGrows) {
  const Tenant tenant = World::Get().MakeTenant();
  const Client auditor = World::MakeCaller(tenant, v1::ROLE_COMPLIANCE, "auditor");
  const std::uint64_t size = World::Get().SizeOf(tenant);
  v1::ListLeavesRequest request;
  request.set_page_size(static_cast<int>(size) - 1);
  const auto first = auditor.Call<v1::ListLeavesResponse>(request);
  ASSERT_TRUE(tenant.component.Call<v1::AuthorizeResponse>(Question()).ok());

  request.set_page_token(first->next_page_token());
  const auto second = auditor.Call<v1::ListLeavesResponse>(request);

  ASSERT_TRUE(second.ok()) << second.refusal();
  EXPECT_EQ(second->checkpoint().size(), first->checkpoint().size());
  EXPECT_EQ(second->leaves_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(LedgerProofs, RefuseATokenThatIsNotOneOfTheList) {
  for (const char* token : {"x", "zz", "00", "ffffffffffffffff", "00000000000000000000"}) {
    v1::ListLeavesRequest request;
    request.set_page_token(token);

    EXPECT_TRUE(Refused(List(request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID")) << token;
  }
}

TEST_F(LedgerProofs, GiveAReceiptUnderALaterCheckpointWithTheSameLeaf) {
  const Tenant tenant = World::Get().MakeTenant();
  const auto answer = tenant.component.Call<v1::AuthorizeResponse>(Question());
  ASSERT_TRUE(tenant.component.Call<v1::AuthorizeResponse>(Question()).ok());
  v1::GetReceiptRequest request;
  request.set_leaf_id(answer->authorization_id());

  const auto later = tenant.component.Call<v1::GetReceiptResponse>(request);

  ASSERT_TRUE(later.ok()) << later.refusal();
  EXPECT_TRUE(Verifies(later->receipt(), tenant.key));
  EXPECT_EQ(later->receipt().leaf(), answer->receipt().leaf());
  EXPECT_EQ(later->receipt().position(), answer->receipt().position());
  EXPECT_NE(later->receipt().proof(), answer->receipt().proof());
}

}  // namespace
}  // namespace candor::e2e
