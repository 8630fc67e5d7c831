#include "services/rpc/registry_service.h"

#include <set>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/domain/registry_rules.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {
namespace {

template <typename Texts>
void Add(const char* kind, const Texts& texts,
         std::vector<std::pair<std::string, std::string>>& codes) {
  for (const std::string& text : texts) codes.emplace_back(kind, text);
}

}  // namespace

RegistryService::RegistryService(Door& door, flow::Register& registering, flow::RegistryBook& book,
                                 flow::SettingsBook& settings, ledger::Ledgers& ledgers, store::Pool& writers,
                                 flow::PolicySets& policy_sets, flow::Backtest& backtest, flow::Why& why, flow::Shadow& shadow, Workers& backtest_workers)
    : WireService(door, *v1::RegisterSystemRequest::descriptor()->file()),
      register_(registering),
      book_(book),
      settings_(settings),
      ledgers_(ledgers),
      writers_(writers),
      policy_sets_(policy_sets),
      backtest_(backtest), why_(why), shadow_(shadow) {
  Serve(&RegistryService::RegisterSystem);
  Serve(&RegistryService::GetSystem);
  Serve(&RegistryService::ListSystems);
  Serve(&RegistryService::RegisterDecisionType);
  Serve(&RegistryService::ListDecisionTypes);
  Serve(&RegistryService::DeclareCodes);
  Serve(&RegistryService::ListCodes);
  Serve(&RegistryService::RegisterModelVersion);
  Serve(&RegistryService::GetModelVersion);
  Serve(&RegistryService::ListModelVersions);
  Serve(&RegistryService::ProposeModelState);
  Serve(&RegistryService::ConfirmModelState);
  Serve(&RegistryService::RegisterDataSet);
  Serve(&RegistryService::ListDataSets);
  Serve(&RegistryService::PutReasonCatalogue);
  Serve(&RegistryService::GetReasonCatalogue);
  Serve(&RegistryService::Stop);
  Serve(&RegistryService::LiftStop);
  Serve(&RegistryService::ListStops);
  Serve(&RegistryService::RecordAssurance);
  Serve(&RegistryService::ListAssurance);
  Serve(&RegistryService::ValidatePolicySet);
  Serve(&RegistryService::RegisterPolicySet);
  Serve(&RegistryService::GetPolicySet);
  Serve(&RegistryService::ListPolicySets);
  Serve(&RegistryService::ProposeActivation);
  Serve(&RegistryService::ConfirmActivation);
  Serve(&RegistryService::RollBackPolicySet);
  ServeTelling(&RegistryService::BacktestPolicySet, backtest_workers);
  Serve(&RegistryService::ExplainVerdict);
  Serve(&RegistryService::ShadowPolicySet);
}

void Fill(const domain::Approval& approval, v1::ModelApproval& out) {
  out.set_state(static_cast<v1::ModelState>(EnumNumber(*v1::ModelState_descriptor(), approval.state)));
  for (std::string& purpose : domain::FactTexts(approval.facts, "approved_for")) out.add_purposes(std::move(purpose));
  if (const auto until = FromRfc3339(domain::FactText(approval.facts, "approved_until"))) {
    *out.mutable_until_time() = ToWire(*until);
  }
  *out.mutable_change_time() = ToWire(approval.changed);
}

void Fill(const domain::Stop& stop, v1::StopEntry& out) {
  out.set_stop_id(stop.called->leaf.ToText());
  out.set_system(stop.system);
  out.set_model_version(stop.model_version);
  out.set_action(stop.action);
  *out.mutable_stop_time() = ToWire(stop.called->time);
  if (stop.lifted != nullptr) *out.mutable_lift_time() = ToWire(stop.lifted->time);
}

// With every code that was declared by now, here or at another server.
absl::StatusOr<domain::Statement> RegistryService::StatementOf(const Caller& caller, const char* word,
                                                               const google::protobuf::Message& request) {
  settings_.Forget(*caller.tenant);
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  return ToStatement(request, word, *settings, door_.clock().Now());
}

template <typename Request, typename Response>
absl::StatusOr<flow::Register::Made> RegistryService::Declare(const Caller& caller, const char* word,
                                                              const Request& request, const std::string& type,
                                                              const Codes& codes, Response& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, word, request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made,
                          register_.Declare(caller, std::move(statement), type, codes));
  ToWire(made.receipt, *response.mutable_receipt());
  return made;
}

absl::Status RegistryService::RegisterSystem(const Caller& caller, const v1::RegisterSystemRequest& request,
                                             v1::RegisterSystemResponse& response) {
  Codes codes = {{"system", request.system().system()}};
  Add("model", request.system().models(), codes);
  Add("model_version", request.system().model_versions(), codes);
  return Declare(caller, "register_system", request, "system", codes, response).status();
}

