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

namespace candor::bench {
namespace {

template <typename Stub, typename Request, typename Response>
Response Must(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, const std::string& key) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) {
    std::fprintf(stderr, "bench: set-up failed: %s\n", status.error_message().c_str());
    std::exit(1);
  }
  return response;
}

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
  const std::string key = Must(admin, &v1::AdminService::Stub::CreateTenant, tenant, operator_key).api_key();
  v1::RegisterSystemRequest system;
  system.set_request_id(NewRequest());
  system.mutable_system()->set_system("bench");
  Must(registry, &v1::RegistryService::Stub::RegisterSystem, system, key);
  v1::RegisterDecisionTypeRequest type;
  type.set_request_id(NewRequest());
  type.mutable_decision_type()->set_action("decide");
  type.mutable_decision_type()->add_outcomes("done");
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
          .key = Must(admin, &v1::AdminService::Stub::CreateApiKey, api_key, key).secret()};
}

Plan Questions(const std::string& key, int in_flight, double seconds) {
  return {.method = "/candor.v1.DecisionService/Authorize", .api_key = key, .in_flight = in_flight,
          .seconds = seconds, .next = [] {
            v1::AuthorizeRequest request;
            Fill(request);
            return Bytes(request);
          }};
}

Plan BatchesOf100(const std::string& key, int in_flight, double seconds) {
  return {.method = "/candor.v1.DecisionService/BatchAuthorize", .api_key = key, .in_flight = in_flight,
          .items_a_call = 100, .seconds = seconds, .least_bytes = 100 * kReceiptBytes, .next = [] {
            v1::BatchAuthorizeRequest batch;
            for (int i = 0; i < 100; ++i) Fill(*batch.add_items());
            return Bytes(batch);
          }};
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
