// candor doctor: what is wrong with an installation, and what to do.

#include <grpcpp/impl/codegen/client_unary_call.h>
#include <google/protobuf/wrappers.pb.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "candor/v1/admin_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/ledger_database.h"
#include "clients/cli/program.h"
#include "services/base/clock.h"
#include "services/core/json/json.h"
#include "services/core/leaf/leaf.h"
#include "services/ledger/mark.h"
#include "services/store/reader.h"
#include "services/store/migrate.h"
#include "services/vault/operator_keys.h"

namespace candor::cli {
namespace {

constexpr std::uint64_t kLeastRoomBytes = std::uint64_t{1} << 30;
constexpr absl::Duration kMostClockError = absl::Seconds(2);

struct DoctorFlags {
  std::string database, state, marks;
  bool no_server = false;
};

enum class Health { kGood, kBad, kUnknown };

struct Finding {
  std::string part;
  Health health = Health::kGood;
  std::string what, next;
};

// `docs/guides/recovery.md, "Clocks"`.
std::string Guide(const char* heading) {
  return std::string("docs/guides/recovery.md, \"") + heading + "\"";
}

class Findings {
 public:
  void Good(const char* part, std::string what) {
    list_.push_back({part, Health::kGood, std::move(what), ""});
  }
  void Bad(const char* part, std::string what, std::string next) {
    list_.push_back({part, Health::kBad, std::move(what), std::move(next)});
  }
  void Unknown(const char* part, std::string what, std::string next) {
    list_.push_back({part, Health::kUnknown, std::move(what), std::move(next)});
  }
  bool Any(Health health) const {
    for (const Finding& finding : list_) {
      if (finding.health == health) return true;
    }
    return false;
  }
  const std::vector<Finding>& list() const { return list_; }

 private:
  std::vector<Finding> list_;
};

// grpc.health.v1.Health. Its messages have one field each, of number 1: on the wire the
// same as these.
struct HealthService {
  using Request = google::protobuf::StringValue;
  using Response = google::protobuf::Int32Value;
  static constexpr int kServing = 1;

  class Stub {
   public:
    explicit Stub(std::shared_ptr<grpc::ChannelInterface> channel)
        : channel_(std::move(channel)),
          check_("/grpc.health.v1.Health/Check", grpc::internal::RpcMethod::NORMAL_RPC, channel_) {}
    grpc::Status Check(grpc::ClientContext* context, const Request& request, Response* response) {
      return grpc::internal::BlockingUnaryCall(channel_.get(), check_, context, request, response);
    }

