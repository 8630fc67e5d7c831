#include "services/rpc/door.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/base/status.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/rights.h"

namespace candor::rpc {
namespace {

constexpr std::string_view kBearer = "Bearer ";

absl::Status Forbidden() {
  return Because(absl::PermissionDeniedError("the caller's roles do not include a right to this method"),
                 "ROLE_MISSING");
}

}  // namespace

absl::StatusOr<domain::Caller> Door::Admit(const grpc::ServerContextBase& context,
                                           std::string_view method) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  std::string_view key;
  if (found != metadata.end()) {
    key = {found->second.data(), found->second.size()};
    if (key.substr(0, kBearer.size()) == kBearer) key.remove_prefix(kBearer.size());
  }
  CANDOR_ASSIGN_OR_RETURN(domain::Caller caller,
                          identity::IsPersonToken(key) ? tokens_.Authenticate(key) : keys_.Authenticate(key));
  if (!May(caller, method)) return Forbidden();
  return caller;
}

absl::Status NotBuilt() {
  return Because(absl::UnimplementedError("this method is not built yet: see proto/candor/v1/README.md"), "NOT_IMPLEMENTED");
}

grpc::Status ToWire(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status details = ToRpcStatus(status);
  return {static_cast<grpc::StatusCode>(details.code()), details.message(), details.SerializeAsString()};
}

}  // namespace candor::rpc
