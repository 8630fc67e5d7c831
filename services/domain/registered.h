// What the registry keeps of the leaves it is folded from.
//
// Pure values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/core/leaf/leaf.h"

namespace candor::domain {

// What the registry keeps of one leaf.
struct Registered {
  std::uint64_t position = 0;
  Uuid leaf;
  absl::Time time;
  bool by_human = false;
  bool sealed = false;     // It has a section `registry`.
  bool of_person = false;  // It has a section `person`.
  core::Json facts = core::Json::Object();
};
using Entry = std::shared_ptr<const Registered>;

// The text of a fact; empty where it is none. And the texts of a list.
std::string FactText(const core::Json& facts, std::string_view name);
std::vector<std::string> FactTexts(const core::Json& facts, std::string_view name);

// Whether a fact is there and true.
bool IsTrue(const core::Json& facts, std::string_view name);

// What a second human has to settle.
struct Proposal {
  Entry proposed;
  Entry settled;  // Nothing: open.
};

}  // namespace candor::domain
