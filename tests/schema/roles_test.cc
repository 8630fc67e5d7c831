// What each role of the database may do, tried for real: the service is not believed,
// it is held.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/store/migrate.h"
#include "tests/testing/postgres.h"

namespace candor::store {
namespace {

using ::candor::testing::Answer;
using ::candor::testing::Postgres;
using ::candor::testing::Session;

constexpr const char* kDenied = "42501";

// S select, I insert, U update, D delete. What stands nowhere here is denied to all.
struct Rights {
  const char *writer, *reader, *auditor, *eraser;
};
const std::map<std::string, Rights> kRights = {
    // Who is here.
    {"tenants", {"SI", "S", "S", ""}},
    {"principals", {"SI", "", "S", ""}},
    {"api_keys", {"SI", "", "S", ""}},
    {"operator_keys", {"SI", "", "", ""}},
    {"revocations", {"SI", "", "S", ""}},
    {"limits", {"SI", "S", "S", ""}},
    {"catalogue", {"SI", "S", "S", ""}},
    {"registry", {"SI", "S", "S", ""}},
    {"policy_sets", {"SI", "S", "S", ""}},
    {"tasks", {"SIU", "S", "S", ""}},
    {"searched", {"SIU", "S", "S", ""}},
    {"decisions", {"SIU", "S", "S", ""}},
    {"noted", {"SI", "S", "S", ""}},
    {"cases", {"SI", "S", "S", ""}},
    {"erasures", {"SI", "S", "S", "S"}},
    {"erased", {"SI", "S", "", ""}},
    // The ledger. Only its two moving rows are ever updated.
    {"entries", {"SI", "S", "S", ""}},
    {"tiles", {"SI", "S", "S", ""}},
    {"signers", {"SI", "S", "S", ""}},
    {"gaps", {"SI", "S", "S", ""}},
    {"closed_epochs", {"SI", "S", "S", ""}},
    {"heads", {"SIU", "S", "S", ""}},
    {"checkpoints", {"SIU", "S", "S", ""}},
    // What can be forgotten.
    {"tenant_keys", {"SI", "", "", "SD"}},
    {"data_keys", {"SI", "S", "", "SD"}},
    {"persons", {"SI", "S", "", "SD"}},
    {"sealed", {"SI", "S", "", "SD"}},
    {"words", {"SI", "S", "", "SD"}},
    // What was applied is for all to read.
    {"schema_migrations", {"S", "S", "S", "S"}},
};

class Roles : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Migrate({url_}).ok());
    session_.emplace(url_);
  }

  // Runs `sql` as `role` and undoes it.
  Answer Try(const std::string& role, const std::string& sql) {
    session_->Run("BEGIN");
    session_->Run("SET LOCAL ROLE " + role);
    Answer answer = session_->Run(sql);
    session_->Run("ROLLBACK");
    return answer;
  }

  std::string FirstColumn(const std::string& table) {
    return session_
        ->Run("SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1",
              {table})
        .value();
  }

  void CheckTable(const std::string& role, const std::string& table, const std::string& rights) {
    const std::string column = FirstColumn(table);
    const std::map<char, std::string> verbs = {
        {'S', "SELECT " + column + " FROM " + table},
        {'I', "INSERT INTO " + table + " DEFAULT VALUES"},
        {'U', "UPDATE " + table + " SET " + column + " = " + column},
        {'D', "DELETE FROM " + table + " WHERE " + column + " IS NULL"},
        {'T', "TRUNCATE " + table},
    };
    for (const auto& [verb, sql] : verbs) {
      const bool granted = rights.find(verb) != std::string::npos;
      const Answer answer = Try(role, sql);
      EXPECT_EQ(answer.sqlstate != kDenied, granted)
          << role << ": " << sql << ": " << answer.sqlstate;
    }
  }

  const std::string url_ = Postgres::Get().Url();
  std::optional<Session> session_;
};

TEST_F(Roles, WriterInsertsEvidenceAndMovesOnlyHeadsAndCheckpoints) {
  for (const auto& [table, rights] : kRights) CheckTable("candor_writer", table, rights.writer);
}

TEST_F(Roles, ReaderReadsWhatCanBeShownAndWritesNothing) {
  for (const auto& [table, rights] : kRights) CheckTable("candor_reader", table, rights.reader);
}

