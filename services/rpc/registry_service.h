// RegistryService: what a tenant registers, and what is registered.
#pragma once

#include "candor/v1/registry_service.pb.h"
#include "services/flow/backtest.h"
#include "services/flow/policy_sets.h"
#include "services/flow/register.h"
#include "services/flow/shadow.h"
#include "services/flow/why.h"
#include "services/rpc/wire_service.h"
#include "services/vault/opening.h"

namespace candor::rpc {

class RegistryService final : public WireService {
 public:
  // All must outlive this. `writers` reads sealed sections.
  RegistryService(Door& door, flow::Register& registering, flow::RegistryBook& book, flow::SettingsBook& settings,
                  ledger::Ledgers& ledgers, store::Pool& writers, flow::PolicySets& policy_sets,
                  flow::Backtest& backtest, flow::Why& why, flow::Shadow& shadow, Workers& backtest_workers);

 private:
  using Caller = domain::Caller;

  absl::Status RegisterSystem(const Caller& caller, const v1::RegisterSystemRequest& request,
                              v1::RegisterSystemResponse& response);
  absl::Status RegisterDecisionType(const Caller& caller, const v1::RegisterDecisionTypeRequest& request,
                                    v1::RegisterDecisionTypeResponse& response);
  absl::Status DeclareCodes(const Caller& caller, const v1::DeclareCodesRequest& request,
                            v1::DeclareCodesResponse& response);
  absl::Status RegisterModelVersion(const Caller& caller, const v1::RegisterModelVersionRequest& request,
                                    v1::RegisterModelVersionResponse& response);
  absl::Status ProposeModelState(const Caller& caller, const v1::ProposeModelStateRequest& request,
                                 v1::ProposeModelStateResponse& response);
  absl::Status ConfirmModelState(const Caller& caller, const v1::ConfirmModelStateRequest& request,
                                 v1::ConfirmModelStateResponse& response);
  absl::Status RegisterDataSet(const Caller& caller, const v1::RegisterDataSetRequest& request,
                               v1::RegisterDataSetResponse& response);
  absl::Status PutReasonCatalogue(const Caller& caller, const v1::PutReasonCatalogueRequest& request,
                                  v1::PutReasonCatalogueResponse& response);
  absl::Status Stop(const Caller& caller, const v1::StopRequest& request, v1::StopResponse& response);
  absl::Status LiftStop(const Caller& caller, const v1::LiftStopRequest& request, v1::LiftStopResponse& response);
  absl::Status RecordAssurance(const Caller& caller, const v1::RecordAssuranceRequest& request,
                               v1::RecordAssuranceResponse& response);

  // In registry_reads.cc.
  absl::Status GetSystem(const Caller& caller, const v1::GetSystemRequest& request, v1::GetSystemResponse& response);
  absl::Status ListSystems(const Caller& caller, const v1::ListSystemsRequest& request,
                           v1::ListSystemsResponse& response);
  absl::Status ListDecisionTypes(const Caller& caller, const v1::ListDecisionTypesRequest& request,
                                 v1::ListDecisionTypesResponse& response);
  absl::Status ListCodes(const Caller& caller, const v1::ListCodesRequest& request, v1::ListCodesResponse& response);
  absl::Status GetModelVersion(const Caller& caller, const v1::GetModelVersionRequest& request,
                               v1::GetModelVersionResponse& response);
  absl::Status ListModelVersions(const Caller& caller, const v1::ListModelVersionsRequest& request,
                                 v1::ListModelVersionsResponse& response);
  absl::Status ListDataSets(const Caller& caller, const v1::ListDataSetsRequest& request,
                            v1::ListDataSetsResponse& response);
  absl::Status GetReasonCatalogue(const Caller& caller, const v1::GetReasonCatalogueRequest& request,
                                  v1::GetReasonCatalogueResponse& response);
  absl::Status ListStops(const Caller& caller, const v1::ListStopsRequest& request, v1::ListStopsResponse& response);
  absl::Status ListAssurance(const Caller& caller, const v1::ListAssuranceRequest& request,
                             v1::ListAssuranceResponse& response);

  // In policy_sets.cc.
  absl::Status ValidatePolicySet(const Caller& caller, const v1::ValidatePolicySetRequest& request,
                                 v1::ValidatePolicySetResponse& response);
  absl::Status RegisterPolicySet(const Caller& caller, const v1::RegisterPolicySetRequest& request,
                                 v1::RegisterPolicySetResponse& response);
  absl::Status GetPolicySet(const Caller& caller, const v1::GetPolicySetRequest& request,
                            v1::GetPolicySetResponse& response);
  absl::Status ListPolicySets(const Caller& caller, const v1::ListPolicySetsRequest& request,
                              v1::ListPolicySetsResponse& response);
  absl::Status ProposeActivation(const Caller& caller, const v1::ProposeActivationRequest& request,
                                 v1::ProposeActivationResponse& response);
  absl::Status ConfirmActivation(const Caller& caller, const v1::ConfirmActivationRequest& request,
                                 v1::ConfirmActivationResponse& response);
  absl::Status RollBackPolicySet(const Caller& caller, const v1::RollBackPolicySetRequest& request,
                                 v1::RollBackPolicySetResponse& response);
  absl::Status ShadowPolicySet(const Caller& caller, const v1::ShadowPolicySetRequest& request,
                               v1::ShadowPolicySetResponse& response);
  absl::Status BacktestPolicySet(const Caller& caller, const v1::BacktestPolicySetRequest& request,
                                 const Say<v1::BacktestPolicySetResponse>& say,
                                 v1::BacktestPolicySetResponse& last);

  // In verdict_explained.cc.
  absl::Status ExplainVerdict(const Caller& caller, const v1::ExplainVerdictRequest& request,
                              v1::ExplainVerdictResponse& response);

  using Codes = flow::Register::Codes;
  absl::StatusOr<domain::Statement> StatementOf(const Caller& caller, const char* word,
                                                const google::protobuf::Message& request);
  template <typename Request, typename Response>
  absl::StatusOr<flow::Register::Made> Declare(const Caller& caller, const char* word, const Request& request,
                                               const std::string& type, const Codes& codes, Response& response);

  // One leaf as it reads with its sections opened, and its receipt.
  class Reader;

  flow::Register& register_;
  flow::RegistryBook& book_;
  flow::SettingsBook& settings_;
  ledger::Ledgers& ledgers_;
  store::Pool& writers_;
  flow::PolicySets& policy_sets_;
  flow::Backtest& backtest_;
  flow::Why& why_;
  flow::Shadow& shadow_;
};

// In both files: where a model version stands, and a stop.
void Fill(const domain::Approval& approval, v1::ModelApproval& out);
void Fill(const domain::Stop& stop, v1::StopEntry& out);

}  // namespace candor::rpc
