// Human review, over the wire: an escalation opens a task, a human settles it, and the component
// that waits goes on, once, with that very action.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "candor/v1/oversight_service.pb.h"
#include "tests/e2e/opened.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr auto kPrecondition = grpc::StatusCode::FAILED_PRECONDITION;

class Review : public ::testing::Test {
 protected:
  void SetUp() override {
    v1::DeclareCodesRequest codes;
    codes.set_request_id(NewId());
    codes.set_kind(v1::CODE_KIND_REASON);
    codes.add_codes("looks_right");
    ASSERT_TRUE(tenant_.system.Call<v1::DeclareCodesResponse>(codes).ok());
  }

  // A question that the tenant's confidence floor sends to a human.
  static v1::AuthorizeRequest Unsure(const std::string& person = "customer-1182") {
    v1::AuthorizeRequest request = Question(person);
    request.set_confidence("0.5");
    return request;
  }
  v1::AuthorizeResponse Ask(const v1::AuthorizeRequest& request) const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  v1::AuthorizeResponse Escalate(const v1::AuthorizeRequest& request = Unsure()) const {
    v1::AuthorizeResponse answer = Ask(request);
    EXPECT_EQ(answer.verdict(), v1::VERDICT_ESCALATE);
    return answer;
  }
  // The same question again, resting on a review.
  static v1::AuthorizeRequest Again(v1::AuthorizeRequest request, const v1::Task& task) {
    request.set_request_id(NewId());
    request.set_review_id(task.review_id());
    return request;
  }

  template <typename Response, typename Request>
  static Answer<Response> Do(const Client& reviewer, const std::string& task, Request request = {}) {
    request.set_request_id(NewId());
    request.set_task_id(task);
    return reviewer.Call<Response>(request);
  }
  static Answer<v1::ClaimTaskResponse> Claim(const Client& reviewer, const std::string& task) {
    return Do<v1::ClaimTaskResponse, v1::ClaimTaskRequest>(reviewer, task);
  }
  static Answer<v1::ReleaseTaskResponse> Release(const Client& reviewer, const std::string& task) {
    return Do<v1::ReleaseTaskResponse, v1::ReleaseTaskRequest>(reviewer, task);
  }
  static v1::ResolveTaskRequest Saying(v1::Resolution resolution) {
    v1::ResolveTaskRequest request;
    request.set_resolution(resolution);
    request.set_reason("looks_right");
    return request;
  }
  static Answer<v1::ResolveTaskResponse> Resolve(const Client& reviewer, const std::string& task,
                                                 v1::ResolveTaskRequest request = Saying(v1::RESOLUTION_UPHOLD)) {
    return Do<v1::ResolveTaskResponse>(reviewer, task, std::move(request));
  }
  v1::Task Settle(const std::string& task, v1::Resolution resolution) const {
    EXPECT_TRUE(Claim(rita_, task).ok());
    const auto answer = Resolve(rita_, task, Saying(resolution));
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer->task();
  }
  static Answer<v1::GetTaskResponse> Get(const Client& caller, const std::string& task, bool with_sections = false) {
    v1::GetTaskRequest request;
    request.set_task_id(task);
    request.set_with_sections(with_sections);
    return caller.Call<v1::GetTaskResponse>(request);
  }
  static std::vector<std::string> Queue(const Client& caller, v1::ListTasksRequest request = {}) {
    std::vector<std::string> ids;
    do {
      const auto page = caller.Call<v1::ListTasksResponse>(request);
      EXPECT_TRUE(page.ok()) << page.refusal();
      for (const v1::Task& task : page->tasks()) ids.push_back(task.task_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }
  core::Leaf LeafOf(const v1::Receipt& receipt) const {
    core::Leaf leaf;
    EXPECT_TRUE(Verifies(receipt, tenant_.key, &leaf));
    return leaf;
  }
  std::vector<std::string> MarksOf(const std::string& authorization_id) const {
    const auto answer = tenant_.component.Call<v1::RecordResponse>(RecordOf(authorization_id));
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return LeafOf(answer->receipt()).marks;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const Client rita_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_REVIEWER}, "rita"));
  const Client omar_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_REVIEWER}, "omar"));
};

