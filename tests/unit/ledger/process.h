// A small world around the appender: a real database, processes that append to one ledger
// in it, and an eye that believes no receipt before it has checked it.
//
//   database ── one ledger ──┬── Process first_ ── its appender, its mark ─┐
//                            └── Process …                                ─┴─ one marks folder
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"
#include "services/crypto/random.h"
#include "services/ledger/appender.h"
#include "services/store/migrate.h"
#include "services/store/reader.h"
#include "services/verify/ledger.h"
#include "services/verify/receipt.h"
#include "tests/testing/postgres.h"

namespace candor::ledger {

inline constexpr const char* kOrigin = "a.example/b";

// The machine's clock, put forward or back. Set before anybody reads it.
class ShiftedClock final : public Clock {
 public:
  absl::Time Now() const override { return SystemClock().Now() + shift; }
  absl::Duration shift;
};

inline Uuid NewUuid() {
  return crypto::NewId(SystemClock().Now());
}

inline vault::OperatorKeys LoadKeys(const std::string& folder) {
  auto keys = vault::OperatorKeys::Load(folder, true);
  EXPECT_TRUE(keys.ok()) << keys.status();
  return *std::move(keys);
}

// What one running server has, as far as its ledgers go.
struct Process {
  Process(const std::string& url, const std::string& folder, AppenderLimits limits = {},
          const Uuid& name = NewUuid())
      : writers({url}, store::Role::kWriter),
        keys(LoadKeys(folder + "/keys")),
        ledgers(writers, keys, {.marks_folder = folder + "/marks", .process = name}, clock),
        appender(std::make_unique<Appender>(store::Address{url}, ledgers, clock, limits)) {}

  std::shared_ptr<Ledger> Get(const Uuid& tenant) {
    auto ledger = ledgers.Get(tenant);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return ledger.ok() ? *std::move(ledger) : nullptr;
  }

  // The answer comes when it is there.
  std::future<absl::StatusOr<Receipt>> Send(const Uuid& tenant, Entry entry) {
    std::promise<absl::StatusOr<Receipt>> promise;
    auto answer = promise.get_future();
    appender->Append(Get(tenant), std::move(entry),
                     [promise = std::move(promise)](absl::StatusOr<Receipt> receipt) mutable {
                       promise.set_value(std::move(receipt));
                     });
    return answer;
  }
  absl::StatusOr<Receipt> Append(const Uuid& tenant, Entry entry) {
    return Send(tenant, std::move(entry)).get();
  }

  ShiftedClock clock;
  store::Pool writers;
  const vault::OperatorKeys keys;
  Ledgers ledgers;
  std::unique_ptr<Appender> appender;
};

// An entry of a component that states nothing but a number of its own.
inline Entry EntryOf(const std::string& type) {
  Entry entry;
  entry.leaf.id = NewUuid();
  entry.leaf.request = NewUuid();
  entry.leaf.type = type;
  entry.leaf.caller_kind = "component";
  entry.leaf.caller_id = "bot";
  entry.fingerprint_text = "{\"method\":\"" + type + "\",\"request\":{}}";
  return entry;
}

inline Entry FirstEntry(const Ledger& ledger) {
  Entry entry = EntryOf("ledger");
  core::Json timestamps = core::Json::Object();
  timestamps.Set("policy", "none");
  entry.leaf.facts.Set("format", 1);
  entry.leaf.facts.Set("hash", "sha256");
  entry.leaf.facts.Set("origin", ledger.origin());
  entry.leaf.facts.Set("timestamps", std::move(timestamps));
  entry.leaf.facts.Set("vkeys", core::Json::Array().Append(ledger.verifier_key().ToText()));
  return entry;
}

// An authorization as the flow makes it; `due` of its outcome.
inline Entry Authorization(const std::string& verdict, absl::Time due) {
  static const std::map<std::string, int> kVerdicts = {
      {"allow", 1}, {"transform", 2}, {"escalate", 3}, {"deny", 4}};
  Entry entry = EntryOf("authorization");
  entry.leaf.decision = entry.leaf.id;
  entry.leaf.facts.Set("verdict", verdict);
  entry.verdict = kVerdicts.at(verdict);
  if (entry.verdict <= 2) {
    entry.expire_time = entry.due_time = absl::FromUnixMicros(absl::ToUnixMicros(due));
    entry.leaf.facts.Set("expires", ToRfc3339(*entry.expire_time));
    entry.leaf.facts.Set("outcome_due", ToRfc3339(*entry.due_time));
  }
  return entry;
}

// What follows from an authorization: its outcome, or that it will not be used.
inline Entry About(const std::string& type, Claim claim, const Uuid& authorization) {
  Entry entry = EntryOf(type);
  entry.claim = claim;
  entry.named = authorization;
  entry.leaf.decision = entry.leaf.id;
  entry.leaf.facts.Set("authorization", authorization.ToText());
  return entry;
}

class AppendingToALedger : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store::Migrate({url_}).ok());
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

  const std::string url_ = candor::testing::Postgres::Get().Url();
  store::Connection connection_{{url_}, store::Role::kWriter};
  std::string folder_;
  std::unique_ptr<Process> first_;
  Uuid tenant_;
  std::map<std::uint64_t, Digest> roots_;  // Of all checkpoints that were seen.
};

// Holds the head of every ledger, so that entries pile up behind it.
class HeldHeads {
 public:
  explicit HeldHeads(const std::string& url) : session_(url) {
    session_.Run("BEGIN");
    EXPECT_EQ(session_.Run("SELECT FROM heads FOR UPDATE").sqlstate, "");
  }
  ~HeldHeads() { session_.Run("COMMIT"); }

  // In the transaction that holds them.
  void Run(const std::string& sql) { EXPECT_EQ(session_.Run(sql).sqlstate, "") << sql; }

 private:
  candor::testing::Session session_;
};

}  // namespace candor::ledger
