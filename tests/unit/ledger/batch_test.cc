#include "services/ledger/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ledger/world.h"

namespace candor::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Batches put together by hand, so that what meets in one is no matter of chance.
class Batches : public AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
    ledger_ = first_->Get(tenant_);
  }

  void Add(Entry entry) {
    Items one;
    one.push_back(std::make_unique<Item>());
    one[0]->entry = std::move(entry);
    const absl::Status prepared = Prepare(*ledger_, connection_, one);
    ASSERT_TRUE(prepared.ok()) << prepared;
    items_.push_back(std::move(one[0]));
  }

  static Entry WithSection(const std::string& person) {
    Entry entry = EntryOf("outcome");
    entry.sections.push_back({.name = "person",
                              .bytes = "{\"a\":1}",
                              .owner = {.kind = vault::Owner::Kind::kPerson, .reference = person}});
    entry.fingerprint_owner = entry.sections[0].owner;
    return entry;
  }
  Digest LookupOf(const std::string& person) {
    return ledger_->keyring().LookupOf({.kind = vault::Owner::Kind::kPerson, .reference = person});
  }

  absl::Status Write(Batch& batch) {
    return store::Append(connection_, [&](store::LedgerTransaction& transaction) -> absl::Status {
      CANDOR_ASSIGN_OR_RETURN(const store::Head head, transaction.Lock(tenant_));
      CANDOR_ASSIGN_OR_RETURN(const store::Answers answers, transaction.Settle(batch.Ask(false)));
      batch.Settle(answers);
      if (!batch.has_new()) return absl::OkStatus();
      CANDOR_ASSIGN_OR_RETURN(OpenTiles tiles, OpenTiles::Read(transaction, head.size));
      CANDOR_RETURN_IF_ERROR(batch.Build(head, SystemClock().Now(), std::move(tiles)));
      return transaction.Write(batch.rows());
    });
  }

  std::shared_ptr<Ledger> ledger_;
  Items items_;
};

TEST_F(Batches, StoreTheKeyOfSomebodyNewOnce) {
  for (int i = 0; i < 3; ++i) Add(WithSection("alice"));
  Batch batch(*ledger_, items_);

  ASSERT_TRUE(Write(batch).ok());

  EXPECT_THAT(batch.fresh(), ElementsAre(0, 1, 2));
  EXPECT_EQ(batch.rows().persons.size(), 1U);
}

TEST_F(Batches, SealNothingUnderAKeyThatIsNotStored) {
  Add(WithSection("alice"));
  ledger_->keyring().Drop(LookupOf("alice"));  // As when the cache is full, or a minute went by.
  Add(WithSection("alice"));
  Batch batch(*ledger_, items_);

  ASSERT_TRUE(Write(batch).ok());

  EXPECT_THAT(batch.fresh(), ElementsAre(0));
  EXPECT_THAT(batch.again(), ElementsAre(1));
  EXPECT_EQ(Sql("SELECT count(*) FROM sealed s WHERE NOT EXISTS "
                "(SELECT FROM data_keys k WHERE k.handle = s.handle)"),
            "0");
}

TEST_F(Batches, SealAgainWhatAnotherProcessGaveAKeyFirst) {
  const auto other = NewProcess();
  Add(WithSection("alice"));
  Good(other->Append(tenant_, WithSection("alice")));
  Batch batch(*ledger_, items_);

  ASSERT_TRUE(Write(batch).ok());

  EXPECT_THAT(batch.fresh(), IsEmpty());
  EXPECT_THAT(batch.again(), ElementsAre(0));
}

TEST_F(Batches, LetARepeatOfOneOfTheirOwnWait) {
  const Entry entry = EntryOf("outcome");
  Add(entry);
  Add(entry);
  Batch batch(*ledger_, items_);

  ASSERT_TRUE(Write(batch).ok());

  EXPECT_THAT(batch.fresh(), ElementsAre(0));
  EXPECT_THAT(batch.later(), ElementsAre(1));
}

TEST_F(Batches, GiveTheSameAnswerWhenTheyAreSettledAgain) {
  const Receipt authorization =
      Good(first_->Append(tenant_, Authorization("deny", SystemClock().Now() + absl::Hours(1))));
  Add(About("outcome", Claim::kClose, LeafOf(authorization).id));
  Add(About("outcome", Claim::kClose, LeafOf(authorization).id));
  Add(About("cancellation", Claim::kCancel, NewUuid()));
  Batch batch(*ledger_, items_);

  for (int i = 0; i < 2;
       ++i) {  // The first time nothing is written, as when the commit was refused.
    const absl::Status status =
        store::Append(connection_, [&](store::LedgerTransaction& transaction) -> absl::Status {
          CANDOR_ASSIGN_OR_RETURN(const store::Head head, transaction.Lock(tenant_));
          CANDOR_ASSIGN_OR_RETURN(const store::Answers answers, transaction.Settle(batch.Ask(false)));
          batch.Settle(answers);
          CANDOR_ASSIGN_OR_RETURN(OpenTiles tiles, OpenTiles::Read(transaction, head.size));
          CANDOR_RETURN_IF_ERROR(batch.Build(head, SystemClock().Now(), std::move(tiles)));
          CANDOR_RETURN_IF_ERROR(transaction.Write(batch.rows()));
          return i == 0 ? absl::AbortedError("once more") : absl::OkStatus();
        });
    EXPECT_EQ(status.ok(), i == 1) << status;
  }

  EXPECT_THAT(batch.fresh(), ElementsAre(0, 1));
  EXPECT_EQ(batch.rows().first_position, 2U);
  EXPECT_THAT(core::ParseLeaf(items_[0]->leaf)->marks, ElementsAre("against_verdict"));
  EXPECT_EQ(items_[2]->position.status().code(), absl::StatusCode::kNotFound);
  CheckWholeLedger();
}

TEST_F(Batches, AskAboutEachItemInTheirOrder) {
  Add(EntryOf("outcome"));
  Add(About("outcome", Claim::kClose, tenant_));

  const store::Questions questions = Batch(*ledger_, items_).Ask(false);

  EXPECT_THAT(questions.requests,
              ElementsAre(items_[0]->entry.leaf.request, items_[1]->entry.leaf.request));
  EXPECT_THAT(questions.named, ElementsAre(tenant_));
}

TEST_F(Batches, PrepareTellsWhichLeafIsTooLarge) {
  Items items;
  for (int i = 0; i < 2; ++i) {
    items.push_back(std::make_unique<Item>());
    items[i]->entry = EntryOf("outcome");
  }
  for (int i = 0; i < 70; ++i)
    items[1]->entry.leaf.facts.Set("f" + std::to_string(i), std::string(1000, 'x'));

  ASSERT_TRUE(Prepare(*ledger_, connection_, items).ok());

  EXPECT_TRUE(items[0]->unfinished.has_value());
  EXPECT_FALSE(items[1]->unfinished.has_value());
  EXPECT_EQ(items[1]->position.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace candor::ledger
