// A policy set from its author's folder to the gate: tried, registered, backtested, put in
// charge by two humans, asked, and taken back.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <thread>

#include "services/policy/bundle.h"
#include "tests/e2e/opened.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kRefunds = R"rego(package refunds

import rego.v1
import future.keywords.not

# METADATA
# title: Refund over what the bot may grant
# custom:
#   version: 1
#   verdict: escalate
#   needs: [facts.amount]
#   person: {en: "A person will look at your refund first.", de: "Ein Mensch sieht sich das zuerst an."}
refund_too_large if to_number(input.facts.amount) > data.refunds.limit

# METADATA
# title: Refund without an order
# custom:
#   version: 1
#   verdict: deny
#   needs: [inputs.order]
refund_without_order if input.inputs.order == ""

# METADATA
# title: Tell the person
# custom:
#   version: 1
#   verdict: allow
#   obligations: [{type: notify_person, params: {notice: ai_interaction}, due: 4h}]
tell_the_person if input.facts.action == "refund.grant"

# METADATA
# title: A law to come
# custom:
#   version: 1
#   verdict: deny
#   in_force_from: 2999-01-01
law_to_come := true
)rego";

constexpr const char* kTests = R"rego(package refunds_test

import rego.v1

test_large if data.refunds.refund_too_large with input as {"facts": {"amount": "60"}} with data.refunds.limit as 50
)rego";

std::string SetOf(const std::string& rego, int limit = 50, const std::string& tests = kTests) {
  return policy::Bundle({{.path = "refunds/refunds.rego", .text = rego},
                         {.path = "refunds/refunds_test.rego", .text = tests},
                         {.path = "refunds/data.json", .text = "{\"limit\":" + std::to_string(limit) + "}"}})
      .Pack();
}

class PolicyLife : public ::testing::Test {
 protected:
  PolicyLife()
      : tenant_(World::Get().MakeTenant()),
        author_(World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_POLICY_AUTHOR}, "author"))),
        officer_(World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_COMPLIANCE}, "officer"))) {}

  v1::RegisterPolicySetResponse Register(const std::string& bundle) {
    v1::RegisterPolicySetRequest request;
    request.set_request_id(NewId());
    request.set_name("refunds");
    request.set_bundle(bundle);
    const auto response = author_.Call<v1::RegisterPolicySetResponse>(request);
    EXPECT_TRUE(response.ok()) << response.refusal();
    return response.value;
  }

  v1::BacktestReport Backtest(const std::string& digest) {
    v1::BacktestPolicySetRequest request;
    request.set_request_id(NewId());
    request.set_digest(digest);
    const auto told = author_.CallTelling<v1::BacktestPolicySetResponse>(request);
    EXPECT_TRUE(told.ok()) << told.refusal();
    return told.value.empty() ? v1::BacktestReport() : told.value.back().report();
  }

  Answer<v1::ProposeActivationResponse> Propose(const Client& by, const std::string& digest, const std::string& report) {
    v1::ProposeActivationRequest request;
    request.set_request_id(NewId());
    request.set_digest(digest);
    request.set_report_id(report);
    return by.Call<v1::ProposeActivationResponse>(request);
  }

  grpc::Status Confirm(const Client& by, const std::string& proposal) {
    v1::ConfirmActivationRequest request;
    request.set_request_id(NewId());
    request.set_proposal_id(proposal);
    return by.Call<v1::ConfirmActivationResponse>(request).status;
  }

  // Registers a set and puts it in charge.
  std::string PutInCharge(const std::string& bundle) {
    const std::string digest = Register(bundle).policy_set().digest();
    const auto proposed = Propose(author_, digest, Backtest(digest).report_id());
    EXPECT_TRUE(proposed.ok()) << proposed.refusal();
    const grpc::Status confirmed = Confirm(officer_, proposed->proposal_id());
    EXPECT_TRUE(confirmed.ok()) << confirmed.error_message();
    return digest;
  }

  v1::AuthorizeRequest Refund(const std::string& amount, const std::string& order = "A-1") {
    v1::AuthorizeRequest request = Question();
    request.mutable_action()->set_amount(amount);
    request.set_inputs_json("{\"order\":\"" + order + "\"}");
    return request;
  }

  v1::AuthorizeResponse Ask(const v1::AuthorizeRequest& request) {
    const auto response = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(response.ok()) << response.refusal();
    return response.value;
  }

  Tenant tenant_;
  Client author_, officer_;
};

