// The schema as the database itself has it, after all migrations ran.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "services/store/migrate.h"
#include "tests/testing/postgres.h"

namespace candor::store {
namespace {

using ::candor::testing::Postgres;
using ::candor::testing::Session;

std::vector<std::string> MigrationsOfTheSource() {
  std::vector<std::string> names;
  for (const auto& file :
       std::filesystem::directory_iterator(CANDOR_SOURCE_DIR "/schema/migrations")) {
    names.push_back(file.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// What a query names, one a line: empty when all is well.
std::string Names(Session& session, const std::string& sql) {
  const candor::testing::Answer answer = session.Run(sql);
  std::string names = answer.sqlstate;
  for (const auto& row : answer.rows) {
    for (const std::string& value : row) names += value + " ";
    names += "\n";
  }
  return names;
}

TEST(Migrate, AppliesEveryMigrationInOrderAndTheSecondTimeNothing) {
  const Address address{Postgres::Get().Url()};

  const auto first = Migrate(address);
  const auto second = Migrate(address);

  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*first, MigrationsOfTheSource());
  EXPECT_TRUE(second->empty());
}

TEST(Migrate, WorksInASecondDatabaseOfTheSameClusterWhereTheRolesAreMadeAlready) {
  ASSERT_TRUE(Migrate({Postgres::Get().Url()}).ok());

  const auto again = Migrate({Postgres::Get().Url()});

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, MigrationsOfTheSource());
}

TEST(CheckSchema, NamesWhatIsMissingBeforeAndIsContentAfterwards) {
  const Address address{Postgres::Get().Url()};

  const absl::Status before = CheckSchema(address);
  ASSERT_TRUE(Migrate(address).ok());
  const absl::Status after = CheckSchema(address);

  EXPECT_EQ(before.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(before.message().find(MigrationsOfTheSource().front()), absl::string_view::npos);
  EXPECT_TRUE(after.ok()) << after;
}

TEST(CheckSchema, RefusesAMigrationThatWasAppliedWithAnotherText) {
  const Address address{Postgres::Get().Url()};
  ASSERT_TRUE(Migrate(address).ok());
  Session(address.url)
      .Run("UPDATE schema_migrations SET checksum = 'other' WHERE name LIKE 'V0002%'");

  EXPECT_EQ(CheckSchema(address).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Migrate(address).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(CheckSchema, RefusesADatabaseOfANewerProgram) {
  const Address address{Postgres::Get().Url()};
  ASSERT_TRUE(Migrate(address).ok());
  Session(address.url).Run("INSERT INTO schema_migrations VALUES ('V9999__later', 'unknown')");

  EXPECT_EQ(CheckSchema(address).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Migrate, IsUnavailableWhereNoServerAnswers) {
  const Address nowhere{"postgresql://candor@/candor?host=/nowhere"};

  EXPECT_EQ(Migrate(nowhere).status().code(), absl::StatusCode::kUnavailable);
}

// The catalogue of one migrated database, which the tests below only read.
class Catalogue : public ::testing::Test {
 protected:
  static const std::string& Url() {
    static const std::string url = [] {
      std::string fresh = Postgres::Get().Url();
      EXPECT_TRUE(Migrate({fresh}).ok());
      return fresh;
    }();
    return url;
  }

  Session session_{Url()};
};

TEST_F(Catalogue, HoldsNoTrigger) {
  EXPECT_EQ(
      Names(session_, "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal"),
      "");
}

TEST_F(Catalogue, HoldsNoSequenceAndNoIdentityColumn) {
  EXPECT_EQ(
      Names(session_,
            "SELECT relname FROM pg_class WHERE relkind = 'S' "
            "UNION ALL SELECT attrelid::regclass::text FROM pg_attribute WHERE attidentity <> ''"),
      "");
}

TEST_F(Catalogue, HoldsNoFunctionOfOurs) {
  EXPECT_EQ(
      Names(session_, "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"),
      "");
}

TEST_F(Catalogue, HasTheTenantInEveryKeyOfATableOfTenants) {
  // The table of the tenants themselves is an exception: it says who is one. So is what is no
  // key: an index of words, in which an id of a tenant can't stand.
  EXPECT_EQ(
      Names(session_,
            "SELECT i.indexrelid::regclass FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace "
            "JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id' "
            "WHERE c.relname <> 'tenants' AND NOT t.attnum = ANY (i.indkey) "
            "AND i.indexrelid <> 'decisions_by_terms'::regclass"),
      "");
}

TEST_F(Catalogue, HasAKeyOnEveryTable) {
  EXPECT_EQ(Names(session_,
                  "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' "
                  "AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS "
                  "(SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)"),
            "");
}

TEST_F(Catalogue, SaysWhatEveryTableAndColumnIsFor) {
  EXPECT_EQ(
      Names(session_,
            "SELECT c.relname, a.attname FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
            "AND coalesce(col_description(c.oid, a.attnum), '') = '' "
            "UNION ALL SELECT c.relname, '' FROM pg_class c "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
            "AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''"),
      "");
}

TEST_F(Catalogue, NamesEveryConstraintAfterItsTable) {
  EXPECT_EQ(Names(session_,
                  "SELECT conrelid::regclass, conname FROM pg_constraint "
                  "WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace "
                  "AND NOT starts_with(conname, conrelid::regclass::text || '_')"),
            "");
}

TEST_F(Catalogue, KeepsWhatIsCompressedAlreadyOrLargeOutOfLineAndAsItIs) {
  EXPECT_EQ(
      Names(session_,
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attstorage = 'e' "
            "AND attrelid::regclass::text IN ('entries', 'tiles', 'sealed') ORDER BY 1, 2"),
      "entries leaf \nsealed sections \ntiles hashes \n");
}

}  // namespace
}  // namespace candor::store
