// candor ledger save: a whole ledger, from its server into a folder.
#pragma once

#include <string>

#include "clients/cli/program.h"

namespace candor::cli {

struct SaveFlags {
  std::string folder;
};

// Writes each tile and bundle that is not there yet, then the checkpoint. Verifies nothing
// but that each has its length, and that the folder is neither another ledger's nor ahead.
// Exit: kDone; an error is kFailed, or kRefused where the server refuses.
absl::StatusOr<int> SaveLedger(const SaveFlags& flags, const Program& program, Output& out);

}  // namespace candor::cli
