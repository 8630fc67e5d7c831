// New keys for a ledger: on a real ledger, by one process, by two, and cut short.
#include "services/flow/rotate.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include "services/core/merkle/tree_hash.h"
#include "services/verify/follow.h"
#include "services/store/erasures.h"
#include "services/domain/registered.h"
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
    Sql("CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
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

// Persons with a key each, as many as take three pages.
class WrappingAnew : public RotatingKeys {
 protected:
  void SetUp() override {
    RotatingKeys::SetUp();
    std::vector<std::future<absl::StatusOr<Receipt>>> answers;
    for (int i = 0; i < kPersons; ++i) answers.push_back(first_->Send(tenant_, About("person-" + std::to_string(i))));
    for (auto& answer : answers) ASSERT_TRUE(answer.get().ok());
    before_ = Opened(*first_);
    ASSERT_GE(before_.size(), static_cast<std::size_t>(kPersons));
  }

  static ledger::Entry About(const std::string& person) {
    ledger::Entry entry = EntryOf("outcome");
    entry.sections.push_back({.name = "person",
                              .bytes = "{\"a\":1}",
                              .owner = {.kind = vault::Owner::Kind::kPerson, .reference = person}});
    entry.fingerprint_owner = entry.sections[0].owner;
    return entry;
  }

  // Every person's key in clear, by handle, as a process opens it.
  std::map<std::string, std::string> Opened(ledger::Process& process) {
    std::map<std::string, std::string> keys;
    const auto rows = candor::testing::Session(url_).Run("SELECT encode(handle, 'hex') FROM data_keys").rows;
    for (const auto& row : rows) {
      store::Handle handle{};
      std::ranges::copy(*FromHex(row[0]), handle.begin());
      const auto key = process.Get(tenant_)->keyring().KeyOf(connection_, handle);
      EXPECT_TRUE(key.ok()) << key.status();
      if (key.ok()) keys[row[0]] = ToHex(key->view());
    }
    return keys;
  }
  std::string Under(int wrapper) {
    return Sql("SELECT count(*) FROM data_keys WHERE generation = " + std::to_string(wrapper));
  }

  static constexpr int kPersons = 1100;
  std::map<std::string, std::string> before_;
};

TEST_F(WrappingAnew, TakesEveryKeyAndChangesNone) {
  const auto rotated = Run(*first_, Asked(false));
  ASSERT_TRUE(rotated.ok()) << rotated.status();

  EXPECT_EQ(rotated->wrapper, 2U);
  EXPECT_GE(rotated->rewrapped, static_cast<std::uint64_t>(kPersons));
  EXPECT_EQ(Under(1), "0");
  EXPECT_EQ(Sql("SELECT string_agg(number::text, ',') FROM tenant_keys WHERE purpose = 'data'"), "2");
  EXPECT_EQ(Opened(*NewProcess()), before_);
  EXPECT_EQ(Opened(*first_), before_);
  CheckWholeLedger();
}

TEST_F(WrappingAnew, GoesOnInAnotherProcessWhereItWasCutShort) {
  Sql("CREATE OR REPLACE FUNCTION refuse_more() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
      "IF (SELECT count(*) FROM data_keys WHERE generation = 2) >= 500 THEN RAISE EXCEPTION 'not yet'; END IF; "
      "RETURN NEW; END $$");
  Sql("CREATE TRIGGER refuse BEFORE UPDATE ON data_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_more()");
  EXPECT_FALSE(Run(*first_, Asked(false)).ok());
  EXPECT_EQ(Under(2), "500");
  first_.reset();
  first_ = NewProcess();
  EXPECT_EQ(Opened(*first_), before_);  // Both keys that wrap are there.
  Good(first_->Append(tenant_, About("person-3")));
  Good(first_->Append(tenant_, About("somebody new")));
  EXPECT_EQ(Under(2), "501");
  Sql("DROP TRIGGER refuse ON data_keys");

  const auto gone_on = RotateIn(*first_).GoOn(Ledger());

  ASSERT_TRUE(gone_on.ok()) << gone_on.status();
  EXPECT_EQ(Under(1), "0");
  EXPECT_EQ(Sql("SELECT min(number) FROM tenant_keys WHERE purpose = 'data'"), "2");
  std::map<std::string, std::string> after = Opened(*NewProcess());
  std::erase_if(after, [&](const auto& key) { return !before_.contains(key.first); });
  EXPECT_EQ(after, before_);
}

TEST_F(WrappingAnew, IsMetByAnotherProcessInTheMiddleOfItsWork) {
  const auto second = NewProcess();
  std::atomic<bool> enough = false;
  std::atomic<int> written = 0;
  {
    std::jthread appending([&] {
      for (int i = 0; !enough; ++i) {
        for (ledger::Process* process : {second.get(), first_.get()}) {
          const auto receipt =
              process->Append(tenant_, About("person-" + std::to_string(i % 7 == 0 ? kPersons + i : i % kPersons)));
          EXPECT_TRUE(receipt.ok()) << receipt.status();
          ++written;
        }
      }
    });
    for (int i = 0; i < 3; ++i) {
      const auto rotated = Run(*first_, Asked(false));
      EXPECT_TRUE(rotated.ok()) << rotated.status();
    }
    enough = true;
  }

  EXPECT_GT(written, 0);
  EXPECT_EQ(Under(4), Sql("SELECT count(*) FROM data_keys"));
  const auto after = Opened(*second);
  for (const auto& [handle, key] : before_) EXPECT_EQ(after.at(handle), key);
  CheckWholeLedger();
}

// An erasure is final when the key is gone that a backup would need: not with the tenant's new key alone, nor while
// the operator's old one lies in the folder, nor while a server remembers it.
TEST_F(WrappingAnew, MakesAnErasureFinalOnceTheOperatorsOldKeyIsGone) {
  ledger::Entry erasing = EntryOf("erasure");
  erasing.erasing.emplace().lookups = {Ledger()->keyring().LookupOf({.kind = vault::Owner::Kind::kPerson, .reference = "person-3"})};
  erasing.erasing->may = [](const store::SealedUnder&) { return absl::OkStatus(); };
  const Receipt erased = Good(first_->Append(tenant_, std::move(erasing)));
  const auto final_in = [&](ledger::Process& process) {
    const auto named = RotateIn(process).NameFinal(process.Get(tenant_));
    EXPECT_TRUE(named.ok()) << named.status();
    return named.value_or(-1);
  };
  EXPECT_EQ(final_in(*first_), 0);
  ASSERT_TRUE(Run(*first_, Asked(false)).ok());
  EXPECT_EQ(Sql("SELECT generation FROM erasures"), "1") << "under which the tenant's old key was wrapped";
  EXPECT_EQ(final_in(*first_), 0) << "the operator's key is the same";
  ASSERT_TRUE(vault::OperatorKeys::MakeNext(folder_ + "/keys").ok());
  ASSERT_TRUE(Run(*first_, Asked(false)).ok());
  EXPECT_EQ(Sql("SELECT generation FROM erasures"), "1") << "it was never wrapped by the new one";
  EXPECT_EQ(final_in(*NewProcess()), 0) << "the old one lies in the folder";
  std::filesystem::remove(folder_ + "/keys/operator.1.key");
  EXPECT_EQ(final_in(*first_), 0) << "it remembers";
  const auto without = NewProcess();
  EXPECT_EQ(final_in(*without), 1);
  EXPECT_EQ(final_in(*without), 0) << "once";
  const auto last = store::ErasureLeaves(connection_, tenant_, erased.position + 1, 1);
  ASSERT_TRUE(last.ok() && last->size() == 1 && last->front().finished) << last.status();
  const auto leaf = core::ParseLeaf(last->front().finished->leaf);
  EXPECT_EQ(leaf->type, "erasure_final");
  EXPECT_EQ(domain::FactText(leaf->facts, "erasure"), LeafOf(erased).id.ToText());
  CheckWholeLedger();
}

TEST_F(WrappingAnew, LeavesTheOperatorsNewKeyOutOfWhatItDrops) {
  ASSERT_TRUE(vault::OperatorKeys::MakeNext(folder_ + "/keys").ok());
  Sql("CREATE TABLE wrapped_anew (purpose text, number bigint, generation bigint)");
  Sql("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
      "INSERT INTO wrapped_anew VALUES (NEW.purpose, NEW.number, NEW.generation); RETURN NEW; END $$");
  Sql("CREATE TRIGGER note BEFORE UPDATE ON tenant_keys FOR EACH ROW EXECUTE FUNCTION note()");
  ASSERT_TRUE(Run(*first_, Asked(false)).ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM wrapped_anew WHERE purpose = 'data'"), "0");
  EXPECT_NE(Sql("SELECT count(*) FROM wrapped_anew"), "0");
}

TEST_F(WrappingAnew, LeavesNothingUnderAnOldGenerationOfTheOperators) {
  const auto made = vault::OperatorKeys::MakeNext(folder_ + "/keys");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(*made, 2U);
  EXPECT_EQ(Sql("SELECT count(*) FROM tenant_keys WHERE generation = 1"), "4");

  ASSERT_TRUE(Run(*first_, Asked(true)).ok());

  EXPECT_EQ(Sql("SELECT count(*) FROM tenant_keys WHERE generation = 1"), "0");
  std::filesystem::remove(folder_ + "/keys/operator.1.key");
  const auto without = NewProcess();
  EXPECT_EQ(Opened(*without), before_);
  EXPECT_TRUE(without->Append(tenant_, About("person-1")).ok());
}

}  // namespace
}  // namespace candor::flow
