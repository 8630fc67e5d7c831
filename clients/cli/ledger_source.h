// Where a whole ledger is read from, tile by tile: its server, or a folder in the layout
// of c2sp.org/tlog-tiles that `candor ledger save` wrote.
//
// Any thread may call Read; the rest belongs to one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/connection.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/tile.h"

namespace candor::cli {

class LedgerSource {
 public:
  virtual ~LedgerSource() = default;

  struct Newest {
    std::string note;
    std::string vkey;  // The source's own word for the key; empty where it has none.
  };
  // What it says is not looked at.
  virtual absl::StatusOr<Newest> Checkpoint() const = 0;

  // The bytes of a tile, or of a bundle of entries, as they are.
  // Errors: IsNotShown where there are none that could be it.
  virtual absl::StatusOr<std::string> Read(const core::Tile& tile) const = 0;

  // The proof from one size to a larger one; nothing where the source makes none.
  virtual absl::StatusOr<std::optional<std::vector<std::string>>> Consistency(
      std::uint64_t old_size, std::uint64_t new_size) const = 0;
};

// The connection must outlive the source.
std::unique_ptr<LedgerSource> SourceOfServer(const Connection& connection);
std::unique_ptr<LedgerSource> SourceOfFolder(const std::string& folder);

// Reads a note without verifying it: which ledger it is of, and how large it says that is.
// Errors: kInvalidArgument.
absl::StatusOr<core::Checkpoint> Claimed(const std::string& note);

// Whether an answer says that what was signed is not there: a source that cannot show it
// is not merely slow.
bool IsNotShown(const absl::Status& status);

}  // namespace candor::cli
