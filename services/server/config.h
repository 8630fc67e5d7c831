// What a server is told: flags, `CANDOR_…` variables and a configuration file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace candor::server {

struct Config {
  std::string database;                    // libpq URL.
  std::string state;                       // Folder: keys, marks, the operator's API key.
  std::string marks;                       // Folder of marks; shared by all servers of a ledger.
  std::string listen = "127.0.0.1:7717";   // Port 0: any free one.
  std::string tls_certificate, tls_key;    // Files; both or neither.
  std::string tls_client_ca;               // File: callers must present a certificate of it.
  std::string calendars;                   // File: the calendar that each tenant keeps.
  std::vector<std::string> lost_marks;     // Process ids whose marks are given up.
  std::string log_level = "info";
  bool migrate = false;
  bool reflection = false;
  bool check_only = false;                 // --check-config: read, say what is wrong, stop.
};

// Errors: kInvalidArgument, with the text for the terminal; kCancelled after --help and
// --version, with theirs.
absl::StatusOr<Config> ReadConfig(int argc, const char* const* argv);

}  // namespace candor::server
