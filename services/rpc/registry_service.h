// RegistryService: what a tenant declares. Methods not overridden answer UNIMPLEMENTED.
#pragma once

#include "candor/v1/registry_service.grpc.pb.h"
#include "services/flow/administer.h"
#include "services/rpc/door.h"

namespace candor::rpc {

class RegistryService final : public v1::RegistryService::Service {
 public:
  // All must outlive this.
  RegistryService(Door& door, flow::Administer& administer, flow::SettingsBook& settings)
      : door_(door), administer_(administer), settings_(settings) {}

  grpc::Status RegisterSystem(grpc::ServerContext* context, const v1::RegisterSystemRequest* request,
                              v1::RegisterSystemResponse* response) override;
  grpc::Status RegisterDecisionType(grpc::ServerContext* context,
                                    const v1::RegisterDecisionTypeRequest* request,
                                    v1::RegisterDecisionTypeResponse* response) override;
  grpc::Status DeclareCodes(grpc::ServerContext* context, const v1::DeclareCodesRequest* request,
                            v1::DeclareCodesResponse* response) override;

 private:
  using Codes = std::vector<std::pair<std::string, std::string>>;
  template <typename Request, typename Response>
  grpc::Status Declare(grpc::ServerContext& context, const char* method, const char* word,
                       const Request& request, const std::string& type, const Codes& codes,
                       Response& response);

  Door& door_;
  flow::Administer& administer_;
  flow::SettingsBook& settings_;
};

}  // namespace candor::rpc
