#include "bench/limits.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <thread>
#include <vector>

#include "bench/work.h"

namespace candor::bench {
namespace {

constexpr long kCopyLeaves = 50000;

// One connection to OPA that stays open.
class Opa {
 public:
  explicit Opa(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    const int on = 1;
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) std::abort();
  }
  ~Opa() { close(socket_); }
  Opa(const Opa&) = delete;
  Opa& operator=(const Opa&) = delete;

  // Whether it answered with a result.
  bool Ask(const std::string& input) {
    const std::string body = "{\"input\":" + input + "}";
    const std::string request = "POST /v1/data/bench HTTP/1.1\r\nHost: opa\r\nContent-Type: application/json\r\nContent-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body;
    if (send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return false;
    std::string answer;
    for (;;) {
      const std::size_t head = answer.find("\r\n\r\n"), length = answer.find("Content-Length: ");
      if (head != std::string::npos && length < head &&
          answer.size() >= head + 4 + static_cast<std::size_t>(std::atol(answer.c_str() + length + 16))) {
        return answer.find("\"result\"", head) != std::string::npos;
      }
      char chunk[8192];
      const ssize_t read = recv(socket_, chunk, sizeof chunk, 0);
      if (read <= 0) return false;
      answer.append(chunk, static_cast<std::size_t>(read));
    }
  }

 private:
  int socket_ = -1;
};

// A row a decision, chained by a trigger to the last; before each, what `ask` of a thread's own
// asks first.
Figures InsertAfter(const std::string& database, double seconds, int in_flight,
                    const std::function<std::function<bool()>()>& make_ask) {
  const int threads = std::min(in_flight, 32);
  std::atomic<std::uint64_t> failed = 0;
  std::vector<std::vector<double>> millis(static_cast<std::size_t>(threads));
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      pqxx::connection connection(database);
      connection.prepare("insert", "INSERT INTO bench_chain (request, body) VALUES ($1, $2)");
      const std::string body(1024, 'x');
      const std::function<bool()> ask = make_ask();
      while (std::chrono::steady_clock::now() < end) {
        const auto begin = std::chrono::steady_clock::now();
        if (!ask()) ++failed;
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
  Figures figures = FiguresOf(std::move(all), seconds);
  figures.failed = failed;
  if (failed > 0) figures.first_error = "OPA gave no result";
  return figures;
}

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

// What a team would build itself.
Figures InsertUnderTrigger(const std::string& database, double seconds, int in_flight) {
  return InsertAfter(database, seconds, in_flight, [] { return [] { return true; }; });
}

Figures AskOpaThenInsert(const std::string& opa, const std::string& input, const std::string& database,
                         double seconds, int in_flight) {
  return InsertAfter(database, seconds, in_flight, [&] {
    return [&input, client = std::make_shared<Opa>(opa)] { return client->Ask(input); };
  });
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