TEST_F(Review, OpensATaskWithTheVeryLeafThatEscalates) {
  const v1::AuthorizeRequest request = Unsure();
  const v1::AuthorizeResponse escalated = Escalate(request);

  core::Leaf leaf;
  ASSERT_TRUE(Verifies(request, escalated, tenant_.key, &leaf));
  const auto task = Get(rita_, escalated.task_id());

  ASSERT_TRUE(task.ok()) << task.refusal();
  EXPECT_EQ(escalated.task_id(), escalated.authorization_id());
  EXPECT_EQ(task->task().state(), v1::TASK_STATE_OPEN);
  EXPECT_EQ(task->task().kind(), v1::TASK_KIND_ESCALATION);
  EXPECT_EQ(task->task().decision_id(), escalated.decision_id());
  EXPECT_EQ(task->task().queue(), FactOf(leaf, "queue"));
  EXPECT_EQ(task->task().system(), "refund_bot");
  EXPECT_EQ(task->task().action(), "refund.grant");
  EXPECT_THAT(task->task().reason_codes(), ElementsAre("CONFIDENCE_TOO_LOW"));
  EXPECT_EQ(task->task().humans_needed(), 1U);
  EXPECT_EQ(task->task().due_time().seconds() - task->task().create_time().seconds(), 86400);
  EXPECT_THAT(Queue(rita_), ElementsAre(escalated.task_id()));
  EXPECT_TRUE(Ask(Question()).task_id().empty());  // What is allowed waits for nobody.
  EXPECT_THAT(Queue(rita_), ElementsAre(escalated.task_id()));
}

TEST_F(Review, LetsTheComponentGoOnOnceAfterAHumanUpheld) {
  const v1::AuthorizeRequest request = Unsure();
  const v1::AuthorizeResponse escalated = Escalate(request);
  const v1::Task task = Settle(escalated.task_id(), v1::RESOLUTION_UPHOLD);
  EXPECT_EQ(task.state(), v1::TASK_STATE_RESOLVED);
  const auto seen = Get(tenant_.component, escalated.task_id());  // The component polls.
  ASSERT_TRUE(seen.ok()) << seen.refusal();
  ASSERT_EQ(seen->task().review_id(), task.review_id());

  const v1::AuthorizeRequest again = Again(request, seen->task());
  const v1::AuthorizeResponse allowed = Ask(again);

  core::Leaf leaf;
  ASSERT_TRUE(Verifies(again, allowed, tenant_.key, &leaf));
  EXPECT_EQ(allowed.verdict(), v1::VERDICT_ALLOW);
  EXPECT_EQ(allowed.decision_id(), escalated.decision_id());
  ASSERT_EQ(allowed.fired_rules_size(), 1);
  EXPECT_EQ(allowed.fired_rules(0).result(), v1::RULE_RESULT_REVIEWED);
  EXPECT_EQ(FactOf(leaf, "review"), task.review_id());
  EXPECT_EQ(FactOf(leaf, "review_state"), "upheld");
  EXPECT_EQ(Ask(again).receipt().position(), allowed.receipt().position());  // A repetition is no second use.
  EXPECT_THAT(MarksOf(allowed.authorization_id()), IsEmpty());

  const v1::AuthorizeResponse second = Ask(Again(request, task));
  EXPECT_EQ(second.verdict(), v1::VERDICT_ESCALATE);
  EXPECT_THAT(second.reason_codes(), Contains("REVIEW_INVALID"));
  EXPECT_FALSE(second.task_id().empty());
}

