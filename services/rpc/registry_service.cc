#include "services/rpc/registry_service.h"

#include "services/base/status.h"
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

RegistryService::RegistryService(Door& door, flow::Administer& administer,
                                 flow::SettingsBook& settings, flow::PolicySets& policy_sets, store::Pool& readers)
    : WireService(door, *v1::RegisterSystemRequest::descriptor()->file()),
      administer_(administer),
      settings_(settings),
      policy_sets_(policy_sets),
      readers_(readers) {
  Serve(&RegistryService::RegisterSystem);
  Serve(&RegistryService::RegisterDecisionType);
  Serve(&RegistryService::DeclareCodes);
  Serve(&RegistryService::ValidatePolicySet);
  Serve(&RegistryService::RegisterPolicySet);
  Serve(&RegistryService::GetPolicySet);
  Serve(&RegistryService::ListPolicySets);
}

template <typename Request, typename Response>
absl::Status RegistryService::Declare(const domain::Caller& caller, const char* word,
                                      const Request& request, const std::string& type,
                                      const Codes& codes, Response& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          ToStatement(request, word, *settings, door_.clock().Now()));
  CANDOR_ASSIGN_OR_RETURN(flow::Administer::Made made,
                          administer_.Declare(caller, std::move(statement), type, codes));
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

}  // namespace candor::rpc
