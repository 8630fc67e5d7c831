// A backup of the operator's keys: one text, encrypted under a passphrase.
//
//   candor.keys/backup/v1
//   scrypt 131072 8 1 <base64 of 32 bytes of salt>
//   <base64 of nonce || AES-256-GCM ciphertext || tag, additional data the two lines above>
//
// Inside: a line a file, its name, a space, the base64 of its bytes.
//
// Pure functions; any thread may call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/crypto/passphrase.h"

namespace candor::cli {

// `operator.<generation>.key`, or `marks/<tenant>.<process>.mark`.
struct BackedUpFile {
  std::string name;
  std::string bytes;

  friend bool operator==(const BackedUpFile&, const BackedUpFile&) = default;
};

// Errors: kResourceExhausted.
absl::StatusOr<std::string> SealBackup(const std::vector<BackedUpFile>& files,
                                       std::string_view passphrase,
                                       const crypto::ScryptCost& cost = {});

// Errors: kInvalidArgument unless `text` is such a backup; kDataLoss: the passphrase is
// another, or the text was altered.
absl::StatusOr<std::vector<BackedUpFile>> OpenBackup(std::string_view text,
                                                     std::string_view passphrase);

// Whether a backup may hold a file of that name.
bool IsBackupName(std::string_view name);

// Overwrites a text that held a secret.
void Forget(std::string& text);

}  // namespace candor::cli
