// Calls that append, and lists of many pages, of any service.
#pragma once

#include <string>

#include <utility>
#include <vector>

#include "clients/cli/answers.h"
#include "clients/cli/program.h"
#include "services/base/status.h"

namespace candor::cli {

using Pairs = std::vector<std::pair<std::string, std::string>>;

template <typename Service, typename Request, typename Response>
using Method = grpc::Status (Service::Stub::*)(grpc::ClientContext*, const Request&, Response*);

template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> CallOf(const Connection& connection, const Request& request,
                                Method<Service, Request, Response> method) {
  const auto stub = connection.Stub<Service>();
  Response response;
  const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    return (stub.get()->*method)(context, request, &response);
  });
  if (!status.ok()) return status;
  return response;
}

// Sends a request that appends; its request id is settled already.
template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> AppendTo(const Connection& connection, const Request& request,
                                  Method<Service, Request, Response> method) {
  absl::StatusOr<Response> response = CallOf<Service>(connection, request, method);
  if (!response.ok()) return NamingRequest(response.status(), request.request_id());
  return response;
}

// The same with a request id of its own, where none is given; prints what `say` says of the
// answer, and the receipt.
template <typename Service, typename Request, typename Response, typename Say>
absl::StatusOr<int> AppendAndSay(Request request, std::string request_id, const Program& program, Output& out,
                                 Method<Service, Request, Response> method, Say say) {
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const Response response, AppendTo<Service>(connection, request, method));
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

// All pages of a list in one answer.
template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> ListAllOf(const Connection& connection, Request request,
                                   Method<Service, Request, Response> method) {
  request.set_page_size(1000);
  Response all;
  do {
    CANDOR_ASSIGN_OR_RETURN(const Response page, CallOf<Service>(connection, request, method));
    all.MergeFrom(page);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  all.clear_next_page_token();
  return all;
}

}  // namespace candor::cli
