// What the commands of RegistryService share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "candor/v1/registry_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/calls.h"

namespace candor::cli {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Sends a request that appends, and prints what `say` says of the answer, and the receipt.
template <typename Request, typename Response, typename Say>
absl::StatusOr<int> Append(Request request, std::string request_id, const Program& program, Output& out,
                           Method<v1::RegistryService, Request, Response> method, Say say) {
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const Response response, AppendTo<v1::RegistryService>(connection, request, method));
  if (out.json()) {
    out.Line(ToJson(response));
    return kDone;
  }
  Pairs pairs = say(response);
  pairs.emplace_back("receipt", ToText(response.receipt()));
  pairs.emplace_back("request", request_id);
  out.Pairs(pairs);
  return kDone;
}

}  // namespace candor::cli
