// The journal of erased handles: which keys this process destroyed, kept outside of the database,
// so that one that comes back from before an erasure forgets again before it serves.
//
// A file of lines, only ever added to. Add is called by one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/store/rows.h"

namespace candor::ledger {

struct JournaledErasure {
  Uuid leaf;          // The erasure leaf.
  bool done = false;  // It was committed; else it may have been.
  std::vector<store::Handle> handles;
};

class ErasedJournal {
 public:
  // Opens or makes `<folder>/<tenant>.<process>.erased`. Errors: kFailedPrecondition.
  static absl::StatusOr<std::unique_ptr<ErasedJournal>> Open(const std::string& folder, const Uuid& tenant,
                                                             const Uuid& process);
  ~ErasedJournal();

  // Survives the loss of power once it returns. Errors: kUnavailable: nothing may be destroyed.
  absl::Status Add(const JournaledErasure& erasure);

 private:
  explicit ErasedJournal(int file) : file_(file) {}
  const int file_;
};

// The journals of all processes for a tenant that lie in `folder`, each erasure once. A last line
// that was cut short counts for nothing. Errors: kDataLoss: a line was altered.
absl::StatusOr<std::vector<JournaledErasure>> ReadJournals(const std::string& folder, const Uuid& tenant);

}  // namespace candor::ledger
