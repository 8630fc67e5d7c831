// New keys for a ledger: on a real ledger, by one process, by two, and cut short.
#include "services/flow/rotate.h"

#include <gmock/gmock.h>

#include "services/core/merkle/tree_hash.h"
#include "services/verify/follow.h"
#include "tests/unit/ledger/world.h"

namespace candor::flow {
namespace {

using ledger::EntryOf;
using ledger::NewUuid;
using ledger::Receipt;
using ::testing::ElementsAre;

class RotatingKeys : public ledger::AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
    keys_ = {Ledger()->verifier_key()};
  }

  std::shared_ptr<ledger::Ledger> Ledger() { return first_->Get(tenant_); }

  static domain::Statement Asked(bool ledger_key, bool compromised = false) {
    domain::Statement statement;
    statement.method = "rotate_keys";
    statement.request = NewUuid();
    if (ledger_key) statement.facts.Set("ledger_key", true);
    if (compromised) statement.facts.Set("compromised", true);
    statement.fingerprint_text = "{\"method\":\"rotate_keys\",\"request\":{}}";
    return statement;
  }
  static domain::Caller Operator() {
    domain::Caller caller;
    caller.kind = "service";
    caller.code = "operator";
    return caller;
  }
  Rotate RotateIn(ledger::Process& process) {
    return {process.ledgers, *process.appender, process.writers, erasers_, process.keys, process.clock};
  }
  absl::StatusOr<Rotate::Rotated> Run(ledger::Process& process, const domain::Statement& statement) {
    return RotateIn(process).Keys(Operator(), tenant_, statement);
  }
  void RotateNow(bool compromised = false) {
    const auto rotated = Run(*first_, Asked(true, compromised));
    ASSERT_TRUE(rotated.ok()) << rotated.status();
    keys_.push_back(Ledger()->verifier_key());
  }

  // Which of the keys signed a receipt, from 1; 0: none.
  std::size_t SignerOf(const Receipt& receipt) const {
    const auto proof = core::ParseProof(receipt.proof);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (proof.ok() && core::OpenCheckpoint(proof->checkpoint, {keys_[i]}).ok()) return i + 1;
    }
    return 0;
  }
  Receipt Append(ledger::Process& process) {
    const auto receipt = process.Append(tenant_, EntryOf("outcome"));
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return receipt.value_or(Receipt{});
  }

  std::vector<core::Leaf> KeyLeaves() {
    std::vector<core::Leaf> found;
    const auto stored_leaves = store::Leaves(connection_, tenant_, 0, 1000, 1000);
    for (const store::StoredLeaf& stored : *stored_leaves) {
      const auto leaf = core::ParseLeaf(stored.leaf);
      if (leaf.ok() && leaf->type == "key") found.push_back(*leaf);
    }
    return found;
  }
  std::vector<verify::KeyChange> Changes() {
    std::vector<verify::KeyChange> changes;
    const auto stored_leaves = store::Leaves(connection_, tenant_, 0, 1000, 1000);
    for (const store::StoredLeaf& stored : *stored_leaves) {
      const auto leaf = core::ParseLeaf(stored.leaf);
      const auto facts = verify::ReadFacts(*leaf, stored.position);
      EXPECT_TRUE(facts.ok()) << facts.status();
      for (verify::KeyChange change : facts.ok() ? facts->keys : std::vector<verify::KeyChange>()) {
        change.leaf_hash = core::HashLeaf(AsBytes(stored.leaf));
        changes.push_back(std::move(change));
      }
    }
    return changes;
  }

  // Makes the database refuse the leaf that retires a key, as if the server ended there.
  void RefuseRetirements() {
    Sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF position('\"change\":\"retired\"' IN convert_from(NEW.leaf, 'UTF8')) > 0 THEN "
        "RAISE EXCEPTION 'not yet'; END IF; RETURN NEW; END $$");
    Sql("CREATE TRIGGER refuse BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION refuse()");
  }
  void AllowRetirements() { Sql("DROP TRIGGER refuse ON entries"); }

  store::Pool erasers_{{url_}, store::Role::kEraser};
  std::vector<core::VerifierKey> keys_;  // That signed, the first one first.
};

TEST_F(RotatingKeys, AnnouncesTheNewKeyUnderTheOldOneAndRetiresThatUnderTheNewOne) {
  const auto rotated = Run(*first_, Asked(true));
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  keys_.push_back(Ledger()->verifier_key());

  EXPECT_NE(keys_[0], keys_[1]);
  EXPECT_EQ(SignerOf(rotated->receipt), 1U);
  EXPECT_EQ(SignerOf(Append(*first_)), 2U);
  const auto leaves = KeyLeaves();
  ASSERT_EQ(leaves.size(), 2U);
  EXPECT_EQ(*leaves[0].facts.FindString("change"), "announced");
  EXPECT_EQ(*leaves[0].facts.FindString("vkey"), keys_[1].ToText());
  EXPECT_EQ(*leaves[0].facts.FindInteger("from"), 2);
  EXPECT_EQ(*leaves[1].facts.FindString("change"), "retired");
  EXPECT_EQ(*leaves[1].facts.FindString("vkey"), keys_[0].ToText());
  EXPECT_EQ(*leaves[1].facts.FindString("reason"), "rotated");
  EXPECT_EQ(*leaves[1].facts.FindInteger("from"), 3);
  CheckWholeLedger();
}

