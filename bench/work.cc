#include "bench/work.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "candor/v1/admin_service.grpc.pb.h"
#include "candor/v1/decision_service.pb.h"
#include "candor/v1/registry_service.grpc.pb.h"
#include "absl/time/clock.h"
#include "services/crypto/random.h"
#include "services/policy/bundle.h"

namespace candor::bench {
namespace {

constexpr std::size_t kReceiptBytes = 500;  // No receipt is shorter.

// A body of 1 KiB: 1,024 bytes of inputs about one of 10,000 persons.
void Fill(v1::AuthorizeRequest& request) {
  static std::atomic<std::uint64_t> number = 0;
  request.set_request_id(NewRequest());
  request.mutable_actor()->set_system("bench");
  request.mutable_action()->set_name("decide");
  request.mutable_person()->set_reference("person-" + std::to_string(number++ % 10000));
  request.set_inputs_json("{\"text\":\"" + std::string(1013, 'x') + "\"}");
}

void FillMortgage(v1::AuthorizeRequest& request) {
  Fill(request);
  request.mutable_actor()->set_environment(v1::ENVIRONMENT_TEST);
  request.mutable_action()->set_stage(v1::ACTION_STAGE_DECIDE);
  request.mutable_action()->set_expected_effect(v1::EFFECT_CLASS_LEGAL);
  request.mutable_action()->set_irreversible(false);
  request.mutable_action()->set_planned_automation(v1::AUTOMATION_SOLELY_AUTOMATED);
  request.mutable_purpose()->set_code("underwriting");
  request.mutable_purpose()->set_legal_basis(v1::LEGAL_BASIS_NON_GDPR);
  request.add_jurisdictions("us-ma");
  request.set_domain(v1::DOMAIN_CREDIT);
  request.set_tenant_role(v1::TENANT_ROLE_BOTH);
  request.set_confidence("0.93");
}

// The report of a backtest over what there is: nothing.
std::string Backtest(v1::RegistryService::Stub& registry, const std::string& digest, const std::string& key) {
  v1::BacktestPolicySetRequest request;
  request.set_request_id(NewRequest());
  request.set_digest(digest);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key);
  const auto stream = registry.BacktestPolicySet(&context, request);
  v1::BacktestPolicySetResponse response;
  while (stream->Read(&response)) continue;
  return response.report().report_id();
}

grpc::ByteBuffer Bytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

}  // namespace

std::string NewRequest() { return crypto::NewId(absl::Now()).ToText(); }

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetInt("bench.channel", static_cast<int>(std::hash<std::string>()(NewRequest())));
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Tenant MakeTenant(const std::string& address, const std::string& operator_key_file) {
  std::ifstream file(operator_key_file);
  std::string operator_key;
  std::getline(file, operator_key);
  const auto channel = ChannelTo(address);
  v1::AdminService::Stub admin(channel);
  v1::RegistryService::Stub registry(channel);
  v1::CreateTenantRequest tenant;
  tenant.set_request_id(NewRequest());
  tenant.set_origin("bench.example/" + NewRequest().substr(24));
  tenant.set_first_principal("bench");
  const v1::CreateTenantResponse made = Must(admin, &v1::AdminService::Stub::CreateTenant, tenant, operator_key);
  const std::string& key = made.api_key();
  v1::RegisterSystemRequest system;
  system.set_request_id(NewRequest());
  system.mutable_system()->set_system("bench");
  Must(registry, &v1::RegistryService::Stub::RegisterSystem, system, key);
  v1::RegisterDecisionTypeRequest type;
  type.set_request_id(NewRequest());
  type.mutable_decision_type()->set_action("decide");
  type.mutable_decision_type()->add_outcomes("done");
  type.mutable_decision_type()->add_purposes("underwriting");
  Must(registry, &v1::RegistryService::Stub::RegisterDecisionType, type, key);
  v1::CreatePrincipalRequest principal;
  principal.set_request_id(NewRequest());
  principal.set_kind(v1::PRINCIPAL_KIND_COMPONENT);
  principal.set_code("bench_component");
  principal.add_roles(v1::ROLE_COMPONENT);
  v1::CreateApiKeyRequest api_key;
  api_key.set_request_id(NewRequest());
  api_key.set_principal_id(
      Must(admin, &v1::AdminService::Stub::CreatePrincipal, principal, key).principal().principal_id());
  return {.origin = tenant.origin(),
          .vkey = made.tenant().vkey(),
          .key = Must(admin, &v1::AdminService::Stub::CreateApiKey, api_key, key).secret(),
          .system_key = key};
}

