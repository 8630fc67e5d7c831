// Somebody outside who sees every checkpoint: of one history, and of two.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "services/core/tlog/checkpoint.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;

class Watching : public ::testing::Test {
 protected:
  void SetUp() override { std::ofstream(key_file_) << tenant_.component.key(); }

  Ran Watch(const std::string& address, const Tenant& tenant, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"ledger", "watch", file_, "--once", "--vkey", tenant.key.ToText(), "--server", address,
                                      "--key-file", key_file_};
    words.insert(words.end(), more.begin(), more.end());
    return RunCandor(words);
  }
  static void Append(const std::string& address, const Tenant& tenant) {
    ASSERT_TRUE(Client::To(address, tenant.component.key()).Call<v1::AuthorizeResponse>(Question()).ok());
  }
  std::uint64_t KeptSize() const {
    const auto kept = core::OpenCheckpoint(ReadText(file_), {tenant_.key});
    EXPECT_TRUE(kept.ok()) << kept.status();
    return kept.ok() ? kept->size : 0;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const Folder folder_;
  const std::string file_ = folder_.path() + "/newest", key_file_ = folder_.path() + "/key";
};

TEST_F(Watching, KeepsTheNewestOfALedgerThatOnlyGrows) {
  const std::string& address = world_.server().address();

  const Ran first = Watch(address, tenant_);
  const std::uint64_t size = KeptSize();
  Append(address, tenant_);
  const Ran second = Watch(address, tenant_);

  EXPECT_EQ(first.exit, 0) << first;
  EXPECT_THAT(first.out, HasSubstr("the first one seen"));
  EXPECT_EQ(second.exit, 0) << second;
  EXPECT_THAT(second.out, HasSubstr("continues size " + std::to_string(size)));
  EXPECT_EQ(KeptSize(), size + 1);
}

TEST_F(Watching, IsToldEachNewerCheckpoint) {
  std::vector<std::uint64_t> sizes;

  tenant_.component.Listen<v1::WatchCheckpointsResponse>(
      v1::WatchCheckpointsRequest(), [&](const v1::WatchCheckpointsResponse& response) {
        EXPECT_TRUE(core::OpenCheckpoint(response.checkpoint().note(), {tenant_.key}).ok());
        sizes.push_back(response.checkpoint().size());
        if (sizes.size() < 4) Append(world_.server().address(), tenant_);
        return sizes.size() == 4;
      });

  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{sizes[0], sizes[0] + 1, sizes[0] + 2, sizes[0] + 3}));
}

TEST_F(Watching, RefusesTheCheckpointOfAnotherLedgerAndAnUnknownKey) {
  const std::string& address = world_.server().address();
  const Tenant other = world_.MakeTenant();
  ASSERT_EQ(Watch(address, tenant_).exit, 0);

  std::ofstream(key_file_) << other.component.key();
  const Ran unknown = Watch(address, tenant_);
  const Ran foreign = Watch(address, tenant_, {"--vkey", other.key.ToText()});

  EXPECT_EQ(unknown.exit, 1) << unknown;
  EXPECT_THAT(unknown.err, HasSubstr("not signed by a given key"));
  EXPECT_EQ(foreign.exit, 1) << foreign;
  EXPECT_THAT(foreign.err, HasSubstr("it is of the ledger " + other.origin));
}

// An operator who holds all keys, and a copy of everything.
TEST_F(Watching, NamesTwoHistoriesAndKeepsBoth) {
  Server& server = world_.server();
  ASSERT_EQ(server.Stop(), 0);
  std::string copy = world_.database();
  const std::size_t begin = copy.rfind('/', copy.find('?')) + 1;
  const std::string name = copy.substr(begin, copy.find('?') - begin);
  copy.insert(begin + name.size(), "_copy");
  candor::testing::Session(candor::testing::Postgres::ForSuperuser(candor::testing::Postgres::Get().Url()))
      .Run("CREATE DATABASE " + name + "_copy TEMPLATE " + name + " OWNER candor");
  std::filesystem::copy(server.state(), folder_.path() + "/state", std::filesystem::copy_options::recursive);
  Server second({.database = copy, .state = folder_.path() + "/state", .marks = "", .more = {}});
  server.Start();
  second.Start();
  Append(server.address(), tenant_);
  Append(second.address(), tenant_);
  ASSERT_EQ(Watch(server.address(), tenant_).exit, 0);
  const std::uint64_t size = KeptSize();

  const Ran same_size = Watch(second.address(), tenant_);
  Append(second.address(), tenant_);
  const Ran grown = Watch(second.address(), tenant_);

  for (const Ran& ran : {same_size, grown}) {
    EXPECT_EQ(ran.exit, 1) << ran;
    EXPECT_THAT(ran.err, HasSubstr("these are two histories"));
  }
  EXPECT_EQ(KeptSize(), size);
  EXPECT_TRUE(core::OpenCheckpoint(ReadText(file_ + ".refused"), {tenant_.key}).ok());
}

}  // namespace
}  // namespace candor::e2e