absl::Status RegistryService::RegisterDecisionType(const Caller& caller,
                                                   const v1::RegisterDecisionTypeRequest& request,
                                                   v1::RegisterDecisionTypeResponse& response) {
  const v1::DecisionType& type = request.decision_type();
  Codes codes = {{"action", type.action()}};
  Add("outcome", type.outcomes(), codes);
  Add("reason", type.reasons(), codes);
  Add("purpose", type.purposes(), codes);
  Add("resource_type", type.resource_types(), codes);
  Add("data_category", type.data_categories(), codes);
  return Declare(caller, "register_decision_type", request, "decision_type", codes, response).status();
}

absl::Status RegistryService::DeclareCodes(const Caller& caller, const v1::DeclareCodesRequest& request,
                                           v1::DeclareCodesResponse& response) {
  Codes codes;
  if (const auto* kind = v1::CodeKind_descriptor()->FindValueByNumber(request.kind())) {
    Add(EnumWord(*kind).c_str(), request.codes(), codes);
  }
  return Declare(caller, "declare_codes", request, "codes", codes, response).status();
}

absl::Status RegistryService::RegisterModelVersion(const Caller& caller,
                                                   const v1::RegisterModelVersionRequest& request,
                                                   v1::RegisterModelVersionResponse& response) {
  const v1::ModelVersion& version = request.version();
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "register_model_version", request));
  CANDOR_ASSIGN_OR_RETURN(
      flow::Register::Made made,
      register_.ModelVersion(caller, std::move(statement),
                             {{"model", version.model()}, {"model_version", version.model_version()}}));
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::ProposeModelState(const Caller& caller, const v1::ProposeModelStateRequest& request,
                                                v1::ProposeModelStateResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "propose_model_state", request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.ProposeState(caller, std::move(statement)));
  response.set_proposal_id(made.leaf.ToText());
  response.set_needs_confirmation(made.registry->proposals().contains(made.leaf));
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::ConfirmModelState(const Caller& caller, const v1::ConfirmModelStateRequest& request,
                                                v1::ConfirmModelStateResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "confirm_model_state", request));
  const Uuid proposal = *statement.amends;
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.SettleState(caller, std::move(statement)));
  const core::Json& facts = made.registry->proposals().at(proposal).proposed->facts;
  Fill(made.registry->versions().at(domain::VersionKey::Of(facts)).approval(), *response.mutable_approval());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::RegisterDataSet(const Caller& caller, const v1::RegisterDataSetRequest& request,
                                              v1::RegisterDataSetResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "register_data_set", request));
  CANDOR_ASSIGN_OR_RETURN(
      flow::Register::Made made,
      register_.DataSet(caller, std::move(statement), {{"data_set", request.data_set().data_set()}}));
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::PutReasonCatalogue(const Caller& caller, const v1::PutReasonCatalogueRequest& request,
                                                 v1::PutReasonCatalogueResponse& response) {
  Codes codes;
  std::set<std::string> seen;
  for (int i = 0; i < request.reasons_size(); ++i) {
    const std::string& code = request.reasons(i).code();
    if (!seen.insert(code).second) return BadField("reasons[" + std::to_string(i) + "].code", "stands there twice");
    codes.emplace_back("reason", code);
  }
  CANDOR_ASSIGN_OR_RETURN(
      const flow::Register::Made made,
      Declare(caller, "put_reason_catalogue", request, "reason_catalogue", codes, response));
  response.set_version(made.registry->reasons().at(request.language()).size());
  return absl::OkStatus();
}

absl::Status RegistryService::Stop(const Caller& caller, const v1::StopRequest& request, v1::StopResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "stop", request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.Stop(caller, std::move(statement)));
  Fill(*made.registry->FindStop(made.leaf), *response.mutable_stop());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::LiftStop(const Caller& caller, const v1::LiftStopRequest& request,
                                       v1::LiftStopResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "lift_stop", request));
  const Uuid stop = *statement.amends;
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.LiftStop(caller, std::move(statement)));
  Fill(*made.registry->FindStop(stop), *response.mutable_stop());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::RecordAssurance(const Caller& caller, const v1::RecordAssuranceRequest& request,
                                              v1::RecordAssuranceResponse& response) {
  for (int i = 0; i < request.run().categories_size(); ++i) {
    const v1::AssuranceCategory& category = request.run().categories(i);
    if (category.passed_count() <= category.run_count()) continue;
    return BadField("run.categories[" + std::to_string(i) + "].passed_count", "is at most run_count");
  }
  CANDOR_ASSIGN_OR_RETURN(const flow::Register::Made made,
                          Declare(caller, "record_assurance", request, "assurance", {}, response));
  response.set_assurance_id(made.leaf.ToText());
  return absl::OkStatus();
}

}  // namespace candor::rpc
