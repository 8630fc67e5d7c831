// RegistryService: what a tenant declares.
#pragma once

#include "candor/v1/registry_service.pb.h"
#include "services/flow/administer.h"
#include "services/flow/policy_sets.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

class RegistryService final : public WireService {
 public:
  // All must outlive this.
  RegistryService(Door& door, flow::Administer& administer, flow::SettingsBook& settings,
                  flow::PolicySets& policy_sets, store::Pool& readers);

 private:
  absl::Status RegisterSystem(const domain::Caller& caller,
                              const v1::RegisterSystemRequest& request,
                              v1::RegisterSystemResponse& response);
  absl::Status RegisterDecisionType(const domain::Caller& caller,
                                    const v1::RegisterDecisionTypeRequest& request,
                                    v1::RegisterDecisionTypeResponse& response);
  absl::Status DeclareCodes(const domain::Caller& caller, const v1::DeclareCodesRequest& request,
                            v1::DeclareCodesResponse& response);

  // In policy_sets.cc.
  absl::Status ValidatePolicySet(const domain::Caller& caller, const v1::ValidatePolicySetRequest& request,
                                 v1::ValidatePolicySetResponse& response);
  absl::Status RegisterPolicySet(const domain::Caller& caller, const v1::RegisterPolicySetRequest& request,
                                 v1::RegisterPolicySetResponse& response);
  absl::Status GetPolicySet(const domain::Caller& caller, const v1::GetPolicySetRequest& request,
                            v1::GetPolicySetResponse& response);
  absl::Status ListPolicySets(const domain::Caller& caller, const v1::ListPolicySetsRequest& request,
                              v1::ListPolicySetsResponse& response);

  using Codes = std::vector<std::pair<std::string, std::string>>;
  template <typename Request, typename Response>
  absl::Status Declare(const domain::Caller& caller, const char* word, const Request& request,
                       const std::string& type, const Codes& codes, Response& response);

  flow::Administer& administer_;
  flow::SettingsBook& settings_;
  flow::PolicySets& policy_sets_;
  store::Pool& readers_;
};

}  // namespace candor::rpc
