// candor verify ledger: a whole ledger, row by row, out of its database.
#pragma once

#include <string>
#include <vector>

#include "clients/cli/ledger_database.h"
#include "clients/cli/program.h"
#include "clients/cli/verdict.h"
#include "clients/cli/verify_bundle.h"

namespace candor::cli {

struct LedgerFlags {
  std::string database{}, origin{}, vkey_file{}, vkey_out{}, keys_folder{};
  std::vector<std::string> vkeys{}, checkpoint_files{};
  unsigned threads = 0;  // 0: one a core, at most 8.
};

// Reads only. What was found, with nothing printed but progress. Errors: what could not be
// read, with what to do next.
absl::StatusOr<Verdict> CheckLedger(LedgerDatabase& database, const LedgerFlags& flags, Output& out);

// Reads only. Exit: kDone intact, kRefused not intact; an error is kFailed.
absl::StatusOr<int> VerifyLedger(const LedgerFlags& flags, const Program& program, Output& out);

// --vkey-out: every key that the ledger ever signed with.
void AddKeyOutFlag(CLI::App& command, std::string& file);

}  // namespace candor::cli
