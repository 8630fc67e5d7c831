// candor_bench: measures a running candord beside its limits, round by round, and prints
// each figure with its limit of the same round. `bench/run` starts everything and calls it.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <libpq-fe.h>
#include <map>
#include <pqxx/pqxx>
#include <thread>

#include "bench/load.h"
#include "candor/v1/admin_service.grpc.pb.h"
#include "candor/v1/decision_service.grpc.pb.h"
#include "candor/v1/registry_service.grpc.pb.h"
#include "services/base/clock.h"
#include "services/crypto/random.h"

namespace candor::bench {
namespace {

constexpr long kCopyLeaves = 50000;

struct Options {
  std::string server, no_transaction, echo, database, operator_key_file, json, only;
  double seconds = 3;
  int rounds = 3;
};

std::string NewRequest() {
  auto bytes = crypto::RandomBytes<16>();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return Uuid{bytes}.ToText();
}

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetInt("bench.channel", static_cast<int>(std::hash<std::string>()(NewRequest())));
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

template <typename Stub, typename Request, typename Response>
Response Must(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, const std::string& key) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) {
    std::fprintf(stderr, "bench: set-up failed: %s\n", status.error_message().c_str());
    std::exit(1);
  }
  return response;
}

// A tenant with a component that may decide; returns the component's key.
std::string MakeTenant(const std::string& address, const std::string& operator_key) {
  const auto channel = ChannelTo(address);
  v1::AdminService::Stub admin(channel);
  v1::RegistryService::Stub registry(channel);
  v1::CreateTenantRequest tenant;
  tenant.set_request_id(NewRequest());
  tenant.set_origin("bench.example/" + NewRequest().substr(0, 8));
  tenant.set_first_principal("bench");
  const std::string key = Must(admin, &v1::AdminService::Stub::CreateTenant, tenant, operator_key).api_key();
  v1::RegisterSystemRequest system;
  system.set_request_id(NewRequest());
  system.mutable_system()->set_system("bench");
  Must(registry, &v1::RegistryService::Stub::RegisterSystem, system, key);
  v1::RegisterDecisionTypeRequest type;
  type.set_request_id(NewRequest());
  type.mutable_decision_type()->set_action("decide");
  type.mutable_decision_type()->add_outcomes("done");
  Must(registry, &v1::RegistryService::Stub::RegisterDecisionType, type, key);
  v1::CreatePrincipalRequest principal;
  principal.set_request_id(NewRequest());
  principal.set_kind(v1::PRINCIPAL_KIND_COMPONENT);
  principal.set_code("bench_component");
  principal.add_roles(v1::ROLE_COMPONENT);
  v1::CreateApiKeyRequest api_key;
  api_key.set_request_id(NewRequest());
  api_key.set_principal_id(
      Must(admin, &v1::AdminService::Stub::CreatePrincipal, principal, key).principal().principal_id());
  return Must(admin, &v1::AdminService::Stub::CreateApiKey, api_key, key).secret();
}

// A body of 1 KiB: 1,024 bytes of inputs about one of 10,000 persons.
void Fill(std::uint64_t number, v1::AuthorizeRequest& request) {
  request.set_request_id(NewRequest());
  request.mutable_actor()->set_system("bench");
  request.mutable_action()->set_name("decide");
  request.mutable_person()->set_reference("person-" + std::to_string(number % 10000));
  request.set_inputs_json("{\"text\":\"" + std::string(1013, 'x') + "\"}");
}

