// candor verify server, candor verify folder: a whole ledger, tile by tile.
#pragma once

#include <string>
#include <vector>

#include "clients/cli/program.h"

namespace candor::cli {

struct TileCheckFlags {
  std::string folder, vkey_file, vkey_out, since_file, out_file;
  std::vector<std::string> vkeys;
};

// Exit: kDone intact, kRefused not intact; an error is kFailed.
absl::StatusOr<int> VerifyServer(const TileCheckFlags& flags, const Program& program, Output& out);
absl::StatusOr<int> VerifyFolder(const TileCheckFlags& flags, const Program& program, Output& out);

}  // namespace candor::cli
