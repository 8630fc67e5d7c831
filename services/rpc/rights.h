// Who may call which method: one table, nowhere else. The comments in proto/candor/v1 say the
// same, and tests/unit/rpc holds them to it.
//
// Pure functions; any thread may call.
#pragma once

#include <optional>
#include <string_view>

#include "services/domain/caller.h"

namespace candor::rpc {

// The roles of which one is enough for `method`, which is written as gRPC does:
// /candor.v1.DecisionService/Authorize. Nothing: no such service.
std::optional<domain::Roles> RolesFor(std::string_view method);

bool May(const domain::Caller& caller, std::string_view method);

}  // namespace candor::rpc
