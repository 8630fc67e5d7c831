#include "tests/e2e/world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "services/base/clock.h"
#include "services/core/merkle/inclusion.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/core/tlog/proof.h"
#include "services/crypto/random.h"

namespace candor::e2e {
namespace {

using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

// Of a step that must work before any test can say anything.
template <typename Response>
Response Must(const Answer<Response>& answer, const char* step) {
  if (answer.ok()) return answer.value;
  std::fprintf(stderr, "the world of the tests: %s: code %d, %s\n", step, answer.status.error_code(),
               answer.status.error_message().c_str());
  std::abort();
}

std::string Line(std::string text) {
  text.erase(std::find(text.begin(), text.end(), '\n'), text.end());
  return text;
}

template <typename Response>
AssertionResult VerifiesAnswer(const std::string& request_id, const Response& response, const std::string& leaf_id,
                               const core::VerifierKey& key, core::Leaf& leaf) {
  AssertionResult receipt = Verifies(response.receipt(), key, &leaf);
  if (!receipt) return receipt;
  if (leaf.request.ToText() != request_id) return AssertionFailure() << "the leaf is of another request";
  if (leaf.id.ToText() != leaf_id) return AssertionFailure() << "the answer names another leaf than its receipt";
  if (!leaf.decision || leaf.decision->ToText() != response.decision_id()) {
    return AssertionFailure() << "the answer names another decision than its leaf";
  }
  return AssertionSuccess();
}

}  // namespace

std::string NewId() { return crypto::NewId(absl::Now()).ToText(); }

AssertionResult Verifies(const v1::Receipt& receipt, const core::VerifierKey& key, core::Leaf* leaf) {
  const auto proof = core::ParseProof(receipt.proof());
  if (!proof.ok()) return AssertionFailure() << "proof: " << proof.status().message();
  if (proof->index != receipt.position()) return AssertionFailure() << "the proof is of another position";
  const auto checkpoint = core::OpenCheckpoint(proof->checkpoint, {key});
  if (!checkpoint.ok()) return AssertionFailure() << "checkpoint: " << checkpoint.status().message();
  const absl::Status included = core::VerifyInclusion(
      core::HashLeaf(AsBytes(receipt.leaf())),
      {.leaf_index = proof->index, .tree_size = checkpoint->size, .path = proof->path}, checkpoint->root);
  if (!included.ok()) return AssertionFailure() << "inclusion: " << included.message();
  const auto parsed = core::ParseLeaf(receipt.leaf());
  if (!parsed.ok()) return AssertionFailure() << "leaf: " << parsed.status().message();
  if (parsed->ledger != key.name) return AssertionFailure() << "the leaf is of the ledger " << parsed->ledger;
  if (leaf != nullptr) *leaf = *parsed;
  return AssertionSuccess();
}

AssertionResult Verifies(const v1::AuthorizeRequest& request, const v1::AuthorizeResponse& response,
                         const core::VerifierKey& key, core::Leaf* leaf) {
  core::Leaf own;
  core::Leaf& read = leaf == nullptr ? own : *leaf;
  AssertionResult result = VerifiesAnswer(request.request_id(), response, response.authorization_id(), key, read);
  if (!result) return result;
  const std::string verdict = "VERDICT_" + FactOf(read, "verdict");
  if (absl::AsciiStrToUpper(verdict) != v1::Verdict_Name(response.verdict())) {
    return AssertionFailure() << "the answer says another verdict than its leaf: " << verdict;
  }
  const auto& expires = response.expire_time();
  const std::string said = response.has_expire_time()
                               ? ToRfc3339(absl::FromUnixSeconds(expires.seconds()) + absl::Nanoseconds(expires.nanos()))
                               : std::string();
  if (said != FactOf(read, "expires")) return AssertionFailure() << "the answer ends at another time than its leaf";
  return AssertionSuccess();
}

AssertionResult Verifies(const v1::RecordRequest& request, const v1::RecordResponse& response,
                         const core::VerifierKey& key, core::Leaf* leaf) {
  core::Leaf own;
  core::Leaf& read = leaf == nullptr ? own : *leaf;
  AssertionResult result = VerifiesAnswer(request.request_id(), response, response.outcome_id(), key, read);
  if (!result) return result;
  if (FactOf(read, "authorization") != request.authorization_id()) {
    return AssertionFailure() << "the leaf closes another authorization";
  }
  std::vector<std::string> marks;
  for (const int mark : response.marks()) {
    marks.push_back(absl::AsciiStrToLower(v1::Mark_Name(mark).substr(sizeof("MARK_") - 1)));
  }
  if (marks != read.marks) return AssertionFailure() << "the answer carries other marks than its leaf";
  return AssertionSuccess();
}

AssertionResult Refused(const grpc::Status& status, grpc::StatusCode code, const std::string& reason) {
  const Refusal refusal = RefusalOf(status);
  if (status.ok()) return AssertionFailure() << "it was served";
  if (refusal.code != code || refusal.reason != reason || refusal.domain != "candor") {
    return AssertionFailure() << refusal << ", domain " << refusal.domain;
  }
  return AssertionSuccess();
}

v1::AuthorizeRequest Question(const std::string& person) {
  v1::AuthorizeRequest request;
  request.set_request_id(NewId());
  request.mutable_actor()->set_system("refund_bot");
  request.mutable_actor()->set_model("chooser");
  request.mutable_actor()->set_model_version("v7");
  request.mutable_action()->set_name("refund.grant");
  request.mutable_action()->set_amount("49.90");
  request.mutable_action()->set_currency("eur");
  request.mutable_person()->set_reference(person);
  request.mutable_purpose()->set_code("service_recovery");
  request.set_inputs_json(R"({"days_late": 3, "items": [1.5, 2]})");
  request.set_confidence("0.93");
  return request;
}

v1::RecordRequest RecordOf(const std::string& authorization_id) {
  v1::RecordRequest request;
  request.set_request_id(NewId());
  request.set_authorization_id(authorization_id);
  request.mutable_outcome()->set_code("granted");
  request.mutable_outcome()->set_action_taken(v1::ACTION_TAKEN_TAKEN);
  return request;
}

std::vector<std::string> TextsOf(const core::Json& facts, const std::string& name) {
  std::vector<std::string> texts;
  const core::Json* list = facts.Find(name);
  if (list == nullptr || !list->is_array()) return texts;
  for (const core::Json& item : list->items()) texts.push_back(item.is_string() ? item.string() : item.Encode());
  return texts;
}

std::string FactOf(const core::Leaf& leaf, const std::string& name) {
  const std::string* text = leaf.facts.FindString(name);
  return text == nullptr ? std::string() : *text;
}

World& World::Get() {
  static World world;
  return world;
}

World::World()
    : database_(candor::testing::Postgres::Get().Url()),
      server_({.database = database_, .state = folder_.path() + "/state", .marks = {}, .more = {}}) {
  server_.Start();
}

Client World::Operator() const {
  return Client::To(server_.address(), Line(ReadText(folder_.path() + "/state/operator.apikey")));
}

Tenant World::MakeTenant() {
  return e2e::MakeTenant(Operator(), "ledger.example.com/tenant" + std::to_string(++tenants_));
}

Tenant MakeTenant(const Client& candor_operator, const std::string& origin) {
  v1::CreateTenantRequest create;
  create.set_request_id(NewId());
  create.set_origin(origin);
  create.set_first_principal("core");
  const auto made = Must(candor_operator.Call<v1::CreateTenantResponse>(create), "CreateTenant");
  Tenant tenant{.id = made.tenant().tenant_id(), .origin = origin,
                .key = *core::VerifierKey::Parse(made.tenant().vkey()),
                .system = candor_operator.With(made.api_key()), .component = candor_operator};

  v1::RegisterSystemRequest system;
  system.set_request_id(NewId());
  system.mutable_system()->set_system("refund_bot");
  system.mutable_system()->add_models("chooser");
  for (const char* version : {"v7", "v8"}) system.mutable_system()->add_model_versions(version);
  Must(tenant.system.Call<v1::RegisterSystemResponse>(system), "RegisterSystem");

  v1::RegisterDecisionTypeRequest type;
  type.set_request_id(NewId());
  type.mutable_decision_type()->set_action("refund.grant");
  for (const char* outcome : {"granted", "refused"}) type.mutable_decision_type()->add_outcomes(outcome);
  for (const char* reason : {"too_late", "not_ours"}) type.mutable_decision_type()->add_reasons(reason);
  type.mutable_decision_type()->add_purposes("service_recovery");
  Must(tenant.system.Call<v1::RegisterDecisionTypeResponse>(type), "RegisterDecisionType");

  World::SetTimes(tenant, 300, 86400);
  tenant.component = World::MakeCaller(tenant, v1::ROLE_COMPONENT, "refund_client");
  return tenant;
}

void World::SetTimes(const Tenant& tenant, std::uint32_t authorization_seconds, std::uint32_t outcome_seconds) {
  v1::UpdateTenantLimitsRequest limits;
  limits.set_request_id(NewId());
  limits.mutable_limits()->set_amount_limit("100");
  limits.mutable_limits()->set_currency("eur");
  limits.mutable_limits()->set_confidence_floor("0.8");
  limits.mutable_limits()->set_authorization_seconds(authorization_seconds);
  limits.mutable_limits()->set_outcome_seconds(outcome_seconds);
  Must(tenant.system.Call<v1::UpdateTenantLimitsResponse>(limits), "UpdateTenantLimits");
}

Client World::MakeCaller(const Tenant& tenant, v1::Role role, const std::string& code) {
  v1::CreatePrincipalRequest principal;
  principal.set_request_id(NewId());
  principal.set_kind(role == v1::ROLE_COMPONENT ? v1::PRINCIPAL_KIND_COMPONENT : v1::PRINCIPAL_KIND_SERVICE);
  principal.set_code(code);
  principal.add_roles(role);
  const auto made = Must(tenant.system.Call<v1::CreatePrincipalResponse>(principal), "CreatePrincipal");
  return MakeKey(tenant, made.principal().principal_id());
}

std::string World::MakeHuman(const Tenant& tenant, const std::vector<v1::Role>& roles, const std::string& code) {
  v1::CreatePrincipalRequest principal;
  principal.set_request_id(NewId());
  principal.set_kind(v1::PRINCIPAL_KIND_HUMAN);
  principal.set_human_code(code);
  for (const v1::Role role : roles) principal.add_roles(role);
  return Must(tenant.system.Call<v1::CreatePrincipalResponse>(principal), "CreatePrincipal").principal().principal_id();
}

Client World::MakeKey(const Tenant& tenant, const std::string& principal_id) {
  v1::CreateApiKeyRequest key;
  key.set_request_id(NewId());
  key.set_principal_id(principal_id);
  return tenant.system.With(Must(tenant.system.Call<v1::CreateApiKeyResponse>(key), "CreateApiKey").secret());
}

Client World::MakePerson(const Tenant& tenant, const std::string& reference, const std::string& language,
                         bool read_only) {
  v1::IssuePersonTokenRequest request;
  request.set_request_id(NewId());
  request.set_person_reference(reference);
  request.set_language(language);
  request.set_read_only(read_only);
  return tenant.system.With(Must(tenant.system.Call<v1::IssuePersonTokenResponse>(request), "IssuePersonToken").token());
}

std::uint64_t World::SizeOf(const Tenant& tenant) const {
  candor::testing::Session session(database_);
  return std::stoull(session.Run("SELECT size FROM heads WHERE tenant_id = $1", {tenant.id}).value());
}

AssertionResult World::Grew(const Tenant& tenant, std::uint64_t size_before, std::uint64_t by) const {
  const std::uint64_t size = SizeOf(tenant);
  if (size == size_before + by) return AssertionSuccess();
  return AssertionFailure() << "the ledger grew by " << size - size_before << " leaves, not by " << by;
}

}  // namespace candor::e2e
