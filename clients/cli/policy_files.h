// Policy sets as files.
#pragma once

#include <string>

#include "clients/cli/program.h"
#include "services/policy/bundle.h"

namespace candor::cli {

// A folder or an archive. Errors: kFailed.
absl::StatusOr<policy::Bundle> ReadBundle(const std::string& path);

// The commands that need no server.
void AddPolicyFiles(CLI::App& group, Program& program);

}  // namespace candor::cli
