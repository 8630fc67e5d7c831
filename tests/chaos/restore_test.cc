// An older backup comes back under a state folder that has seen more: what was signed
// since would be contradicted, so the ledger is read-only, says why, and is still read.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/chaos/load.h"

namespace candor::chaos {
namespace {

using candor::testing::Postgres;
using candor::testing::Session;
using e2e::Client;
using e2e::Folder;
using e2e::Server;
using e2e::Tenant;

// Copies of a database, as an operator's backups: made by PostgreSQL, file by file.
class Backup {
 public:
  explicit Backup(const std::string& url) {
    const std::size_t user = url.find("candor@/"), name = user + sizeof("candor@/") - 1, end = url.find('?');
    name_ = url.substr(name, end - name);
    administrator_ = url.substr(0, user) + "postgres@/postgres" + url.substr(end);
  }

  // Nobody may be connected.
  void Take() { Run("CREATE DATABASE " + name_ + "_old TEMPLATE " + name_ + " OWNER candor"); }

  // Puts the copy where the database was, whoever is connected.
  void Restore() {
    Run("ALTER DATABASE " + name_ + " ALLOW_CONNECTIONS false");
    Run("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '" + name_ + "'");
    Run("ALTER DATABASE " + name_ + " RENAME TO " + name_ + "_lost");
    Run("ALTER DATABASE " + name_ + "_old RENAME TO " + name_);
  }

 private:
  void Run(const std::string& sql) { ASSERT_TRUE(Session(administrator_).Run(sql).ok()) << sql; }

  std::string name_, administrator_;
};

class RestoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    std::string key = e2e::ReadText(server_.state() + "/operator.apikey");
    key.pop_back();
    tenant_ = e2e::MakeTenant(Client::To(server_.address(), key), "ledger.example.com/restored");
    for (int i = 0; i < 5; ++i) before_.push_back(Authorize());
    ASSERT_EQ(server_.Stop(), 0);
    backup_.Take();
    server_.Start();
    for (int i = 0; i < 5; ++i) since_.push_back(Authorize());
  }

  Client Component() const { return Client::To(server_.address(), tenant_->component.key()); }
  Client System() const { return Client::To(server_.address(), tenant_->system.key()); }

  v1::AuthorizeResponse Authorize() const {
    const auto answer = Component().Call<v1::AuthorizeResponse>(e2e::Question());
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }

