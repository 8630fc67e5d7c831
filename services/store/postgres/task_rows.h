// The rows of `tasks` that an append writes.
#pragma once

#include <pqxx/pqxx>
#include <string>

#include "services/store/postgres/door.h"
#include "services/store/rows.h"

namespace candor::store {

// Opens, moves and cancels the tasks of `batch`; without any it does nothing.
void WriteTasks(Door& door, pqxx::transaction_base& work, const std::string& tenant, const Batch& batch);

}  // namespace candor::store
