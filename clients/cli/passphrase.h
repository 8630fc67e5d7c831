// A passphrase, from a file or from the terminal, where it is not shown.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace candor::cli {

// The line in `file`; an empty name asks at the terminal, twice where it is `fresh`.
// A fresh one must be 12 bytes at least. Errors: kFailedPrecondition.
absl::StatusOr<std::string> ReadPassphrase(const std::string& file, bool fresh);

}  // namespace candor::cli
