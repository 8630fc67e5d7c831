// Verifying an audit bundle offline. Needs neither server nor database: the program
// `candor-verify` is this and nothing else.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/output.h"

namespace candor::cli {

struct BundleFlags {
  std::string file, vkey_file, since_file;
  std::vector<std::string> vkeys;
};

// The flags of a command that verifies a bundle; and --vkey, --vkey-file alone.
void AddBundleFlags(CLI::App& command, BundleFlags& flags);
void AddKeyFlags(CLI::App& command, std::vector<std::string>& vkeys, std::string& file);

// Exit: kDone intact, kRefused not intact; an error is kFailed.
absl::StatusOr<int> VerifyBundle(const BundleFlags& flags, Output& out);

}  // namespace candor::cli
