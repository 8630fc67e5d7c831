// Which right each method of each service asks for: one table, nowhere else.
#pragma once

#include <optional>
#include <string_view>

#include "services/domain/caller.h"

namespace candor::rpc {

// `method` as gRPC writes it: /candor.v1.DecisionService/Authorize. Nothing: no such method.
std::optional<domain::Right> RightFor(std::string_view method);

}  // namespace candor::rpc
