// What the commands of RegistryService share.
#pragma once

#include <string>
#include <utility>

#include "candor/v1/registry_service.grpc.pb.h"
#include "clients/cli/calls.h"

namespace candor::cli {

// Sends a request that appends, and prints what `say` says of the answer, and the receipt.
template <typename Request, typename Response, typename Say>
absl::StatusOr<int> Append(Request request, std::string request_id, const Program& program, Output& out,
                           Method<v1::RegistryService, Request, Response> method, Say say) {
  return AppendAndSay<v1::RegistryService>(std::move(request), std::move(request_id), program, out, method,
                                           std::move(say));
}

}  // namespace candor::cli
