#include "services/server/config.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <sstream>

#include "services/base/id.h"

namespace candor::server {

absl::StatusOr<Config> ReadConfig(int argc, const char* const* argv) {
  Config config;
  CLI::App app{
      "candord: the Candor server. It answers AI components before and after every decision\n"
      "and keeps each in a hash-chained, signed ledger in PostgreSQL.\n"};
  app.set_version_flag("--version", std::string("candord 0.1.0"));
  app.set_config("--config", "", "Read flags from this file, a line each: name = value");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--database", config.database, "PostgreSQL, as postgresql://… or key=value; required")
      ->envname("CANDOR_DATABASE");
  app.add_option("--state", config.state, "Folder of keys and marks; required. Back it up: `candor keys backup`")
      ->envname("CANDOR_STATE");
  app.add_option("--marks", config.marks, "Folder of marks, where several servers share one; default STATE/marks")
      ->envname("CANDOR_MARKS");
  app.add_option("--listen", config.listen, "Address and port; port 0 takes a free one")
      ->envname("CANDOR_LISTEN")->capture_default_str();
  app.add_option("--tls-certificate", config.tls_certificate, "File of the server's certificate chain, PEM")
      ->envname("CANDOR_TLS_CERTIFICATE");
  app.add_option("--tls-key", config.tls_key, "File of its private key, PEM")->envname("CANDOR_TLS_KEY");
  app.add_option("--tls-client-ca", config.tls_client_ca, "File of the authority that callers' certificates must come from")
      ->envname("CANDOR_TLS_CLIENT_CA");
  app.add_option("--calendars", config.calendars, "File of the public holidays and the time zone that each tenant goes by, JSON")
      ->envname("CANDOR_CALENDARS");
  app.add_option("--log-level", config.log_level, "debug, info, warning or error")
      ->envname("CANDOR_LOG_LEVEL")->check(CLI::IsMember({"debug", "info", "warning", "error"}))->capture_default_str();
  app.add_option("--accept-lost-mark", config.lost_marks,
                 "Id of a server whose mark is lost for good: sign on without it. Becomes a leaf; may repeat")
      ->type_name("PROCESS")->allow_extra_args(false);
  app.add_flag("--migrate", config.migrate, "Bring the database to this program's schema first");
  app.add_flag("--reflection", config.reflection, "Serve gRPC reflection");
  app.add_flag("--check-config", config.check_only, "Read the configuration, say what is wrong, and stop");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    if (code == 0) return absl::CancelledError(out.str());
    return absl::InvalidArgumentError(err.str());
  }
  if (config.database.empty()) return absl::InvalidArgumentError("--database is required: where PostgreSQL is");
  if (config.state.empty()) return absl::InvalidArgumentError("--state is required: a folder for keys and marks");
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    return absl::InvalidArgumentError("--tls-certificate and --tls-key go together");
  }
  if (!config.tls_client_ca.empty() && config.tls_key.empty()) {
    return absl::InvalidArgumentError("--tls-client-ca needs --tls-certificate and --tls-key");
  }
  for (const std::string& process : config.lost_marks) {
    if (!Uuid::FromText(process)) {
      return absl::InvalidArgumentError("--accept-lost-mark: " + process + " is not the id of a process: a UUID");
    }
  }
  if (config.marks.empty()) config.marks = config.state + "/marks";
  return config;
}

}  // namespace candor::server
