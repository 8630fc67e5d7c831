// Whose key seals what: erasing a person must reach all that was said of them, and nothing
// of anybody else.
#include <gtest/gtest.h>

#include "tests/e2e/opened.h"

namespace candor::e2e {
namespace {

class PersonKey : public ::testing::Test {
 protected:
  v1::AuthorizeResponse Authorize(const v1::AuthorizeRequest& request) const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  std::map<std::string, std::string> HandlesOf(const v1::Receipt& receipt) {
    return Opener(world_, tenant_).Handles(receipt.position());
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_F(PersonKey, IsOneForAPersonAndAnotherForTheNext) {
  const auto first = HandlesOf(Authorize(Question("customer-1")).receipt());
  const auto again = HandlesOf(Authorize(Question("customer-1")).receipt());
  const auto next = HandlesOf(Authorize(Question("customer-2")).receipt());

  EXPECT_EQ(first.at("person"), again.at("person"));
  EXPECT_EQ(first.at("person"), first.at("inputs"));
  EXPECT_NE(first.at("person"), next.at("person"));
}

TEST_F(PersonKey, IsTheirOwnForEachPersonOfOneDecision) {
  v1::AuthorizeRequest request = Question("customer-1");
  request.add_other_persons()->set_reference("customer-2");
  request.mutable_other_persons(0)->set_inputs_json("{}");
  v1::ProtectedAttribute& attribute = *request.add_protected_attributes();
  attribute.set_attribute("age_band");
  attribute.set_value("unknown");
  attribute.set_provenance(v1::PROVENANCE_SELF_DECLARED);

  const auto handles = HandlesOf(Authorize(request).receipt());
  const auto of_the_second = HandlesOf(Authorize(Question("customer-2")).receipt());

  EXPECT_NE(handles.at("person"), handles.at("person.2"));
  EXPECT_EQ(handles.at("person.2"), handles.at("inputs.2"));
  EXPECT_EQ(handles.at("person.2"), of_the_second.at("person"));
  EXPECT_NE(handles.at("protected"), handles.at("person"));
}

TEST_F(PersonKey, OfTheAuthorizationSealsItsOutcomeWhereTheRecordNamesNobody) {
  const v1::AuthorizeResponse authorization = Authorize(Question("customer-1"));
  v1::RecordRequest request = RecordOf(authorization.authorization_id());
  request.mutable_outcome()->set_output_json(R"({"refunded": true})");

  const auto answer = tenant_.component.Call<v1::RecordResponse>(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  EXPECT_EQ(HandlesOf(answer->receipt()).at("output"), HandlesOf(authorization.receipt()).at("person"));
}

TEST_F(PersonKey, OfTheDecisionSealsWhatBecameKnownLater) {
  const v1::AuthorizeResponse authorization = Authorize(Question("customer-1"));
  v1::RecordResultRequest request;
  request.set_request_id(NewId());
  request.set_decision_id(authorization.decision_id());
  request.set_detail_json(R"({"said": "never arrived"})");

  const auto answer = tenant_.component.Call<v1::RecordResultResponse>(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  EXPECT_EQ(HandlesOf(answer->receipt()).at("result"), HandlesOf(authorization.receipt()).at("person"));
}

TEST_F(PersonKey, OfAHumanPrincipalSealsTheirStaffNumber) {
  const auto make = [&](const char* staff_number) {
    v1::CreatePrincipalRequest request;
    request.set_request_id(NewId());
    request.set_kind(v1::PRINCIPAL_KIND_HUMAN);
    request.set_human_code(staff_number);
    request.add_roles(v1::ROLE_REVIEWER);
    const auto answer = tenant_.system.Call<v1::CreatePrincipalResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return HandlesOf(answer->receipt()).at("oversight");
  };

  EXPECT_NE(make("staff-1"), make("staff-2"));
}

}  // namespace
}  // namespace candor::e2e