   private:
    const std::shared_ptr<grpc::ChannelInterface> channel_;
    const grpc::internal::RpcMethod check_;
  };
  static std::unique_ptr<Stub> NewStub(const std::shared_ptr<grpc::Channel>& channel) {
    return std::make_unique<Stub>(channel);
  }
};

// False: the server does not answer, so nothing else can be asked of it.
bool LookAtHealth(const Connection& connection, const Program& program, Findings& found) {
  const auto stub = connection.Stub<HealthService>();
  for (const char* service : {"", "candor.v1.DecisionService"}) {
    HealthService::Request request;
    request.set_value(service);
    HealthService::Response response;
    const absl::Status asked = connection.Call(
        [&](grpc::ClientContext* context) { return stub->Check(context, request, &response); });
    const std::string name = *service == '\0' ? "the server" : "the gate";
    if (!asked.ok()) {
      found.Bad("server", std::string(asked.message()),
                NextStepOf(asked) + "; if it ended by itself: " + Guide("It does not start"));
      return false;
    }
    if (response.value() == HealthService::kServing) {
      found.Good("health", name + " serves" + (*service == '\0' ? " at " + program.server.server : ""));
    } else {
      found.Bad("health", name + " says that it does not serve",
                "look at the parts below, and at " + Guide("It serves, but a ledger is read-only"));
    }
  }
  return true;
}

void LookAtParts(const v1::GetStatusResponse& status, Findings& found) {
  for (const v1::PartStatus& part : status.parts()) {
    const std::string about = "the server's part " + Printable(part.part());
    if (part.health() == v1::HEALTH_OK) {
      found.Good("status", about + " is well");
    } else {
      found.Bad("status", about + ": " + Printable(part.message()),
                Guide(part.part() == "ledger" ? "It serves, but a ledger is read-only" : "Database away"));
    }
  }
  const absl::Time there = absl::FromUnixSeconds(status.server_time().seconds()) +
                           absl::Nanoseconds(status.server_time().nanos());
  if (absl::AbsDuration(SystemClock().Now() - there) > kMostClockError) {
    found.Bad("clock", "the clocks here and at the server differ by more than two seconds",
              "run NTP on both: " + Guide("Clocks"));
  } else {
    found.Good("clock", "the clocks here and at the server agree");
  }
}

void LookAtServer(const Program& program, Findings& found) {
  const absl::StatusOr<Connection> connection = Connection::Open(program.server);
  if (!connection.ok()) {
    found.Bad("credential", std::string(connection.status().message()),
              NextStepOf(connection.status()));
    return;
  }
  if (!LookAtHealth(*connection, program, found)) return;
  const auto stub = connection->Stub<v1::AdminService>();
  v1::GetStatusResponse status;
  const absl::Status asked = connection->Call([&](grpc::ClientContext* context) {
    return stub->GetStatus(context, v1::GetStatusRequest(), &status);
  });
  if (absl::IsUnauthenticated(asked)) {
    found.Bad("credential", "the server does not know this API key",
              "give the key of this server; if it is lost: " + Guide("The operator's API key is lost"));
  } else if (asked.ok()) {
    found.Good("credential", "the server takes it");
    LookAtParts(status, found);
  } else if (absl::IsPermissionDenied(asked)) {
    found.Good("credential", "the server takes it");
    found.Unknown("status", "this key may not ask for it",
                  "give the operator's key, or that of the tenant's system");
  } else {
    found.Bad("status", std::string(asked.message()), NextStepOf(asked));
  }
}

std::string NextOfDatabase(const absl::Status& error) {
  const std::string what(error.message());
  if (what.find("fsync") != std::string::npos) {
    return "turn both on in postgresql.conf, restart PostgreSQL: " + Guide("It does not start");
  }
  if (what.find("--migrate") != std::string::npos) {
    return "back up, then start candord once with --migrate: " + Guide("It does not start");
  }
  return Guide(absl::IsUnavailable(error) ? "Database away" : "It does not start");
}

// False: nothing can be read there.
bool LookAtDatabase(const store::Address& address, Findings& found) {
  store::Connection writer(address, store::Role::kWriter);
  if (const absl::Status status = writer.Ensure(); !status.ok()) {
    found.Bad("database", std::string(status.message()), NextOfDatabase(status));
    return false;
  }
  found.Good("database", "answers as a primary, with fsync and full_page_writes on; each session of "
                         "candord sets synchronous_commit itself");
  if (const absl::Status status = store::CheckSchema(address); !status.ok()) {
    found.Bad("schema", std::string(status.message()), NextOfDatabase(status));
    return false;
  }
  found.Good("schema", "is that of this program");
  return true;
}

void LookAtRoom(const char* part, const std::string& folder, Findings& found) {
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) return;  // The folder itself is looked at elsewhere.
  const std::uint64_t room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::string text = WithCommas(room >> 20) + " MiB free at " + folder;
  if (room < kLeastRoomBytes) {
    found.Bad(part, text, "make room: " + Guide("Full disk"));
  } else {
    found.Good(part, text);
  }
}

// Whether it is there, ours and nobody else's. False: no use to look inside.
bool LookAtSecret(const char* part, const std::string& path, bool folder, const char* heading,
                  Findings& found) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    const std::string what = path + ": " + std::strerror(errno);
    if (errno == EACCES) {
      found.Unknown(part, what, "run this as the user that candord runs as");
    } else {
      found.Bad(part, what, "give the right folder, or bring it back: " + Guide(heading));
    }
    return false;
  }
  if (S_ISDIR(info.st_mode) != folder) {
    found.Bad(part, path + (folder ? ": is not a folder" : ": is not a file"), Guide(heading));
    return false;
  }
  if ((info.st_mode & 077) != 0) {
    found.Bad(part, path + ": others may use it",
              std::string("chmod ") + (folder ? "700" : "600") + " it, and ask who read it");
    return true;
  }
  if (access(path.c_str(), folder ? R_OK | W_OK | X_OK : R_OK) != 0) {
    found.Unknown(part, path + ": cannot be read by this user",
                  "run this as the user that candord runs as, which must own it");
    return false;
  }
  found.Good(part, path + ": is there, for its owner alone");
  return true;
}

