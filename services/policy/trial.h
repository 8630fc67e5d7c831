// Trying a policy set that nobody trusts yet: compiled and tested in a process of its own,
// under limits, so that nothing it does can harm the server.
//
// Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/base/digest.h"
#include "services/policy/bundle.h"

namespace candor::policy {

struct TrialReport {
  bool readable = false;            // It is an archive with a digest.
  Digest digest;
  std::vector<Problem> problems;    // Fatal ones, then warnings; at most 100.
  bool compiled = false;            // The tests below were run.
  std::uint32_t passed = 0, failed = 0;
  std::vector<std::string> failures;  // `package.test: why`; at most 100.

  bool valid() const { return readable && compiled && failed == 0; }
};

class Trial {
 public:
  // `program` is started with the one argument `policy-trial`; it must call Main.
  explicit Trial(std::string program) : program_(std::move(program)) {}

  // Never fails: a process that dies is a problem of the set.
  TrialReport Run(std::string_view archive) const;

  // What the process does: reads an archive from standard input and writes the report.
  static int Main();

 private:
  const std::string program_;
};

}  // namespace candor::policy
