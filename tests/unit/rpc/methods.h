// Every method of the contract, as the compiled protos have it.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "candor/v1/admin_service.pb.h"
#include "candor/v1/audit_service.pb.h"
#include "candor/v1/decision_service.pb.h"
#include "candor/v1/ledger_service.pb.h"
#include "candor/v1/oversight_service.pb.h"
#include "candor/v1/registry_service.pb.h"
#include "candor/v1/transparency_service.pb.h"

namespace candor::rpc {

inline std::vector<const google::protobuf::MethodDescriptor*> MethodsOfTheContract() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const auto* request :
       {v1::AuthorizeRequest::descriptor(), v1::GetReceiptRequest::descriptor(),
        v1::CreateTenantRequest::descriptor(), v1::RegisterSystemRequest::descriptor(),
        v1::ListTasksRequest::descriptor(), v1::ExplainRequest::descriptor(),
        v1::GetDossierRequest::descriptor()}) {
    const auto* service = request->file()->service(0);
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

// `/candor.v1.<Service>/<Method>`.
inline std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

}  // namespace candor::rpc