void LookAtState(const std::string& state, Findings& found) {
  if (!LookAtSecret("state", state, /*folder=*/true, "To another machine", found)) return;
  LookAtRoom("room", state, found);
  if (const auto keys = vault::OperatorKeys::Load(state + "/keys", /*make=*/false); keys.ok()) {
    found.Good("keys", "the operator's key is there, generation " + std::to_string(keys->newest()));
  } else {
    found.Bad("keys", std::string(keys.status().message()),
              "candor keys restore: " + Guide("The operator's keys are lost"));
  }
  const absl::StatusOr<std::string> process = ReadLineFile(state + "/process");
  if (process.ok() && Uuid::FromText(*process)) {
    found.Good("process", "marks as " + *process);
  } else {
    found.Bad("process", state + "/process: does not hold the name of this server",
              "restore it; without a copy the name of its mark holds it: " + Guide("It does not start"));
  }
  LookAtSecret("api key", state + "/operator.apikey", /*folder=*/false, "The operator's API key is lost", found);
}

// What is wrong with the marks of one ledger, against what the database holds. Errors:
// kUnavailable, kInternal where the database cannot be read.
absl::StatusOr<bool> MarksFit(store::Connection& writer, const store::TenantRow& tenant,
                              const std::string& folder, Findings& found) {
  const std::string ledger = Printable(tenant.origin);
  // In this order: a server that runs has its mark before it is a signer, and its leaves
  // before it has their mark.
  CANDOR_ASSIGN_OR_RETURN(const auto signers, store::Signers(writer, tenant.tenant_id));
  const auto marks = ledger::ReadMarks(folder, tenant.tenant_id);
  CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(writer, tenant.tenant_id));
  bool fit = true;
  for (const Uuid& process : signers) {
    if (ledger::Mark::Exists(folder, tenant.tenant_id, process)) continue;
    CANDOR_ASSIGN_OR_RETURN(const auto given_up,
                            store::KnownRequests(writer, tenant.tenant_id,
                                                 {core::DerivedRequest("mark_lost", process)}));
    if (!given_up.empty()) continue;
    fit = false;
    found.Bad("marks",
              ledger + ": the mark of process " + process.ToText() + " is missing from " + folder,
              Guide("A mark is missing"));
  }
  if (!marks.ok()) {
    found.Bad("marks", ledger + ": " + std::string(marks.status().message()),
              Guide("A mark is damaged"));
    return false;
  }
  for (const ledger::FoundMark& mark : *marks) {
    if (!mark.value || mark.value->size <= head.size) continue;
    fit = false;
    found.Bad("marks",
              ledger + ": the database holds " + WithCommas(head.size) + " leaves, but " +
                  WithCommas(mark.value->size) + " were signed",
              "stop every server of it: " + Guide("An older backup, or a lost tail"));
  }
  return fit;
}

