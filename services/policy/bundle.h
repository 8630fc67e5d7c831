// A policy set as files: OPA's bundle layout, as a folder or as a tar archive, and the
// digest it is called by.
//
// Values; any thread may call.
// Source: OPA's bundle format; docs/policies.md. The digest is frozen: leaves name it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/digest.h"

namespace candor::policy {

inline constexpr std::size_t kMaxArchiveBytes = 1024 * 1024;
inline constexpr std::size_t kMaxBundleBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxBundleFiles = 2000;
inline constexpr std::size_t kMaxPolicyBytes = 1024 * 1024;
inline constexpr std::size_t kMaxPathBytes = 256;

// What is wrong with a set, and where, for its author.
struct Problem {
  std::string path;          // Of a file in the set; empty: the set as a whole.
  std::uint32_t line = 0;    // From 1; 0: the file as a whole.
  std::uint32_t column = 0;  // From 1; 0: the line as a whole.
  std::string message;
  bool fatal = true;         // Otherwise a warning.

  bool operator==(const Problem&) const = default;
};

// One of the set as a whole.
inline Problem ProblemOf(std::string message) {
  Problem problem;
  problem.message = std::move(message);
  return problem;
}

// `path:line:column: message`, as compilers say it.
std::string ToText(const Problem& problem);

struct BundleFile {
  std::string path, text;
};

class Bundle {
 public:
  // Unpacks a tar archive, gzipped or not. Errors: kInvalidArgument when it is no archive or
  // passes a limit; what is wrong with single files is found by Check.
  static absl::StatusOr<Bundle> Unpack(std::string_view archive);

  // The files of a folder. Errors: kNotFound; kInvalidArgument as above.
  static absl::StatusOr<Bundle> Read(const std::string& folder);

  // Files as given, put in order of their paths.
  explicit Bundle(std::vector<BundleFile> files);

  // Names, duplicates, sizes, encoding.
  std::vector<Problem> Check() const;

  // A gzipped tar archive: the same bytes for the same files.
  std::string Pack() const;

  const std::vector<BundleFile>& files() const { return files_; }  // By path, byte order.
  // `candor-policy-set-v1`, then a line for each file: its SHA-256, two spaces, its path. The
  // digest is the SHA-256 of that.
  std::string Listing() const;
  const Digest& digest() const { return digest_; }

 private:
  std::vector<BundleFile> files_;
  Digest digest_;
};

}  // namespace candor::policy
