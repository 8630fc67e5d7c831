// Emergency stops: what they deny, where, from when, and who lifts them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kFailed = grpc::StatusCode::FAILED_PRECONDITION;

class Stops : public ::testing::Test {
 protected:
  // A stop of whatever fits these codes; empty ones fit all.
  static v1::StopRequest StopOf(const std::string& system, const std::string& version, const std::string& action) {
    v1::StopRequest request;
    request.set_request_id(NewId());
    request.set_system(system);
    request.set_model_version(version);
    request.set_action(action);
    request.set_reason("too_late");
    return request;
  }
  v1::StopResponse Stop(const v1::StopRequest& request) const {
    const auto answer = tenant_.system.Call<v1::StopResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  static v1::LiftStopRequest LiftOf(const std::string& stop) {
    v1::LiftStopRequest request;
    request.set_request_id(NewId());
    request.set_stop_id(stop);
    request.set_reason("it is safe again");
    return request;
  }
  void Lift(const std::string& stop) const {
    const auto answer = owner_.Call<v1::LiftStopResponse>(LiftOf(stop));
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    EXPECT_TRUE(answer->stop().has_lift_time());
  }
  std::vector<std::string> Listed(bool with_lifted) const {
    v1::ListStopsRequest request;
    request.set_with_lifted(with_lifted);
    request.set_page_size(2);
    std::vector<std::string> ids;
    do {
      const auto page = owner_.Call<v1::ListStopsResponse>(request);
      EXPECT_TRUE(page.ok()) << page.refusal();
      EXPECT_LE(page->stops_size(), 2);
      for (const v1::StopEntry& stop : page->stops()) ids.push_back(stop.stop_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }

  static v1::AuthorizeResponse Ask(const Client& client, const v1::AuthorizeRequest& request = Question()) {
    const auto answer = client.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  ::testing::AssertionResult Denies(const v1::AuthorizeRequest& request = Question()) const {
    const v1::AuthorizeResponse answer = Ask(tenant_.component, request);
    core::Leaf leaf;
    const auto verified = Verifies(request, answer, tenant_.key, &leaf);
    if (!verified) return verified;
    const bool denied = answer.verdict() == v1::VERDICT_DENY && answer.reason_codes(0) == "STOPPED" &&
                        answer.obligations_size() == 0 && answer.fired_rules(0).rule() == "stopped";
    return (denied ? ::testing::AssertionSuccess() : ::testing::AssertionFailure()) << answer.DebugString();
  }
  // As the question of the world, but of another version or action.
  static v1::AuthorizeRequest QuestionOf(const std::string& version, const std::string& action) {
    v1::AuthorizeRequest request = Question();
    request.mutable_actor()->set_model_version(version);
    request.mutable_action()->set_name(action);
    return request;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const Client owner_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_MODEL_OWNER}, "owner"));
};

TEST_F(Stops, DenyEverythingFromTheirAnswerOnUntilTheyAreLifted) {
  EXPECT_EQ(Ask(tenant_.component).verdict(), v1::VERDICT_ALLOW);

  const v1::StopResponse stopped = Stop(StopOf("", "", ""));
  core::Leaf leaf;
  EXPECT_TRUE(Verifies(stopped.receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "stop");
  EXPECT_EQ(stopped.stop().stop_id(), leaf.id.ToText());
  EXPECT_TRUE(Denies());

  Lift(stopped.stop().stop_id());
  EXPECT_EQ(Ask(tenant_.component).verdict(), v1::VERDICT_ALLOW);
}

TEST_F(Stops, NameTheStateOfTheRegistryInEachLeaf) {
  const auto position_in = [&](const v1::AuthorizeResponse& answer) {
    return core::ParseLeaf(answer.receipt().leaf())->facts.Find("registry_position")->integer();
  };
  const auto before = position_in(Ask(tenant_.component));
  const v1::StopResponse stopped = Stop(StopOf("", "", ""));

  EXPECT_LT(before, static_cast<std::int64_t>(stopped.receipt().position()));
  EXPECT_EQ(position_in(Ask(tenant_.component)), static_cast<std::int64_t>(stopped.receipt().position()));
}

TEST_F(Stops, ReachWhatFitsAllTheirCodesAndNothingElse) {
  v1::DeclareCodesRequest codes;
  codes.set_request_id(NewId());
  codes.set_kind(v1::CODE_KIND_ACTION);
  codes.add_codes("refund.ask");
  ASSERT_TRUE(tenant_.system.Call<v1::DeclareCodesResponse>(codes).ok());
  const std::string one = Stop(StopOf("refund_bot", "v7", "refund.grant")).stop().stop_id();

  EXPECT_TRUE(Denies(QuestionOf("v7", "refund.grant")));
  EXPECT_EQ(Ask(tenant_.component, QuestionOf("v8", "refund.grant")).verdict(), v1::VERDICT_ALLOW);
  EXPECT_EQ(Ask(tenant_.component, QuestionOf("v7", "refund.ask")).verdict(), v1::VERDICT_ALLOW);

  Stop(StopOf("refund_bot", "", ""));
  Lift(one);
  EXPECT_TRUE(Denies(QuestionOf("v8", "refund.ask")));
}

TEST_F(Stops, AreNotEvadedByLeavingOutOrInventingACode) {
  Stop(StopOf("refund_bot", "v7", ""));

  EXPECT_TRUE(Denies(QuestionOf("", "refund.grant")));
  EXPECT_TRUE(Denies(QuestionOf("v7.1", "refund.grant")));
  EXPECT_EQ(Ask(tenant_.component, QuestionOf("v8", "refund.grant")).verdict(), v1::VERDICT_ALLOW);
}

TEST_F(Stops, CountInBatchesAndRefuseNoRecordOfWhatHappened) {
  const std::string authorization = Ask(tenant_.component).authorization_id();
  Stop(StopOf("", "", ""));
  v1::BatchAuthorizeRequest batch;
  for (int i = 0; i < 3; ++i) *batch.add_items() = Question();

  const auto answers = tenant_.component.Call<v1::BatchAuthorizeResponse>(batch);
  const auto record = tenant_.component.Call<v1::RecordResponse>(RecordOf(authorization));

  ASSERT_EQ(answers->results_size(), 3);
  for (const auto& result : answers->results()) EXPECT_EQ(result.response().verdict(), v1::VERDICT_DENY);
  ASSERT_TRUE(record.ok()) << record.refusal();
  EXPECT_THAT(record->marks(), IsEmpty());
}

// How soon is shown by tests/unit/flow/registry_book_test.cc, whose clock is its own.
TEST_F(Stops, AreSeenByAnotherServer) {
  const std::string state = world_.folder().path() + "/second";
  std::filesystem::create_directories(state);
  std::filesystem::permissions(state, std::filesystem::perms::owner_all);
  std::filesystem::copy(world_.server().state() + "/keys", state + "/keys");
  Server second{{.database = world_.database(), .state = state, .marks = world_.server().state() + "/marks", .more = {}}};
  second.Start();
  const Client there = Client::To(second.address(), tenant_.component.key());
  ASSERT_EQ(Ask(there).verdict(), v1::VERDICT_ALLOW);

  const std::string stop = Stop(StopOf("refund_bot", "", "")).stop().stop_id();
  const auto await = [&](v1::Verdict verdict) {
    for (int tries = 0; Ask(there).verdict() != verdict; ++tries) {
      ASSERT_LT(tries, 600);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  };
  await(v1::VERDICT_DENY);

  Lift(stop);
  await(v1::VERDICT_ALLOW);
  EXPECT_EQ(second.Stop(), 0);
}

TEST_F(Stops, AreLiftedByAnotherHumanThanTheOneWhoCalledThem) {
  const std::string caller_id = World::MakeHuman(tenant_, {v1::ROLE_MODEL_OWNER}, "caller");
  const Client caller = World::MakeKey(tenant_, caller_id), other_key = World::MakeKey(tenant_, caller_id);
  const Client machine = World::MakeCaller(tenant_, v1::ROLE_MODEL_OWNER, "machine");
  const auto stopped = caller.Call<v1::StopResponse>(StopOf("", "", ""));
  ASSERT_TRUE(stopped.ok()) << stopped.refusal();
  const std::uint64_t size = world_.SizeOf(tenant_);

  for (const Client& client : {caller, other_key, machine}) {
    const auto lifted = client.Call<v1::LiftStopResponse>(LiftOf(stopped->stop().stop_id()));
    EXPECT_TRUE(Refused(lifted.status, kFailed, "FOUR_EYES_REQUIRED"));
  }
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
  EXPECT_TRUE(Denies());

  Lift(stopped->stop().stop_id());
  EXPECT_EQ(stopped->receipt().leaf().find(caller_id), std::string::npos) << "the leaf names a human";
}

TEST_F(Stops, AreLiftedOnceAndAnswerARepetitionAsBefore) {
  const v1::StopRequest stop = StopOf("", "", "");
  const v1::StopResponse first = Stop(stop);
  const v1::LiftStopRequest lift = LiftOf(first.stop().stop_id());
  const auto lifted = owner_.Call<v1::LiftStopResponse>(lift);
  ASSERT_TRUE(lifted.ok()) << lifted.refusal();

  const v1::StopResponse again = Stop(stop);
  const auto lifted_again = owner_.Call<v1::LiftStopResponse>(lift);

  EXPECT_EQ(again.stop().SerializeAsString(), first.stop().SerializeAsString());
  EXPECT_EQ(again.receipt().leaf(), first.receipt().leaf());
  EXPECT_EQ(lifted_again->stop().SerializeAsString(), lifted->stop().SerializeAsString());
  EXPECT_TRUE(Refused(owner_.Call<v1::LiftStopResponse>(LiftOf(first.stop().stop_id())).status, kFailed, "WRONG_STATE"));
  EXPECT_TRUE(Refused(owner_.Call<v1::LiftStopResponse>(LiftOf(NewId())).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(Stops, AreLiftedOnceByManyAtOnce) {
  const std::string stop = Stop(StopOf("", "", "")).stop().stop_id();
  std::atomic<int> lifted = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto answer = owner_.Call<v1::LiftStopResponse>(LiftOf(stop));
        answer.ok() ? ++lifted : ++refused;
        EXPECT_TRUE(answer.ok() || Refused(answer.status, kFailed, "WRONG_STATE"));
      });
    }
  }
  EXPECT_EQ(lifted, 1);
  EXPECT_EQ(refused, 7);
}

TEST_F(Stops, AreRefusedWhereTheirScopeIsUnknownSoThatNobodyTrustsThem) {
  const std::uint64_t size = world_.SizeOf(tenant_);

  for (const v1::StopRequest& request : {StopOf("refund_bott", "", ""), StopOf("", "v9", ""), StopOf("", "", "refund.gr")}) {
    EXPECT_TRUE(Refused(tenant_.system.Call<v1::StopResponse>(request).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  }
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(Stops, AreListedNewestFirstByPages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.insert(ids.begin(), Stop(StopOf("refund_bot", "", "")).stop().stop_id());
  Lift(ids[1]);

  EXPECT_THAT(Listed(true), ::testing::ElementsAreArray(ids));
  EXPECT_THAT(Listed(false), ElementsAre(ids[0], ids[2], ids[3], ids[4]));
  v1::ListStopsRequest bad;
  bad.set_page_token("no token");
  EXPECT_EQ(owner_.Call<v1::ListStopsResponse>(bad).refusal().field, "page_token");
}

TEST_F(Stops, OfOneTenantAreNoneOfAnother) {
  const Tenant other = world_.MakeTenant();
  const std::string stop = Stop(StopOf("", "", "")).stop().stop_id();
  const Client there = World::MakeKey(other, World::MakeHuman(other, {v1::ROLE_MODEL_OWNER}, "owner"));

  EXPECT_EQ(Ask(other.component).verdict(), v1::VERDICT_ALLOW);
  EXPECT_THAT(there.Call<v1::ListStopsResponse>(v1::ListStopsRequest())->stops(), IsEmpty());
  EXPECT_TRUE(Refused(there.Call<v1::LiftStopResponse>(LiftOf(stop)).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

}  // namespace
}  // namespace candor::e2e