  // What a request comes to in the end, after what the contract says to repeat.
  template <typename Response>
  e2e::Answer<Response> Insist(const Client& client, const google::protobuf::Message& request) const {
    for (int tries = 0; tries < 600; ++tries) {
      const auto answer = client.Call<Response>(request);
      if (answer.status.error_code() != grpc::StatusCode::UNAVAILABLE) return answer;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "the server is not available any more";
    return {};
  }
  e2e::Refusal Ask() const { return Insist<v1::AuthorizeResponse>(Component(), e2e::Question()).refusal(); }

  // grpc.health.v1.HealthCheckResponse, field 1.
  static constexpr const char* kServing = "\x08\x01";
  static constexpr const char* kNotServing = "\x08\x02";
  bool ComesToHealth(const std::string& service, const std::string& wanted) const {
    const std::string request = service.empty() ? "" : std::string("\x0a") + static_cast<char>(service.size()) + service;
    for (int tries = 0; tries < 600; ++tries) {
      std::string response;
      if (Component().CallRaw("/grpc.health.v1.Health/Check", request, response).ok() && response == wanted) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  void ExpectReadOnly() const {
    const e2e::Refusal refusal = Ask();
    EXPECT_EQ(refusal.code, grpc::StatusCode::FAILED_PRECONDITION) << refusal;
    EXPECT_EQ(refusal.reason, "LEDGER_READ_ONLY") << refusal;
    v1::DeclareCodesRequest declare;
    declare.set_request_id(e2e::NewId());
    declare.set_kind(v1::CODE_KIND_TOOL);
    declare.add_codes("hammer");
    const auto declared = Insist<v1::DeclareCodesResponse>(System(), declare);
    EXPECT_TRUE(e2e::Refused(declared.status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
    const auto status = Insist<v1::GetStatusResponse>(System(), v1::GetStatusRequest());
    ASSERT_TRUE(status.ok()) << status.refusal();
    EXPECT_FALSE(status->writable());
    EXPECT_EQ(status->health(), v1::HEALTH_FAILED);
    EXPECT_TRUE(ComesToHealth("candor.v1.DecisionService", kNotServing));
    EXPECT_TRUE(ComesToHealth("", kServing));  // Reads go on.
  }

  // What the database still holds of what was signed.
  void ExpectServed() const {
    for (const v1::AuthorizeResponse& answer : before_) {
      v1::GetReceiptRequest request;
      request.set_leaf_id(answer.authorization_id());
      const auto receipt = Insist<v1::GetReceiptResponse>(Component(), request);
      ASSERT_TRUE(receipt.ok()) << receipt.refusal();
      EXPECT_TRUE(e2e::Verifies(receipt->receipt(), tenant_->key));
      EXPECT_EQ(receipt->receipt().leaf(), answer.receipt().leaf());
    }
    const auto checkpoint = Insist<v1::GetCheckpointResponse>(Component(), v1::GetCheckpointRequest());
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.refusal();
    v1::GetTileRequest tile;
    tile.set_width(5);
    const auto hashes = Insist<v1::GetTileResponse>(Component(), tile);
    EXPECT_TRUE(hashes.ok()) << hashes.refusal();
  }

  void ExpectLogSays(const std::string& why) const {
    const std::string log = server_.log();
    const std::size_t line = log.find("\"event\":\"ledger_read_only\"");
    ASSERT_NE(line, std::string::npos) << log;
    EXPECT_NE(log.find(why, line), std::string::npos) << log;
  }

  const Folder folder_;
  const std::string database_ = Postgres::Get().Url();
  Server server_{{.database = database_, .state = folder_.path() + "/state", .marks = {}, .more = {}}};
  Backup backup_{database_};
  std::optional<Tenant> tenant_;
  std::vector<v1::AuthorizeResponse> before_, since_;
};

TEST_F(RestoreTest, AnOlderBackupMakesTheLedgerReadOnlyAtTheNextStartAndEveryOneAfter) {
  server_.Kill();
  backup_.Restore();

  for (int start = 0; start < 2; ++start) {
    server_.Start();
    ExpectReadOnly();
    ExpectLogSays("an older backup was restored");
    ASSERT_EQ(server_.Stop(), 0);
  }
}

TEST_F(RestoreTest, AnOlderBackupIsStillReadAfterTheNextStart) {
  server_.Kill();
  backup_.Restore();

  server_.Start();

  ExpectServed();
}

TEST_F(RestoreTest, AnOlderBackupUnderARunningServerIsNoticedAtTheNextRequest) {
  backup_.Restore();

  ExpectReadOnly();
  ExpectLogSays("an older backup was restored");
}

TEST_F(RestoreTest, AnOlderBackupUnderARunningServerIsStillRead) {
  backup_.Restore();
  Ask();

  ExpectServed();
}

// A database that comes back from before an erasure forgets again before it serves.
class RestoredErasure : public RestoreTest {
 protected:
  void SetUp() override {
    RestoreTest::SetUp();
    ASSERT_NE(Keys(), "0");
    tenant_->system = System();
    const Client officer = e2e::World::MakeCaller(*tenant_, v1::ROLE_COMPLIANCE, "officer");
    v1::ErasePersonRequest request;
    request.set_request_id(e2e::NewId());
    request.set_person_reference("customer-1182");
    request.set_ground(v1::ERASURE_GROUND_REQUEST);
    const auto erased = Insist<v1::ErasePersonResponse>(officer, request);
    ASSERT_TRUE(erased.ok()) << erased.refusal();
    ASSERT_EQ(Keys(), "0");
  }

  // How many keys of persons there are that sealed a decision of the test.
  std::string Keys() const {
    return Session(database_).Run("SELECT count(*) FROM data_keys k WHERE tenant_id = $1 AND EXISTS (SELECT FROM sealed s "
                                  "JOIN entries e USING (tenant_id, position) WHERE s.handle = k.handle AND e.verdict = 1)",
                                  {tenant_->id}).value();
  }
};

TEST_F(RestoredErasure, IsReplayedAtTheNextStart) {
  server_.Kill();
  backup_.Restore();
  ASSERT_NE(Keys(), "0");

  server_.Start();

  EXPECT_EQ(Keys(), "0");
  EXPECT_NE(server_.log().find("erasures_replayed"), std::string::npos);
  ExpectReadOnly();
}

TEST_F(RestoredErasure, IsReplayedUnderARunningServerAtTheNextRequest) {
  backup_.Restore();

  ExpectReadOnly();

  EXPECT_EQ(Keys(), "0");
}

TEST_F(RestoredErasure, IsNotServedFromADamagedJournal) {
  ASSERT_EQ(server_.Stop(), 0);
  for (const auto& entry : std::filesystem::directory_iterator(server_.state() + "/marks")) {
    if (entry.path().extension() != ".erased" || std::filesystem::file_size(entry.path()) == 0) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20);
    file.put('!');
  }

  server_.Start();

  ExpectReadOnly();
  ExpectLogSays("journal of erasures is damaged");
}

TEST_F(RestoreTest, AMarkThatIsMissingMakesTheLedgerReadOnly) {
  ASSERT_EQ(server_.Stop(), 0);
  std::filesystem::remove_all(server_.state() + "/marks");
  std::filesystem::remove(server_.state() + "/process");  // It is another server now.

  server_.Start();

  ExpectReadOnly();
  ExpectLogSays("mark");
}

TEST_F(RestoreTest, AMarkThatIsLostForGoodIsGivenUpByALeaf) {
  std::string process = e2e::ReadText(server_.state() + "/process");
  process.pop_back();
  ASSERT_EQ(server_.Stop(), 0);
  std::filesystem::remove_all(server_.state() + "/marks");
  std::filesystem::remove(server_.state() + "/process");

  const auto authorize = [&](const Server& server) {
    const auto answer = Client::To(server.address(), tenant_->component.key()).Call<v1::AuthorizeResponse>(e2e::Question());
    EXPECT_TRUE(answer.ok()) << answer.refusal();
  };
  Server operated{{.database = database_, .state = server_.state(), .marks = {}, .more = {"--accept-lost-mark", process}}};
  operated.Start();
  authorize(operated);
  ASSERT_EQ(operated.Stop(), 0);
  server_.Start();  // The leaf says it from now on.
  authorize(server_);

  EXPECT_EQ(Session(database_).Run("SELECT count(*) FROM entries WHERE convert_from(leaf, 'UTF8') LIKE '%\"process\":\"' || "
                                   "$1 || '\"%\"type\":\"mark_lost\"%'", {process}).value(), "1");
}

TEST_F(RestoreTest, AMarkOfAnotherLedgerInItsPlaceMakesTheLedgerReadOnlyUntilTheRightOneIsBack) {
  std::string key = e2e::ReadText(server_.state() + "/operator.apikey");
  key.pop_back();
  const Tenant other = e2e::MakeTenant(Client::To(server_.address(), key), "ledger.example.com/other");
  std::string process = e2e::ReadText(server_.state() + "/process");
  process.pop_back();
  ASSERT_EQ(server_.Stop(), 0);
  const std::string marks = server_.state() + "/marks/", own = marks + tenant_->id + "." + process + ".mark";
  std::filesystem::rename(own, folder_.path() + "/kept");
  std::filesystem::copy_file(marks + other.id + "." + process + ".mark", own);

  server_.Start();
  EXPECT_EQ(Ask().reason, "LEDGER_READ_ONLY");
  ExpectLogSays("the mark is that of another ledger or server");
  ASSERT_EQ(server_.Stop(), 0);

  std::filesystem::rename(folder_.path() + "/kept", own);
  server_.Start();
  Authorize();
}

TEST_F(RestoreTest, AServerWithMarksOfItsOwnTakesNothingWhileTheFirstGoesOn) {
  const std::string state = folder_.path() + "/second";
  std::filesystem::create_directory(state);
  std::filesystem::copy(server_.state() + "/keys", state + "/keys", std::filesystem::copy_options::recursive);
  Server second{{.database = database_, .state = state, .marks = {}, .more = {}}};

  second.Start();

  const auto refused = Client::To(second.address(), tenant_->component.key()).Call<v1::AuthorizeResponse>(e2e::Question());
  EXPECT_TRUE(e2e::Refused(refused.status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
  EXPECT_NE(second.log().find("is missing from"), std::string::npos) << second.log();
  Authorize();
  ASSERT_EQ(server_.Stop(), 0);
  server_.Start();  // It signed nothing: its mark is not wanted.
  Authorize();
}

TEST_F(RestoreTest, AnOlderMarkOfTheSameServerIsTakenAndProvesItsOwnSizeOnly) {
  std::string process = e2e::ReadText(server_.state() + "/process");
  process.pop_back();
  const std::string own = server_.state() + "/marks/" + tenant_->id + "." + process + ".mark";
  const std::string before = e2e::ReadText(own);
  Authorize();
  ASSERT_EQ(server_.Stop(), 0);
  std::ofstream(own, std::ios::binary) << before;

  server_.Start();

  Authorize();
}

TEST_F(RestoreTest, ALeafThatWasAlteredInTheDatabaseMakesTheLedgerReadOnly) {
  ASSERT_EQ(server_.Stop(), 0);
  Session session(database_);
  session.Run("ALTER TABLE entries DISABLE TRIGGER USER");
  const auto altered = session.Run(
      "UPDATE entries SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '49.90', '99.90'), 'UTF8'), "
      "leaf_hash = sha256('\\x00'::bytea || convert_to(replace(convert_from(leaf, 'UTF8'), '49.90', '99.90'), 'UTF8')) "
      "WHERE tenant_id = $1 AND leaf_id = $2", {tenant_->id, since_.back().authorization_id()});
  ASSERT_TRUE(altered.ok()) << altered.sqlstate;

  server_.Start();

  ExpectReadOnly();
  ExpectLogSays("holds other leaves than were signed");
}

}  // namespace
}  // namespace candor::chaos
