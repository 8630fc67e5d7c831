// The files of an audit bundle, by name.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "services/core/bundle/tar.h"

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

}  // namespace candor::e2e
