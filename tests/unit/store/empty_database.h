// A migrated database without a row, for tests that need no other one's schema: made once
// for each test program, and emptied at every call, which is far quicker than a new one.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "services/store/migrate.h"
#include "tests/testing/postgres.h"

namespace candor::store {

inline const std::string& EmptyDatabase() {
  using ::candor::testing::Postgres;
  Postgres::Get().Start();  // A test that failed may have left it killed.
  static const std::string url = [] {
    std::string fresh = Postgres::Get().Url();
    EXPECT_TRUE(Migrate({fresh}).ok());
    return fresh;
  }();
  candor::testing::Session session(Postgres::ForSuperuser(url));
  // A superuser's, so that the order of the tables does not matter to foreign keys.
  const candor::testing::Answer emptied = session.Run(R"sql(
    SET session_replication_role = replica;
    DROP SCHEMA IF EXISTS backup CASCADE;
    DO $$
    DECLARE
        name text;
    BEGIN
        FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r'
                    AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migrations' LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
    END;
    $$)sql");
  EXPECT_EQ(emptied.sqlstate, "");
  return url;
}

}  // namespace candor::store
