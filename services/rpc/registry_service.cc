#include "services/rpc/registry_service.h"

#include <ranges>

#include "services/base/status.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"

namespace candor::rpc {
namespace {

template <typename Texts>
void Add(const char* kind, const Texts& texts,
         std::vector<std::pair<std::string, std::string>>& codes) {
  for (const std::string& text : texts) codes.emplace_back(kind, text);
}

void Fill(const domain::Stop& stop, v1::StopEntry& out) {
  out.set_stop_id(stop.called->leaf.ToText());
  out.set_system(stop.system);
  out.set_model_version(stop.model_version);
  out.set_action(stop.action);
  *out.mutable_stop_time() = ToWire(stop.called->time);
  if (stop.lifted != nullptr) *out.mutable_lift_time() = ToWire(stop.lifted->time);
}

}  // namespace

RegistryService::RegistryService(Door& door, flow::Register& registering, flow::RegistryBook& book,
                                 flow::SettingsBook& settings, flow::PolicySets& policy_sets,
                                 flow::Backtest& backtest, Workers& backtest_workers)
    : WireService(door, *v1::RegisterSystemRequest::descriptor()->file()),
      register_(registering),
      book_(book),
      settings_(settings),
      policy_sets_(policy_sets),
      backtest_(backtest) {
  Serve(&RegistryService::RegisterSystem);
  Serve(&RegistryService::RegisterDecisionType);
  Serve(&RegistryService::DeclareCodes);
  Serve(&RegistryService::Stop);
  Serve(&RegistryService::LiftStop);
  Serve(&RegistryService::ListStops);
  Serve(&RegistryService::ValidatePolicySet);
  Serve(&RegistryService::RegisterPolicySet);
  Serve(&RegistryService::GetPolicySet);
  Serve(&RegistryService::ListPolicySets);
  Serve(&RegistryService::ShadowPolicySet);
  Serve(&RegistryService::ProposeActivation);
  Serve(&RegistryService::ConfirmActivation);
  Serve(&RegistryService::RollBackPolicySet);
  ServeTelling(&RegistryService::BacktestPolicySet, backtest_workers);
}

// With every code that was declared by now, here or at another server.
absl::StatusOr<domain::Statement> RegistryService::StatementOf(const domain::Caller& caller, const char* word,
                                                               const google::protobuf::Message& request) {
  settings_.Forget(*caller.tenant);
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  return ToStatement(request, word, *settings, door_.clock().Now());
}

template <typename Request, typename Response>
absl::Status RegistryService::Declare(const domain::Caller& caller, const char* word,
                                      const Request& request, const std::string& type,
                                      const Codes& codes, Response& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, word, request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made,
                          register_.Declare(caller, std::move(statement), type, codes));
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::RegisterSystem(const domain::Caller& caller,
                                             const v1::RegisterSystemRequest& request,
                                             v1::RegisterSystemResponse& response) {
  Codes codes = {{"system", request.system().system()}};
  Add("model", request.system().models(), codes);
  Add("model_version", request.system().model_versions(), codes);
  return Declare(caller, "register_system", request, "system", codes, response);
}

absl::Status RegistryService::RegisterDecisionType(const domain::Caller& caller,
                                                   const v1::RegisterDecisionTypeRequest& request,
                                                   v1::RegisterDecisionTypeResponse& response) {
  const v1::DecisionType& type = request.decision_type();
  Codes codes = {{"action", type.action()}};
  Add("outcome", type.outcomes(), codes);
  Add("reason", type.reasons(), codes);
  Add("purpose", type.purposes(), codes);
  Add("resource_type", type.resource_types(), codes);
  Add("data_category", type.data_categories(), codes);
  return Declare(caller, "register_decision_type", request, "decision_type", codes, response);
}

absl::Status RegistryService::DeclareCodes(const domain::Caller& caller,
                                           const v1::DeclareCodesRequest& request,
                                           v1::DeclareCodesResponse& response) {
  Codes codes;
  if (const auto* kind = v1::CodeKind_descriptor()->FindValueByNumber(request.kind())) {
    Add(EnumWord(*kind).c_str(), request.codes(), codes);
  }
  return Declare(caller, "declare_codes", request, "codes", codes, response);
}

absl::Status RegistryService::Stop(const domain::Caller& caller, const v1::StopRequest& request,
                                   v1::StopResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "stop", request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.Stop(caller, std::move(statement)));
  Fill(*made.registry->FindStop(made.leaf), *response.mutable_stop());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::LiftStop(const domain::Caller& caller, const v1::LiftStopRequest& request,
                                       v1::LiftStopResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "lift_stop", request));
  const Uuid stop = *statement.amends;
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.LiftStop(caller, std::move(statement)));
  Fill(*made.registry->FindStop(stop), *response.mutable_stop());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::ListStops(const domain::Caller& caller, const v1::ListStopsRequest& request,
                                        v1::ListStopsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  std::vector<const domain::Stop*> rows;
  for (const domain::Stop& stop : std::views::reverse(registry->stops())) {
    if (request.with_lifted() || stop.lifted == nullptr) rows.push_back(&stop);
  }
  const auto key = [](const domain::Stop* stop) { return NewestFirst(stop->called->position); };
  const auto add = [&](const domain::Stop* stop) {
    Fill(*stop, *response.add_stops());
    return absl::OkStatus();
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), AddPage(rows, key, IsNewestFirst, request, add));
  return absl::OkStatus();
}

}  // namespace candor::rpc
