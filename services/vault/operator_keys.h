// The operator's keys: the outermost keys, kept as files outside of every database.
//
// A folder of files `operator.<generation>.key`, each one line of 64 hexadecimal
// characters, mode 0600. Losing them loses everything that was ever sealed: back them up
// with `candor keys backup`. Thread-safe; copies share what was read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/crypto/secret.h"

namespace candor::vault {

class OperatorKeys {
 public:
  // Reads all generations from `folder`. With `make`, an empty folder gets generation 1.
  // Errors: kFailedPrecondition when there is none, when others may read a file, or when
  // a file is not a key; the message says which file and what to do.
  static absl::StatusOr<OperatorKeys> Load(const std::string& folder, bool make);

  // Makes the next generation in a folder that holds one already; its number. Nothing is
  // wrapped under it before a server reads it. Errors: as Load.
  static absl::StatusOr<std::uint64_t> MakeNext(const std::string& folder);

  // Reads the generations that came into the folder since. Errors: as Load.
  absl::Status Reload() const;

  // Those read so far.
  std::set<std::uint64_t> generations() const;
  std::uint64_t newest() const;

  // Looks into the folder for one that was not read before. Errors: kFailedPrecondition
  // when that generation is not here.
  absl::StatusOr<crypto::Key> Get(std::uint64_t generation) const;

 private:
  struct Held {
    std::string folder;
    absl::Mutex mutex;
    std::map<std::uint64_t, crypto::Key> keys ABSL_GUARDED_BY(mutex);
  };
  explicit OperatorKeys(const std::string& folder) : held_(std::make_shared<Held>()) { held_->folder = folder; }

  std::shared_ptr<Held> held_;
};

// Writes `text` to a new file of mode 0600, synced to disk. Errors: kAlreadyExists.
absl::Status WriteSecretFile(const std::string& path, const std::string& text);

}  // namespace candor::vault
