// What a policy set in charge answers, and one that runs beside it: changes to make, why, and
// what would have been otherwise.
#include <atomic>
#include <cstdlib>
#include <thread>

#include "tests/e2e/opened.h"
#include "tests/e2e/policy_life.h"

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PolicyAnswers : public PolicyLife {};

constexpr const char* kCap = R"rego(package cap

import rego.v1
import future.keywords.not

# METADATA
# title: Refunds are capped and the card's number goes
# custom:
#   version: 1
#   verdict: transform
#   needs: [facts.amount]
capped := {"changes": [{"path": "/action/amount", "value": "50.00"}, {"path": "/inputs/refund/amount", "value": 50}, {"path": "/inputs/card"}]} if {
  to_number(input.facts.amount) > 50
}
)rego";

std::string CapSet() { return policy::Bundle(std::vector<policy::BundleFile>{{.path = "cap/cap.rego", .text = kCap}}).Pack(); }

TEST_F(PolicyAnswers, ATransformAllowsWithItsChangesAndARepetitionGetsTheSame) {
  PutInCharge(CapSet());
  v1::AuthorizeRequest request = Refund("60");
  request.set_inputs_json(R"({"refund":{"amount":60.0},"card":"4111"})");

  const v1::AuthorizeResponse response = Ask(request);
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(request, response, tenant_.key, &leaf));
  EXPECT_EQ(response.verdict(), v1::VERDICT_TRANSFORM);
  EXPECT_TRUE(response.has_expire_time());
  ASSERT_EQ(response.changes_size(), 3);
  EXPECT_EQ(response.changes(0).path(), "/action/amount");
  EXPECT_EQ(response.changes(0).value_json(), "\"50.00\"");
  EXPECT_EQ(response.changes(1).path(), "/inputs/refund/amount");
  EXPECT_EQ(response.changes(1).value_json(), "50");
  EXPECT_EQ(response.changes(2).path(), "/inputs/card");
  EXPECT_EQ(response.changes(2).value_json(), "");

  Opener opener(World::Get(), tenant_);
  EXPECT_EQ(opener.Sections(response.receipt().position())["changes"],
            R"({"amount":"50.00","changes":[{"path":"/action/amount","value":{"raw":"\"50.00\""}},)"
            R"({"path":"/inputs/refund/amount","value":{"raw":"50"}},{"path":"/inputs/card"}],)"
            R"("inputs":{"raw":"{\"refund\":{\"amount\":50}}"}})");

  const v1::AuthorizeResponse again = Ask(request);
  EXPECT_EQ(again.receipt().position(), response.receipt().position());
  ASSERT_EQ(again.changes_size(), 3);
  EXPECT_EQ(again.changes(1).value_json(), "50");

  v1::BatchAuthorizeRequest batch;
  for (int i = 0; i < 20; ++i) {
    *batch.add_items() = Refund(i % 2 == 0 ? "60" : "40");
    batch.mutable_items(i)->set_inputs_json(R"({"refund":{},"card":"4111"})");
  }
  const auto many = tenant_.component.Call<v1::BatchAuthorizeResponse>(batch);
  ASSERT_TRUE(many.ok()) << many.refusal();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(many->results(i).response().changes_size(), i % 2 == 0 ? 3 : 0) << i;
}

