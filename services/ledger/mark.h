// The mark: the highest checkpoint that this process has signed for a ledger, kept
// outside of the database, so that a database that went backwards is noticed.
//
// A file of two slots written in turn, so that a torn write leaves the other. Set is
// called by one thread at a time; Sync by any.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/id.h"

namespace candor::ledger {

struct MarkValue {
  std::uint64_t size = 0;
  std::string root;       // Base64.
  std::string time_line;  // Where the database was then.

  friend bool operator==(const MarkValue&, const MarkValue&) = default;
};

class Mark {
 public:
  // Opens or makes `<folder>/<tenant>.<process>.mark`. Errors: kFailedPrecondition.
  static absl::StatusOr<std::unique_ptr<Mark>> Open(const std::string& folder, const Uuid& tenant,
                                                    const Uuid& process);
  ~Mark();

  // Whether that file is there.
  static bool Exists(const std::string& folder, const Uuid& tenant, const Uuid& process);

  // Hands the value to the operating system; it survives the end of the process.
  absl::Status Set(const MarkValue& value);

  // Makes what was set survive the loss of power. Called at least every 100 ms.
  absl::Status Sync();

 private:
  Mark(int file, int slot, std::string owner) : file_(file), slot_(slot), owner_(std::move(owner)) {}
  const int file_;
  int slot_;  // To be written next.
  const std::string owner_;  // Whose it is: a mark in another's place is refused.
};

// The marks of all processes for a tenant that lie in `folder`; a mark never written is
// left out. Errors: kDataLoss when both slots of a file are damaged, or it is that of another
// ledger or process.
struct FoundMark {
  Uuid process;
  std::optional<MarkValue> value;
};
absl::StatusOr<std::vector<FoundMark>> ReadMarks(const std::string& folder, const Uuid& tenant);

}  // namespace candor::ledger
