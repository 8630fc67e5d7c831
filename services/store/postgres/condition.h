// Conditions on decisions as SQL.
//
// Not thread-safe: each statement has its own. Private to services/store/postgres.
#pragma once

#include <string>

#include "services/store/postgres/array.h"
#include "services/store/search.h"

namespace candor::store {

// SQL that names its values by their places in $6, and nothing else.
struct Built {
  std::string from{};   // The rows of decisions.
  std::string where{};  // What must hold of them.
  Array values{Element::kText};
  int places = 0;

  std::string Place(const std::string& value);
};

// What must hold of a row d of decisions. `condition` is well-formed, of at most kMostSteps.
std::string SqlOf(const Condition& condition, Built& built);

// Of those that began before the times without which `condition` finds nothing, the newest of a tenant $1: at
// most `most`, below position $2 and before $4.
std::string NewestSql(const Condition& condition, int most, Built& built);

}  // namespace candor::store
