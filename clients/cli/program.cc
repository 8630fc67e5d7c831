#include "clients/cli/program.h"

#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <vector>

#include "clients/cli/audit.h"
#include "clients/cli/errors.h"
#include "services/base/clock.h"
#include "services/base/id.h"
#include "services/crypto/random.h"

namespace candor::cli {
namespace {

constexpr const char* kVersion = "candor 0.1.0";
constexpr const char* kAbout =
    "candor: works with a Candor server, and verifies what it hands out without one.\n";

// Every command says what its exit status means.
void SetFooters(CLI::App& app) {
  const std::string own = app.get_footer();
  app.footer(own.empty() ? kExitCodes : own + "\n" + kExitCodes);
  for (CLI::App* command : app.get_subcommands({})) SetFooters(*command);
}

// What is wrong with the command line, and where to read how it is meant.
std::string Complaint(const CLI::App& app, const CLI::ParseError& error) {
  std::string words = "candor";
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    words += " " + at->get_name();
  }
  std::string what = error.what();
  const std::vector<std::string> unknown = at->remaining();
  const bool is_group = !at->get_subcommands({}).empty();
  if (is_group && !unknown.empty())
    what = "there is no command `" + Printable(unknown.front()) + "`";
  if (is_group && unknown.empty()) what = "which command?";
  return "candor: " + what + "\n  next:   " + words + " --help\n";
}

}  // namespace

std::unique_ptr<CLI::App> MakeParser(Program& program) {
  auto app = std::make_unique<CLI::App>(kAbout, "candor");
  app->set_version_flag("--version", std::string(kVersion));
  app->require_subcommand(1);
  AddVerify(*app, program);
  AddLedger(*app, program);
  AddDecide(*app, program);
  AddReplay(*app, program);
  AddShow(*app, program);
  AddExplain(*app, program);
  AddSearch(*app, program);
  AddAudit(*app, program);
  AddPerson(*app, program);
  AddGrant(*app, program);
  AddExport(*app, program);
  AddReport(*app, program);
  AddDoctor(*app, program);
  AddTenant(*app, program);
  AddPrincipal(*app, program);
  AddKey(*app, program);
  AddRegistry(*app, program);
  AddStates(*app, program);
  AddAssurance(*app, program);
  AddReasons(*app, program);
  AddPolicy(*app, program);
  AddTask(*app, program);
  AddErase(*app, program);
  AddHold(*app, program);
  AddKeys(*app, program);
  SetFooters(*app);
  return app;
}

int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err,
        const Style& style) {
  Program program;
  const std::unique_ptr<CLI::App> app = MakeParser(program);
  // `candor verify FILE` is `candor verify bundle FILE`.
  std::vector<const char*> words(argv, argv + argc);
  std::error_code ignored;
  if (argc > 2 && std::string_view(argv[1]) == "verify" && std::filesystem::is_regular_file(argv[2], ignored)) {
    words.insert(words.begin() + 2, "bundle");
  }
  try {
    app->parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app->exit(error, out, err);
      return kDone;
    }
    err << Complaint(*app, error);
    return kFailed;
  }
  Style asked = style;
  asked.json = program.json;
  Output output(out, err, asked);
  const absl::StatusOr<int> done = program.run(output);
  out.flush();
  if (done.ok() && out) return *done;
  output.Error(done.ok() ? Unusable("standard output cannot be written", "see where it goes")
                         : done.status());
  return done.ok() ? static_cast<int>(kFailed) : ExitOf(done.status());
}

void AddServerFlags(CLI::App& command, Program& program) {
  const char* const group = "Server";
  command
      .add_option("--server", program.server.server,
                  "Where candord is; default $CANDOR_SERVER or 127.0.0.1:7717")
      ->type_name("HOST:PORT")
      ->group(group);
  command
      .add_option("--key-file", program.server.key_file,
                  "File that holds the API key; default $CANDOR_KEY_FILE")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--tls-ca", program.server.tls_ca,
                  "Use TLS, with the authority in this file; default $CANDOR_TLS_CA")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--tls-certificate", program.server.tls_certificate,
                  "Certificate to show to the server")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--tls-key", program.server.tls_key, "Private key of that certificate")
      ->type_name("FILE")
      ->group(group);
  AddJson(command, program);
}

void AddJson(CLI::App& command, Program& program) {
  command.add_flag("--json", program.json, "Print JSON, for programs");
}

void AddRequestId(CLI::App& command, std::string& request_id) {
  command
      .add_option("--request-id", request_id,
                  "Names this request, so that a repetition has no second effect: a UUID of "
                  "version 4 or 7; "
                  "default a new one")
      ->type_name("UUID");
}

absl::Status SettleRequestId(std::string& request_id) {
  if (request_id.empty()) {
    request_id = crypto::NewId(SystemClock().Now()).ToText();
    return absl::OkStatus();
  }
  const auto id = Uuid::FromText(request_id);
  if (id && (id->version() == 4 || id->version() == 7)) return absl::OkStatus();
  return Unusable("--request-id: is not a UUID of version 4 or 7 in lower case",
                  "leave it out for a new one");
}

absl::Status NamingRequest(absl::Status error, const std::string& request_id) {
  if (error.ok() || !MayRepeat(error)) return error;
  std::string next = NextStepOf(error);
  next += next.empty() ? "" : "; ";
  return Advise(std::move(error),
                next + "to repeat without a second effect: --request-id " + request_id);
}

CLI::App& AddGroup(CLI::App& parent, const std::string& name, const std::string& about) {
  CLI::App& group = *parent.add_subcommand(name, about);
  group.require_subcommand(1);
  return group;
}

}  // namespace candor::cli
