// Finds ids that stand twice in a ledger, a part of them at a time, so that little more
// memory is needed than the ids themselves take.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "services/base/id.h"
#include "services/verify/finding.h"

namespace candor::verify {

class UniqueIds {
 public:
  // `column` names them; `findings` outlives this.
  UniqueIds(const char* column, Findings& findings) : column_(column), findings_(findings) {}

  // The ids of the rows from `first` on, which outlive this; all zeros are none.
  void Add(std::uint64_t first, std::span<const Uuid> ids);

  void Check();

 private:
  void CheckPart(std::uint64_t part, std::uint64_t parts);

  const char* column_;
  Findings& findings_;
  std::uint64_t count_ = 0;
  std::vector<std::pair<std::uint64_t, std::span<const Uuid>>> runs_;
};

}  // namespace candor::verify
