// What a figure is held against in the database itself: the same rows without Candor, and
// what a team would build in its place.
//
// Each call opens sessions of its own and may run for `seconds`. Aborts where the database
// is not to be had.
#pragma once

#include <string>

#include "bench/load.h"

namespace candor::bench {

// The tables of the others, beside those of Candor.
void MakeTables(const std::string& database);

Figures InsertUnderTrigger(const std::string& database, double seconds, int in_flight);
// The same after asking OPA at `opa`, host:port, for /v1/data/bench about `input`, JSON.
Figures AskOpaThenInsert(const std::string& opa, const std::string& input, const std::string& database,
                         double seconds, int in_flight);
Figures CommitOne(const std::string& database, double seconds);
Figures Copy(const std::string& database);

}  // namespace candor::bench
