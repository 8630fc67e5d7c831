// Servers and the database are killed under load, again and again. Afterwards nothing that
// was acknowledged may be missing, altered or doubled.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/chaos/load.h"

namespace candor::chaos {
namespace {

using e2e::Client;
using e2e::Folder;
using e2e::Server;
using e2e::Tenant;
using candor::testing::Postgres;

constexpr int kCallers = 4;
constexpr const char* kCaller = "refund_client";

class KillTest : public ::testing::Test {
 protected:
  // Adds a server of the same database, with the same keys and a shared folder of marks.
  Server& AddServer() {
    const std::string state = folder_.path() + "/state" + std::to_string(servers_.size());
    if (!servers_.empty()) {
      std::filesystem::create_directory(state);
      std::filesystem::copy(folder_.path() + "/state0/keys", state + "/keys",
                            std::filesystem::copy_options::recursive);
    }
    servers_.push_back(std::make_unique<Server>(Server::Options{
        .database = database_, .state = state, .marks = folder_.path() + "/marks", .more = {}}));
    servers_.back()->Start();
    return *servers_.back();
  }

  Tenant MakeTenant() {
    std::string key = e2e::ReadText(folder_.path() + "/state0/operator.apikey");
    key.pop_back();
    return e2e::MakeTenant(Client::To(servers_[0]->address(), key), "ledger.example.com/chaos");
  }

  void Restart(std::size_t server) {
    servers_[server]->Start();
    addresses_->Set(server, servers_[server]->address());
  }

  // Waits until the callers have got further answers: that is when something can be lost.
  void AwaitAnswers(std::size_t more) {
    const std::size_t enough = journal_.answered() + more;
    for (int tries = 0; journal_.answered() < enough; ++tries) {
      ASSERT_LT(tries, 60000) << "the callers get no answers any more\n" << servers_[0]->log();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::size_t Pick(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(random_);
  }

  void PauseForSome() { std::this_thread::sleep_for(std::chrono::microseconds(Pick(0, 20000))); }

  // One disaster: the database, one server, or both, in any order.
  void Strike() {
    const bool database = Pick(0, 2) == 0;
    const std::size_t server = Pick(0, servers_.size() - 1);
    const bool both = Pick(0, 3) == 0;
    if (database) Postgres::Get().Kill();
    if (!database || both) servers_[server]->Kill();
    if (!database && both) Postgres::Get().Kill();
    PauseForSome();
    Postgres::Get().Start();
    if (!servers_[server]->runs()) Restart(server);
  }

  // Brings new keys, one after the other, through whichever server is up.
  void RotateUntil(const std::atomic<bool>& enough, const std::string& tenant) {
    std::string key = e2e::ReadText(folder_.path() + "/state0/operator.apikey");
    key.pop_back();
    for (std::size_t at = 0; !enough;) {
      v1::RotateKeysRequest request;
      request.set_request_id(e2e::NewId());
      request.set_tenant_id(tenant);
      request.set_ledger_key(true);
      bool done = false;
      for (int tries = 0; !done && tries < 600 && !enough; ++tries) {
        const auto answer =
            Client::To(addresses_->Get(at++ % servers_.size()), key).Call<v1::RotateKeysResponse>(request);
        done = answer.ok() || answer.refusal().reason == "WRONG_STATE";  // The other server's came first.
        rotated_ += answer.ok() ? 1 : 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }

  // Strikes under load, round after round, then holds the journal against the ledger.
  void Run(int rounds, bool rotates = false) {
    addresses_.emplace(servers_.size());
    for (std::size_t i = 0; i < servers_.size(); ++i) addresses_->Set(i, servers_[i]->address());
    const Tenant tenant = MakeTenant();
    {
      std::atomic<bool> enough = !rotates;
      const std::jthread rotating([&] { RotateUntil(enough, tenant.id); });
      const Load load(*addresses_, journal_, tenant.component.key(), kCallers, seed_);
      for (int round = 0; round < rounds && !HasFatalFailure(); ++round) {
        AwaitAnswers(Pick(20, 200));
        PauseForSome();
        Strike();
      }
      AwaitAnswers(50);
      enough = true;
    }
    for (const auto& server : servers_) {
      const auto newest =
          Client::To(server->address(), tenant.component.key()).Call<v1::GetCheckpointResponse>(v1::GetCheckpointRequest());
      ASSERT_TRUE(newest.ok()) << newest.refusal();
      journal_.Saw(newest->checkpoint().note());
      ASSERT_EQ(server->Stop(), 0) << server->log();
      EXPECT_EQ(server->log().find("\"level\":\"error\""), std::string::npos) << server->log();
    }
    journal_.Check(database_, tenant, kCaller);
  }

  const std::uint64_t seed_ = Seed();
  std::mt19937_64 random_{seed_};
  Folder folder_;
  const std::string database_ = Postgres::Get().Url();
  std::vector<std::unique_ptr<Server>> servers_;
  std::optional<Addresses> addresses_;
  Journal journal_;
  std::atomic<int> rotated_ = 0;
};

TEST_F(KillTest, OneServerAndItsDatabaseLoseAndDoubleNothing) {
  AddServer();

  Run(Rounds(10));
}

TEST_F(KillTest, TwoServersOfOneLedgerNeverSignTwoRootsForOneSize) {
  AddServer();
  AddServer();

  Run(Rounds(10));
}

TEST_F(KillTest, TwoServersSignEachSizeWithTheOneKeyOfThatSizeWhileKeysChange) {
  AddServer();
  AddServer();

  Run(Rounds(10), /*rotates=*/true);

  EXPECT_GT(rotated_, 2);
}

}  // namespace
}  // namespace candor::chaos
