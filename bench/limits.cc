#include "bench/limits.h"

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <pqxx/pqxx>
#include <thread>
#include <vector>

#include "bench/work.h"

namespace candor::bench {
namespace {

constexpr long kCopyLeaves = 50000;

}  // namespace

void MakeTables(const std::string& database) {
  pqxx::connection connection(database);
  pqxx::work work(connection);
  work.exec(R"sql(
    CREATE TABLE IF NOT EXISTS bench_chain_head (one int PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL);
    INSERT INTO bench_chain_head VALUES (1, 0, ''::bytea) ON CONFLICT DO NOTHING;
    CREATE TABLE IF NOT EXISTS bench_chain (seq bigint PRIMARY KEY, request uuid NOT NULL UNIQUE, body text NOT NULL,
                                            hash bytea NOT NULL);
    CREATE OR REPLACE FUNCTION bench_link() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE bench_chain_head SET seq = seq + 1, hash = sha256(hash || convert_to(NEW.body, 'UTF8'))
        WHERE one = 1 RETURNING seq, hash INTO NEW.seq, NEW.hash;
      RETURN NEW;
    END; $$;
    DROP TRIGGER IF EXISTS bench_chain_is_linked ON bench_chain;
    CREATE TRIGGER bench_chain_is_linked BEFORE INSERT ON bench_chain FOR EACH ROW EXECUTE FUNCTION bench_link();
    CREATE TABLE IF NOT EXISTS bench_entries (LIKE entries INCLUDING ALL);
    CREATE TABLE IF NOT EXISTS bench_sealed (LIKE sealed INCLUDING ALL))sql");
  work.commit();
}

// What a team would build itself: a row a decision, chained by a trigger to the last.
Figures InsertUnderTrigger(const std::string& database, double seconds, int in_flight) {
  const int threads = std::min(in_flight, 32);
  std::vector<std::vector<double>> millis(static_cast<std::size_t>(threads));
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      pqxx::connection connection(database);
      connection.prepare("insert", "INSERT INTO bench_chain (request, body) VALUES ($1, $2)");
      const std::string body(1024, 'x');
      while (std::chrono::steady_clock::now() < end) {
        const auto begin = std::chrono::steady_clock::now();
        pqxx::nontransaction session(connection);
        session.exec_prepared("insert", NewRequest(), body);
        millis[static_cast<std::size_t>(i)].push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::vector<double> all;
  for (const auto& some : millis) all.insert(all.end(), some.begin(), some.end());
  return FiguresOf(std::move(all), seconds);
}

// The rows of one decision after the other, as a lone caller's: a transaction each.
Figures CommitOne(const std::string& database, double seconds) {
  pqxx::connection connection(database);
  pqxx::nontransaction(connection).exec("TRUNCATE bench_entries, bench_sealed");
  const pqxx::row newest = pqxx::nontransaction(connection).exec1(
      "SELECT tenant_id, size FROM heads ORDER BY size DESC LIMIT 1");
  const std::string tenant = newest[0].as<std::string>();
  long position = newest[1].as<long>();
  connection.prepare("lock", "SELECT FROM heads WHERE tenant_id = $1 FOR UPDATE");
  connection.prepare("rows", "WITH entry AS (INSERT INTO bench_entries SELECT * FROM entries WHERE tenant_id = $1 AND "
                             "position = $2), box AS (INSERT INTO bench_sealed SELECT * FROM sealed WHERE tenant_id = "
                             "$1 AND position = $2) UPDATE heads SET size = size WHERE tenant_id = $1");
  std::vector<double> millis;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end && position-- > 0) {
    const auto begin = std::chrono::steady_clock::now();
    pqxx::work transaction(connection);
    transaction.exec_prepared("lock", tenant);
    transaction.exec_prepared("rows", tenant, position);
    transaction.commit();
    millis.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  return FiguresOf(std::move(millis), seconds);
}

// The newest rows that the batches wrote, once more by binary COPY into tables with the
// same columns, checks and indexes, 1,000 leaves a transaction.
Figures Copy(const std::string& database) {
  Figures figures;
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(database.c_str()), PQfinish);
  const auto run = [&](const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR) figures.failed = 1, figures.first_error = PQerrorMessage(connection.get());
    return PQntuples(result.get()) > 0 ? std::string(PQgetvalue(result.get(), 0, 0)) : std::string();
  };
  run("TRUNCATE bench_entries, bench_sealed");
  const std::string tenant = run("SELECT tenant_id FROM heads ORDER BY size DESC LIMIT 1");
  const long size = std::atol(run("SELECT size FROM heads ORDER BY size DESC LIMIT 1").c_str());
  const long leaves = std::min(size, kCopyLeaves) / 1000 * 1000;
  std::vector<std::string> chunks;  // Entries and sealed rows of 1,000 leaves, in turn.
  for (long first = size - leaves; first < size; first += 1000) {
    for (const char* table : {"entries", "sealed"}) {
      run(std::string("COPY (SELECT * FROM ") + table + " WHERE tenant_id = '" + tenant + "' AND position >= " +
          std::to_string(first) + " AND position < " + std::to_string(first + 1000) +
          " ORDER BY position) TO STDOUT (FORMAT binary)");
      std::string& chunk = chunks.emplace_back();
      char* buffer = nullptr;
      for (int length = 0; (length = PQgetCopyData(connection.get(), &buffer, 0)) > 0; PQfreemem(buffer)) {
        chunk.append(buffer, static_cast<std::size_t>(length));
      }
      while (PGresult* end = PQgetResult(connection.get())) PQclear(end);
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (i % 2 == 0) run("BEGIN");
    run(i % 2 == 0 ? "COPY bench_entries FROM STDIN (FORMAT binary)" : "COPY bench_sealed FROM STDIN (FORMAT binary)");
    PQputCopyData(connection.get(), chunks[i].data(), static_cast<int>(chunks[i].size()));
    PQputCopyEnd(connection.get(), nullptr);
    while (PGresult* end = PQgetResult(connection.get())) {
      if (PQresultStatus(end) == PGRES_FATAL_ERROR) figures.failed = 1, figures.first_error = "COPY was refused";
      PQclear(end);
    }
    if (i % 2 == 1) run("COMMIT");
  }
  figures.per_second = static_cast<double>(leaves) /
                       std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return figures;
}

}  // namespace candor::bench
