// What the commands of AdminService share.
#pragma once

#include <string>
#include <vector>

#include "candor/v1/admin_service.grpc.pb.h"
#include "clients/cli/program.h"

namespace candor::cli {

template <typename Request, typename Response>
using AdminMethod = grpc::Status (v1::AdminService::Stub::*)(grpc::ClientContext*, const Request&,
                                                             Response*);

// Sends a request that appends; its request id is settled already.
template <typename Request, typename Response>
absl::StatusOr<Response> Append(const Connection& connection, const Request& request,
                                AdminMethod<Request, Response> method) {
  const auto stub = connection.Stub<v1::AdminService>();
  Response response;
  absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    return (stub.get()->*method)(context, request, &response);
  });
  if (!status.ok()) return NamingRequest(std::move(status), request.request_id());
  return response;
}

// All pages of a list in one answer.
template <typename Request, typename Response>
absl::StatusOr<Response> ListAll(const Connection& connection, Request request,
                                 AdminMethod<Request, Response> method) {
  const auto stub = connection.Stub<v1::AdminService>();
  request.set_page_size(1000);
  Response all;
  do {
    Response page;
    const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
      return (stub.get()->*method)(context, request, &page);
    });
    if (!status.ok()) return status;
    all.MergeFrom(page);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  all.clear_next_page_token();
  return all;
}

// Roles as words, and words as roles. Errors: kFailedPrecondition that lists the words.
std::string RolesOf(const v1::Principal& principal);
absl::StatusOr<std::vector<v1::Role>> RolesFrom(const std::vector<std::string>& words);

// --tenant, which an operator needs and nobody else may give.
void AddTenantFlag(CLI::App& command, std::string& tenant);

// A command that ends one thing, named by its id.
struct EndFlags {
  std::string tenant, id, request_id;
};
void AddEnd(CLI::App& command, Program& program, EndFlags& flags, const char* id,
            const char* about);

}  // namespace candor::cli
