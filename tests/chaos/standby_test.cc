// The way back with a real standby: promoted with everything, or without the tail; and a
// commit that waits for a standby which is not there.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
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

class StandbyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    std::string key = e2e::ReadText(server_.state() + "/operator.apikey");
    key.pop_back();
    tenant_ = e2e::MakeTenant(Client::To(server_.address(), key), "ledger.example.com/standby");
    for (int i = 0; i < 5; ++i) Ask();
  }
  void TearDown() override {
    server_.Kill();
    primary_.Start();  // Where a test left it dead.
    Session(superuser_).Run("ALTER SYSTEM RESET synchronous_standby_names");
    Session(superuser_).Run("SELECT pg_reload_conf()");
  }

  template <typename Response = v1::AuthorizeResponse>
  e2e::Answer<Response> Insist(const google::protobuf::Message& request) const {
    for (int tries = 0; tries < 600; ++tries) {
      const Client component = Client::To(server_.address(), tenant_->component.key());
      const auto answer = component.Call<Response>(request);
      const auto code = answer.status.error_code();
      const bool again = code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::UNKNOWN ||
                         code == grpc::StatusCode::DEADLINE_EXCEEDED;
      if (!again) return answer;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "the server is not available any more\n" << server_.log();
    return {};
  }
  void Ask() {
    const v1::AuthorizeRequest question = e2e::Question();
    const auto answer = Insist(question);
    ASSERT_TRUE(answer.ok()) << answer.refusal() << server_.log();
    journal_.Answered(question.request_id(), answer->receipt());
  }

  void FailOver() {
    primary_.Kill();
    standby_->Promote();
  }

  // Everything that was ever acknowledged is in the promoted database, under one history.
  void ExpectNothingIsLost() {
    EXPECT_EQ(server_.log().find("ledger_read_only"), std::string::npos) << server_.log();
    journal_.Check(database_, *tenant_, "refund_client");
  }
  void ExpectReadOnly(const std::string& why) {
    const auto refused = Insist(e2e::Question());
    EXPECT_TRUE(e2e::Refused(refused.status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
    EXPECT_NE(server_.log().find(why), std::string::npos) << server_.log();
  }

  // From now on every commit waits for the standby.
  void WaitForStandby() {
    Session session(superuser_);
    ASSERT_TRUE(session.Run(std::string("ALTER SYSTEM SET synchronous_standby_names = '") + Postgres::kStandby + "'").ok());
    session.Run("SELECT pg_reload_conf()");
    while (session.Run("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").value() != "1") {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  // Ends whoever waits for the standby, as an administrator in a hurry would; whether one did.
  bool EndWaits(const std::string& function) {
    const auto ended = Session(superuser_).Run(
        "SELECT count(" + function + "(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    return ended.value() != "0";
  }
  std::string LeavesOf(const std::string& request_id) const {
    return Session(database_).Run("SELECT count(*) FROM entries WHERE request_id = $1", {request_id}).value();
  }

  // A question that is asked while the standby is dead, and its wait is ended again and again.
  void AskWithoutAStandby(const std::string& function, const std::function<void()>& afterwards) {
    WaitForStandby();
    Ask();
    standby_->Kill();
    const v1::AuthorizeRequest question = e2e::Question();
    std::future<e2e::Answer<v1::AuthorizeResponse>> asked =
        std::async(std::launch::async, [&] { return Insist(question); });
    for (int ended = 0; ended < 3;) {
      ended += EndWaits(function) ? 1 : 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(LeavesOf(question.request_id()), "1") << "it is visible, although no standby has it";
    EXPECT_EQ(asked.wait_for(std::chrono::seconds(0)), std::future_status::timeout) << "it was acknowledged";

    afterwards();

    const auto answer = asked.get();
    ASSERT_TRUE(answer.ok()) << answer.refusal() << server_.log();
    journal_.Answered(question.request_id(), answer->receipt());
    EXPECT_EQ(LeavesOf(question.request_id()), "1");
    Ask();
    ExpectNothingIsLost();
  }

  Postgres& primary_ = Postgres::Get();
  const Folder folder_;
  const std::string here_ = primary_.Url(), superuser_ = Postgres::ForSuperuser(here_);
  const std::unique_ptr<Postgres> standby_ = primary_.MakeStandby();
  const std::string database_ = primary_.UrlOfEither(here_, *standby_);
  Server server_{{.database = database_, .state = folder_.path() + "/state", .marks = {}, .more = {}}};
  std::optional<Tenant> tenant_;
  Journal journal_;
};

TEST_F(StandbyTest, ThatHasEverythingIsServedOnAfterItsPromotion) {
  primary_.AwaitStandby();
  FailOver();

  Ask();  // The same server, on another time line.
  ExpectNothingIsLost();
  ASSERT_EQ(server_.Stop(), 0);
  server_.Start();
  Ask();
  ExpectNothingIsLost();
}

TEST_F(StandbyTest, ThatLacksTheTailMakesTheLedgerReadOnlyUnderARunningServer) {
  primary_.AwaitStandby();
  standby_->Kill();
  for (int i = 0; i < 3; ++i) Ask();
  primary_.Kill();
  standby_->Start();
  standby_->Promote();

  ExpectReadOnly("its tail was lost");
}

TEST_F(StandbyTest, ThatLacksTheTailMakesTheLedgerReadOnlyAtEveryStart) {
  primary_.AwaitStandby();
  standby_->Kill();
  for (int i = 0; i < 3; ++i) Ask();
  server_.Kill();
  primary_.Kill();
  standby_->Start();
  standby_->Promote();

  for (int start = 0; start < 2; ++start) {
    server_.Start();
    ExpectReadOnly("were signed: an older backup was restored, or its tail was lost");
    ASSERT_EQ(server_.Stop(), 0);
  }
}

TEST_F(StandbyTest, ThatIsSynchronousLosesNothingWhenThePrimaryDies) {
  WaitForStandby();
  for (int i = 0; i < 5; ++i) Ask();
  FailOver();

  Ask();
  ExpectNothingIsLost();
}

TEST_F(StandbyTest, ThatIsAwaitedInVainMakesNothingAcknowledgedWhereTheWaitIsCancelled) {
  AskWithoutAStandby("pg_cancel_backend", [&] { standby_->Start(); });
}

TEST_F(StandbyTest, ThatIsAwaitedInVainMakesNothingAcknowledgedWhereTheSessionIsTerminated) {
  AskWithoutAStandby("pg_terminate_backend", [&] { standby_->Start(); });
}

TEST_F(StandbyTest, ThatNeverGotACancelledCommitIsServedOnBecauseNobodyWasPromisedIt) {
  AskWithoutAStandby("pg_cancel_backend", [&] {
    primary_.Kill();
    standby_->Start();
    standby_->Promote();
  });
}

}  // namespace
}  // namespace candor::chaos