TEST_F(PolicyLife, ASetInChargeDecidesAndItsDigestStandsInTheLeaf) {
  const std::string digest = PutInCharge(SetOf(kRefunds));

  v1::AuthorizeRequest request = Refund("60");
  request.mutable_person()->set_language("de");
  const v1::AuthorizeResponse large = Ask(request);
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(request, large, tenant_.key, &leaf));
  EXPECT_EQ(large.verdict(), v1::VERDICT_ESCALATE);
  EXPECT_THAT(large.reason_codes(), ElementsAre("refund_too_large"));
  EXPECT_EQ(large.operator_text(), "Refund over what the bot may grant");
  EXPECT_EQ(large.person_text(), "Ein Mensch sieht sich das zuerst an.");
  EXPECT_EQ(large.policy_set().name(), "refunds");
  EXPECT_EQ(large.policy_set().digest(), digest);
  EXPECT_EQ(FactOf(leaf, "policy_digest"), Digest::FromBytes(AsBytes(digest))->ToBase64());
  EXPECT_FALSE(FactOf(leaf, "policy_time").empty());

  const v1::AuthorizeResponse small = Ask(Refund("40"));
  EXPECT_EQ(small.verdict(), v1::VERDICT_ALLOW);
  ASSERT_EQ(small.obligations_size(), 2);
  EXPECT_EQ(small.obligations(0).type(), v1::OBLIGATION_TYPE_RECORD_OUTCOME_BY);
  EXPECT_EQ(small.obligations(1).type(), v1::OBLIGATION_TYPE_NOTIFY_PERSON);
  EXPECT_EQ(small.obligations(1).params_json(), R"({"notice":"ai_interaction"})");
  EXPECT_TRUE(small.obligations(1).has_due_time());
  ASSERT_EQ(small.fired_rules_size(), 2);
  EXPECT_EQ(small.fired_rules(0).rule(), "tell_the_person");
  EXPECT_EQ(small.fired_rules(1).rule(), "law_to_come");
  EXPECT_EQ(small.fired_rules(1).result(), v1::RULE_RESULT_WOULD_HAVE_FIRED);
}

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