grpc::ByteBuffer Bytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    std::ifstream file(options_.operator_key_file);
    std::string key;
    std::getline(file, key);
    key_ = MakeTenant(options_.server, key);
    key_without_ = MakeTenant(options_.server, key);  // The other one writes no rows.
    MakeTables();
  }

  void Measure() {
    for (int round = 0; round < options_.rounds; ++round) {
      std::fprintf(stderr, "round %d of %d\n", round + 1, options_.rounds);
      for (const int in_flight : {1, 64, 256}) {
        const std::string name = "unary " + std::to_string(in_flight);
        Add(name, [&] { return Unary(options_.server, key_, in_flight); });
        Add(name + " without transaction", [&] { return Unary(options_.no_transaction, key_without_, in_flight); });
        Add(name + " echo", [&] { return Unary(options_.echo, "", in_flight); });
        Add(name + " insert under a chain trigger", [&] { return InsertUnderTrigger(in_flight); });
      }
      Add("one commit of the same rows", [&] { return CommitOne(); });
      Add("batches of 100", [&] { return Batches(); });
      Add("copy", [&] { return Copy(); });
    }
  }

  void Print() const {
    std::printf("%-44s %12s %10s %10s   %s\n", "", "a second", "p50 ms", "p99 ms", "least to most a second");
    for (const std::string& name : order_) {
      const std::vector<Figures>& all = figures_.at(name);
      const auto [least, most] = std::minmax_element(all.begin(), all.end(), Slower);
      const Figures middle = Median(name);
      std::printf("%-44s %12.0f %10.2f %10.2f   %.0f to %.0f%s\n", name.c_str(), middle.per_second, middle.p50_ms,
                  middle.p99_ms, least->per_second, most->per_second,
                  middle.failed > 0 ? ("   FAILED: " + middle.first_error).c_str() : "");
    }
    if (!options_.only.empty()) return;  // A figure without its limit proves nothing.
    std::printf("\n%-52s %10s %10s %7s %7s %7s\n", "against its limit in the same run", "value", "limit", "ratio",
                "floor", "aim");
    std::ofstream json(options_.json.empty() ? "/dev/null" : options_.json);
    json << "[";
    bool first = true;
    const auto row = [&](const char* name, double value, double limit, double ratio, double floor, double aim,
                         bool at_most) {
      const bool held = at_most ? ratio <= floor : ratio >= floor;
      std::printf("%-52s %10.2f %10.2f %7.2f %7.2f %7.2f  %s\n", name, value, limit, ratio, floor, aim,
                  held ? "" : "below its floor");
      json << (first ? "\n" : ",\n") << "{\"name\":\"" << name << "\",\"value\":" << value << ",\"limit\":" << limit
           << ",\"ratio\":" << ratio << ",\"floor\":" << floor << ",\"aim\":" << aim << "}";
      first = false;
    };
    const auto rate = [&](const char* name, const std::string& value, const std::string& limit, double floor, double aim) {
      const double v = Median(value).per_second, l = Median(limit).per_second;
      row(name, v, l, l == 0 ? 0 : v / l, floor, aim, false);
    };
    rate("unary 256 / without the transaction", "unary 256", "unary 256 without transaction", 0.7, 0.9);
    rate("unary 256 / bare echo", "unary 256", "unary 256 echo", 0.35, 0.5);
    rate("unary 256 / insert under a chain trigger", "unary 256", "unary 256 insert under a chain trigger", 4, 6);
    rate("batches of 100 / binary COPY of the same rows", "batches of 100", "copy", 0.7, 0.95);
    const double p99 = Median("unary 64").p99_ms;
    row("p99 ms at 64 in flight", p99, 25, p99 / 25, 1, 0.6, true);
    const double lone = Median("unary 1").p50_ms, commit = Median("one commit of the same rows").p50_ms;
    row("a lone receipt, ms above one commit of the same rows", lone, commit, lone - commit, 1, 0.5, true);
    json << "\n]\n";
  }

 private:
  static bool Slower(const Figures& a, const Figures& b) { return a.per_second < b.per_second; }

  Figures Median(const std::string& name) const {
    std::vector<Figures> all = figures_.at(name);
    std::sort(all.begin(), all.end(), Slower);
    return all[all.size() / 2];
  }

  template <typename Measure>
  void Add(const std::string& name, Measure measure) {
    if (!options_.only.empty() && name != options_.only) return;
    if (figures_.find(name) == figures_.end()) order_.push_back(name);
    figures_[name].push_back(measure());
  }

  Figures Unary(const std::string& address, const std::string& key, int in_flight) {
    return Run(ChannelTo(address), {.method = "/candor.v1.DecisionService/Authorize", .api_key = key,
                                    .in_flight = in_flight, .items_a_call = 1, .warm_up_seconds = 0.5,
                                    .seconds = options_.seconds, .next = [this] {
                                      v1::AuthorizeRequest request;
                                      Fill(number_++, request);
                                      return Bytes(request);
                                    }});
  }

  Figures Batches() {
    return Run(ChannelTo(options_.server),
               {.method = "/candor.v1.DecisionService/BatchAuthorize", .api_key = key_, .in_flight = 32,
                .items_a_call = 100, .warm_up_seconds = 0.5, .seconds = options_.seconds, .next = [this] {
                  v1::BatchAuthorizeRequest batch;
                  for (int i = 0; i < 100; ++i) Fill(number_++, *batch.add_items());
                  return Bytes(batch);
                }});
  }

  // What a team would build itself: a row a decision, chained by a trigger to the last.
  Figures InsertUnderTrigger(int in_flight) {
    const int threads = std::min(in_flight, 32);
    std::vector<std::vector<double>> millis(static_cast<std::size_t>(threads));
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(options_.seconds);
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&, i] {
        pqxx::connection connection(options_.database);
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
    return Of(std::move(all));
  }

  Figures Of(std::vector<double> millis) const {
    Figures figures;
    if (millis.empty()) return figures;
    std::sort(millis.begin(), millis.end());
    figures.per_second = static_cast<double>(millis.size()) / options_.seconds;
    figures.p50_ms = millis[millis.size() / 2];
    figures.p99_ms = millis[millis.size() * 99 / 100];
    return figures;
  }

  // The rows of one decision after the other, as a lone caller's: a transaction each.
  Figures CommitOne() {
    pqxx::connection connection(options_.database);
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
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(options_.seconds);
    while (std::chrono::steady_clock::now() < end && position-- > 0) {
      const auto begin = std::chrono::steady_clock::now();
      pqxx::work transaction(connection);
      transaction.exec_prepared("lock", tenant);
      transaction.exec_prepared("rows", tenant, position);
      transaction.commit();
      millis.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    return Of(std::move(millis));
  }

  // The newest rows that the batches wrote, once more by binary COPY into tables with the
  // same columns, checks and indexes, 1,000 leaves a transaction.
  Figures Copy() {
    Figures figures;
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(options_.database.c_str()), PQfinish);
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

  void MakeTables() {
    pqxx::connection connection(options_.database);
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

  Options options_;
  std::string key_, key_without_;
  std::uint64_t number_ = 0;
  std::vector<std::string> order_;
  std::map<std::string, std::vector<Figures>> figures_;
};

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  candor::bench::Options options;
  const std::map<std::string, std::string*> texts = {
      {"--server", &options.server}, {"--no-transaction", &options.no_transaction}, {"--echo", &options.echo},
      {"--database", &options.database}, {"--operator-key-file", &options.operator_key_file}, {"--json", &options.json}, {"--only", &options.only}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (const auto text = texts.find(name); text != texts.end()) *text->second = argv[i + 1];
    if (name == "--seconds") options.seconds = std::atof(argv[i + 1]);
    if (name == "--rounds") options.rounds = std::atoi(argv[i + 1]);
  }
  candor::bench::Bench bench(options);
  bench.Measure();
  bench.Print();
  return 0;
}