TEST_F(Review, IsUsedByOneOfTwoWhoComeAtOnce) {
  const v1::AuthorizeRequest request = Unsure();
  const v1::Task task = Settle(Escalate(request).task_id(), v1::RESOLUTION_UPHOLD);
  std::vector<std::future<Answer<v1::AuthorizeResponse>>> answers;
  for (int i = 0; i < 8; ++i) {
    answers.push_back(std::async(std::launch::async, [&, again = Again(request, task)] {
      return tenant_.component.Call<v1::AuthorizeResponse>(again);
    }));
  }

  int allowed = 0;
  for (auto& answer : answers) {
    const auto got = answer.get();
    if (!got.ok()) {
      EXPECT_TRUE(Refused(got.status, grpc::StatusCode::UNAVAILABLE, "STORE_UNAVAILABLE"));
    } else if (got->verdict() == v1::VERDICT_ALLOW) {
      ++allowed;
    } else {
      EXPECT_EQ(got->verdict(), v1::VERDICT_ESCALATE);
    }
  }
  EXPECT_EQ(allowed, 1);
}

TEST_F(Review, CountsForTheVeryActionAndNoOther) {
  const v1::AuthorizeRequest request = Unsure();
  const v1::Task task = Settle(Escalate(request).task_id(), v1::RESOLUTION_UPHOLD);
  std::vector<v1::AuthorizeRequest> others(5, Again(request, task));
  others[0].mutable_action()->set_amount("49.91");
  others[1].set_inputs_json(R"({"days_late": 3, "items": [1.5, 3]})");
  others[2].mutable_person()->set_reference("customer-1183");
  others[3].mutable_actor()->set_model_version("v8");
  others[4].set_confidence("0.51");
  for (v1::AuthorizeRequest& other : others) {
    other.set_request_id(NewId());
    const v1::AuthorizeResponse answer = Ask(other);
    EXPECT_EQ(answer.verdict(), v1::VERDICT_ESCALATE);
    EXPECT_THAT(answer.reason_codes(), Contains("REVIEW_INVALID"));
    EXPECT_EQ(FactOf(LeafOf(answer.receipt()), "review_state"), "other_action");
  }

  EXPECT_EQ(Ask(Again(request, task)).verdict(), v1::VERDICT_ALLOW);  // None of them used it up.
}

TEST_F(Review, DoesNotLiftWhatItsHumanWasNotAskedAbout) {
  const v1::AuthorizeRequest request = Unsure();
  const v1::Task task = Settle(Escalate(request).task_id(), v1::RESOLUTION_UPHOLD);
  v1::StopRequest stop;
  stop.set_request_id(NewId());
  stop.set_system("refund_bot");
  stop.set_reason("looks_right");
  ASSERT_TRUE(tenant_.system.Call<v1::StopResponse>(stop).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(600));

  EXPECT_EQ(Ask(Again(request, task)).verdict(), v1::VERDICT_DENY);
}