TEST_F(PolicyLife, ATransformAllowsWithItsChangesAndARepetitionGetsTheSame) {
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

TEST_F(PolicyLife, ATransformOfWhatTheCallerDidNotSendIsADenial) {
  PutInCharge(CapSet());
  v1::AuthorizeRequest request = Refund("60");
  request.set_inputs_json(R"({"refund":{"amount":60.0}})");

  const v1::AuthorizeResponse response = Ask(request);

  EXPECT_EQ(response.verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(response.reason_codes(), ElementsAre("POLICY_ERROR"));
  EXPECT_EQ(response.changes_size(), 0);
}

TEST_F(PolicyLife, AnEscalationSaysWhatItHangsOnAndWhatWouldHaveBeenAllowed) {
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

TEST_F(PolicyLife, AnExplanationShowsNothingThatIsSealed) {
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

TEST_F(PolicyLife, AnExplanationOfWhatIsNotThereOrNotTheirsIsRefused) {
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

TEST_F(PolicyLife, AShadowJudgesLiveCallsAndChangesNone) {
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

TEST_F(PolicyLife, OnlyOneSetRunsAsAShadowAndNeverTheOneInCharge) {
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

TEST_F(PolicyLife, AChangeOfSetsUnderLoadLosesNoCall) {
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
    for (int i = 0; i < 10; ++i) {
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

TEST_F(PolicyLife, TwoActivationsAtOnceLeaveOneSetInCharge) {
  std::vector<std::string> proposals, digests;
  for (const int limit : {30, 40}) {
    digests.push_back(Register(SetOf(kRefunds, limit)).policy_set().digest());
    const auto proposed = Propose(author_, digests.back(), Backtest(digests.back()).report_id());
    ASSERT_TRUE(proposed.ok()) << proposed.refusal();
    proposals.push_back(proposed->proposal_id());
  }
  std::array<grpc::Status, 2> told;
  {
    std::jthread one([&] { told[0] = Confirm(officer_, proposals[0]); });
    std::jthread other([&] { told[1] = Confirm(officer_, proposals[1]); });
  }
  EXPECT_NE(told[0].ok(), told[1].ok());
  EXPECT_TRUE(Refused(told[told[0].ok() ? 1 : 0], grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  EXPECT_EQ(Ask(Refund("5")).policy_set().digest(), digests[told[0].ok() ? 0 : 1]);
}

TEST_F(PolicyLife, AnArchiveOfAHundredMegabytesIsRefusedAndTheServerGoesOn) {
  v1::ValidatePolicySetRequest request;
  request.set_bundle(std::string(100'000'000, 'x'));

  const grpc::Status status = author_.Call<v1::ValidatePolicySetResponse>(request).status;

  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_EQ(Ask(Refund("5")).verdict(), v1::VERDICT_ALLOW);
}

TEST_F(PolicyLife, AMissingFactNeverMeansAllow) {
  PutInCharge(SetOf(kRefunds));

  v1::AuthorizeRequest request = Refund("40");
  request.set_inputs_json(R"({"basket":1.5})");
  const v1::AuthorizeResponse response = Ask(request);

  EXPECT_EQ(response.verdict(), v1::VERDICT_DENY);
  ASSERT_GE(response.fired_rules_size(), 1);
  EXPECT_EQ(response.fired_rules(0).rule(), "refund_without_order");
  EXPECT_EQ(response.fired_rules(0).result(), v1::RULE_RESULT_INDETERMINATE);
  EXPECT_THAT(response.fired_rules(0).missing_facts(), ElementsAre("inputs.order"));
}

TEST_F(PolicyLife, ASetThatIsWrongIsRefusedWithThePlaceAndNothingIsWritten) {
  const std::uint64_t before = World::Get().SizeOf(tenant_);
  v1::RegisterPolicySetRequest request;
  request.set_request_id(NewId());
  request.set_name("refunds");
  request.set_bundle(SetOf("package refunds\n\nimport rego.v1\n\nf(x) := f(x)\n"));

  const grpc::Status status = author_.Call<v1::RegisterPolicySetResponse>(request).status;

  EXPECT_TRUE(Refused(status, grpc::StatusCode::INVALID_ARGUMENT, "POLICY_INVALID"));
  EXPECT_THAT(status.error_message(), HasSubstr("refunds/refunds.rego:5:"));
  EXPECT_TRUE(World::Get().Grew(tenant_, before, 0));
}

TEST_F(PolicyLife, ASetWhoseTestsFailIsRefused) {
  v1::ValidatePolicySetRequest request;
  request.set_bundle(SetOf(kRefunds, 50, "package refunds_test\n\nimport rego.v1\n\ntest_wrong if 1 == 2\n"));

  const auto response = author_.Call<v1::ValidatePolicySetResponse>(request);

  ASSERT_TRUE(response.ok()) << response.refusal();
  EXPECT_FALSE(response->valid());
  EXPECT_EQ(response->tests().failed_count(), 1U);
  ASSERT_EQ(response->tests().failed_size(), 1);
  EXPECT_THAT(response->tests().failed(0), HasSubstr("test_wrong"));
}

TEST_F(PolicyLife, OneHumanAloneCannotPutASetInChargeNotEvenWithTwoKeys) {
  const std::string human = World::MakeHuman(tenant_, {v1::ROLE_POLICY_AUTHOR, v1::ROLE_COMPLIANCE}, "both");
  const Client first = World::MakeKey(tenant_, human), second = World::MakeKey(tenant_, human);
  const std::string digest = Register(SetOf(kRefunds)).policy_set().digest();
  const auto proposed = Propose(first, digest, Backtest(digest).report_id());
  ASSERT_TRUE(proposed.ok()) << proposed.refusal();

  EXPECT_TRUE(Refused(Confirm(second, proposed->proposal_id()), grpc::StatusCode::FAILED_PRECONDITION, "FOUR_EYES_REQUIRED"));
  EXPECT_EQ(Ask(Refund("60")).policy_set().name(), "builtin");
  EXPECT_TRUE(Confirm(officer_, proposed->proposal_id()).ok());
  EXPECT_TRUE(Refused(Confirm(officer_, proposed->proposal_id()), grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  EXPECT_EQ(Ask(Refund("60")).policy_set().name(), "refunds");
}

TEST_F(PolicyLife, NoSetIsProposedWithoutABacktestOfItsOwn) {
  const std::string digest = Register(SetOf(kRefunds)).policy_set().digest();
  const std::string other = Register(SetOf(kRefunds, 10)).policy_set().digest();
  const std::string report = Backtest(other).report_id();

  EXPECT_TRUE(Refused(Propose(author_, digest, report).status, grpc::StatusCode::FAILED_PRECONDITION, "EVIDENCE_MISSING"));
  EXPECT_TRUE(Refused(Propose(author_, digest, NewId()).status, grpc::StatusCode::FAILED_PRECONDITION, "EVIDENCE_MISSING"));
}

TEST_F(PolicyLife, ABacktestCountsWhatWouldHaveComeOutDifferently) {
  for (const char* amount : {"10", "20", "30", "40", "45"}) Ask(Refund(amount));
  Ask(Refund("20", ""));
  const std::string digest = Register(SetOf(kRefunds, 25)).policy_set().digest();

  const v1::BacktestReport report = Backtest(digest);

  EXPECT_EQ(report.replayed_count(), 6U);
  EXPECT_EQ(report.not_replayed_count(), 0U);
  ASSERT_EQ(report.changes_size(), 2);
  EXPECT_EQ(report.changes(0).old_verdict(), v1::VERDICT_ALLOW);
  EXPECT_EQ(report.changes(0).new_verdict(), v1::VERDICT_ESCALATE);
  EXPECT_EQ(report.changes(0).count(), 3U);
  EXPECT_EQ(report.changes(0).decision_count(), 6U);
  EXPECT_EQ(report.changes(0).share_low(), "0.1876");  // Wilson, 3 of 6.
  EXPECT_EQ(report.changes(0).share_high(), "0.8124");
  EXPECT_EQ(report.changes(1).new_verdict(), v1::VERDICT_DENY);
  EXPECT_EQ(report.changes(1).count(), 1U);
  EXPECT_EQ(report.affected_person_count(), 1U);
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(report.receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "backtest");
}

TEST_F(PolicyLife, ABacktestOfTheSetThatRuledChangesNothing) {
  const std::string digest = PutInCharge(SetOf(kRefunds));
  for (const char* amount : {"10", "60", "40"}) Ask(Refund(amount));
  Ask(Refund("20", ""));

  const v1::BacktestReport report = Backtest(digest);

  EXPECT_EQ(report.replayed_count(), 4U);
  EXPECT_THAT(report.changes(), IsEmpty());
}

TEST_F(PolicyLife, OneCallBringsTheSetBeforeBack) {
  const std::string mild = PutInCharge(SetOf(kRefunds, 90));
  const std::string strict = PutInCharge(SetOf(kRefunds, 5));
  EXPECT_EQ(Ask(Refund("50")).verdict(), v1::VERDICT_ESCALATE);
  v1::RollBackPolicySetRequest request;
  request.set_request_id(NewId());
  request.set_digest(strict);

  const auto response = officer_.Call<v1::RollBackPolicySetResponse>(request);

  ASSERT_TRUE(response.ok()) << response.refusal();
  EXPECT_EQ(response->policy_set().digest(), mild);
  EXPECT_EQ(Ask(Refund("50")).verdict(), v1::VERDICT_ALLOW);
  request.set_request_id(NewId());
  request.set_digest(mild);
  EXPECT_TRUE(Refused(officer_.Call<v1::RollBackPolicySetResponse>(request).status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
}

TEST_F(PolicyLife, ARuleThatFailsDeniesAndTheServerGoesOn) {
  PutInCharge(SetOf(std::string(kRefunds) + R"rego(
# METADATA
# title: Fails on some inputs
# custom: {version: 1, verdict: deny}
fails if to_number(input.inputs.order) > 3
)rego"));

  const v1::AuthorizeResponse failed = Ask(Refund("10", "no number"));

  EXPECT_EQ(failed.verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(failed.reason_codes(), ElementsAre("POLICY_ERROR"));
  EXPECT_EQ(Ask(Refund("10", "2")).verdict(), v1::VERDICT_ALLOW);
}

TEST_F(PolicyLife, ASetSeesWhatIsSealedAndNeverWhoThePersonIs) {
  PutInCharge(SetOf(R"rego(package refunds

import rego.v1
import future.keywords.not

# METADATA
# title: Sees the person
# custom: {version: 1, verdict: escalate}
asked_for_a_human if input.person.asks_for_human

# METADATA
# title: Never sees these
# custom: {version: 1, verdict: deny}
sees_too_much if input.person.reference

sees_too_much if input.protected

sees_too_much if input.protected_attributes
)rego", 50, "package refunds_test\n\nimport rego.v1\n\ntest_asks if data.refunds.asked_for_a_human with input.person.asks_for_human as true\n"));
  v1::AuthorizeRequest request = Refund("10");
  request.mutable_person()->set_asks_for_human(true);
  v1::ProtectedAttribute& attribute = *request.add_protected_attributes();
  attribute.set_attribute("sex");
  attribute.set_value("f");
  attribute.set_provenance(v1::PROVENANCE_SELF_DECLARED);

  EXPECT_EQ(Ask(request).verdict(), v1::VERDICT_ESCALATE);
}

}  // namespace
}  // namespace candor::e2e