TEST_F(Roles, AuditorReadsTheLedgerAndNoSealedDataAndWritesNothing) {
  for (const auto& [table, rights] : kRights) CheckTable("candor_auditor", table, rights.auditor);
}

TEST_F(Roles, AuditorSeesNoHashOfASecret) {
  EXPECT_EQ(Try("candor_auditor", "SELECT secret_hash FROM api_keys").sqlstate, kDenied);
}

TEST_F(Roles, EraserDeletesKeysPersonsAndCiphertextAndNothingElse) {
  for (const auto& [table, rights] : kRights) CheckTable("candor_eraser", table, rights.eraser);
}

TEST_F(Roles, LetTheEraserWrapKeysAnewAndNameThemNoOtherwise) {
  for (const char* table : {"tenant_keys", "data_keys"}) {
    const std::string update = std::string("UPDATE ") + table + " SET ";
    EXPECT_TRUE(Try("candor_eraser", update + "generation = 2, wrapped = wrapped").ok()) << table;
    EXPECT_EQ(Try("candor_eraser", update + "handle = handle").sqlstate, kDenied) << table;
    EXPECT_EQ(Try("candor_writer", update + "wrapped = wrapped").sqlstate, kDenied) << table;
  }
}

TEST_F(Roles, LetAnErasureBecomeFinalAndChangeNothingElseOfIt) {
  EXPECT_TRUE(Try("candor_eraser", "UPDATE erasures SET generation = 2").ok());
  EXPECT_TRUE(Try("candor_writer", "UPDATE erasures SET final_position = NULL").ok());
  for (const char* column : {"tenant_id", "position", "wrapper"}) {
    const std::string update = std::string("UPDATE erasures SET ") + column + " = " + column;
    EXPECT_EQ(Try("candor_eraser", update).sqlstate, kDenied) << column;
    EXPECT_EQ(Try("candor_writer", update).sqlstate, kDenied) << column;
  }
  EXPECT_EQ(Try("candor_eraser", "UPDATE erasures SET final_position = NULL").sqlstate, kDenied);
  EXPECT_EQ(Try("candor_writer", "UPDATE erasures SET generation = 2").sqlstate, kDenied);
}

TEST_F(Roles, AreTriedOnEveryTableThereIs) {
  for (const auto& row : session_
                             ->Run("SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'm') "
                                   "AND relnamespace = 'public'::regnamespace")
                             .rows) {
    EXPECT_TRUE(kRights.contains(row[0])) << row[0] << " stands in no row of the table above";
  }
}

TEST_F(Roles, MayMakeNothingAndChangeNoTable) {
  for (const char* role : {"candor_writer", "candor_reader", "candor_auditor", "candor_eraser"}) {
    EXPECT_EQ(Try(role, "CREATE TABLE mine (a int)").sqlstate, kDenied) << role;
    EXPECT_EQ(Try(role, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'").sqlstate,
              kDenied)
        << role;
    EXPECT_EQ(Try(role, "DROP TABLE entries").sqlstate, kDenied) << role;
    EXPECT_EQ(
        Try(role, "ALTER TABLE entries DROP CONSTRAINT entries_leaf_hash_is_of_leaf").sqlstate,
        kDenied)
        << role;
  }
}

TEST_F(Roles, AreNoSuperusersAndCannotLogIn) {
  EXPECT_EQ(session_
                ->Run("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'candor\\_%' AND "
                      "(rolsuper OR rolcanlogin OR rolcreaterole OR rolcreatedb OR rolbypassrls OR "
                      "rolreplication)")
                .value(),
            "0");
}

TEST_F(Roles, LetNoneBecomeAnother) {
  EXPECT_EQ(session_
                ->Run("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
                      "WHERE r.rolname LIKE 'candor\\_%'")
                .value(),
            "0");
}

TEST_F(Roles, LetTheWriterReadItsOwnWordsBack) {
  Answer answer =
      Try("candor_writer",
          "INSERT INTO tenants (tenant_id, origin, request_id) "
          "VALUES (gen_random_uuid(), 'a.example/b', gen_random_uuid()) RETURNING origin");

  EXPECT_EQ(answer.value(), "a.example/b");
}

}  // namespace
}  // namespace candor::store
