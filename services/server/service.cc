#include "services/server/service.h"

#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/crypto/random.h"
#include "services/flow/cases.h"
#include "services/policy/builtin.h"
#include "services/policy/trial.h"
#include "services/rpc/admin_service.h"
#include "services/rpc/audit_service.h"
#include "services/rpc/decision_service.h"
#include "services/rpc/health.h"
#include "services/rpc/ledger_service.h"
#include "services/rpc/oversight_service.h"
#include "services/rpc/registry_service.h"
#include "services/rpc/transparency_service.h"
#include "services/rpc/wire_service.h"
#include "services/server/housekeeping.h"
#include "services/store/migrate.h"

namespace candor::server {
namespace {

constexpr int kMostMessageBytes = 17 * 1024 * 1024;  // A batch of 16 MiB and its frame.
constexpr int kQueues = 2;                           // Completion queues, one thread each.
constexpr int kBacktests = 2;                        // That run at once.
constexpr int kExports = 2;                          // That are sent at once.
constexpr int kWorkers = 8;                          // Threads of the methods that read or administer.
constexpr absl::Duration kGrace = absl::Seconds(10);

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::FailedPreconditionError(path + ": cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The name of this server's marks: made once, kept in the state folder.
absl::StatusOr<Uuid> ProcessId(const std::string& state, absl::Time now) {
  const std::string path = state + "/process";
  std::ifstream file(path);
  std::string line;
  if (file && std::getline(file, line)) {
    if (const auto id = Uuid::FromText(line)) return *id;
    return absl::FailedPreconditionError(path + ": is not a UUID; restore it from a backup");
  }
  const Uuid id = crypto::NewId(now);
  CANDOR_RETURN_IF_ERROR(vault::WriteSecretFile(path, id.ToText() + "\n"));
  return id;
}

// Two servers must not share a state folder: they would write one mark.
absl::StatusOr<int> LockState(const std::string& state) {
  const int file = open((state + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return absl::FailedPreconditionError(state + ": cannot be written to");
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  close(file);
  return absl::FailedPreconditionError(state + ": another candord runs with this state folder");
}

std::set<Uuid> LostMarks(const Config& config) {
  std::set<Uuid> lost;
  for (const std::string& text : config.lost_marks) lost.insert(*Uuid::FromText(text));
  return lost;
}

absl::Status MakeOperatorKey(store::Pool& writers, const std::string& state, absl::Time now) {
  store::Pool::Lease connection = writers.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const bool has, store::HasOperatorKey(*connection));
  if (has) return absl::OkStatus();
  const identity::NewApiKey key = identity::MakeApiKey(crypto::NewId(now));
  const std::string path = state + "/operator.apikey";
  CANDOR_RETURN_IF_ERROR(vault::WriteSecretFile(path, key.text + "\n"));
  CANDOR_RETURN_IF_ERROR(store::InsertOperatorKey(*connection, key.key_id, key.secret_hash));
  Log(Level::kInfo, "operator_key_made", {{"file", path}});
  return absl::OkStatus();
}

identity::PersonTokens::KeyOf TokenKeys(ledger::Ledgers& ledgers) {
  return [&ledgers](const Uuid& tenant) -> absl::StatusOr<crypto::Key> {
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers.Get(tenant));
    return ledger->keyring().PersonTokenKey();
  };
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const Config& config) {
  if (config.tls_key.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  CANDOR_ASSIGN_OR_RETURN(pair.private_key, ReadFile(config.tls_key));
  CANDOR_ASSIGN_OR_RETURN(pair.cert_chain, ReadFile(config.tls_certificate));
  options.pem_key_cert_pairs.push_back(std::move(pair));
  if (!config.tls_client_ca.empty()) {
    CANDOR_ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(config.tls_client_ca));
    options.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

// The laws of this program, and the calendars that its operator names.
absl::StatusOr<law::LawBook> ReadLaws(const std::string& calendars) {
  CANDOR_ASSIGN_OR_RETURN(law::LawBook laws, law::LawBook::Read(law::ShippedLaws()));
  if (calendars.empty()) return laws;
  CANDOR_ASSIGN_OR_RETURN(std::string text, ReadFile(calendars));
  CANDOR_RETURN_IF_ERROR(laws.ReadTenants({calendars, std::move(text)}));
  return laws;
}

}  // namespace

// In the order of construction; destroyed from the last to the first.
struct Service::Parts {
  explicit Parts(const Config& config, vault::OperatorKeys operator_keys, law::LawBook law_book, const Uuid& process, int lock)
      : state_lock(lock), keys(std::move(operator_keys)), laws(std::move(law_book)),
        writers({config.database}, store::Role::kWriter), readers({config.database}, store::Role::kReader),
        erasers({config.database}, store::Role::kEraser), owners({config.database}, store::Role::kOwner),
        ledgers(writers, keys, {.marks_folder = config.marks, .process = process, .lost = LostMarks(config)}, clock),
        appender({config.database}, ledgers, clock, {}), settings(readers, clock),
        registry_book(readers, clock), registering(ledgers, appender, settings, registry_book, writers, clock),
        trial("/proc/self/exe"), policy_sets(registering, readers, trial, clock),
        judge(policy_sets, registry_book, readers, builtin), shadow(policy_sets, ledgers, appender, clock),
        oversight(ledgers, appender, writers, laws, clock), case_book(ledgers, writers, clock),
        authorize(ledgers, appender, settings, judge, shadow, oversight, case_book, writers, clock),
        record(ledgers, appender, settings, judge, readers, clock),
        backtest(ledgers, registering, registry_book, policy_sets, writers),
        why(ledgers, registry_book, policy_sets, writers, builtin),
        administer(ledgers, appender, settings, writers,
                   [](const Uuid& key_id) {
                     const identity::NewApiKey key = identity::MakeApiKey(key_id);
                     return flow::Administer::KeyParts{key.key_id, key.text, key.secret_hash};
                   },
                   clock),
        rotate(ledgers, appender, writers, erasers, keys, clock),
        erase(ledgers, appender, registry_book, writers, owners, case_book, clock), cases(ledgers, appender, case_book, writers, laws, clock),
        api_keys(writers, clock), person_tokens(TokenKeys(ledgers), clock), door(api_keys, person_tokens, clock),
        decisions(door, authorize, record, judge, settings),
        ledger_service(door, ledgers, readers, writers),
        registry(door, registering, registry_book, settings, ledgers, writers, policy_sets, backtest, why, shadow, backtest_workers),
        admin(door, administer, rotate, erase, registering, registry_book, settings, ledgers, appender, writers, builtin,
              api_keys, person_tokens),
        reviews(door, oversight, case_book, settings, readers),
        transparency(door, ledgers, registry_book, judge, cases, oversight, settings, export_workers, writers),
        courtesy(appender, clock), search(writers, courtesy, clock),
        exports(ledgers, appender, policy_sets, search, {config.database, store::MakeIdleSessions()}, writers, clock),
        reports(ledgers, appender, registry_book, search, writers, clock),
        audit(door, exports, reports, registering, registry_book, settings, export_workers, ledgers, appender, search, readers, writers) {}

  ~Parts() {
    housekeeping.reset();
    if (server) {
      health.Stop();
      decisions.Stop();
      reviews.Stop();
      ledger_service.Stop();
      backtest.Stop();
      audit.Stop();
      transparency.Stop();
      server->Shutdown(absl::ToChronoTime(clock.Now() + kGrace));
    }
    for (auto& queue : queues) queue->Shutdown();
    threads.clear();
    close(state_lock);
  }

  // What the operator decided becomes a leaf of each ledger that it concerns.
  absl::Status GiveUpMarks(const Config& config, const std::shared_ptr<ledger::Ledger>& ledger) {
    if (config.lost_marks.empty() || !ledger->Writable().ok()) return absl::OkStatus();
    store::Pool::Lease connection = readers.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto signers, store::Signers(*connection, ledger->tenant()));
    flow::Missing missing(appender, readers, clock);
    for (const Uuid& process : LostMarks(config)) {
      const bool signer = std::find(signers.begin(), signers.end(), process) != signers.end();
      if (!signer || ledger::Mark::Exists(config.marks, ledger->tenant(), process)) continue;
      if (!missing.NameLostMark(ledger, process)) {
        return absl::UnavailableError("the lost mark of " + process.ToText() + " could not be written down: start again");
      }
      Log(Level::kWarning, "mark_given_up", {{"origin", ledger->origin()}, {"process", process.ToText()}});
    }
    return absl::OkStatus();
  }

  const int state_lock;
  SystemClock clock;
  vault::OperatorKeys keys;
  const law::LawBook laws;
  store::Pool writers, readers, erasers, owners;
  policy::Builtin builtin;
  ledger::Ledgers ledgers;
  ledger::Appender appender;
  flow::SettingsBook settings;
  flow::RegistryBook registry_book;
  flow::Register registering;
  policy::Trial trial;
  flow::PolicySets policy_sets;
  flow::Judge judge;
  flow::Shadow shadow;
  flow::Oversight oversight;
  flow::CaseBook case_book;
  flow::Authorize authorize;
  flow::Record record;
  flow::Backtest backtest;
  flow::Why why;
  flow::Administer administer;
  flow::Rotate rotate;
  flow::Erase erase;
  flow::Cases cases;
  identity::ApiKeys api_keys;
  identity::PersonTokens person_tokens;
  rpc::Door door;
  rpc::Workers backtest_workers{kBacktests};
  rpc::DecisionService decisions;
  rpc::LedgerService ledger_service;
  rpc::RegistryService registry;
  rpc::AdminService admin;
  rpc::OversightService reviews;
  rpc::TransparencyService transparency;
  flow::Courtesy courtesy;
  flow::SearchBook search;
  flow::Export exports;
  rpc::Workers export_workers{kExports};
  flow::Reports reports;
  rpc::AuditService audit;
  rpc::Health health;
  rpc::Workers workers{kWorkers};
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  std::vector<std::jthread> threads;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Housekeeping> housekeeping;
  std::string address;
};

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Service::~Service() = default;
const std::string& Service::address() const { return parts_->address; }

absl::StatusOr<std::unique_ptr<Service>> Service::Start(const Config& config) {
  std::error_code ignored;
  if (std::filesystem::create_directories(config.state, ignored)) {
    std::filesystem::permissions(config.state, std::filesystem::perms::owner_all, ignored);
  }
  CANDOR_ASSIGN_OR_RETURN(law::LawBook laws, ReadLaws(config.calendars));
  CANDOR_ASSIGN_OR_RETURN(const int lock, LockState(config.state));
  SystemClock clock;
  if (config.migrate) {
    CANDOR_ASSIGN_OR_RETURN(const auto applied, store::Migrate({config.database}));
    for (const std::string& name : applied) Log(Level::kInfo, "migration_applied", {{"name", name}});
  }
  CANDOR_RETURN_IF_ERROR(store::CheckSchema({config.database}));
  store::Pool writers({config.database}, store::Role::kWriter);
  CANDOR_ASSIGN_OR_RETURN(const auto tenants, [&]() -> absl::StatusOr<std::vector<store::TenantRow>> {
    store::Pool::Lease connection = writers.Borrow();
    return store::ListTenants(*connection);
  }());
  // A first key is made only where nothing was ever sealed under another.
  CANDOR_ASSIGN_OR_RETURN(vault::OperatorKeys keys,
                          vault::OperatorKeys::Load(config.state + "/keys", /*make=*/tenants.empty()));
  CANDOR_ASSIGN_OR_RETURN(const Uuid process, ProcessId(config.state, clock.Now()));
  CANDOR_RETURN_IF_ERROR(MakeOperatorKey(writers, config.state, clock.Now()));
  CANDOR_ASSIGN_OR_RETURN(const auto credentials, Credentials(config));

  auto parts = std::make_unique<Parts>(config, std::move(keys), std::move(laws), process, lock);
  for (const store::TenantRow& tenant : tenants) {
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, parts->ledgers.Get(tenant.tenant_id));
    CANDOR_RETURN_IF_ERROR(parts->GiveUpMarks(config, ledger));
  }

  google::protobuf::SetLogHandler(nullptr);  // A caller's bad text is told to the caller alone.
  if (config.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(config.listen, credentials, &port);
  builder.SetMaxReceiveMessageSize(kMostMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // A port that is taken is an error, not shared.
  const std::initializer_list<rpc::WireService*> services = {&parts->ledger_service, &parts->registry,
                                                             &parts->admin,          &parts->reviews,
                                                             &parts->transparency,   &parts->audit};
  builder.RegisterService(parts->decisions.service());
  builder.RegisterService(&parts->health);
  for (rpc::WireService* service : services) builder.RegisterService(service);
  for (int i = 0; i < kQueues; ++i) parts->queues.push_back(builder.AddCompletionQueue());
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || port == 0) {
    return absl::FailedPreconditionError(config.listen + ": cannot be listened on: is the port taken?");
  }
  for (auto& queue : parts->queues) {
    parts->decisions.Serve(queue.get(), parts->workers);
    parts->health.Serve(queue.get());
    for (rpc::WireService* service : services) service->Start(queue.get(), parts->workers);
    parts->threads.emplace_back([&queue] {
      void* tag = nullptr;
      bool ok = false;
      while (queue->Next(&tag, &ok)) static_cast<rpc::Tag*>(tag)->Proceed(ok);
    });
  }
  parts->housekeeping = std::make_unique<Housekeeping>(
      parts->ledgers, parts->appender, parts->rotate, parts->oversight, parts->cases, parts->search, parts->readers, parts->writers,
      parts->clock,
      [health = &parts->health](bool writable) {
        Log(writable ? Level::kInfo : Level::kWarning, writable ? "records_taken" : "records_refused");
        health->Set("candor.v1.DecisionService", writable);
      });
  parts->address = config.listen.substr(0, config.listen.rfind(':') + 1) + std::to_string(port);
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

}  // namespace candor::server
