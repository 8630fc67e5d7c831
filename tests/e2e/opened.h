// What the operator's keys open: the sections of a leaf, read from PostgreSQL without the
// server.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/base/clock.h"
#include "services/vault/sections.h"
#include "tests/e2e/world.h"

namespace candor::e2e {

// Belongs to one thread.
class Opener {
 public:
  Opener(const World& world, const Tenant& tenant);

  // The sections of the leaf at `position`, by name, as the JSON that was sealed. Each is
  // checked against its commitment in the leaf; fails the test where one does not fit.
  std::map<std::string, std::string> Sections(std::uint64_t position);

  // The handle of the key behind each section, in hexadecimal: says who can be erased.
  std::map<std::string, std::string> Handles(std::uint64_t position);

 private:
  const Tenant& tenant_;
  const Uuid tenant_id_;
  SystemClock clock_;
  store::Connection connection_;
  std::unique_ptr<vault::Keyring> keyring_;
};

}  // namespace candor::e2e
