// Keys that change, by the command line: what a person types, and what verifies afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "services/base/clock.h"
#include "services/core/tlog/checkpoint.h"
#include "services/store/reader.h"
#include "services/vault/keyring.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class KeysThatChange : public ::testing::Test {
 protected:
  void SetUp() override { File("first.vkey", tenant_.key.ToText() + "\n"); }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

  std::string KeyFile(const std::string& name, const Client& client) const {
    File(name, client.key() + "\n");
    std::filesystem::permissions(Path(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return Path(name);
  }

  Ran AsOperator(std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file",
                               world_.server().state() + "/operator.apikey"});
    return RunCandor(words);
  }
  Ran Rotate(std::vector<std::string> more = {"--ledger-key"}) const {
    std::vector<std::string> words = {"tenant", "rotate", "--tenant", tenant_.id, "--vkey-out", Path("newest.vkey")};
    words.insert(words.end(), more.begin(), more.end());
    return AsOperator(words);
  }
  Ran Verify(std::vector<std::string> more) const {
    std::vector<std::string> words = {"verify", "ledger", "--database", world_.database(), "--origin", tenant_.origin};
    words.insert(words.end(), more.begin(), more.end());
    return RunCandor(words);
  }
  void ExpectIntact(const std::vector<std::string>& more) const {
    const Ran ran = Verify(more);
    EXPECT_EQ(ran.exit, 0) << ran;
    EXPECT_THAT(LineFromEnd(ran.out, 1), StartsWith("intact: yes, "));
  }

  // A receipt of now, as files; its stem.
  std::string Receipt(const std::string& name) const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(Question());
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    File(name + ".leaf.json", answer->receipt().leaf());
    File(name + ".tlog-proof", answer->receipt().proof());
    return Path(name);
  }
  static Ran VerifyReceipt(const std::string& stem, const std::string& vkey_file) {
    return RunCandor({"verify", "receipt", stem + ".leaf.json", stem + ".tlog-proof", "--vkey-file", vkey_file});
  }

  // The checkpoint of now, as the tenant's n-th key signs it.
  std::string SignedBy(std::uint64_t number) {
    const Uuid tenant = *Uuid::FromText(tenant_.id);
    const auto keys = vault::OperatorKeys::Load(world_.server().state() + "/keys", false);
    store::Connection connection({world_.database()}, store::Role::kWriter);
    const auto ring =
        vault::Keyring::Open(*keys, tenant, *store::TenantKeys(connection, tenant), SystemClock());
    const crypto::Ed25519Key signer((*ring)->ledger_seeds().at(number));
    const auto head = store::ReadHead(connection, tenant);
    return core::SignNote(
        core::CheckpointText({.origin = tenant_.origin, .size = head->size, .root = head->root}),
        core::VerifierKey::Of(tenant_.origin, signer.public_key()), signer);
  }

  World& world_ = World::Get();
  const Folder folder_;
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_F(KeysThatChange, AreFollowedFromTheFirstKeyAloneAndFromTheNewestAlone) {
  ASSERT_EQ(Rotate().exit, 0);
  const Ran second = Rotate();
  ASSERT_EQ(second.exit, 0) << second;
  ASSERT_TRUE(tenant_.component.Call<v1::AuthorizeResponse>(Question()).ok());

  ExpectIntact({"--vkey-file", Path("first.vkey"), "--vkey-out", Path("all.vkeys")});
  ExpectIntact({"--vkey-file", Path("newest.vkey")});
  ExpectIntact({});

  const std::string all = ReadText(Path("all.vkeys"));
  EXPECT_THAT(all, StartsWith(tenant_.key.ToText() + "\n"));
  EXPECT_THAT(all, ::testing::EndsWith(ReadText(Path("newest.vkey"))));
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
  const Client officer = World::MakeCaller(tenant_, v1::ROLE_TENANT_SYSTEM, "auditor");
  for (const char* vkey : {"first.vkey", "newest.vkey"}) {
    const Ran server = RunCandor({"verify", "server", "--vkey-file", Path(vkey), "--server", world_.server().address(),
                                  "--key-file", KeyFile("officer.key", officer)});
    EXPECT_EQ(server.exit, 0) << server;
  }
}

TEST_F(KeysThatChange, LeaveOldReceiptsAndCheckpointsGood) {
  const std::string before = Receipt("before");
  const std::string checkpoint = File("checkpoint", SignedBy(1));
  ASSERT_EQ(Rotate().exit, 0);
  const std::string after = Receipt("after");

  EXPECT_EQ(VerifyReceipt(before, Path("first.vkey")).exit, 0);
  EXPECT_EQ(VerifyReceipt(after, Path("newest.vkey")).exit, 0);
  EXPECT_EQ(VerifyReceipt(after, Path("first.vkey")).exit, 1);
  ExpectIntact({"--vkey-file", Path("newest.vkey"), "--checkpoint", checkpoint, "--vkey-out", Path("all.vkeys")});
  for (const std::string& receipt : {before, after}) EXPECT_EQ(VerifyReceipt(receipt, Path("all.vkeys")).exit, 0);
}

