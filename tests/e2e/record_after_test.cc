// After a decision: what really happened is recorded, whatever it was, and marked where it
// does not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecordAfter : public ::testing::Test {
 protected:
  v1::AuthorizeResponse Authorize(const v1::AuthorizeRequest& request = Question()) const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  Answer<v1::RecordResponse> Record(const v1::RecordRequest& request) const {
    return tenant_.component.Call<v1::RecordResponse>(request);
  }
  Answer<v1::CancelResponse> Cancel(const std::string& authorization_id) const {
    v1::CancelRequest request;
    request.set_request_id(NewId());
    request.set_authorization_id(authorization_id);
    return tenant_.component.Call<v1::CancelResponse>(request);
  }

  // Leaves of a type, in their order; looked at from outside of the server.
  std::vector<core::Leaf> LeavesOf(const std::string& type) const {
    candor::testing::Session session(world_.database());
    const auto answer = session.Run(
        "SELECT convert_from(leaf, 'UTF8') FROM entries WHERE tenant_id = $1 ORDER BY position", {tenant_.id});
    std::vector<core::Leaf> leaves;
    for (const auto& row : answer.rows) {
      const auto leaf = core::ParseLeaf(row[0]);
      if (leaf.ok() && leaf->type == type) leaves.push_back(*leaf);
    }
    return leaves;
  }

  // Waits until there is a leaf of that type; fails after a minute.
  std::vector<core::Leaf> Await(const std::string& type) const {
    for (int tries = 0; tries < 1200; ++tries) {
      std::vector<core::Leaf> leaves = LeavesOf(type);
      if (!leaves.empty()) return leaves;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "no leaf of type " << type << " came";
    return {};
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_F(RecordAfter, TakesTheOutcomeOfWhatWasAllowedWithoutAMark) {
  const v1::AuthorizeResponse authorization = Authorize();
  const v1::RecordRequest request = RecordOf(authorization.authorization_id());

  const auto answer = Record(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_ALLOW);
  EXPECT_THAT(leaf.marks, IsEmpty());
  EXPECT_EQ(leaf.type, "outcome");
  EXPECT_EQ(answer->decision_id(), authorization.decision_id());
}

TEST_F(RecordAfter, MarksWhatWasDoneAgainstADenial) {
  v1::AuthorizeRequest ask = Question();
  ask.mutable_action()->set_amount("1000");
  const v1::AuthorizeResponse denied = Authorize(ask);
  ASSERT_EQ(denied.verdict(), v1::VERDICT_DENY);
  const v1::RecordRequest request = RecordOf(denied.authorization_id());

  const auto answer = Record(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(leaf.marks, ElementsAre("against_verdict"));
}

TEST_F(RecordAfter, MarksWhatWasDoneBeforeAHumanLooked) {
  v1::AuthorizeRequest ask = Question();
  ask.set_confidence("0.5");
  const v1::AuthorizeResponse escalated = Authorize(ask);
  ASSERT_EQ(escalated.verdict(), v1::VERDICT_ESCALATE);
  const v1::RecordRequest request = RecordOf(escalated.authorization_id());

  const auto answer = Record(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(leaf.marks, ElementsAre("unresolved"));
}

TEST_F(RecordAfter, MarksAnAuthorizationThatNobodyKnows) {
  const v1::RecordRequest request = RecordOf(NewId());

  const auto answer = Record(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(leaf.marks, ElementsAre("unauthorized"));
  EXPECT_EQ(answer->decision_id(), answer->outcome_id());
}

TEST_F(RecordAfter, MarksTheSecondOutcomeOfOneAuthorization) {
  const v1::AuthorizeResponse authorization = Authorize();
  ASSERT_TRUE(Record(RecordOf(authorization.authorization_id())).ok());
  const v1::RecordRequest request = RecordOf(authorization.authorization_id());

  const auto second = Record(request);

  ASSERT_TRUE(second.ok()) << second.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, second.value, tenant_.key, &leaf));
  EXPECT_EQ(second->verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(leaf.marks, ElementsAre("unauthorized"));
  EXPECT_EQ(second->decision_id(), authorization.decision_id());
}

TEST_F(RecordAfter, MarksAllButOneOfSeveralOutcomesThatComeAtOnce) {
  const v1::AuthorizeResponse authorization = Authorize();
  v1::BatchRecordRequest batch;
  for (int i = 0; i < 10; ++i) *batch.add_items() = RecordOf(authorization.authorization_id());

  const auto answer = tenant_.component.Call<v1::BatchRecordResponse>(batch);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  int unmarked = 0;
  for (int i = 0; i < answer->results_size(); ++i) {
    ASSERT_TRUE(answer->results(i).has_response());
    EXPECT_TRUE(Verifies(batch.items(i), answer->results(i).response(), tenant_.key));
    unmarked += answer->results(i).response().marks().empty() ? 1 : 0;
  }
  EXPECT_EQ(unmarked, 1);
}

TEST_F(RecordAfter, TreatsAnotherTenantsAuthorizationAsOneThatNobodyKnows) {
  const Tenant other = world_.MakeTenant();
  const auto theirs = other.component.Call<v1::AuthorizeResponse>(Question());
  ASSERT_TRUE(theirs.ok());
  const std::uint64_t their_size = world_.SizeOf(other);
  const v1::RecordRequest request = RecordOf(theirs->authorization_id());

  const auto answer = Record(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_THAT(leaf.marks, ElementsAre("unauthorized"));
  EXPECT_NE(answer->decision_id(), theirs->decision_id());
  EXPECT_TRUE(world_.Grew(other, their_size, 0));
}

TEST_F(RecordAfter, MarksAnAdverseOutcomeWithoutASpecificReason) {
  v1::RecordRequest bare = RecordOf(Authorize().authorization_id());
  bare.mutable_outcome()->set_code("refused");
  bare.mutable_outcome()->set_adverse(true);
  v1::RecordRequest reasoned = RecordOf(Authorize().authorization_id());
  reasoned.mutable_outcome()->set_adverse(true);
  reasoned.mutable_outcome()->add_reasons()->set_code("too_late");

  const auto without = Record(bare);
  const auto with = Record(reasoned);

  core::Leaf leaf;
  EXPECT_TRUE(Verifies(bare, without.value, tenant_.key, &leaf));
  EXPECT_THAT(leaf.marks, ElementsAre("reasons_missing"));
  EXPECT_EQ(without->verdict(), v1::VERDICT_DENY);
  EXPECT_TRUE(Verifies(reasoned, with.value, tenant_.key, &leaf));
  EXPECT_THAT(leaf.marks, IsEmpty());
  EXPECT_THAT(TextsOf(leaf.facts, "reasons"), ElementsAre("too_late"));
}

TEST_F(RecordAfter, MarksWhatNobodyAskedAboutAsObserved) {
  v1::ObserveRequest request;
  request.set_request_id(NewId());
  request.mutable_actor()->set_system("refund_bot");
  request.mutable_action()->set_name("refund.grant");
  request.mutable_outcome()->set_code("granted");

  const auto answer = tenant_.component.Call<v1::ObserveResponse>(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(answer->receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.request.ToText(), request.request_id());
  EXPECT_EQ(leaf.id.ToText(), answer->outcome_id());
  EXPECT_THAT(leaf.marks, ElementsAre("observed"));
  EXPECT_THAT(answer->marks(), ElementsAre(v1::MARK_OBSERVED));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_ALLOW);
}

TEST_F(RecordAfter, RecordsAnObservedDecisionThatPolicyWouldHaveDenied) {
  v1::ObserveRequest request;
  request.set_request_id(NewId());
  request.mutable_actor()->set_system("unheard_of");
  request.mutable_action()->set_name("refund.grant");
  request.mutable_outcome()->set_code("granted");

  const auto answer = tenant_.component.Call<v1::ObserveResponse>(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  EXPECT_TRUE(Verifies(answer->receipt(), tenant_.key));
  EXPECT_EQ(answer->verdict(), v1::VERDICT_DENY);
}

TEST_F(RecordAfter, NamesAMissingOutcomeByItselfExactlyOnceAndMarksTheLateOne) {
  World::SetTimes(tenant_, 1, 1);
  const v1::AuthorizeResponse authorization = Authorize();

  // Once the server has named the outcome missing, its time is over for certain.
  const std::vector<core::Leaf> missing = Await("outcome_missing");
  const v1::RecordRequest request = RecordOf(authorization.authorization_id());
  const auto late = Record(request);
  ASSERT_EQ(world_.server().Stop(), 0);  // A new start looks through everything again,
  world_.server().Start();
  const Tenant again = {.id = tenant_.id, .origin = tenant_.origin, .key = tenant_.key,
                        .system = Client::To(world_.server().address(), tenant_.system.key()),
                        .component = Client::To(world_.server().address(), tenant_.component.key())};
  const auto second = again.component.Call<v1::AuthorizeResponse>(Question());
  for (int tries = 0; tries < 1200 && LeavesOf("outcome_missing").size() < 2; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until it has named the next.
  }

  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(FactOf(missing[0], "authorization"), authorization.authorization_id());
  EXPECT_EQ(missing[0].decision->ToText(), authorization.decision_id());
  EXPECT_EQ(missing[0].caller_id, "candor");
  ASSERT_TRUE(late.ok()) << late.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, late.value, tenant_.key, &leaf));
  EXPECT_THAT(leaf.marks, Contains("late"));
  EXPECT_EQ(late->verdict(), v1::VERDICT_DENY);
  ASSERT_TRUE(second.ok()) << second.refusal();
  const std::vector<core::Leaf> all = LeavesOf("outcome_missing");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(FactOf(all[1], "authorization"), second->authorization_id());
}

TEST_F(RecordAfter, MarksWhatCameUnderAnAuthorizationThatHadExpired) {
  World::SetTimes(tenant_, 1, 3600);
  const v1::AuthorizeResponse authorization = Authorize();
  const absl::Time expires = absl::FromUnixSeconds(authorization.expire_time().seconds() + 1);
  while (absl::Now() < expires + absl::Seconds(1)) absl::SleepFor(absl::Milliseconds(20));
  const v1::RecordRequest request = RecordOf(authorization.authorization_id());

  const auto answer = Record(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, answer.value, tenant_.key, &leaf));
  EXPECT_THAT(leaf.marks, ElementsAre("unauthorized"));
}

TEST_F(RecordAfter, LetsACorrectionAmendAnOutcomeWithoutUsingTheAuthorizationTwice) {
  const v1::AuthorizeResponse authorization = Authorize();
  const auto first = Record(RecordOf(authorization.authorization_id()));
  v1::RecordRequest request = RecordOf(authorization.authorization_id());
  request.mutable_outcome()->set_code("refused");
  request.set_amends_id(first->outcome_id());

  const auto corrected = Record(request);

  ASSERT_TRUE(corrected.ok()) << corrected.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, corrected.value, tenant_.key, &leaf));
  ASSERT_TRUE(leaf.amends.has_value());
  EXPECT_EQ(leaf.amends->ToText(), first->outcome_id());
  EXPECT_THAT(leaf.marks, IsEmpty());
}

TEST_F(RecordAfter, RefusesToAmendWhatItDoesNotKnow) {
  v1::RecordRequest request = RecordOf(Authorize().authorization_id());
  request.set_amends_id(NewId());
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto answer = Record(request);

  EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(RecordAfter, RefusesTheResultOfADecisionThatItDoesNotKnow) {
  v1::RecordResultRequest request;
  request.set_request_id(NewId());
  request.set_decision_id(NewId());
  request.set_complaint(true);

  const auto answer = tenant_.component.Call<v1::RecordResultResponse>(request);

  EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(RecordAfter, JoinsAResultToItsDecision) {
  const v1::AuthorizeResponse authorization = Authorize();
  v1::RecordResultRequest request;
  request.set_request_id(NewId());
  request.set_decision_id(authorization.decision_id());
  request.set_reversed(true);

  const auto answer = tenant_.component.Call<v1::RecordResultResponse>(request);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(answer->receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "result");
  EXPECT_EQ(leaf.decision->ToText(), authorization.decision_id());
  EXPECT_THAT(leaf.marks, IsEmpty());
}

v1::RecordNoticeRequest NoticeTo(const std::string& person) {
  v1::RecordNoticeRequest request;
  request.set_request_id(NewId());
  request.mutable_person()->set_reference(person);
  v1::Notice& notice = *request.add_notices();
  notice.set_kind(v1::NOTICE_KIND_AI_INTERACTION);
  notice.mutable_deliver_time()->set_seconds(absl::ToUnixSeconds(absl::Now()));
  return request;
}

TEST_F(RecordAfter, KeepsANoticeThatCameBeforeAnyDecision) {
  const auto answer = tenant_.component.Call<v1::RecordNoticeResponse>(NoticeTo("customer-7"));

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(answer->receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.id.ToText(), answer->notice_id());
  EXPECT_EQ(leaf.type, "notice");
  EXPECT_FALSE(leaf.decision.has_value());
}

TEST_F(RecordAfter, JoinsANoticeToItsDecisionAndRefusesAnUnknownOne) {
  const v1::AuthorizeResponse authorization = Authorize();
  v1::RecordNoticeRequest request = NoticeTo("customer-7");
  request.set_decision_id(authorization.decision_id());
  v1::RecordNoticeRequest unknown = NoticeTo("customer-7");
  unknown.set_decision_id(NewId());

  const auto answer = tenant_.component.Call<v1::RecordNoticeResponse>(request);
  const auto refused = tenant_.component.Call<v1::RecordNoticeResponse>(unknown);

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  EXPECT_EQ(core::ParseLeaf(answer->receipt().leaf())->decision->ToText(), authorization.decision_id());
  EXPECT_TRUE(Refused(refused.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(RecordAfter, CancelsAnAuthorizationOnceAndMarksWhatIsRecordedUnderItLater) {
  const v1::AuthorizeResponse authorization = Authorize();

  const auto first = Cancel(authorization.authorization_id());
  const std::uint64_t size = world_.SizeOf(tenant_);
  const auto second = Cancel(authorization.authorization_id());
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
  const v1::RecordRequest request = RecordOf(authorization.authorization_id());
  const auto used = Record(request);

  ASSERT_TRUE(first.ok()) << first.refusal();
  EXPECT_TRUE(Verifies(first->receipt(), tenant_.key));
  EXPECT_EQ(first->decision_id(), authorization.decision_id());
  EXPECT_TRUE(Refused(second.status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(request, used.value, tenant_.key, &leaf));
  EXPECT_THAT(leaf.marks, ElementsAre("unauthorized"));
}

TEST_F(RecordAfter, RefusesToCancelWhatWasUsedOrIsUnknown) {
  const v1::AuthorizeResponse authorization = Authorize();
  ASSERT_TRUE(Record(RecordOf(authorization.authorization_id())).ok());

  const auto used = Cancel(authorization.authorization_id());
  const auto unknown = Cancel(NewId());

  EXPECT_TRUE(Refused(used.status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  EXPECT_TRUE(Refused(unknown.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

v1::CloseEpochRequest ClosingOf(const std::string& epoch, std::uint64_t count) {
  v1::CloseEpochRequest request;
  request.set_request_id(NewId());
  request.set_producer_id("refund_client");
  request.set_epoch(epoch);
  request.set_count(count);
  return request;
}

TEST_F(RecordAfter, NamesWhatIsMissingOfAClosedEpoch) {
  const std::string epoch = NewId();
  const auto ask = [&](std::uint64_t seq) {
    v1::AuthorizeRequest request = Question();
    request.mutable_producer()->set_id("refund_client");
    request.mutable_producer()->set_epoch(epoch);
    request.mutable_producer()->set_seq(seq);
    return Authorize(request);
  };
  ask(1);
  ask(4);

  const v1::CloseEpochRequest closing = ClosingOf(epoch, 6);
  const auto closed = tenant_.component.Call<v1::CloseEpochResponse>(closing);
  const auto again = tenant_.component.Call<v1::CloseEpochResponse>(closing);
  ASSERT_TRUE(closed.ok()) << closed.refusal();
  EXPECT_EQ(closed->missing_count(), 4U);
  EXPECT_EQ(again->receipt().position(), closed->receipt().position());
  EXPECT_TRUE(Verifies(closed->receipt(), tenant_.key));
  for (int tries = 0; tries < 1200 && LeavesOf("gap").size() < 2; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  std::vector<std::string> gaps;
  for (const core::Leaf& leaf : LeavesOf("gap")) gaps.push_back(leaf.facts.Find("missing")->Encode());
  EXPECT_THAT(gaps, ElementsAre(R"([{"first":2,"last":3}])", R"([{"first":5,"last":6}])"));
  const auto late = core::ParseLeaf(ask(3).receipt().leaf());
  ASSERT_TRUE(late.ok());
  EXPECT_THAT(late->marks, ElementsAre("late"));
}

TEST_F(RecordAfter, RefusesToCloseAnEpochBelowItsNumbersOrTwiceOtherwise) {
  const std::string epoch = NewId();
  v1::AuthorizeRequest request = Question();
  request.mutable_producer()->set_id("refund_client");
  request.mutable_producer()->set_epoch(epoch);
  request.mutable_producer()->set_seq(3);
  Authorize(request);

  const auto below = tenant_.component.Call<v1::CloseEpochResponse>(ClosingOf(epoch, 2));
  const auto closed = tenant_.component.Call<v1::CloseEpochResponse>(ClosingOf(epoch, 3));
  const auto otherwise = tenant_.component.Call<v1::CloseEpochResponse>(ClosingOf(epoch, 4));

  EXPECT_TRUE(Refused(below.status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  EXPECT_TRUE(closed.ok()) << closed.refusal();
  EXPECT_TRUE(Refused(otherwise.status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
}

}  // namespace
}  // namespace candor::e2e