TEST_F(PolicyAnswers, ATransformOfWhatTheCallerDidNotSendIsADenial) {
  PutInCharge(CapSet());
  v1::AuthorizeRequest request = Refund("60");
  request.set_inputs_json(R"({"refund":{"amount":60.0}})");

  const v1::AuthorizeResponse response = Ask(request);

  EXPECT_EQ(response.verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(response.reason_codes(), ElementsAre("POLICY_ERROR"));
  EXPECT_EQ(response.changes_size(), 0);
}

TEST_F(PolicyAnswers, AnEscalationSaysWhatItHangsOnAndWhatWouldHaveBeenAllowed) {
  const std::string digest = PutInCharge(SetOf(kRefunds));
  const v1::AuthorizeResponse large = Ask(Refund("60"));
  v1::ExplainVerdictRequest request;
  request.set_id(large.decision_id());

  const auto why = officer_.Call<v1::ExplainVerdictResponse>(request);

  ASSERT_TRUE(why.ok()) << why.refusal();
  EXPECT_EQ(why->authorization_id(), large.authorization_id());
  EXPECT_EQ(why->verdict(), v1::VERDICT_ESCALATE);
  EXPECT_EQ(why->replayed_verdict(), v1::VERDICT_ESCALATE);
  EXPECT_EQ(why->policy_set().digest(), digest);
  ASSERT_GE(why->rules_size(), 1);
  EXPECT_EQ(why->rules(0).rule(), "refund_too_large");
  EXPECT_EQ(why->rules(0).place(), "refunds/refunds.rego:13");
  ASSERT_EQ(why->rules(0).facts_size(), 1);
  EXPECT_EQ(why->rules(0).facts(0).path(), "facts.amount");
  EXPECT_EQ(why->rules(0).facts(0).value_json(), "\"60\"");
  ASSERT_GE(why->alternatives_size(), 1);
  EXPECT_EQ(why->alternatives(0).path(), "facts.amount");
  EXPECT_EQ(why->alternatives(0).value_json(), "\"50\"");
  EXPECT_EQ(why->alternatives(0).verdict(), v1::VERDICT_ALLOW);
  // What it offers holds.
  EXPECT_EQ(Ask(Refund("50")).verdict(), v1::VERDICT_ALLOW);
}

TEST_F(PolicyAnswers, AnExplanationShowsNothingThatIsSealed) {
  PutInCharge(SetOf(kRefunds));
  v1::AuthorizeRequest asked = Refund("40");
  asked.set_inputs_json(R"({"order":"","iban":"DE02120300000000202051"})");
  const v1::AuthorizeResponse denied = Ask(asked);
  v1::ExplainVerdictRequest request;
  request.set_id(denied.authorization_id());

  const auto why = author_.Call<v1::ExplainVerdictResponse>(request);

  ASSERT_TRUE(why.ok()) << why.refusal();
  ASSERT_GE(why->rules_size(), 1);
  EXPECT_EQ(why->rules(0).rule(), "refund_without_order");
  EXPECT_EQ(why->rules(0).facts(0).path(), "inputs.order");
  EXPECT_EQ(why->rules(0).facts(0).value_json(), "");
  EXPECT_THAT(why->ShortDebugString(), ::testing::Not(HasSubstr("DE02")));
}

TEST_F(PolicyAnswers, AnExplanationOfWhatIsNotThereOrNotTheirsIsRefused) {
  v1::ExplainVerdictRequest request;
  request.set_id(NewId());
  EXPECT_TRUE(Refused(officer_.Call<v1::ExplainVerdictResponse>(request).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  request.set_id("everything");
  EXPECT_TRUE(Refused(officer_.Call<v1::ExplainVerdictResponse>(request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  request.set_id(NewId());
  request.set_digest("short");
  EXPECT_TRUE(Refused(officer_.Call<v1::ExplainVerdictResponse>(request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));

  const Tenant other = World::Get().MakeTenant();
  const v1::AuthorizeResponse theirs = Ask(Refund("60"));
  request = {};
  request.set_id(theirs.decision_id());
  const Client stranger = World::MakeKey(other, World::MakeHuman(other, {v1::ROLE_COMPLIANCE}, "stranger"));
  EXPECT_TRUE(Refused(stranger.Call<v1::ExplainVerdictResponse>(request).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(PolicyAnswers, AShadowJudgesLiveCallsAndChangesNone) {
  const std::string digest = Register(SetOf(kRefunds)).policy_set().digest();
  v1::ShadowPolicySetRequest request;
  request.set_request_id(NewId());
  request.set_digest(digest);
  const auto begun = author_.Call<v1::ShadowPolicySetResponse>(request);
  ASSERT_TRUE(begun.ok()) << begun.refusal();
  EXPECT_EQ(begun->policy_set().state(), v1::POLICY_SET_STATE_SHADOW);

  const v1::AuthorizeRequest repeated = Refund("60");
  for (int i = 0; i < 3; ++i) {
    const v1::AuthorizeResponse large = Ask(i == 0 ? Refund("60") : repeated);  // Twice the same: one decision.
    EXPECT_EQ(large.verdict(), v1::VERDICT_ALLOW);
    EXPECT_EQ(large.policy_set().name(), "builtin");
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask(Refund("40")).verdict(), v1::VERDICT_ALLOW);

  request.set_request_id(NewId());
  request.set_end(true);
  const auto ended = author_.Call<v1::ShadowPolicySetResponse>(request);
  ASSERT_TRUE(ended.ok()) << ended.refusal();
  EXPECT_EQ(ended->policy_set().state(), v1::POLICY_SET_STATE_REGISTERED);
  EXPECT_EQ(ended->report().replayed_count(), 7U);
  EXPECT_EQ(ended->report().not_replayed_count(), 0U);
  ASSERT_EQ(ended->report().changes_size(), 1);
  EXPECT_EQ(ended->report().changes(0).old_verdict(), v1::VERDICT_ALLOW);
  EXPECT_EQ(ended->report().changes(0).new_verdict(), v1::VERDICT_ESCALATE);
  EXPECT_EQ(ended->report().changes(0).count(), 2U);

  Ask(Refund("60"));
  request.set_request_id(NewId());
  EXPECT_TRUE(Refused(author_.Call<v1::ShadowPolicySetResponse>(request).status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
}

TEST_F(PolicyAnswers, OnlyOneSetRunsAsAShadowAndNeverTheOneInCharge) {
  const std::string ruling = PutInCharge(SetOf(kRefunds));
  v1::ShadowPolicySetRequest request;
  request.set_request_id(NewId());
  request.set_digest(ruling);
  EXPECT_TRUE(Refused(author_.Call<v1::ShadowPolicySetResponse>(request).status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  for (const int limit : {10, 20}) {
    request.set_request_id(NewId());
    request.set_digest(Register(SetOf(kRefunds, limit)).policy_set().digest());
    const grpc::Status status = author_.Call<v1::ShadowPolicySetResponse>(request).status;
    EXPECT_EQ(status.ok(), limit == 10) << status.error_message();
    if (limit == 20) {
      EXPECT_TRUE(Refused(status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
    }
  }
}

// How often the set in charge changes and is changed back; more by hand, where sanitizers look on.
int Rounds() {
  const char* named = std::getenv("CANDOR_RELOADS");  // NOLINT(concurrency-mt-unsafe)
  return named == nullptr ? 10 : std::atoi(named);
}

TEST_F(PolicyAnswers, AChangeOfSetsUnderLoadLosesNoCall) {
  const std::string first = PutInCharge(SetOf(kRefunds, 50)), second = Register(SetOf(kRefunds, 55)).policy_set().digest();
  const std::string report = Backtest(second).report_id();
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> asked = 0, wrong = 0;
  const std::uint64_t before = World::Get().SizeOf(tenant_);
  std::uint64_t changes = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        while (!stop) {
          const v1::AuthorizeRequest request = Refund("53");
          const auto response = tenant_.component.Call<v1::AuthorizeResponse>(request);
          ++asked;
          const bool first_rules = response->policy_set().digest() == first;
          const v1::Verdict expected = first_rules ? v1::VERDICT_ESCALATE : v1::VERDICT_ALLOW;
          if (!response.ok() || response->verdict() != expected) ++wrong;
        }
      });
    }
    for (int i = 0; i < Rounds(); ++i) {
      const auto proposed = Propose(author_, second, report);
      ASSERT_TRUE(proposed.ok()) << proposed.refusal();
      ASSERT_TRUE(Confirm(officer_, proposed->proposal_id()).ok());
      v1::RollBackPolicySetRequest back;
      back.set_request_id(NewId());
      back.set_digest(second);
      ASSERT_TRUE(author_.Call<v1::RollBackPolicySetResponse>(back).ok());
      changes += 3;
    }
    stop = true;
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(asked, 20U);
  EXPECT_TRUE(World::Get().Grew(tenant_, before, asked + changes));
}

}  // namespace
}  // namespace candor::e2e