TEST_F(RotatingKeys, IsFollowedFromTheFirstKeyThroughAllOfThem) {
  for (int i = 0; i < 3; ++i) RotateNow();

  EXPECT_EQ(verify::FollowKeys({keys_[0]}, Changes()), keys_);
  EXPECT_EQ(verify::FollowKeys({keys_[2]}, Changes()), (std::vector{keys_[2], keys_[3]}));
}

TEST_F(RotatingKeys, LeadsNowhereFromAKeyInForeignHands) {
  RotateNow(/*compromised=*/true);

  EXPECT_THAT(verify::FollowKeys({keys_[0]}, Changes()), ElementsAre(keys_[0]));
  EXPECT_THAT(verify::AllowedAt(2, keys_, Changes()), ElementsAre(keys_[1]));
}

TEST_F(RotatingKeys, IsFollowedByEveryProcessAtTheSameSize) {
  const auto second = NewProcess();
  EXPECT_EQ(SignerOf(Append(*second)), 1U);
  RotateNow();

  EXPECT_EQ(SignerOf(Append(*second)), 2U);
  EXPECT_EQ(second->Get(tenant_)->verifier_key(), keys_[1]);
  EXPECT_EQ(SignerOf(Append(*first_)), 2U);
}

TEST_F(RotatingKeys, IsRepeatedWithoutASecondEffect) {
  const domain::Statement asked = Asked(true);
  const auto one = Run(*first_, asked), two = Run(*first_, asked);

  ASSERT_TRUE(one.ok() && two.ok()) << one.status() << two.status();
  EXPECT_EQ(one->receipt.position, two->receipt.position);
  EXPECT_EQ(Sql("SELECT count(*) FROM tenant_keys WHERE purpose = 'ledger'"), "2");
}

TEST_F(RotatingKeys, IsDoneOnceWhereTwoProcessesTryAtTheSameTime) {
  const auto second = NewProcess();
  second->Get(tenant_);
  std::vector<absl::Status> ended(2);
  {
    std::vector<std::jthread> running;
    for (int i = 0; i < 2; ++i) {
      running.emplace_back([&, i] {
        ended[static_cast<std::size_t>(i)] = Run(i == 0 ? *first_ : *second, Asked(true)).status();
      });
    }
  }

  int done = 0;
  for (const absl::Status& status : ended) {
    done += status.ok() ? 1 : 0;
    EXPECT_TRUE(status.ok() || ReasonOf(status) == "WRONG_STATE") << status;
  }
  EXPECT_GE(done, 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM tenant_keys WHERE purpose = 'ledger'"), std::to_string(done + 1));
  Append(*first_);
  CheckWholeLedger();
}

TEST_F(RotatingKeys, GoesOnInAnotherProcessWhereItWasCutShort) {
  RefuseRetirements();
  EXPECT_FALSE(Run(*first_, Asked(true)).ok());
  EXPECT_EQ(SignerOf(Append(*first_)), 1U);  // The old key signs until it is retired.
  first_.reset();
  AllowRetirements();
  first_ = NewProcess();
  EXPECT_EQ(SignerOf(Append(*first_)), 1U);

  const auto gone_on = RotateIn(*first_).GoOn(Ledger());

  ASSERT_TRUE(gone_on.ok()) << gone_on.status();
  keys_.push_back(Ledger()->verifier_key());
  EXPECT_EQ(SignerOf(Append(*first_)), 2U);
  EXPECT_EQ(verify::FollowKeys({keys_[0]}, Changes()), keys_);
  CheckWholeLedger();
}

TEST_F(RotatingKeys, LeavesOldReceiptsGood) {
  const Receipt before = Append(*first_);
  RotateNow();
  const Receipt after = Append(*first_);

  EXPECT_EQ(SignerOf(before), 1U);
  EXPECT_TRUE(verify::VerifyReceipt(before.leaf, before.proof, {keys_[0]}, ledger::kOrigin).intact);
  EXPECT_TRUE(verify::VerifyReceipt(after.leaf, after.proof, {keys_[1]}, ledger::kOrigin).intact);
  EXPECT_FALSE(verify::VerifyReceipt(after.leaf, after.proof, {keys_[0]}, ledger::kOrigin).intact);
}

}  // namespace
}  // namespace candor::flow
