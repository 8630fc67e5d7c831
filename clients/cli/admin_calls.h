// What the commands of AdminService share.
#pragma once

#include <string>
#include <vector>

#include "candor/v1/admin_service.grpc.pb.h"
#include "clients/cli/calls.h"

namespace candor::cli {

template <typename Request, typename Response>
using AdminMethod = Method<v1::AdminService, Request, Response>;

template <typename Request, typename Response>
absl::StatusOr<Response> Append(const Connection& connection, const Request& request,
                                AdminMethod<Request, Response> method) {
  return AppendTo<v1::AdminService>(connection, request, method);
}
template <typename Request, typename Response>
absl::StatusOr<Response> ListAll(const Connection& connection, Request request,
                                 AdminMethod<Request, Response> method) {
  return ListAllOf<v1::AdminService>(connection, std::move(request), method);
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
