// Policy sets as files.
#pragma once

#include <string>

#include "clients/cli/program.h"
#include "services/policy/bundle.h"

namespace candor::cli {

// A folder or an archive. Errors: kFailed.
absl::StatusOr<policy::Bundle> ReadBundle(const std::string& path);

// A digest of 32 bytes as 64 hexadecimal characters, and back. Errors: kFailedPrecondition.
std::string DigestText(const std::string& bytes);
absl::StatusOr<std::string> DigestFrom(const std::string& text);

// The commands that need no server.
void AddPolicyFiles(CLI::App& group, Program& program);
void AddPolicyWhy(CLI::App& group, Program& program);  // explain, diff

}  // namespace candor::cli
