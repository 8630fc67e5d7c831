// A small world around the appender: a real database, processes that append to one ledger
// in it, and an eye that believes no receipt before it has checked it.
//
//   database ── one ledger ──┬── Process first_ ── its appender, its mark ─┐
//                            └── Process …                                ─┴─ one marks folder
#pragma once

#include <filesystem>

#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"
#include "services/store/audit.h"
#include "services/store/reader.h"
#include "services/verify/ledger.h"
#include "services/verify/receipt.h"
#include "tests/unit/ledger/process.h"
#include "tests/unit/store/empty_database.h"

namespace candor::ledger {

class AppendingToALedger : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/candor-ledger.XXXXXX";
    folder_ = mkdtemp(name.data());
    first_ = NewProcess();
    const auto made = first_->ledgers.Create(kOrigin, NewUuid());
    ASSERT_TRUE(made.ok()) << made.status();
    tenant_ = made->tenant_id;
  }
  void TearDown() override {
    first_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<Process> NewProcess(AppenderLimits limits = {}, const Uuid& name = NewUuid()) {
    return std::make_unique<Process>(url_, folder_, limits, name);
  }

  // Writes leaf 0.
  void Begin() { Good(first_->Append(tenant_, FirstEntry(*first_->Get(tenant_)))); }

  // The receipt, after everything about it was checked.
  Receipt Good(absl::StatusOr<Receipt> receipt) {
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    if (!receipt.ok()) return {};
    Check(*receipt);
    return *std::move(receipt);
  }

  void Check(const Receipt& receipt) {
    const verify::ReceiptVerdict verdict = verify::VerifyReceipt(
        receipt.leaf, receipt.proof, {first_->Get(tenant_)->verifier_key()}, kOrigin);
    EXPECT_TRUE(verdict.intact);
    EXPECT_EQ(verdict.position, receipt.position);
    for (const verify::Finding& finding : verdict.findings)
      ADD_FAILURE() << verify::ToText(finding);
    for (const verify::Finding& finding : verdict.malformed)
      ADD_FAILURE() << verify::ToText(finding);
    const auto [root, first_seen] =
        roots_.emplace(verdict.checkpoint.size, verdict.checkpoint.root);
    EXPECT_EQ(root->second, verdict.checkpoint.root)
        << "two roots for size " << verdict.checkpoint.size;
  }

  core::Leaf LeafOf(const Receipt& receipt) {
    const auto leaf = core::ParseLeaf(receipt.leaf);
    EXPECT_TRUE(leaf.ok()) << leaf.status();
    return leaf.value_or(core::Leaf{});
  }

  // Checks every row of the ledger as an auditor would.
  void CheckWholeLedger() {
    verify::LedgerCheck check(kOrigin);
    store::Connection connection({url_}, store::Role::kAuditor);
    const auto head = store::ReadHead(connection, tenant_);
    ASSERT_TRUE(head.ok()) << head.status();
    ASSERT_TRUE(store::StreamEntries({url_}, tenant_, 0, head->size + 10,
                                     [&](const store::StoredEntry& row) {
                                       verify::EntryRow entry{.position = row.position,
                                                              .leaf = row.leaf,
                                                              .leaf_hash = row.leaf_hash,
                                                              .chain_hash = row.chain_hash,
                                                              .leaf_id = row.leaf_id,
                                                              .request_id = row.request_id,
                                                              .decision_id = row.decision_id,
                                                              .closes_id = row.closes_id,
                                                              .expire_time = row.expire_time,
                                                              .due_time = row.due_time,
                                                              .epoch = row.epoch,
                                                              .seq = row.seq};
                                       if (row.verdict)
                                         entry.verdict = static_cast<int>(*row.verdict);
                                       check.Entry(entry);
                                       return absl::OkStatus();
                                     })
                    .ok());
    ASSERT_TRUE(
        store::StreamTiles({url_}, tenant_, [&](const store::StoredTile& tile) {
          check.Tile(
              {.level = tile.level, .index = tile.index, .hashes = tile.hashes, .root = tile.root});
          return absl::OkStatus();
        }).ok());
    std::string range;
    for (const Digest& digest : head->range) range += AsText(digest.view());
    check.Head({.size = head->size,
                .root = head->root.view(),
                .chain = head->chain.view(),
                .time = head->time,
                .range = AsBytes(range)});
    const auto signed_head = first_->Get(tenant_)->SignHead(connection_);
    ASSERT_TRUE(signed_head.ok()) << signed_head.status();
    const verify::Report report =
        check.Finish(signed_head->note, {first_->Get(tenant_)->verifier_key()});
    EXPECT_EQ(report.size, head->size);
    for (const verify::Finding& finding : report.findings) ADD_FAILURE() << verify::ToText(finding);
    for (const verify::Finding& finding : report.malformed)
      ADD_FAILURE() << verify::ToText(finding);
  }

  std::string Sql(const std::string& sql) {
    const candor::testing::Answer answer = candor::testing::Session(url_).Run(sql);
    EXPECT_EQ(answer.sqlstate, "") << sql;
    return answer.value();
  }

  const std::string url_ = store::EmptyDatabase();
  store::Connection connection_{{url_}, store::Role::kWriter};
  std::string folder_;
  std::unique_ptr<Process> first_;
  Uuid tenant_;
  std::map<std::uint64_t, Digest> roots_;  // Of all checkpoints that were seen.
};

}  // namespace candor::ledger