void LookAtLedgers(const store::Address& address, const std::string& marks, Findings& found) {
  store::Connection writer(address, store::Role::kWriter);
  const auto tenants = store::ListTenants(writer);
  if (!tenants.ok()) {
    const absl::Status error = NotReadable(tenants.status());
    found.Unknown("ledgers", std::string(error.message()), NextStepOf(error));
    return;
  }
  found.Good("ledgers", WithCommas(tenants->size()) + " in the database");
  if (marks.empty()) return;
  for (const store::TenantRow& tenant : *tenants) {
    const absl::StatusOr<bool> fit = MarksFit(writer, tenant, marks, found);
    if (!fit.ok()) {
      const absl::Status error = NotReadable(fit.status());
      found.Unknown("marks", Printable(tenant.origin) + ": " + std::string(error.message()), NextStepOf(error));
    } else if (*fit) {
      found.Good("marks", Printable(tenant.origin) + ": are there, and the database holds what they signed");
    }
  }
}

void Print(const Findings& found, Output& out) {
  for (const Finding& finding : found.list()) {
    const std::string word = finding.health == Health::kGood  ? out.Good("ok     ")
                             : finding.health == Health::kBad ? out.Bad("WRONG  ")
                                                              : out.Odd("unseen ");
    std::string part = finding.part;
    part.resize(std::max<std::size_t>(part.size(), 10), ' ');
    out.Line(word + "  " + part + "  " + Printable(finding.what));
    if (!finding.next.empty()) out.Line("         next: " + finding.next);
  }
}

std::string ReportJson(const Findings& found) {
  core::Json list = core::Json::Array();
  for (const Finding& finding : found.list()) {
    core::Json one = core::Json::Object();
    one.Set("part", finding.part);
    one.Set("state", finding.health == Health::kGood  ? "ok"
                     : finding.health == Health::kBad ? "wrong"
                                                      : "unseen");
    one.Set("what", Printable(finding.what));
    if (!finding.next.empty()) one.Set("next", finding.next);
    list.Append(std::move(one));
  }
  core::Json json = core::Json::Object();
  json.Set("healthy", !found.Any(Health::kBad) && !found.Any(Health::kUnknown));
  json.Set("checks", std::move(list));
  return json.Encode();
}

absl::StatusOr<int> Examine(const DoctorFlags& flags, const Program& program, Output& out) {
  if (flags.no_server && flags.database.empty() && flags.state.empty()) {
    return Unusable("nothing to look at", "leave out --no-server, or give --database or --state");
  }
  Findings found;
  if (!flags.no_server) LookAtServer(program, found);
  if (!flags.state.empty()) LookAtState(flags.state, found);
  const std::string marks =
      flags.marks.empty() && !flags.state.empty() ? flags.state + "/marks" : flags.marks;
  if (!marks.empty()) LookAtRoom("room", marks, found);
  if (!flags.database.empty()) {
    const store::Address address{.url = flags.database, .idle = store::MakeIdleSessions()};
    if (LookAtDatabase(address, found)) LookAtLedgers(address, marks, found);
  }
  if (out.json()) {
    out.Line(ReportJson(found));
  } else {
    Print(found, out);
  }
  if (found.Any(Health::kBad)) return kRefused;
  return found.Any(Health::kUnknown) ? kFailed : kDone;
}

}  // namespace

void AddDoctor(CLI::App& app, Program& program) {
  CLI::App& command =
      *app.add_subcommand("doctor", "Say what is wrong with an installation, and what to do");
  command.footer(
      "Changes nothing. Each finding ends with what to do next. Exit status 0: all is well; 1: "
      "something\nis wrong; 2: nothing is known to be wrong, but not all could be seen.\n");
  DoctorFlags& flags = Runs(command, program, &Examine);
  command.add_option("--database", flags.database, "Also look at PostgreSQL, as candord is given it")
      ->type_name("URL");
  command.add_option("--state", flags.state, "Also look at the state folder of candord")->type_name("DIR");
  command.add_option("--marks", flags.marks, "And at the marks; default marks in the state folder")
      ->type_name("DIR");
  command.add_flag("--no-server", flags.no_server, "Do not ask the server, such as while it is stopped");
  AddServerFlags(command, program);
}

}  // namespace candor::cli
