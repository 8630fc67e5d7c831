// Before a decision: what the gate answers, and that each answer is on record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AuthorizeBefore : public ::testing::Test {
 protected:
  Answer<v1::AuthorizeResponse> Ask(const v1::AuthorizeRequest& request) const {
    return tenant_.component.Call<v1::AuthorizeResponse>(request);
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_F(AuthorizeBefore, AllowsWhatEveryRuleAllows) {
  const v1::AuthorizeRequest request = Question();

  const auto answer = Ask(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_ALLOW);
  EXPECT_THAT(answer->reason_codes(), IsEmpty());
  EXPECT_TRUE(answer->has_expire_time());
  ASSERT_EQ(answer->obligations_size(), 1);
  EXPECT_EQ(answer->obligations(0).type(), v1::OBLIGATION_TYPE_RECORD_OUTCOME_BY);
  EXPECT_EQ(leaf.type, "authorization");
  EXPECT_EQ(leaf.caller_id, "refund_client");
  EXPECT_EQ(FactOf(leaf, "action"), "refund.grant");
  EXPECT_EQ(FactOf(leaf, "amount"), "49.90");
}

TEST_F(AuthorizeBefore, DeniesAnActionThatNobodyDeclared) {
  v1::AuthorizeRequest request = Question();
  request.mutable_action()->set_name("account.close");

  const auto answer = Ask(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_DENY);
  EXPECT_FALSE(answer->has_expire_time());
  EXPECT_EQ(FactOf(leaf, "action"), "unlisted");
}

TEST_F(AuthorizeBefore, DeniesASystemThatNobodyRegistered) {
  v1::AuthorizeRequest request = Question();
  request.mutable_actor()->set_system("other_bot");

  const auto answer = Ask(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_DENY);
  EXPECT_EQ(FactOf(leaf, "system"), "unlisted");
}

TEST_F(AuthorizeBefore, DeniesAnAmountOverTheLimitByTheSmallestPart) {
  v1::AuthorizeRequest at_the_limit = Question();
  at_the_limit.mutable_action()->set_amount("100.00");
  v1::AuthorizeRequest above = Question();
  above.mutable_action()->set_amount("100.0000000000000000000000001");

  const auto allowed = Ask(at_the_limit);
  const auto denied = Ask(above);

  ASSERT_TRUE(denied.ok()) << denied.refusal();
  EXPECT_EQ(allowed->verdict(), v1::VERDICT_ALLOW);
  EXPECT_TRUE(Verifies(above, denied.value, tenant_.key));
  EXPECT_EQ(denied->verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(denied->reason_codes(), ElementsAre("AMOUNT_OVER_LIMIT"));
}

TEST_F(AuthorizeBefore, EscalatesWhatTheSystemIsNotSureOf) {
  v1::AuthorizeRequest request = Question();
  request.set_confidence("0.79");

  const auto answer = Ask(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_ESCALATE);
  EXPECT_THAT(answer->reason_codes(), ElementsAre("CONFIDENCE_TOO_LOW"));
  EXPECT_FALSE(answer->has_expire_time());
}

TEST_F(AuthorizeBefore, GivesTheStrictestVerdictWhereSeveralRulesObject) {
  v1::AuthorizeRequest request = Question();
  request.set_confidence("0.1");
  request.mutable_action()->set_amount("1000");

  const auto answer = Ask(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  EXPECT_EQ(answer->verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(answer->reason_codes(), Contains("CONFIDENCE_TOO_LOW"));
  EXPECT_THAT(answer->reason_codes(), Contains("AMOUNT_OVER_LIMIT"));
}

TEST_F(AuthorizeBefore, AnswersARepeatWithTheFirstLeaf) {
  const v1::AuthorizeRequest request = Question();
  const auto first = Ask(request);
  Ask(Question());
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto repeat = Ask(request);

  ASSERT_TRUE(repeat.ok()) << repeat.refusal();
  EXPECT_TRUE(Verifies(request, repeat.value, tenant_.key));
  EXPECT_EQ(repeat->receipt().position(), first->receipt().position());
  EXPECT_EQ(repeat->receipt().leaf(), first->receipt().leaf());
  EXPECT_EQ(repeat->verdict(), first->verdict());
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(AuthorizeBefore, AnswersARepeatFromTheRecordAlsoWhenTheRulesWouldDecideOtherwiseToday) {
  const v1::AuthorizeRequest request = Question();
  const auto first = Ask(request);
  v1::UpdateTenantLimitsRequest limits;
  limits.set_request_id(NewId());
  limits.mutable_limits()->set_amount_limit("1");
  limits.mutable_limits()->set_currency("eur");
  limits.mutable_limits()->set_authorization_seconds(300);
  limits.mutable_limits()->set_outcome_seconds(300);
  ASSERT_TRUE(tenant_.system.Call<v1::UpdateTenantLimitsResponse>(limits).ok());

  const auto repeat = Ask(request);
  const auto anew = Ask(Question());

  EXPECT_EQ(repeat->verdict(), v1::VERDICT_ALLOW);
  EXPECT_EQ(repeat->receipt().leaf(), first->receipt().leaf());
  EXPECT_EQ(anew->verdict(), v1::VERDICT_DENY);
}

TEST_F(AuthorizeBefore, RefusesOtherContentUnderTheSameRequestId) {
  v1::AuthorizeRequest request = Question();
  ASSERT_TRUE(Ask(request).ok());
  const std::uint64_t size = world_.SizeOf(tenant_);

  request.set_inputs_json(R"({"days_late": 4})");
  const auto other = Ask(request);

  EXPECT_TRUE(Refused(other.status, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(AuthorizeBefore, RefusesAnotherCallersRequestIdAndSaysNothingOfItsContent) {
  const Client neighbour = World::MakeCaller(tenant_, v1::ROLE_COMPONENT, "neighbour");
  const v1::AuthorizeRequest request = Question();
  ASSERT_TRUE(Ask(request).ok());
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto same = neighbour.Call<v1::AuthorizeResponse>(request);

  EXPECT_TRUE(Refused(same.status, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(AuthorizeBefore, RefusesTheSameRequestIdOfAnotherMethod) {
  const v1::AuthorizeRequest request = Question();
  const auto first = Ask(request);
  v1::CancelRequest cancel;
  cancel.set_request_id(request.request_id());
  cancel.set_authorization_id(first->authorization_id());

  const auto other = tenant_.component.Call<v1::CancelResponse>(cancel);

  EXPECT_TRUE(Refused(other.status, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED"));
}

TEST_F(AuthorizeBefore, TakesTheSameRequestIdOfAnotherTenantAsItsOwn) {
  const Tenant other = world_.MakeTenant();
  const v1::AuthorizeRequest request = Question();
  ASSERT_TRUE(Ask(request).ok());

  const auto theirs = other.component.Call<v1::AuthorizeResponse>(request);

  ASSERT_TRUE(theirs.ok()) << theirs.refusal();
  EXPECT_TRUE(Verifies(request, theirs.value, other.key));
}

TEST_F(AuthorizeBefore, RefusesAProducersNumberThatAnotherRequestHad) {
  v1::AuthorizeRequest request = Question();
  request.mutable_producer()->set_id("refund_client");
  request.mutable_producer()->set_epoch(NewId());
  request.mutable_producer()->set_seq(1);
  ASSERT_TRUE(Ask(request).ok());

  request.set_request_id(NewId());
  const auto same_number = Ask(request);
  request.mutable_producer()->set_seq(2);
  const auto next_number = Ask(request);

  EXPECT_TRUE(Refused(same_number.status, grpc::StatusCode::ALREADY_EXISTS, "SEQUENCE_REUSED"));
  EXPECT_TRUE(next_number.ok()) << next_number.refusal();
}

TEST_F(AuthorizeBefore, ContinuesADecisionThatItKnowsAndNoOther) {
  const auto first = Ask(Question());
  v1::AuthorizeRequest again = Question(), unknown = Question();
  again.set_decision_id(first->decision_id());
  unknown.set_decision_id(NewId());

  const auto second = Ask(again);
  const auto refused = Ask(unknown);

  ASSERT_TRUE(second.ok()) << second.refusal();
  EXPECT_EQ(second->decision_id(), first->decision_id());
  EXPECT_NE(second->authorization_id(), first->authorization_id());
  EXPECT_TRUE(Refused(refused.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(AuthorizeBefore, LetsABadItemOfABatchSpoilOnlyItself) {
  v1::BatchAuthorizeRequest batch;
  for (int i = 0; i < 20; ++i) *batch.add_items() = Question("customer-" + std::to_string(i % 5));
  batch.mutable_items(7)->set_confidence("quite sure");                          // Breaks a rule.
  batch.mutable_items(11)->mutable_action()->set_amount("1000");                 // Is denied.
  *batch.mutable_items(13) = batch.items(3);                                     // Repeats.
  batch.mutable_items(17)->set_request_id(batch.items(5).request_id());          // Reuses.
  batch.mutable_items(17)->set_inputs_json("[]");
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto answer = tenant_.component.Call<v1::BatchAuthorizeResponse>(batch);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  ASSERT_EQ(answer->results_size(), 20);
  for (int i = 0; i < 20; ++i) {
    const v1::BatchAuthorizeResult& result = answer->results(i);
    if (i == 7 || i == 17) {
      ASSERT_TRUE(result.has_error()) << "item " << i;
      continue;
    }
    ASSERT_TRUE(result.has_response()) << "item " << i << ": " << RefusalOf(result.error());
    EXPECT_TRUE(Verifies(batch.items(i), result.response(), tenant_.key)) << "item " << i;
    EXPECT_EQ(result.response().verdict(), i == 11 ? v1::VERDICT_DENY : v1::VERDICT_ALLOW) << "item " << i;
  }
  const Refusal bad = RefusalOf(answer->results(7).error());
  EXPECT_EQ(bad.code, grpc::StatusCode::INVALID_ARGUMENT) << bad;
  EXPECT_EQ(bad.reason, "FIELD_INVALID");
  EXPECT_EQ(bad.field, "confidence");
  EXPECT_EQ(RefusalOf(answer->results(17).error()).reason, "REQUEST_ID_REUSED");
  EXPECT_EQ(answer->results(13).response().receipt().leaf(), answer->results(3).response().receipt().leaf());
  EXPECT_TRUE(world_.Grew(tenant_, size, 17));
}

}  // namespace
}  // namespace candor::e2e
