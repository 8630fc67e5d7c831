// RegistryService: what a tenant registers.
#pragma once

#include "candor/v1/registry_service.pb.h"
#include "services/flow/register.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

class RegistryService final : public WireService {
 public:
  // All must outlive this.
  RegistryService(Door& door, flow::Register& registering, flow::RegistryBook& book,
                  flow::SettingsBook& settings);

 private:
  absl::Status RegisterSystem(const domain::Caller& caller,
                              const v1::RegisterSystemRequest& request,
                              v1::RegisterSystemResponse& response);
  absl::Status RegisterDecisionType(const domain::Caller& caller,
                                    const v1::RegisterDecisionTypeRequest& request,
                                    v1::RegisterDecisionTypeResponse& response);
  absl::Status DeclareCodes(const domain::Caller& caller, const v1::DeclareCodesRequest& request,
                            v1::DeclareCodesResponse& response);

  absl::Status Stop(const domain::Caller& caller, const v1::StopRequest& request, v1::StopResponse& response);
  absl::Status LiftStop(const domain::Caller& caller, const v1::LiftStopRequest& request,
                        v1::LiftStopResponse& response);
  absl::Status ListStops(const domain::Caller& caller, const v1::ListStopsRequest& request,
                         v1::ListStopsResponse& response);

  using Codes = flow::Register::Codes;
  template <typename Request>
  absl::StatusOr<domain::Statement> StatementOf(const domain::Caller& caller, const char* word,
                                                const Request& request);
  template <typename Request, typename Response>
  absl::Status Declare(const domain::Caller& caller, const char* word, const Request& request,
                       const std::string& type, const Codes& codes, Response& response);

  flow::Register& register_;
  flow::RegistryBook& book_;
  flow::SettingsBook& settings_;
};

}  // namespace candor::rpc