TEST_F(KeysThatChange, SignNothingOnceTheyAreRetired) {
  ASSERT_EQ(Rotate().exit, 0);
  Receipt("after");

  const std::string late = File("late", SignedBy(1)), good = File("good", SignedBy(2));

  const Ran ran = Verify({"--vkey-file", Path("first.vkey"), "--checkpoint", late});
  EXPECT_EQ(ran.exit, 1) << ran;
  EXPECT_THAT(ran.out, HasSubstr("is signed by a key that the ledger does not allow at that size"));
  ExpectIntact({"--vkey-file", Path("first.vkey"), "--checkpoint", good});
}

TEST_F(KeysThatChange, AreNotFollowedFromOneThatIsInForeignHands) {
  ASSERT_EQ(Rotate({"--ledger-key", "--compromised"}).exit, 0);
  Receipt("after");

  EXPECT_EQ(Verify({"--vkey-file", Path("first.vkey")}).exit, 1);
  ExpectIntact({"--vkey-file", Path("newest.vkey")});
}

TEST_F(KeysThatChange, AreNamedWhereTheHeadSaysAnotherNumber) {
  ASSERT_EQ(Rotate().exit, 0);
  candor::testing::Session session(world_.database());
  session.Run("UPDATE heads SET signer = 1 WHERE tenant_id = $1", {tenant_.id});

  const Ran ran = Verify({"--vkey-file", Path("first.vkey")});

  EXPECT_EQ(ran.exit, 1) << ran;
  EXPECT_THAT(ran.out, HasSubstr("\n  heads signer: "));
  session.Run("UPDATE heads SET signer = 2 WHERE tenant_id = $1", {tenant_.id});
}

TEST_F(KeysThatChange, AreToldToTheOperatorAlone) {
  const Ran ran = RunCandor({"tenant", "rotate", "--ledger-key", "--server", world_.server().address(), "--key-file",
                             KeyFile("core.key", tenant_.system)});

  EXPECT_EQ(ran.exit, 1) << ran;
  EXPECT_THAT(ran.err, HasSubstr("PERMISSION_DENIED"));
}

TEST_F(KeysThatChange, AreCompromisedOnlyWithTheKeyThatSigns) {
  const Ran ran = Rotate({"--compromised"});

  EXPECT_EQ(ran.exit, 1) << ran;
  EXPECT_THAT(ran.err, HasSubstr("goes with ledger_key"));
}

// A server of its own, whose operator's key changes too.
class OperatorsKey : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    std::string key = ReadText(server_.state() + "/operator.apikey");
    key.pop_back();
    tenant_ = MakeTenant(Client::To(server_.address(), key), "ledger.example.com/generations");
    Ask();
  }

  void Ask() const {
    const Client component = Client::To(server_.address(), tenant_->component.key());
    const auto answer = component.Call<v1::AuthorizeResponse>(Question());
    EXPECT_TRUE(answer.ok()) << answer.refusal();
  }
  Ran Keys(const std::string& command, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"keys", command, "--keys", server_.state() + "/keys"};
    words.insert(words.end(), more.begin(), more.end());
    return RunCandor(words);
  }
  Ran RotateAll() const {
    return RunCandor({"tenant", "rotate", "--all", "--server", server_.address(), "--key-file",
                      server_.state() + "/operator.apikey"});
  }
  Client Officer() const { return Client::To(server_.address(), officer_); }
  // The id of the erasure.
  std::string EraseSomebody() {
    const Client component = Client::To(server_.address(), tenant_->component.key());
    EXPECT_TRUE(component.Call<v1::AuthorizeResponse>(Question("customer-9")).ok());
    officer_ = World::MakeKey(*tenant_, World::MakeHuman(*tenant_, {v1::ROLE_COMPLIANCE}, "officer")).key();
    v1::ErasePersonRequest erase;
    erase.set_request_id(NewId());
    erase.set_person_reference("customer-9");
    erase.set_ground(v1::ERASURE_GROUND_REQUEST);
    const auto erased = Officer().Call<v1::ErasePersonResponse>(erase);
    EXPECT_TRUE(erased.ok()) << erased.refusal();
    return erased->erasure().erasure_id();
  }
  v1::GetErasureResponse Get(const std::string& erasure) const {
    v1::GetErasureRequest get;
    get.set_erasure_id(erasure);
    const auto answer = Officer().Call<v1::GetErasureResponse>(get);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  void ExpectEverySectionOpens() const {
    const Ran ran = RunCandor({"verify", "ledger", "--database", database_, "--keys", server_.state() + "/keys"});
    EXPECT_EQ(ran.exit, 0) << ran;
    EXPECT_THAT(ran.out, HasSubstr("sections opened and held against their leaves"));
  }

  const Folder folder_;
  const std::string database_ = candor::testing::Postgres::Get().Url();
  Server server_{{.database = database_, .state = folder_.path() + "/state", .marks = {}, .more = {}}};
  std::optional<Tenant> tenant_;
  std::string officer_;
};