std::string KeyOfHuman(const std::string& address, const Tenant& tenant, const std::string& code, v1::Role role) {
  v1::AdminService::Stub admin(ChannelTo(address));
  v1::CreatePrincipalRequest principal;
  principal.set_request_id(NewRequest());
  principal.set_kind(v1::PRINCIPAL_KIND_HUMAN);
  principal.set_human_code(code);
  principal.add_roles(role);
  v1::CreateApiKeyRequest key;
  key.set_request_id(NewRequest());
  key.set_principal_id(
      Must(admin, &v1::AdminService::Stub::CreatePrincipal, principal, tenant.system_key).principal().principal_id());
  return Must(admin, &v1::AdminService::Stub::CreateApiKey, key, tenant.system_key).secret();
}

void PutInCharge(const std::string& address, const Tenant& tenant, const std::string& folder) {
  const auto channel = ChannelTo(address);
  v1::RegistryService::Stub registry(channel);
  const std::string author = KeyOfHuman(address, tenant, "bench author", v1::ROLE_POLICY_AUTHOR);
  const std::string officer = KeyOfHuman(address, tenant, "bench officer", v1::ROLE_COMPLIANCE);
  const auto bundle = policy::Bundle::Read(folder);
  v1::RegisterPolicySetRequest set;
  set.set_request_id(NewRequest());
  set.set_name("bench");
  if (bundle.ok()) set.set_bundle(bundle->Pack());
  const std::string digest =
      Must(registry, &v1::RegistryService::Stub::RegisterPolicySet, set, author).policy_set().digest();
  v1::ProposeActivationRequest propose;
  propose.set_request_id(NewRequest());
  propose.set_digest(digest);
  propose.set_report_id(Backtest(registry, digest, author));
  v1::ConfirmActivationRequest confirm;
  confirm.set_request_id(NewRequest());
  confirm.set_proposal_id(Must(registry, &v1::RegistryService::Stub::ProposeActivation, propose, author).proposal_id());
  Must(registry, &v1::RegistryService::Stub::ConfirmActivation, confirm, officer);
}

Plan Questions(const std::string& key, int in_flight, double seconds) {
  return {.method = "/candor.v1.DecisionService/Authorize", .api_key = key, .in_flight = in_flight,
          .seconds = seconds, .next = [] {
            v1::AuthorizeRequest request;
            Fill(request);
            return Bytes(request);
          }};
}

Plan Mortgages(const std::string& key, int in_flight, double seconds) {
  Plan plan = Questions(key, in_flight, seconds);
  plan.next = [] {
    v1::AuthorizeRequest request;
    FillMortgage(request);
    return Bytes(request);
  };
  return plan;
}

std::string OpaInput() {
  return R"({"call":"authorize","time":"2026-01-01T00:00:00.000000Z","time_ns":1767225600000000000,"facts":{"system":"bench",)"
         R"("action":"decide","environment":"test","stage":"decide","expected_effect":"legal","irreversible":false,)"
         R"("planned_automation":"solely_automated","legal_basis":"non_gdpr","jurisdictions":["us-ma"],"domain":"credit",)"
         R"("tenant_role":"both","confidence":"0.93"},"person":{},"limits":{},"inputs":{"text":")" +
         std::string(1013, 'x') + "\"}}";
}

Plan BatchesOf100(const std::string& key, int in_flight, double seconds) {
  return {.method = "/candor.v1.DecisionService/BatchAuthorize", .api_key = key, .in_flight = in_flight,
          .items_a_call = 100, .seconds = seconds, .least_bytes = 100 * kReceiptBytes, .next = [] {
            v1::BatchAuthorizeRequest batch;
            for (int i = 0; i < 100; ++i) Fill(*batch.add_items());
            return Bytes(batch);
          }};
}

Plan MixedBatchesOf100(const std::string& key, int in_flight, double seconds) {
  Plan plan = BatchesOf100(key, in_flight, seconds);
  plan.next = [] {
    static std::atomic<int> number = 0;
    static const char* const kPlaces[] = {"de", "fr", "us-ma", "us-ny", "gb", "in", "br"};
    v1::BatchAuthorizeRequest batch;
    for (int i = 0; i < 100; ++i) {
      v1::AuthorizeRequest& one = *batch.add_items();
      Fill(one);
      const int n = number++;
      one.set_confidence("0." + std::to_string(10 + n % 90));
      one.add_jurisdictions(kPlaces[n % std::size(kPlaces)]);
      one.set_domain(static_cast<v1::Domain>(1 + n % 5));
      one.mutable_action()->set_amount(std::to_string(n % 100));
      one.mutable_action()->set_currency("eur");
    }
    return Bytes(batch);
  };
  return plan;
}

Plan Items(const std::string& key, int in_flight, double seconds) {
  return {.method = "/candor.v1.DecisionService/StreamAuthorize", .api_key = key, .in_flight = in_flight,
          .seconds = seconds, .least_bytes = kReceiptBytes, .next = [] {
            v1::StreamAuthorizeRequest request;
            Fill(*request.mutable_item());
            return Bytes(request);
          }};
}

}  // namespace candor::bench
