// An empty database with one tenant, and batches for its ledger that are right in every
// hash, made without the rooms above.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/core/chain/chain.h"
#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/tree_hash.h"
#include "services/crypto/random.h"
#include "services/store/append.h"
#include "services/store/tenants.h"
#include "tests/testing/postgres.h"
#include "tests/unit/store/empty_database.h"

namespace candor::store {

inline constexpr std::int64_t kSecond = 1'700'000'000;  // Of the head of size 0.

inline absl::Time At(std::int64_t micros) {
  return absl::FromUnixSeconds(kSecond) + absl::Microseconds(micros);
}

inline Uuid NewUuid() {
  return crypto::NewId(At(0));
}

inline Handle NewHandle() {
  return crypto::RandomBytes<16>();
}

inline WrappedKey NewWrappedKey() {
  return {.handle = NewHandle(), .generation = 1, .wrapped = crypto::RandomBytes<40>()};
}

inline Digest NewDigest() {
  return {.bytes = crypto::RandomBytes<32>()};
}

class StoredLedger : public ::testing::Test {
 protected:
  void SetUp() override { tenant_ = AddTenant("a.example/b"); }

  // A tenant with an empty ledger.
  Uuid AddTenant(const std::string& origin) {
    NewTenant made{.tenant_id = NewUuid(),
                   .origin = origin,
                   .request_id = NewUuid(),
                   .keys = {},
                   .head = {},
                   .checkpoint = std::string(64, '-')};
    for (const char* purpose : {"data", "lookup", "evidence", "ledger"}) {
      made.keys[{purpose, 1}].key = NewWrappedKey();
    }
    made.head.root = core::EmptyRoot();
    made.head.chain = core::ChainStart(origin);
    made.head.time = At(0);
    const absl::Status inserted = InsertTenant(writer_, made);
    EXPECT_TRUE(inserted.ok()) << inserted;
    return made.tenant_id;
  }

  // A row for a leaf; the text must live as long as the row. Its two hashes come later.
  static EntryRow RowOf(std::string_view leaf) {
    EntryRow row;
    row.leaf_id = NewUuid();
    row.request_id = NewUuid();
    row.leaf = leaf;
    return row;
  }

  // What is written when `rows` come after `head`.
  static Batch BatchAfter(const Head& head, std::vector<EntryRow> rows) {
    Batch batch;
    batch.first_position = head.size;
    batch.head = head;
    core::CompactRange range = *core::CompactRange::FromParts(head.size, head.range);
    for (EntryRow& row : rows) {
      row.leaf_hash = core::HashLeaf(AsBytes(row.leaf));
      row.chain_hash = batch.head.chain = core::ChainNext(batch.head.chain, row.leaf_hash);
      range.Append(row.leaf_hash);
    }
    batch.head.size = range.size();
    batch.head.root = range.Root();
    batch.head.range = range.hashes();
    batch.head.time = head.time + absl::Microseconds(1);
    batch.entries = std::move(rows);
    return batch;
  }

  // Locks, lets `change` have its way with the batch, writes, commits.
  absl::Status AppendRows(
      std::vector<EntryRow> rows, absl::FunctionRef<void(Batch&)> change = [](Batch&) {}) {
    return Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
      const absl::StatusOr<Head> head = ledger.Lock(tenant_);
      if (!head.ok()) return head.status();
      Batch batch = BatchAfter(*head, rows);
      change(batch);
      return ledger.Write(batch);
    });
  }

  absl::StatusOr<Answers> Settle(const Questions& questions) { return Settle(tenant_, questions); }

  absl::StatusOr<Answers> Settle(const Uuid& tenant, const Questions& questions) {
    absl::StatusOr<Answers> answers = absl::UnknownError("not asked");
    const absl::Status status = Append(writer_, [&](LedgerTransaction& ledger) -> absl::Status {
      if (auto head = ledger.Lock(tenant); !head.ok()) return head.status();
      answers = ledger.Settle(questions);
      return answers.status();
    });
    return status.ok() ? std::move(answers) : status;
  }

  const Address address_{EmptyDatabase()};
  Connection writer_{address_, Role::kWriter};
  Connection reader_{address_, Role::kReader};
  Uuid tenant_;
};

}  // namespace candor::store
