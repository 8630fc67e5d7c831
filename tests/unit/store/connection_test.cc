#include "services/store/connection.h"

#include <gtest/gtest.h>

#include "services/base/status.h"
#include "services/store/postgres/door.h"
#include "tests/unit/store/stored_ledger.h"

namespace candor::store {
namespace {

using ::candor::testing::Postgres;
using ::candor::testing::Session;

class Connecting : public StoredLedger {
 protected:
  // What a setting of the session is.
  static std::string Setting(Connection& connection, const char* name) {
    std::string value;
    const absl::Status status = connection.door().Read([&](pqxx::nontransaction& session) {
      value = session.exec_params("SELECT current_setting($1)", name)[0][0].as<std::string>();
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return value;
  }

  void SetForTheServer(const std::string& sql) {
    Session superuser(Postgres::ForSuperuser(address_.url));
    ASSERT_EQ(superuser.Run("ALTER SYSTEM " + sql).sqlstate, "");
    ASSERT_EQ(superuser.Run("SELECT pg_reload_conf()").sqlstate, "");
  }

  bool BecomesUnusable() {
    for (int tries = 0; tries < 1000; ++tries) {  // The new setting reaches a session soon.
      Connection fresh(address_, Role::kWriter);
      if (absl::IsFailedPrecondition(fresh.Ensure())) return true;
    }
    return false;
  }
};

TEST_F(Connecting, TakesTheRoleOfItsWork) {
  Connection owner(address_, Role::kOwner), auditor(address_, Role::kAuditor);

  EXPECT_EQ(Setting(writer_, "role"), "candor_writer");
  EXPECT_EQ(Setting(reader_, "role"), "candor_reader");
  EXPECT_EQ(Setting(auditor, "role"), "candor_auditor");
  EXPECT_EQ(Setting(owner, "role"), "none");
}

TEST_F(Connecting, WaitsForTheDiskAtEveryCommit) {
  EXPECT_EQ(Setting(writer_, "synchronous_commit"), "on");
}

TEST_F(Connecting, RefusesToWriteToAServerThatMayLosePages) {
  SetForTheServer("SET full_page_writes = off");
  const bool refused = BecomesUnusable();
  SetForTheServer("RESET full_page_writes");

  EXPECT_TRUE(refused);
}

TEST_F(Connecting, ComesBackByItselfAfterTheServerDid) {
  ASSERT_TRUE(writer_.Ensure().ok());
  const std::string before = writer_.system_identifier();
  Postgres::Get().Kill();
  const absl::Status away = ReadCheckpoint(writer_, tenant_).status();
  Postgres::Get().Start();
  const absl::Status back = ReadCheckpoint(writer_, tenant_).status();

  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable) << away;
  EXPECT_TRUE(back.ok()) << back;
  EXPECT_EQ(writer_.system_identifier(), before);
}

TEST_F(Connecting, NoticesThatItsSessionEndedBeforeItIsUsed) {
  ASSERT_TRUE(writer_.Ensure().ok());
  Postgres::Get().Kill();
  Postgres::Get().Start();

  const absl::Status first = ReadCheckpoint(writer_, tenant_).status();

  EXPECT_TRUE(first.ok()) << first;
}

TEST_F(Connecting, IsUnavailableWhereNoServerAnswers) {
  Connection nowhere({"host=/nowhere user=candor dbname=candor"}, Role::kWriter);

  const absl::Status status = nowhere.Ensure();

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "STORE_UNAVAILABLE");
}

TEST_F(Connecting, TellsNoValueOfARowInAnError) {
  const absl::Status status = writer_.door().InTransaction([&](pqxx::transaction_base& work) {
    work.exec(
        "INSERT INTO revocations (tenant_id, revoked_id) VALUES "
        "('0198c000-0000-7000-8000-00000000abcd', gen_random_uuid())");
    return absl::OkStatus();
  });

  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.ToString().find("abcd"), std::string::npos);
}

TEST_F(Connecting, LendsTheSameConnectionAgain) {
  Pool pool(address_, Role::kReader);
  const auto backend = [&] {
    Pool::Lease lease = pool.Borrow();
    std::string pid;
    EXPECT_TRUE(lease->door()
                    .Read([&](pqxx::nontransaction& session) {
                      pid = session.exec1("SELECT pg_backend_pid()")[0].as<std::string>();
                      return absl::OkStatus();
                    })
                    .ok());
    return pid;
  };

  const std::string first = backend(), second = backend();

  EXPECT_NE(first, "");
  EXPECT_EQ(first, second);
}

TEST_F(Connecting, LendsToTwoAtATimeTwoConnections) {
  Pool pool(address_, Role::kReader);
  Pool::Lease one = pool.Borrow(), two = pool.Borrow();

  EXPECT_NE(&one->door(), &two->door());
}

}  // namespace
}  // namespace candor::store
