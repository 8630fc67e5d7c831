// A tenant whose component decided, persons who contest, and humans who answer.
#pragma once

#include <gtest/gtest.h>

#include "candor/v1/oversight_service.pb.h"
#include "candor/v1/transparency_service.pb.h"
#include "tests/e2e/world.h"

namespace candor::e2e {

inline constexpr const char* kPerson = "customer-1182";
inline constexpr auto kPrecondition = grpc::StatusCode::FAILED_PRECONDITION;
inline constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;

class Contesting : public ::testing::Test {
 protected:
  // A decision that was taken; `human` names who took part, as the component says.
  v1::RecordResponse Decide(const Client& by, const std::string& person = kPerson, const std::string& human = {}) {
    const auto asked = by.Call<v1::AuthorizeResponse>(Question(person));
    EXPECT_TRUE(asked.ok()) << asked.refusal();
    record_ = RecordOf(asked->authorization_id());
    if (!human.empty()) {
      v1::HumanInvolvement& who = *record_.mutable_outcome()->mutable_human();
      who.set_human_reference(human);
      who.set_kind(v1::OVERSIGHT_KIND_PRE_APPROVAL);
      who.set_decision(v1::HUMAN_DECISION_CONFIRM);
    }
    const auto recorded = by.Call<v1::RecordResponse>(record_);
    EXPECT_TRUE(recorded.ok()) << recorded.refusal();
    return recorded.value;
  }
  static v1::ContestRequest About(const std::string& decision, const std::string& statement = "It came in time.") {
    v1::ContestRequest request;
    request.set_request_id(NewId());
    request.set_decision_id(decision);
    request.set_kind(v1::CASE_KIND_CONTEST);
    request.set_statement(statement);
    return request;
  }
  Client Person(const std::string& reference = kPerson) const { return World::MakePerson(tenant_, reference); }
  v1::ContestResponse Contest(const v1::ContestRequest& request) const {
    const auto answer = Person().Call<v1::ContestResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  Answer<v1::GetContestResponse> Get(const Client& caller, const std::string& case_id) const {
    v1::GetContestRequest request;
    request.set_case_id(case_id);
    return caller.Call<v1::GetContestResponse>(request);
  }
  v1::GetContestResponse Get(const std::string& case_id) const {
    const auto answer = Get(Person(), case_id);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  Client Human(const std::string& code, v1::Role role = v1::ROLE_REVIEWER) const {
    return World::MakeKey(tenant_, World::MakeHuman(tenant_, {role}, code));
  }
  static Answer<v1::ClaimTaskResponse> Claim(const Client& reviewer, const std::string& task) {
    v1::ClaimTaskRequest request;
    request.set_request_id(NewId());
    request.set_task_id(task);
    return reviewer.Call<v1::ClaimTaskResponse>(request);
  }
  static v1::ResolveTaskRequest Saying(const std::string& task, v1::CaseOutcome outcome) {
    v1::ResolveTaskRequest request;
    request.set_request_id(NewId());
    request.set_task_id(task);
    const bool stands = outcome == v1::CASE_OUTCOME_UPHELD || outcome == v1::CASE_OUTCOME_REFUSED;
    request.set_resolution(stands ? v1::RESOLUTION_UPHOLD : v1::RESOLUTION_OVERRIDE);
    request.set_reason("too_late");
    request.set_case_outcome(outcome);
    request.set_answer_text("The carrier's list says otherwise.");
    request.set_justification("Looked it up.");
    return request;
  }
  v1::ResolveTaskResponse Resolve(const Client& reviewer, const v1::ResolveTaskRequest& request) const {
    EXPECT_TRUE(Claim(reviewer, request.task_id()).ok());
    const auto answer = reviewer.Call<v1::ResolveTaskResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  static std::vector<v1::CaseStage> StagesOf(const v1::Case& one) {
    std::vector<v1::CaseStage> stages;
    for (const v1::CaseStep& step : one.steps()) stages.push_back(step.stage());
    return stages;
  }
  core::Leaf LeafOf(const v1::Receipt& receipt) const {
    core::Leaf leaf;
    EXPECT_TRUE(Verifies(receipt, tenant_.key, &leaf));
    return leaf;
  }

  const Tenant tenant_ = World::Get().MakeTenant();
  v1::RecordRequest record_;
};

}  // namespace candor::e2e
