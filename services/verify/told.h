// Rows of the small tables beside the ledger, held against the leaves that tell of them, in
// both directions: no row without a leaf, no such leaf without its row.
//
// Belongs to one thread.
// Source: ledger format, section 11.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/core/leaf/leaf.h"
#include "services/verify/finding.h"
#include "services/verify/row.h"

namespace candor::verify {

// A leaf that tells of rows, and its section `oversight` where that was opened.
struct TellingLeaf {
  std::uint64_t position = 0;
  core::Leaf leaf{};
  std::optional<std::string> oversight{};
};

// Whether a leaf may tell of rows.
bool TellsOfRows(const core::Leaf& leaf);

class Told {
 public:
  // By position.
  void Leaf(const TellingLeaf& leaf);

  // After all leaves.
  void Row(const ToldRow& row);

  // After all rows. What `is_altered` leaves say counts for nothing.
  void End(const std::function<bool(std::uint64_t)>& is_altered, Findings& findings);

 private:
  using Key = std::vector<std::string>;  // The table, then its key columns.

  // What the leaf at `position` says of a row; a value that it does not tell is nothing.
  struct Expected {
    std::uint64_t position = 0;
    std::vector<std::optional<std::string>> values{};  // Of the columns after the key.
    bool found = false;
  };
  struct Untold {
    Finding finding;
    std::string id;  // Of a revocation: what it revokes.
  };

  void Expect(Key key, std::uint64_t position, std::vector<std::optional<std::string>> values);
  void ExpectPrincipal(const TellingLeaf& leaf);
  void ExpectCodes(const TellingLeaf& leaf);
  void ExpectRevocation(const TellingLeaf& leaf);
  bool IsKnown(const std::string& revoked) const;

  std::map<Key, Expected> expected_;
  std::uint64_t sealed_revocations_ = 0;  // Leaves that revoke what could not be opened.
  std::vector<Untold> untold_;            // Revocations that no opened leaf tells of.
  std::map<std::uint64_t, std::vector<Finding>> unless_altered_;
  std::vector<Finding> found_;
};

}  // namespace candor::verify
