// Audit bundles in tests: their files by name, and what both verifiers say.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "services/core/bundle/tar.h"
#include "tests/e2e/cli_run.h"

namespace candor::e2e {

struct Unpacked final : core::TarReader::Files {
  explicit Unpacked(const std::string& tar) {
    core::TarReader reader(*this);
    EXPECT_TRUE(reader.Take(tar).ok());
    EXPECT_TRUE(reader.End().ok());
  }
  absl::Status Begin(const core::TarFile& file) override {
    name = file.name;
    files[name];
    return absl::OkStatus();
  }
  absl::Status Bytes(std::string_view bytes) override {
    files[name] += bytes;
    return absl::OkStatus();
  }
  absl::Status End() override { return absl::OkStatus(); }

  std::string name;
  std::map<std::string, std::string> files;
};

// Verified by both programs, which share no code: they say the same. What the one in C++ printed.
inline Ran VerifyByBoth(const std::string& file, std::vector<std::string> more) {
  more.insert(more.begin(), file);
  const Ran ran = RunProgram(CANDOR_BINARY_DIR "/bin/candor-verify", more);
  more.insert(more.begin(), {"-B", "-c", "import sys; sys.path.insert(0, '" CANDOR_SOURCE_DIR "/clients/python'); "
                                         "from candor.verify import main; sys.exit(main(sys.argv[1:]))", "bundle"});
  const Ran python = RunProgram(CANDOR_PYTHON, more);
  EXPECT_EQ(python.exit, ran.exit) << python << ran;
  EXPECT_EQ(LineFromEnd(python.out, 0), LineFromEnd(ran.out, 0)) << "what is complete";
  EXPECT_EQ(LineFromEnd(python.out, 1).substr(0, 10), LineFromEnd(ran.out, 1).substr(0, 10)) << "what is intact";
  return ran;
}

}  // namespace candor::e2e
