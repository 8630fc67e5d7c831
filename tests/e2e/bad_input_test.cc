// Bad input: refused with the field's name, written nowhere, quoted never.
#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include "tests/e2e/bad_value.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

class BadInput : public ::testing::Test {
 protected:
  template <typename Request>
  Request Good(FillOptions options = {}) const {
    Filler filler(std::move(options));
    Request request;
    filler.Fill(request);
    return request;
  }

  v1::AuthorizeResponse Authorized() const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(Question());
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }

  // Sends each, and holds its refusal against what the contract promises.
  void ExpectRefused(const Client& client, const std::vector<BadRequest>& all) {
    ASSERT_FALSE(all.empty());
    const std::uint64_t size = world_.SizeOf(tenant_);
    int failed = 0;
    for (const BadRequest& bad : all) {
      if (failed == 3) FAIL() << "and so on: " << all.size() << " requests are tried";
      const std::string method = Client::MethodOf(*bad.request->GetDescriptor());
      std::string ignored;
      const Refusal refusal = RefusalOf(client.CallRaw(method, bad.request->SerializeAsString(), ignored));
      const bool quoted = bad.value.size() > 3 && refusal.bytes.find(bad.value) != std::string::npos;
      const bool as_promised = refusal.code == grpc::StatusCode::INVALID_ARGUMENT &&
                               refusal.reason == "FIELD_INVALID" && refusal.domain == "candor" &&
                               refusal.field == bad.field;
      failed += as_promised && !quoted ? 0 : 1;
      EXPECT_TRUE(as_promised) << method << ", " << bad.field << ", " << bad.what << ": " << refusal;
      EXPECT_FALSE(quoted) << method << ", " << bad.field << ", " << bad.what << ": the value is quoted";
    }
    EXPECT_TRUE(world_.Grew(tenant_, size, 0));
  }

  void ExpectRefused(const Client& client, const Message& good) { ExpectRefused(client, BadRequestsOf(good)); }

  ::testing::AssertionResult RefusedFor(const grpc::Status& status, const std::string& field) const {
    const Refusal refusal = RefusalOf(status);
    const bool as_promised = refusal.code == grpc::StatusCode::INVALID_ARGUMENT && refusal.domain == "candor" &&
                             refusal.reason == "FIELD_INVALID" && refusal.field == field;
    return (as_promised ? ::testing::AssertionSuccess() : ::testing::AssertionFailure()) << refusal;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_F(BadInput, IsRefusedInEveryFieldOfAuthorize) {
  ExpectRefused(tenant_.component, Good<v1::AuthorizeRequest>({.given = {{"decision_id", Authorized().decision_id()}}}));
}

TEST_F(BadInput, IsRefusedInEveryFieldOfRecord) {
  ExpectRefused(tenant_.component,
                Good<v1::RecordRequest>({.given = {{"authorization_id", Authorized().authorization_id()}}}));
}

TEST_F(BadInput, IsRefusedInEveryFieldOfObserve) {
  ExpectRefused(tenant_.component, Good<v1::ObserveRequest>({.given = {{"decision_id", Authorized().decision_id()}}}));
}

TEST_F(BadInput, IsRefusedInEveryFieldOfRecordResultAndCancel) {
  const v1::AuthorizeResponse authorization = Authorized();
  ExpectRefused(tenant_.component,
                Good<v1::RecordResultRequest>({.given = {{"decision_id", authorization.decision_id()}}}));
  ExpectRefused(tenant_.component,
                Good<v1::CancelRequest>({.given = {{"authorization_id", authorization.authorization_id()}}}));
}

TEST_F(BadInput, IsRefusedInEveryFieldOfRecordNotice) {
  ExpectRefused(tenant_.component,
                Good<v1::RecordNoticeRequest>({.given = {{"decision_id", Authorized().decision_id()}}}));
}

TEST_F(BadInput, IsRefusedInEveryFieldOfTheRegistry) {
  ExpectRefused(tenant_.system, Good<v1::RegisterSystemRequest>());
  ExpectRefused(tenant_.system, Good<v1::RegisterDecisionTypeRequest>());
  ExpectRefused(tenant_.system, Good<v1::DeclareCodesRequest>());
  const Client owner = World::MakeCaller(tenant_, v1::ROLE_MODEL_OWNER, "owner");
  ExpectRefused(owner, Good<v1::RegisterModelVersionRequest>());
  ExpectRefused(owner, Good<v1::ProposeModelStateRequest>());
  ExpectRefused(owner, Good<v1::ConfirmModelStateRequest>());
  ExpectRefused(owner, Good<v1::RegisterDataSetRequest>());
  ExpectRefused(owner, Good<v1::PutReasonCatalogueRequest>());
  ExpectRefused(owner, Good<v1::StopRequest>());
  ExpectRefused(owner, Good<v1::LiftStopRequest>());
  ExpectRefused(owner, Good<v1::RecordAssuranceRequest>());
}

TEST_F(BadInput, IsRefusedInEveryFieldOfAdministration) {
  const FillOptions own = {.given = {{"tenant_id", tenant_.id}}, .without = {"human_code"}};
  ExpectRefused(tenant_.system, Good<v1::UpdateTenantLimitsRequest>(own));
  ExpectRefused(tenant_.system, Good<v1::CreatePrincipalRequest>(own));
  ExpectRefused(tenant_.system, Good<v1::CreateApiKeyRequest>(own));
  ExpectRefused(tenant_.system, Good<v1::RevokeApiKeyRequest>(own));
  ExpectRefused(tenant_.system, Good<v1::DisablePrincipalRequest>(own));
  ExpectRefused(world_.Operator(),
                Good<v1::CreateTenantRequest>({.given = {{"origin", "ledger.example.com/never-made"}}}));
}

TEST_F(BadInput, NamesTheFieldOfATextThatIsNotUtf8) {
  const google::protobuf::LogSilencer silent;  // The sender's own library would complain.
  ExpectRefused(tenant_.component, BadTextsOf(Good<v1::AuthorizeRequest>()));
  ExpectRefused(tenant_.component, BadTextsOf(Good<v1::RecordRequest>()));
  ExpectRefused(tenant_.component, BadTextsOf(Good<v1::ObserveRequest>()));
  ExpectRefused(tenant_.system, BadTextsOf(Good<v1::RegisterSystemRequest>()));
}

TEST_F(BadInput, IsRefusedWhereTheBytesAreNoMessage) {
  std::string ignored;
  const std::uint64_t size = world_.SizeOf(tenant_);

  const grpc::Status status =
      tenant_.component.CallRaw("/candor.v1.DecisionService/Authorize", "\x0a\xff\xff\xff\xff\x7f", ignored);

  EXPECT_TRUE(Refused(status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(BadInput, IsRefusedInOriginsThatNoLedgerMayHave) {
  for (const char* origin : {"nohost", "Upper.example.com/a", "candor/a", "a.example.com/bundle", "a.example.com/..",
                             "https://a.example.com/a", "a.example.com/a/b/c/d", "a.example.com/ä", "a b.example.com/a"}) {
    v1::CreateTenantRequest request;
    request.set_request_id(NewId());
    request.set_origin(origin);

    const auto answer = world_.Operator().Call<v1::CreateTenantResponse>(request);

    EXPECT_TRUE(RefusedFor(answer.status, "origin")) << origin;
  }
}

TEST_F(BadInput, IsRefusedInLimitsThatNoDatabaseWouldTake) {
  const std::uint64_t size = world_.SizeOf(tenant_);
  v1::UpdateTenantLimitsRequest request;
  request.set_request_id(NewId());
  request.mutable_limits()->set_amount_limit("100");
  request.mutable_limits()->set_authorization_seconds(300);
  request.mutable_limits()->set_outcome_seconds(300);
  const auto alone = tenant_.system.Call<v1::UpdateTenantLimitsResponse>(request);
  request.mutable_limits()->set_currency("e1");
  const auto no_currency = tenant_.system.Call<v1::UpdateTenantLimitsResponse>(request);

  EXPECT_TRUE(RefusedFor(alone.status, "limits.currency"));
  EXPECT_TRUE(RefusedFor(no_currency.status, "limits.currency"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(BadInput, IsRefusedInAPersonWhoIsNamedTwice) {
  v1::AuthorizeRequest request = Question("customer-7");
  request.add_other_persons()->set_reference("customer-7");

  const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);

  EXPECT_TRUE(RefusedFor(answer.status, "other_persons[0].reference"));
}

TEST_F(BadInput, IsRefusedInAnotherPersonWhoIsNamedTwice) {
  v1::AuthorizeRequest request = Question("customer-7");
  for (const char* reference : {"customer-8", "customer-9", "customer-8"}) {
    request.add_other_persons()->set_reference(reference);
  }

  const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);

  EXPECT_TRUE(RefusedFor(answer.status, "other_persons[2].reference"));
}

TEST_F(BadInput, IsRefusedInPageTokensThatNoPageGave) {
  for (const char* token : {"x", "00", "019E7A5C-0000-7000-8000-00000000ABCD"}) {
    v1::ListPrincipalsRequest principals;
    principals.set_page_token(token);
    v1::ListApiKeysRequest keys;
    keys.set_page_token(token);
    v1::ListTenantsRequest tenants;
    tenants.set_page_token(token);

    EXPECT_TRUE(RefusedFor(tenant_.system.Call<v1::ListPrincipalsResponse>(principals).status, "page_token"));
    EXPECT_TRUE(RefusedFor(tenant_.system.Call<v1::ListApiKeysResponse>(keys).status, "page_token"));
    EXPECT_TRUE(RefusedFor(world_.Operator().Call<v1::ListTenantsResponse>(tenants).status, "page_token"));
  }
}

TEST_F(BadInput, LeavesTheConnectionAsItWas) {
  std::string ignored;
  for (const char* method : {"/candor.v1.DecisionService/Authorize", "/candor.v1.AdminService/GetStatus",
                             "/candor.v1.LedgerService/GetCheckpoint"}) {
    EXPECT_TRUE(Refused(tenant_.system.CallRaw(method, "\x07", ignored), grpc::StatusCode::INVALID_ARGUMENT,
                        "FIELD_INVALID"))
        << method;
  }

  EXPECT_TRUE(tenant_.system.Call<v1::AuthorizeResponse>(Question()).ok());
}

TEST_F(BadInput, IsRefusedInPrincipalsThatAreNeitherOneNorTheOther) {
  const auto create = [&](v1::PrincipalKind kind, const char* code, const char* human_code,
                          std::vector<v1::Role> roles) {
    v1::CreatePrincipalRequest request;
    request.set_request_id(NewId());
    request.set_kind(kind);
    request.set_code(code);
    request.set_human_code(human_code);
    for (const v1::Role role : roles) request.add_roles(role);
    return tenant_.system.Call<v1::CreatePrincipalResponse>(request).status;
  };
  const std::uint64_t size = world_.SizeOf(tenant_);

  EXPECT_TRUE(RefusedFor(create(v1::PRINCIPAL_KIND_COMPONENT, "", "", {v1::ROLE_COMPONENT}), "code"));
  EXPECT_TRUE(RefusedFor(create(v1::PRINCIPAL_KIND_COMPONENT, "bot", "staff-1", {v1::ROLE_COMPONENT}), "human_code"));
  EXPECT_TRUE(RefusedFor(create(v1::PRINCIPAL_KIND_HUMAN, "", "", {v1::ROLE_REVIEWER}), "human_code"));
  EXPECT_TRUE(RefusedFor(create(v1::PRINCIPAL_KIND_HUMAN, "bot", "staff-1", {v1::ROLE_REVIEWER}), "code"));
  EXPECT_TRUE(RefusedFor(create(v1::PRINCIPAL_KIND_SERVICE, "candor", "", {v1::ROLE_COMPONENT}), "code"));
  EXPECT_TRUE(RefusedFor(create(v1::PRINCIPAL_KIND_SERVICE, "bot", "", {v1::ROLE_PERSON}), "roles"));
  EXPECT_TRUE(RefusedFor(create(v1::PRINCIPAL_KIND_SERVICE, "bot", "", {v1::ROLE_COMPONENT, v1::ROLE_COMPONENT}), "roles"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(BadInput, IsRefusedInACodeThatAnotherPrincipalHas) {
  v1::CreatePrincipalRequest request;
  request.set_request_id(NewId());
  request.set_kind(v1::PRINCIPAL_KIND_SERVICE);
  request.set_code("core");  // The first principal.
  request.add_roles(v1::ROLE_COMPONENT);
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto answer = tenant_.system.Call<v1::CreatePrincipalResponse>(request);

  EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::ALREADY_EXISTS, "NAME_TAKEN"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(BadInput, IsRefusedInTheEndOfAKeyThatLiesBehind) {
  v1::CreatePrincipalRequest principal;
  principal.set_request_id(NewId());
  principal.set_kind(v1::PRINCIPAL_KIND_SERVICE);
  principal.set_code("short_lived");
  principal.add_roles(v1::ROLE_COMPONENT);
  const auto made = tenant_.system.Call<v1::CreatePrincipalResponse>(principal);
  v1::CreateApiKeyRequest key;
  key.set_request_id(NewId());
  key.set_principal_id(made->principal().principal_id());
  key.mutable_expire_time()->set_seconds(1600000000);

  const auto answer = tenant_.system.Call<v1::CreateApiKeyResponse>(key);

  EXPECT_TRUE(RefusedFor(answer.status, "expire_time"));
}

TEST_F(BadInput, IsRefusedInBatchesOfNothingAndOfTooMuch) {
  v1::BatchAuthorizeRequest none, many;
  for (int i = 0; i < 1001; ++i) *many.add_items() = Question();
  v1::BatchRecordRequest many_records;
  for (int i = 0; i < 1001; ++i) *many_records.add_items() = RecordOf(NewId());
  const std::uint64_t size = world_.SizeOf(tenant_);

  EXPECT_TRUE(RefusedFor(tenant_.component.Call<v1::BatchAuthorizeResponse>(none).status, "items"));
  EXPECT_TRUE(RefusedFor(tenant_.component.Call<v1::BatchAuthorizeResponse>(many).status, "items"));
  EXPECT_TRUE(RefusedFor(tenant_.component.Call<v1::BatchRecordResponse>(v1::BatchRecordRequest()).status, "items"));
  EXPECT_TRUE(RefusedFor(tenant_.component.Call<v1::BatchRecordResponse>(many_records).status, "items"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(BadInput, IsRefusedWhereARequestIsOverTwoMebibytes) {
  v1::AuthorizeRequest request = Question();
  request.set_inputs_json("\"" + std::string(2 * 1024 * 1024, 'x') + "\"");
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);

  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << answer.refusal();
  EXPECT_EQ(answer.refusal().domain, "candor");
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(BadInput, IsRefusedWhereASectionOrAllOfThemAreTooLarge) {
  v1::AuthorizeRequest one = Question(), all = Question();
  one.set_inputs_json("\"" + std::string(262142, 'x') + "\"");  // Fits alone, not with its name around it.
  for (int i = 0; i < 3; ++i) {
    v1::OtherPerson& person = *all.add_other_persons();
    person.set_reference("other-" + std::to_string(i));
    person.set_inputs_json("\"" + std::string(262000, 'x') + "\"");
  }
  all.set_inputs_json("\"" + std::string(262000, 'x') + "\"");
  all.mutable_conversation()->set_inherited_context_json("\"" + std::string(60000, 'x') + "\"");
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto section = tenant_.component.Call<v1::AuthorizeResponse>(one);
  const auto sections = tenant_.component.Call<v1::AuthorizeResponse>(all);

  EXPECT_TRUE(Refused(section.status, grpc::StatusCode::INVALID_ARGUMENT, "TOO_LARGE"));
  EXPECT_TRUE(Refused(sections.status, grpc::StatusCode::INVALID_ARGUMENT, "TOO_LARGE"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

}  // namespace
}  // namespace candor::e2e
