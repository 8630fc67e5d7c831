#include "services/store/migrate.h"

#include <algorithm>

#include "services/store/postgres/door.h"

namespace candor::store {
namespace {

struct Migration {
  const char* name;
  const char* sql;
};
constexpr Migration kMigrations[] = {
#include "migrations.inc"
};

constexpr const char* kTable = R"sql(
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    apply_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT schema_migrations_pk PRIMARY KEY (name)
);
COMMENT ON TABLE  schema_migrations            IS 'Which migrations this database has.';
COMMENT ON COLUMN schema_migrations.name       IS 'File name without its ending.';
COMMENT ON COLUMN schema_migrations.checksum   IS 'SHA-256 of the file, in hexadecimal.';
COMMENT ON COLUMN schema_migrations.apply_time IS 'Clock of the database.';
GRANT SELECT ON schema_migrations TO PUBLIC)sql";

// Which of the known migrations are missing. One that was applied with another text is an error.
absl::StatusOr<std::vector<Migration>> Missing(Door& door) {
  std::vector<Migration> missing;
  CANDOR_RETURN_IF_ERROR(door.Read([&](pqxx::nontransaction& session) -> absl::Status {
    if (session.exec1("SELECT to_regclass('schema_migrations') IS NULL")[0].as<bool>()) {
      missing.assign(std::begin(kMigrations), std::end(kMigrations));
      return absl::OkStatus();
    }
    std::size_t known = 0;
    for (const Migration& migration : kMigrations) {
      const pqxx::result rows = session.exec_params(
          "SELECT checksum = encode(sha256(convert_to($2, 'UTF8')), 'hex') FROM schema_migrations "
          "WHERE name = $1",
          migration.name, migration.sql);
      if (rows.empty()) {
        missing.push_back(migration);
      } else if (!rows[0][0].as<bool>()) {
        return Because(absl::FailedPreconditionError(std::string("the database has another ") +
                                                     migration.name + " than this program"),
                       "STORE_UNAVAILABLE");
      } else {
        ++known;
      }
    }
    if (session.exec1("SELECT count(*) FROM schema_migrations")[0].as<std::size_t>() > known) {
      return Because(absl::FailedPreconditionError("the database belongs to a newer program"),
                     "STORE_UNAVAILABLE");
    }
    return absl::OkStatus();
  }));
  std::sort(missing.begin(), missing.end(), [](const Migration& a, const Migration& b) {
    return std::string_view(a.name) < std::string_view(b.name);
  });
  return missing;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> Migrate(const Address& address) {
  Door door(address, Role::kOwner);
  CANDOR_ASSIGN_OR_RETURN(const std::vector<Migration> missing, Missing(door));
  std::vector<std::string> applied;
  for (const Migration& migration : missing) {
    CANDOR_RETURN_IF_ERROR(door.InTransaction([&](pqxx::transaction_base& work) {
      if (applied.empty()) work.exec(kTable);
      work.exec(migration.sql);
      work.exec_params(
          "INSERT INTO schema_migrations (name, checksum) "
          "VALUES ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))",
          migration.name, migration.sql);
      return absl::OkStatus();
    }));
    applied.emplace_back(migration.name);
  }
  return applied;
}

absl::Status CheckSchema(const Address& address) {
  Door door(address, Role::kOwner);
  CANDOR_ASSIGN_OR_RETURN(const std::vector<Migration> missing, Missing(door));
  if (missing.empty()) return absl::OkStatus();
  return Because(absl::FailedPreconditionError(std::string("the database lacks ") +
                                               missing.front().name + ": start candord with --migrate"),
                 "STORE_UNAVAILABLE");
}

}  // namespace candor::store
