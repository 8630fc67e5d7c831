// A policy set from its author's folder to the gate: tried, registered, backtested, put in
// charge by two humans, asked, and taken back.
#include "tests/e2e/policy_life.h"

#include <array>
#include <future>
#include <thread>

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST_F(PolicyLife, ABacktestThatIsRepeatedJoinsTheOneThatRunsOrHasItsRecordedReport) {
  for (const char* amount : {"10", "20", "30", "40", "45"}) Ask(Refund(amount));
  v1::BacktestPolicySetRequest request;
  request.set_request_id(NewId());
  request.set_digest(Register(SetOf(kRefunds, 25)).policy_set().digest());
  const auto run = [&] { return author_.CallTelling<v1::BacktestPolicySetResponse>(request); };
  auto other = std::async(std::launch::async, run);
  const auto one = run(), two = other.get();
  ASSERT_TRUE(one.ok() && two.ok()) << one.refusal() << two.refusal();
  Ask(Refund("30"));

  const auto later = run();

  ASSERT_TRUE(later.ok()) << later.refusal();
  const v1::BacktestReport& report = one.value.back().report();
  EXPECT_EQ(report.replayed_count(), 5U);
  for (const auto* repeated : {&two, &later}) {
    const v1::BacktestReport& same = repeated->value.back().report();
    EXPECT_EQ(same.report_id(), report.report_id());
    EXPECT_EQ(same.receipt().leaf(), report.receipt().leaf());
    EXPECT_EQ(same.replayed_count(), 5U);
    ASSERT_EQ(same.changes_size(), report.changes_size());
    EXPECT_EQ(same.changes(0).SerializeAsString(), report.changes(0).SerializeAsString());
  }
  request.set_first_position(1);
  EXPECT_TRUE(Refused(run().status, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED"));
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