TEST_F(OperatorsKey, IsNeededNoMoreOnceEveryTenantHasNewKeys) {
  std::ofstream(folder_.path() + "/passphrase") << "correct horse battery";
  const std::vector<std::string> backup = {"--passphrase-file", folder_.path() + "/passphrase", "--database", database_,
                                           "--out"};
  const auto with = [&](const char* name) {
    std::vector<std::string> words = backup;
    words.push_back(folder_.path() + "/" + name);
    return words;
  };
  ASSERT_EQ(Keys("new").exit, 0);
  const Ran early = Keys("backup", with("early"));
  EXPECT_EQ(early.exit, 0) << early;
  EXPECT_THAT(early.err, ::testing::Not(HasSubstr("opens nothing")));

  const std::string erasure = EraseSomebody();
  const v1::GetErasureResponse effective = Get(erasure);
  EXPECT_EQ(effective.erasure().state(), v1::ERASURE_STATE_EFFECTIVE);
  EXPECT_EQ(effective.erasure().final_time().seconds() - effective.erasure().effective_time().seconds(), 30 * 86400) << "as promised";
  EXPECT_FALSE(effective.has_final_receipt());

  const Ran rotated = RotateAll();
  ASSERT_EQ(rotated.exit, 0) << rotated;
  Ask();

  const Ran listed = Keys("list", {"--database", database_});
  EXPECT_EQ(listed.exit, 0) << listed;
  EXPECT_THAT(listed.err, HasSubstr("operator.1.key opens nothing in this database any more"));
  const Ran late = Keys("backup", with("late"));
  EXPECT_THAT(late.err, HasSubstr("operator.1.key opens nothing in this database any more")) << late;
  ExpectEverySectionOpens();

  ASSERT_EQ(server_.Stop(), 0);
  std::filesystem::remove(server_.state() + "/keys/operator.1.key");
  server_.Start();
  Ask();
  ExpectEverySectionOpens();

  v1::GetErasureResponse ended = Get(erasure);
  for (int tries = 0; ended.erasure().state() != v1::ERASURE_STATE_FINAL && tries < 600; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ended = Get(erasure);
  }
  EXPECT_EQ(ended.erasure().state(), v1::ERASURE_STATE_FINAL) << server_.log();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(ended.final_receipt(), tenant_->key, &leaf));
  EXPECT_EQ(leaf.type, "erasure_final");
  EXPECT_EQ(FactOf(leaf, "erasure"), erasure);
  EXPECT_EQ(absl::FromUnixSeconds(ended.erasure().final_time().seconds()), absl::FromUnixSeconds(absl::ToUnixSeconds(leaf.time)));
  const auto list = Officer().Call<v1::ListErasuresResponse>(v1::ListErasuresRequest());
  ASSERT_EQ(list->erasures_size(), 1);
  EXPECT_EQ(list->erasures(0).state(), v1::ERASURE_STATE_FINAL);
}

TEST_F(OperatorsKey, IsMissedByNameWhileItIsNeeded) {
  ASSERT_EQ(Keys("new").exit, 0);
  std::filesystem::remove(server_.state() + "/keys/operator.1.key");

  const Ran listed = Keys("list", {"--database", database_});

  EXPECT_EQ(listed.exit, 1) << listed;
  EXPECT_THAT(listed.out, HasSubstr("MISSING"));
}

TEST_F(OperatorsKey, IsTakenUpByAServerThatWasKilledMeanwhile) {
  ASSERT_EQ(Keys("new").exit, 0);
  server_.Kill();
  server_.Start();  // It wraps anew by itself.
  candor::testing::Session session(database_);
  for (int tries = 0; session.Run("SELECT count(*) FROM tenant_keys WHERE generation = 1").value() != "0"; ++tries) {
    ASSERT_LT(tries, 600) << server_.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  Ask();
  ExpectEverySectionOpens();
}

}  // namespace
}  // namespace candor::e2e
