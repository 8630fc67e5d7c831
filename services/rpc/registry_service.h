// RegistryService: what a tenant registers.
#pragma once

#include "candor/v1/registry_service.pb.h"
#include "services/flow/backtest.h"
#include "services/flow/policy_sets.h"
#include "services/flow/register.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

class RegistryService final : public WireService {
 public:
  // All must outlive this.
  RegistryService(Door& door, flow::Register& registering, flow::RegistryBook& book, flow::SettingsBook& settings,
                  flow::PolicySets& policy_sets, flow::Backtest& backtest, Workers& backtest_workers);

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

  // In policy_sets.cc.
  absl::Status ValidatePolicySet(const domain::Caller& caller, const v1::ValidatePolicySetRequest& request,
                                 v1::ValidatePolicySetResponse& response);
  absl::Status RegisterPolicySet(const domain::Caller& caller, const v1::RegisterPolicySetRequest& request,
                                 v1::RegisterPolicySetResponse& response);
  absl::Status GetPolicySet(const domain::Caller& caller, const v1::GetPolicySetRequest& request,
                            v1::GetPolicySetResponse& response);
  absl::Status ListPolicySets(const domain::Caller& caller, const v1::ListPolicySetsRequest& request,
                              v1::ListPolicySetsResponse& response);
  absl::Status ShadowPolicySet(const domain::Caller& caller, const v1::ShadowPolicySetRequest& request,
                               v1::ShadowPolicySetResponse& response);
  absl::Status ProposeActivation(const domain::Caller& caller, const v1::ProposeActivationRequest& request,
                                 v1::ProposeActivationResponse& response);
  absl::Status ConfirmActivation(const domain::Caller& caller, const v1::ConfirmActivationRequest& request,
                                 v1::ConfirmActivationResponse& response);
  absl::Status RollBackPolicySet(const domain::Caller& caller, const v1::RollBackPolicySetRequest& request,
                                 v1::RollBackPolicySetResponse& response);
  absl::Status BacktestPolicySet(const domain::Caller& caller, const v1::BacktestPolicySetRequest& request,
                                 const std::function<void(const v1::BacktestPolicySetResponse&)>& say,
                                 v1::BacktestPolicySetResponse& last);

  using Codes = flow::Register::Codes;
  absl::StatusOr<domain::Statement> StatementOf(const domain::Caller& caller, const char* word,
                                                const google::protobuf::Message& request);
  template <typename Request, typename Response>
  absl::Status Declare(const domain::Caller& caller, const char* word, const Request& request,
                       const std::string& type, const Codes& codes, Response& response);

  flow::Register& register_;
  flow::RegistryBook& book_;
  flow::SettingsBook& settings_;
  flow::PolicySets& policy_sets_;
  flow::Backtest& backtest_;
};

}  // namespace candor::rpc
