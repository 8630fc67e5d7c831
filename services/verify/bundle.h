// Checks an audit bundle offline: that it is intact, and what it proves to be complete.
//
// Pure but for its source; a check belongs to one thread. Memory does not grow with the
// bundle, but for about 150 bytes a file, and what key and erasure leaves say.
// Source: ledger format, sections 7, 8 and 10.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/core/bundle/manifest.h"
#include "services/core/tlog/checkpoint.h"
#include "services/verify/bundle_files.h"
#include "services/verify/facts.h"
#include "services/verify/finding.h"

namespace candor::verify {

struct BundleAsk {
  // That the caller trusts: of the ledger, and of its bundles if wanted. What the leaves of
  // the bundle announce follows from them.
  std::vector<core::VerifierKey> keys{};

  // A checkpoint that the caller holds, which this one must continue; empty: none.
  std::string since_note{};

  // Told now and then how many leaves were checked.
  std::function<void(std::uint64_t)> progress{};
};

struct BundleReport {
  std::optional<core::Manifest> manifest{};      // Where it could be read.
  std::optional<core::Checkpoint> checkpoint{};  // Where its signature is good.
  std::optional<core::Checkpoint> since{};       // Likewise, and continued.
  std::vector<core::VerifierKey> keys{};         // That were believed in the end.
  std::string bundle_key{};                      // That signed the manifest, as text.
  std::vector<core::PositionRange> ranges{};
  std::uint64_t leaves = 0;
  std::uint64_t shown = 0;                         // Sections.
  std::map<std::string, std::uint64_t> withheld{};  // Sections, by reason.
  std::set<std::string> policies{};                // SHA-256 of those that leaves name.
  std::set<std::string> policies_missing{};
  NamedMissing missing{};
  Forgotten forgotten{};
  std::vector<Finding> findings{};   // Table: the file. Position: of the leaf. Column: `line 7`.
  std::vector<Finding> malformed{};  // Breaches by the writer, under good signatures all the same.

  bool intact() const { return findings.empty(); }

  // The words of section 7 with what they are about; `whole range`, `not complete`, or `not
  // provable`.
  bool is_whole_range = false;
  std::string complete{};
};

// Errors: those of the source.
absl::StatusOr<BundleReport> VerifyBundle(const BundleSource& source, const BundleAsk& ask);

}  // namespace candor::verify
