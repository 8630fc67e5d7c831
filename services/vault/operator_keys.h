// The operator's keys: the outermost keys, kept as files outside of every database.
//
// A folder of files `operator.<generation>.key`, each one line of 64 hexadecimal
// characters, mode 0600. Losing them loses everything that was ever sealed: back them up
// with `candor keys backup`. Immutable after loading; any thread may read.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "services/crypto/secret.h"

namespace candor::vault {

class OperatorKeys {
 public:
  // Reads all generations from `folder`. With `make`, an empty folder gets generation 1.
  // Errors: kFailedPrecondition when there is none, when others may read a file, or when
  // a file is not a key; the message says which file and what to do.
  static absl::StatusOr<OperatorKeys> Load(const std::string& folder, bool make);

  std::uint64_t newest() const { return keys_.rbegin()->first; }

  // Errors: kFailedPrecondition when that generation is not here.
  absl::StatusOr<crypto::Key> Get(std::uint64_t generation) const;

 private:
  std::map<std::uint64_t, crypto::Key> keys_;
};

// Writes `text` to a new file of mode 0600, synced to disk. Errors: kAlreadyExists.
absl::Status WriteSecretFile(const std::string& path, const std::string& text);

}  // namespace candor::vault
