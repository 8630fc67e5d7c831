// candor verify server: a whole ledger, fetched tile by tile from its server.
#pragma once

#include <string>
#include <vector>

#include "clients/cli/program.h"

namespace candor::cli {

struct ServerCheckFlags {
  std::string vkey_file, vkey_out, since_file, out_file;
  std::vector<std::string> vkeys;
};

// Exit: kDone intact, kRefused not intact; an error is kFailed.
absl::StatusOr<int> VerifyServer(const ServerCheckFlags& flags, const Program& program,
                                 Output& out);

}  // namespace candor::cli
