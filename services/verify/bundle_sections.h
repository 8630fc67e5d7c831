// What a bundle shows and withholds of its leaves: each section that a leaf commits to stands
// in one of two files, once, by position and name.
//
// Belongs to one thread.
// Source: ledger format, sections 3, 7 and 10.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/core/commit/erasure.h"
#include "services/core/json/json.h"
#include "services/core/leaf/leaf.h"
#include "services/verify/bundle_files.h"
#include "services/verify/finding.h"

namespace candor::verify {

class BundleSections {
 public:
  // What erasure leaves of this bundle say, by position.
  using Erasures = std::map<std::uint64_t, core::ErasureFacts>;

  // All outlive this.
  BundleSections(const BundleFiles& files, const Erasures& erasures, Findings& findings)
      : shown_(files, "sections."), withheld_(files, "withheld."), erasures_(erasures), findings_(findings) {}

  // The lines of the leaf at `position`, in order. Errors: those of the source.
  absl::Status Take(std::uint64_t position, const core::Leaf& leaf);

  // After the last leaf. Errors: as above.
  absl::Status End();

  std::uint64_t shown() const { return shown_.count; }
  const std::map<std::string, std::uint64_t>& withheld() const { return withheld_by_; }
  std::uint64_t withheld_count() const { return withheld_.count; }

 private:
  struct Cursor {
    Cursor(const BundleFiles& files, std::string_view prefix)
        : lines(files.source(), files.Below(prefix)) {}

    absl::Status Peek();
    bool IsOf(const std::string& leaf_id) const;

    BundleLines lines;
    std::optional<core::Json> line{};  // The next one, if it could be read.
    std::string wrong{};               // Why no more lines are read.
    bool at_end = false, peeked = false;
    std::uint64_t count = 0;  // Lines taken.
    std::uint64_t stood_at = 0;  // The position after the last leaf that had lines.
    std::string last{};          // Section of the last line.
  };

  void TakeShown(std::uint64_t position, const core::Leaf& leaf, const std::string& leaf_id, std::vector<bool>& given);
  void TakeWithheld(std::uint64_t position, const core::Leaf& leaf, const std::string& leaf_id, std::vector<bool>& given);
  std::optional<std::size_t> Mark(Cursor& cursor, std::uint64_t position, const core::Leaf& leaf,
                                  std::vector<bool>& given);
  void CheckErased(std::uint64_t position, const std::string& leaf_id, const std::string& section);
  void Add(const Cursor& cursor, std::optional<std::uint64_t> position, std::string what);
  void EndOf(Cursor& cursor);

  Cursor shown_, withheld_;
  const Erasures& erasures_;
  Findings& findings_;
  std::vector<Finding> missing_{};  // Until it is sure that no line was passed over.
  std::map<std::string, std::uint64_t> withheld_by_{};
};

}  // namespace candor::verify