TEST_F(Review, DeniesWhatAHumanOverrode) {
  const v1::AuthorizeRequest request = Unsure();
  const v1::AuthorizeResponse escalated = Escalate(request);
  const v1::Task task = Settle(escalated.task_id(), v1::RESOLUTION_OVERRIDE);

  const v1::AuthorizeResponse answer = Ask(Again(request, task));

  EXPECT_EQ(answer.verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(answer.reason_codes(), Contains("REVIEW_OVERRIDDEN"));
  EXPECT_THAT(MarksOf(escalated.authorization_id()), ElementsAre("against_verdict"));
}

TEST_F(Review, IsNotFoundWhereNobodyReviewed) {
  v1::AuthorizeRequest request = Unsure();
  const v1::AuthorizeResponse escalated = Escalate(request);
  for (const std::string& id : {NewId(), escalated.task_id()}) {
    request.set_request_id(NewId());
    request.set_review_id(id);
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  }
}

TEST_F(Review, MarksWhatWasDoneWithoutAuthorizingAgain) {
  const v1::AuthorizeResponse open = Escalate(), upheld = Escalate();
  Settle(upheld.task_id(), v1::RESOLUTION_UPHOLD);

  EXPECT_THAT(MarksOf(open.authorization_id()), ElementsAre("unresolved"));
  EXPECT_THAT(MarksOf(upheld.authorization_id()), ElementsAre("unauthorized"));
}

TEST_F(Review, GivesATaskToOneOfTwoReviewersWhoClaimItAtOnce) {
  const std::string task = Escalate().task_id();
  auto first = std::async(std::launch::async, [&] { return Claim(rita_, task); });
  const auto second = Claim(omar_, task);
  const auto other = first.get();

  EXPECT_NE(second.ok(), other.ok());
  const auto& lost = second.ok() ? other : second;
  EXPECT_TRUE(Refused(lost.status, kPrecondition, "WRONG_STATE"));
  const Client& winner = second.ok() ? omar_ : rita_;
  const Client& loser = second.ok() ? rita_ : omar_;
  EXPECT_TRUE(Get(winner, task)->task().claimed_by_caller());
  EXPECT_FALSE(Get(loser, task)->task().claimed_by_caller());
  EXPECT_TRUE(Refused(Resolve(loser, task).status, kPrecondition, "WRONG_STATE"));
  EXPECT_TRUE(Refused(Release(loser, task).status, kPrecondition, "WRONG_STATE"));
  v1::ListTasksRequest mine;
  mine.set_mine(true);
  EXPECT_THAT(Queue(winner, mine), ElementsAre(task));
  EXPECT_THAT(Queue(loser, mine), IsEmpty());
  EXPECT_TRUE(Claim(winner, task).ok());  // Prolonged.
  EXPECT_TRUE(Release(winner, task).ok());
  EXPECT_TRUE(Claim(loser, task).ok());
}

TEST_F(Review, NamesNoHumanInALeafAndKeepsTheirWordsUnderTheirOwnKey) {
  const v1::AuthorizeResponse escalated = Escalate();
  const std::string task = escalated.task_id();
  const auto claim = Claim(rita_, task);
  ASSERT_TRUE(claim.ok()) << claim.refusal();
  v1::ResolveTaskRequest request = Saying(v1::RESOLUTION_UPHOLD);
  request.set_justification("He is right, the parcel was late");
  request.set_shown_json(R"({"shown":"everything"})");
  request.set_active_seconds(4000);
  request.set_request_id(NewId());
  request.set_task_id(task);
  const auto resolved = rita_.Call<v1::ResolveTaskResponse>(request);
  ASSERT_TRUE(resolved.ok()) << resolved.refusal();

  for (const v1::Receipt& receipt : {claim->receipt(), resolved->receipt()}) {
    const core::Leaf leaf = LeafOf(receipt);
    EXPECT_EQ(leaf.caller_kind, "human");
    EXPECT_EQ(leaf.caller_id, "");
    EXPECT_EQ(FactOf(leaf, "task"), task);
    EXPECT_THAT(receipt.leaf(), Not(HasSubstr("rita")));
  }
  const core::Leaf leaf = LeafOf(resolved->receipt());
  EXPECT_EQ(leaf.type, "review");
  EXPECT_EQ(FactOf(leaf, "resolution"), "uphold");
  EXPECT_EQ(FactOf(leaf, "review_reason"), "looks_right");
  EXPECT_EQ(*leaf.facts.FindInteger("claimed_active_seconds"), 4000);
  EXPECT_LT(*leaf.facts.FindInteger("held_seconds"), 60);
  Opener opener(world_, tenant_);
  auto handles = opener.Handles(resolved->receipt().position());
  EXPECT_EQ(handles.at("oversight"), handles.at("caller"));
  EXPECT_NE(handles.at("inputs"), handles.at("caller"));
  EXPECT_EQ(handles.at("inputs"), opener.Handles(escalated.receipt().position()).at("person"));
  EXPECT_THAT(opener.Sections(resolved->receipt().position()).at("oversight"), HasSubstr("parcel"));
  const auto again = rita_.Call<v1::ResolveTaskResponse>(request);
  EXPECT_EQ(again->receipt().position(), resolved->receipt().position());
  EXPECT_TRUE(Refused(Resolve(rita_, task).status, kPrecondition, "WRONG_STATE"));
}

TEST_F(Review, OpensSectionsForHumansAloneAndWritesTheReadingDown) {
  const std::string task = Escalate().task_id();
  const std::uint64_t before = world_.SizeOf(tenant_);

  const auto read = Get(rita_, task, true);

  ASSERT_TRUE(read.ok()) << read.refusal();
  EXPECT_TRUE(world_.Grew(tenant_, before, 1));
  const core::Leaf leaf = LeafOf(read->receipt());
  EXPECT_EQ(leaf.type, "read");
  EXPECT_EQ(FactOf(leaf, "read_reason"), "review");
  EXPECT_THAT(TextsOf(leaf.facts, "read_sections"), UnorderedElementsAre("inputs", "person"));
  ASSERT_EQ(read->task().sections_size(), 2);
  for (const v1::Section& section : read->task().sections()) EXPECT_EQ(section.salt().size(), 32U);
  EXPECT_THAT(read->task().sections(0).content(), HasSubstr("days_late"));
  EXPECT_TRUE(Refused(Get(tenant_.component, task, true).status, grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
  const Client robot = World::MakeCaller(tenant_, v1::ROLE_REVIEWER, "robot");
  EXPECT_TRUE(Refused(Get(robot, task, true).status, kPrecondition, "FOUR_EYES_REQUIRED"));
  EXPECT_TRUE(Refused(Claim(robot, task).status, kPrecondition, "FOUR_EYES_REQUIRED"));
}

TEST_F(Review, IsNotForWhoAskedForTheDecision) {
  const Client both = World::MakeKey(
      tenant_, World::MakeHuman(tenant_, {v1::ROLE_REVIEWER, v1::ROLE_TENANT_SYSTEM}, "both"));
  const auto escalated = both.Call<v1::AuthorizeResponse>(Unsure());
  ASSERT_TRUE(escalated.ok()) << escalated.refusal();

  EXPECT_TRUE(Refused(Claim(both, escalated->task_id()).status, kPrecondition, "FOUR_EYES_REQUIRED"));
  EXPECT_TRUE(Claim(rita_, escalated->task_id()).ok());
}

TEST_F(Review, ShowsAComponentItsOwnTasksAlone) {
  const Client other = World::MakeCaller(tenant_, v1::ROLE_COMPONENT, "other_client");
  const std::string task = Escalate().task_id();

  EXPECT_TRUE(Get(tenant_.component, task).ok());
  EXPECT_TRUE(Refused(Get(other, task).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Refused(Get(world_.MakeTenant().component, task).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Refused(Get(rita_, NewId()).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(Review, EndsWithTheAuthorizationThatIsCancelled) {
  const v1::AuthorizeResponse escalated = Escalate();
  v1::CancelRequest cancel;
  cancel.set_request_id(NewId());
  cancel.set_authorization_id(escalated.authorization_id());
  ASSERT_TRUE(tenant_.component.Call<v1::CancelResponse>(cancel).ok());

  EXPECT_EQ(Get(rita_, escalated.task_id())->task().state(), v1::TASK_STATE_CANCELLED);
  EXPECT_THAT(Queue(rita_), IsEmpty());
  EXPECT_TRUE(Refused(Claim(rita_, escalated.task_id()).status, kPrecondition, "WRONG_STATE"));
}

TEST_F(Review, TellsWhoWatchesOfEachStep) {
  const std::string before = Escalate().task_id();
  std::promise<void> listening;
  std::vector<std::string> told;
  auto watch = std::async(std::launch::async, [&] {
    return tenant_.component.Listen<v1::WatchResponse>(v1::WatchRequest(), [&](const v1::WatchResponse& response) {
      if (told.empty()) listening.set_value();
      told.push_back(response.task().task_id() + " " + v1::TaskState_Name(response.task().state()).substr(11));
      return response.task().state() == v1::TASK_STATE_RESOLVED;
    });
  });
  listening.get_future().wait();
  const std::string task = Escalate().task_id();
  const Client other = World::MakeCaller(tenant_, v1::ROLE_COMPONENT, "other_client");
  ASSERT_EQ(other.Call<v1::AuthorizeResponse>(Unsure())->verdict(), v1::VERDICT_ESCALATE);  // Not for these ears.
  Settle(task, v1::RESOLUTION_UPHOLD);
  watch.get();

  EXPECT_EQ(told.front(), before + " OPEN");
  EXPECT_EQ(told.back(), task + " RESOLVED");
  for (const std::string& one : told) EXPECT_TRUE(one.starts_with(before) || one.starts_with(task)) << one;
}

TEST_F(Review, IsNoLongerTellingWhoMayNoLongerAsk) {
  const std::string principal = World::MakeHuman(tenant_, {v1::ROLE_REVIEWER}, "leaver");
  const Client leaver = World::MakeKey(tenant_, principal);
  Escalate();
  const grpc::Status end = leaver.Listen<v1::WatchResponse>(v1::WatchRequest(), [&](const v1::WatchResponse&) {
    v1::DisablePrincipalRequest disable;
    disable.set_request_id(NewId());
    disable.set_principal_id(principal);
    EXPECT_TRUE(tenant_.system.Call<v1::DisablePrincipalResponse>(disable).ok());
    return false;
  });

  EXPECT_TRUE(Refused(end, grpc::StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"));
}

TEST_F(Review, ListsThoseDueFirstPageByPageAndByWhatIsAskedFor) {
  std::vector<std::string> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(Escalate(Unsure("customer-" + std::to_string(i))).task_id());
  Settle(tasks[1], v1::RESOLUTION_OVERRIDE);
  ASSERT_TRUE(Claim(omar_, tasks[2]).ok());

  v1::ListTasksRequest pages, claimed, resolved, elsewhere;
  pages.set_page_size(2);
  claimed.add_states(v1::TASK_STATE_CLAIMED);
  resolved.add_states(v1::TASK_STATE_RESOLVED);
  elsewhere.set_queue("elsewhere");
  EXPECT_THAT(Queue(rita_, pages), ElementsAre(tasks[0], tasks[2], tasks[3], tasks[4]));
  EXPECT_THAT(Queue(rita_, claimed), ElementsAre(tasks[2]));
  EXPECT_THAT(Queue(rita_, resolved), ElementsAre(tasks[1]));
  EXPECT_THAT(Queue(rita_, elsewhere), IsEmpty());
  v1::ListTasksRequest bad;
  bad.set_page_token("x");
  EXPECT_TRUE(Refused(rita_.Call<v1::ListTasksResponse>(bad).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

TEST_F(Review, CountsHowAQueueIsDoing) {
  for (int i = 0; i < 4; ++i) Escalate();
  const std::vector<std::string> tasks = Queue(rita_);
  Settle(tasks[0], v1::RESOLUTION_OVERRIDE);
  Settle(tasks[1], v1::RESOLUTION_UPHOLD);
  ASSERT_TRUE(Claim(omar_, tasks[2]).ok());

  const auto answer = rita_.Call<v1::GetQueueStatisticsResponse>(v1::GetQueueStatisticsRequest());

  ASSERT_TRUE(answer.ok()) << answer.refusal();
  ASSERT_EQ(answer->queues_size(), 1);
  const v1::QueueStatistics& queue = answer->queues(0);
  EXPECT_EQ(queue.queue(), "review");
  EXPECT_EQ(queue.open_count(), 1U);
  EXPECT_EQ(queue.claimed_count(), 1U);
  EXPECT_EQ(queue.late_count(), 0U);
  EXPECT_EQ(queue.resolved_count(), 2U);
  EXPECT_EQ(queue.overridden_count(), 1U);
  EXPECT_EQ(queue.expired_count(), 0U);
  EXPECT_EQ(queue.reviewer_count(), 1U);
  EXPECT_FALSE(queue.has_meaningful());
}

TEST_F(Review, RefusesWhatACaseAloneIsAnswered) {
  const std::string task = Escalate().task_id();
  ASSERT_TRUE(Claim(rita_, task).ok());
  v1::ResolveTaskRequest request = Saying(v1::RESOLUTION_UPHOLD);
  request.set_answer_text("Yes");

  EXPECT_TRUE(Refused(Resolve(rita_, task, request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
}

}  // namespace
}  // namespace candor::e2e
