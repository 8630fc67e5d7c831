// A model version on its way through its states: by how many humans, on what evidence, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kFailed = grpc::StatusCode::FAILED_PRECONDITION;
constexpr auto kNotFound = grpc::StatusCode::NOT_FOUND;

class Versions : public ::testing::Test {
 protected:
  void SetUp() override {
    Register("v7");
    Register("v8");
  }

  static v1::RegisterModelVersionRequest VersionOf(const std::string& version, char digest = 'd') {
    v1::RegisterModelVersionRequest request;
    request.set_request_id(NewId());
    request.mutable_version()->set_system("refund_bot");
    request.mutable_version()->set_model("chooser");
    request.mutable_version()->set_model_version(version);
    request.mutable_version()->set_model_digest(std::string(32, digest));
    return request;
  }
  void Register(const std::string& version) const {
    const auto answer = anna_.Call<v1::RegisterModelVersionResponse>(VersionOf(version));
    EXPECT_TRUE(answer.ok()) << answer.refusal();
  }

  static v1::ProposeModelStateRequest ProposalOf(v1::ModelState state, const std::string& version = "v7") {
    v1::ProposeModelStateRequest request;
    request.set_request_id(NewId());
    request.set_system("refund_bot");
    request.set_model("chooser");
    request.set_model_version(version);
    request.set_state(state);
    request.set_reason("it served well in the pilot");
    return request;
  }
  std::string Propose(const v1::ProposeModelStateRequest& request) const {
    const auto answer = anna_.Call<v1::ProposeModelStateResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    EXPECT_TRUE(answer->needs_confirmation());
    EXPECT_TRUE(Verifies(answer->receipt(), tenant_.key));
    return answer->proposal_id();
  }
  static v1::ConfirmModelStateRequest ConfirmationOf(const std::string& proposal) {
    v1::ConfirmModelStateRequest request;
    request.set_request_id(NewId());
    request.set_proposal_id(proposal);
    return request;
  }
  v1::ModelApproval Confirm(const std::string& proposal) const {
    const auto answer = ben_.Call<v1::ConfirmModelStateResponse>(ConfirmationOf(proposal));
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    EXPECT_TRUE(Verifies(answer->receipt(), tenant_.key));
    return answer->approval();
  }
  std::string Run(v1::AssuranceResult result, const std::string& version = "v7", std::int64_t days_ago = 0) const {
    v1::RecordAssuranceRequest request;
    request.set_request_id(NewId());
    v1::AssuranceRun& run = *request.mutable_run();
    run.set_system("refund_bot");
    run.set_model("chooser");
    run.set_model_version(version);
    run.set_suite("hostile");
    run.set_suite_digest(std::string(32, 's'));
    run.set_result(result);
    run.mutable_end_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) - days_ago * 86400);
    v1::AssuranceCategory& category = *run.add_categories();
    category.set_category("hostile");
    category.set_run_count(10);
    category.set_passed_count(9);
    const auto answer = tenant_.system.Call<v1::RecordAssuranceResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer->assurance_id();
  }
  v1::GetModelVersionResponse Get(const std::string& version = "v7", absl::Time at = absl::InfiniteFuture()) const {
    v1::GetModelVersionRequest request;
    request.set_system("refund_bot");
    request.set_model("chooser");
    request.set_model_version(version);
    if (at != absl::InfiniteFuture()) {
      request.mutable_at_time()->set_seconds(absl::ToUnixSeconds(at));
      request.mutable_at_time()->set_nanos(static_cast<int>(absl::ToUnixNanos(at) % 1'000'000'000));
    }
    const auto answer = anna_.Call<v1::GetModelVersionResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  v1::ModelState State(const std::string& version = "v7") const { return Get(version).approval().state(); }

  ::testing::AssertionResult Refuses(const Client& client, const v1::ProposeModelStateRequest& request,
                                     const std::string& reason) const {
    const std::uint64_t size = world_.SizeOf(tenant_);
    const auto answer = client.Call<v1::ProposeModelStateResponse>(request);
    const auto refused = Refused(answer.status, reason == "NOT_FOUND" ? kNotFound : kFailed, reason);
    return refused ? world_.Grew(tenant_, size, 0) : refused;
  }
  ::testing::AssertionResult Refuses(const Client& client, const v1::ConfirmModelStateRequest& request,
                                     const std::string& reason) const {
    const std::uint64_t size = world_.SizeOf(tenant_);
    const auto answer = client.Call<v1::ConfirmModelStateResponse>(request);
    const auto refused = Refused(answer.status, reason == "NOT_FOUND" ? kNotFound : kFailed, reason);
    return refused ? world_.Grew(tenant_, size, 0) : refused;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const std::string anna_id_ = World::MakeHuman(tenant_, {v1::ROLE_MODEL_OWNER, v1::ROLE_COMPLIANCE}, "anna");
  const Client anna_ = World::MakeKey(tenant_, anna_id_);
  const Client ben_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_MODEL_OWNER}, "ben"));
  const Client machine_ = World::MakeCaller(tenant_, v1::ROLE_MODEL_OWNER, "pipeline");
};

TEST_F(Versions, AreRegisteredUntilTwoHumansSayOtherwise) {
  EXPECT_EQ(State(), v1::MODEL_STATE_REGISTERED);
  v1::ProposeModelStateRequest request = ProposalOf(v1::MODEL_STATE_APPROVED);
  request.add_assurance_ids(Run(v1::ASSURANCE_RESULT_PASSED));
  request.add_purposes("service_recovery");
  request.mutable_until_time()->set_seconds(4102444800);

  const std::string proposal = Propose(request);
  EXPECT_EQ(State(), v1::MODEL_STATE_REGISTERED);
  const v1::ModelApproval approval = Confirm(proposal);

  EXPECT_EQ(approval.state(), v1::MODEL_STATE_APPROVED);
  EXPECT_THAT(approval.purposes(), ElementsAre("service_recovery"));
  EXPECT_EQ(approval.until_time().seconds(), 4102444800);
  EXPECT_EQ(Get().approval().SerializeAsString(), approval.SerializeAsString());
  EXPECT_EQ(State("v8"), v1::MODEL_STATE_REGISTERED);
}

TEST_F(Versions, ChangeTheirStateByAnotherHumanThanTheOneWhoProposedIt) {
  const std::string proposal = Propose(ProposalOf(v1::MODEL_STATE_SHADOW));
  const Client annas_other_key = World::MakeKey(tenant_, anna_id_);

  for (const Client& client : {anna_, annas_other_key, machine_}) {
    EXPECT_TRUE(Refuses(client, ConfirmationOf(proposal), "FOUR_EYES_REQUIRED"));
    v1::ConfirmModelStateRequest rejection = ConfirmationOf(proposal);
    rejection.set_reject(true);
    EXPECT_TRUE(Refuses(client, rejection, "FOUR_EYES_REQUIRED"));
  }
  EXPECT_TRUE(Refuses(machine_, ProposalOf(v1::MODEL_STATE_SHADOW), "FOUR_EYES_REQUIRED"));

  EXPECT_EQ(State(), v1::MODEL_STATE_REGISTERED);
  EXPECT_EQ(Confirm(proposal).state(), v1::MODEL_STATE_SHADOW);
}

TEST_F(Versions, HaveLeavesThatNameNoHuman) {
  const std::uint64_t begin = world_.SizeOf(tenant_);
  Confirm(Propose(ProposalOf(v1::MODEL_STATE_SHADOW)));

  v1::ListLeavesRequest request;
  request.set_first_position(begin);
  const auto leaves = anna_.Call<v1::ListLeavesResponse>(request);
  ASSERT_THAT(leaves->leaves(), SizeIs(2)) << leaves.refusal();
  for (const v1::Leaf& leaf : leaves->leaves()) {
    EXPECT_EQ(leaf.leaf().find(anna_id_), std::string::npos);
    EXPECT_NE(leaf.leaf().find(R"("caller":{"kind":"human"})"), std::string::npos);
  }
}

TEST_F(Versions, AreBlockedAtOnceByOneWhoeverThatIs) {
  for (const Client& client : {anna_, machine_}) {
    const auto answer = client.Call<v1::ProposeModelStateResponse>(
        ProposalOf(v1::MODEL_STATE_BLOCKED, client.key() == anna_.key() ? "v7" : "v8"));
    ASSERT_TRUE(answer.ok()) << answer.refusal();
    EXPECT_FALSE(answer->needs_confirmation());
    EXPECT_TRUE(Refuses(ben_, ConfirmationOf(answer->proposal_id()), "NOT_FOUND"));
  }
  EXPECT_EQ(State("v7"), v1::MODEL_STATE_BLOCKED);
  EXPECT_EQ(State("v8"), v1::MODEL_STATE_BLOCKED);
  EXPECT_TRUE(Refuses(anna_, ProposalOf(v1::MODEL_STATE_BLOCKED), "WRONG_STATE"));
}

TEST_F(Versions, StayAsTheyAreWhereAProposalIsTurnedDown) {
  const std::string proposal = Propose(ProposalOf(v1::MODEL_STATE_SHADOW));
  v1::ConfirmModelStateRequest rejection = ConfirmationOf(proposal);
  rejection.set_reject(true);

  const auto rejected = ben_.Call<v1::ConfirmModelStateResponse>(rejection);

  ASSERT_TRUE(rejected.ok()) << rejected.refusal();
  EXPECT_EQ(rejected->approval().state(), v1::MODEL_STATE_REGISTERED);
  EXPECT_EQ(State(), v1::MODEL_STATE_REGISTERED);
  EXPECT_TRUE(Refuses(ben_, ConfirmationOf(proposal), "WRONG_STATE"));
}

TEST_F(Versions, TakeNoProposalThatTheStateHasPassedBy) {
  const std::string older = Propose(ProposalOf(v1::MODEL_STATE_CONDITIONAL));
  Confirm(Propose(ProposalOf(v1::MODEL_STATE_SHADOW)));

  EXPECT_TRUE(Refuses(ben_, ConfirmationOf(older), "WRONG_STATE"));
  EXPECT_TRUE(Refuses(anna_, ProposalOf(v1::MODEL_STATE_SHADOW), "WRONG_STATE"));
  EXPECT_TRUE(Refuses(anna_, ProposalOf(v1::MODEL_STATE_REGISTERED), "WRONG_STATE"));
  EXPECT_TRUE(Refuses(ben_, ConfirmationOf(NewId()), "NOT_FOUND"));
}

TEST_F(Versions, SettleAProposalOnceHoweverManyConfirmItAtOnce) {
  for (int round = 0; round < 3; ++round) {
    const std::string proposal = Propose(ProposalOf(v1::MODEL_STATE_CONDITIONAL));
    const std::uint64_t size = world_.SizeOf(tenant_);
    std::atomic<int> settled = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
          v1::ConfirmModelStateRequest request = ConfirmationOf(proposal);
          if (i % 2 == 0) request.set_reject(true);
          const auto answer = ben_.Call<v1::ConfirmModelStateResponse>(request);
          EXPECT_TRUE(answer.ok() || Refused(answer.status, kFailed, "WRONG_STATE")) << answer.refusal();
          settled += answer.ok() ? 1 : 0;
        });
      }
    }
    EXPECT_EQ(settled, 1);
    EXPECT_TRUE(world_.Grew(tenant_, size, 1));
  }
}

TEST_F(Versions, AreApprovedOnlyOnEvidenceOfTheirOwnThatPassedAndIsFresh) {
  const std::string good = Run(v1::ASSURANCE_RESULT_PASSED, "v7", 179);
  const auto with = [&](std::initializer_list<std::string> ids) {
    v1::ProposeModelStateRequest request = ProposalOf(v1::MODEL_STATE_APPROVED);
    for (const std::string& id : ids) request.add_assurance_ids(id);
    return request;
  };

  EXPECT_TRUE(Refuses(anna_, with({}), "EVIDENCE_MISSING"));
  EXPECT_TRUE(Refuses(anna_, with({good, NewId()}), "EVIDENCE_MISSING"));
  for (const std::string& bad : {Run(v1::ASSURANCE_RESULT_FAILED), Run(v1::ASSURANCE_RESULT_ABORTED),
                                 Run(v1::ASSURANCE_RESULT_PASSED, "v8"), Run(v1::ASSURANCE_RESULT_PASSED, "v7", 181)}) {
    EXPECT_TRUE(Refuses(anna_, with({good, bad}), "EVIDENCE_MISSING"));
  }
  EXPECT_EQ(Confirm(Propose(with({good}))).state(), v1::MODEL_STATE_APPROVED);
}

TEST_F(Versions, EndTheirApprovalInTheFuture) {
  v1::ProposeModelStateRequest request = ProposalOf(v1::MODEL_STATE_SHADOW);
  request.mutable_until_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) - 1);

  EXPECT_EQ(anna_.Call<v1::ProposeModelStateResponse>(request).refusal().field, "until_time");
}

TEST_F(Versions, AnswerARepetitionAsTheFirstTimeWhateverCameSince) {
  const v1::ProposeModelStateRequest request = ProposalOf(v1::MODEL_STATE_SHADOW);
  const auto proposed = anna_.Call<v1::ProposeModelStateResponse>(request);
  const v1::ConfirmModelStateRequest confirmation = ConfirmationOf(proposed->proposal_id());
  const auto confirmed = ben_.Call<v1::ConfirmModelStateResponse>(confirmation);
  Confirm(Propose(ProposalOf(v1::MODEL_STATE_CONDITIONAL)));
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto proposed_again = anna_.Call<v1::ProposeModelStateResponse>(request);
  const auto confirmed_again = ben_.Call<v1::ConfirmModelStateResponse>(confirmation);

  ASSERT_TRUE(proposed_again.ok()) << proposed_again.refusal();
  ASSERT_TRUE(confirmed_again.ok()) << confirmed_again.refusal();
  EXPECT_EQ(proposed_again->proposal_id(), proposed->proposal_id());
  EXPECT_EQ(proposed_again->receipt().leaf(), proposed->receipt().leaf());
  EXPECT_EQ(confirmed_again->approval().SerializeAsString(), confirmed->approval().SerializeAsString());
  EXPECT_EQ(confirmed_again->receipt().leaf(), confirmed->receipt().leaf());
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
  v1::ConfirmModelStateRequest other = confirmation;
  other.set_reject(true);
  EXPECT_TRUE(Refused(ben_.Call<v1::ConfirmModelStateResponse>(other).status, grpc::StatusCode::ALREADY_EXISTS,
                      "REQUEST_ID_REUSED"));
}

TEST_F(Versions, HaveOneDigestAndARegisteredSystem) {
  v1::RegisterModelVersionRequest again = VersionOf("v7");
  again.mutable_version()->set_change_reference("CR-7");
  v1::RegisterModelVersionRequest nowhere = VersionOf("v7");
  nowhere.mutable_version()->set_system("refund_bott");
  const auto refusal = [&](const v1::RegisterModelVersionRequest& request) {
    return anna_.Call<v1::RegisterModelVersionResponse>(request).status;
  };

  EXPECT_TRUE(refusal(again).ok());
  EXPECT_TRUE(Refused(refusal(VersionOf("v7", 'e')), grpc::StatusCode::ALREADY_EXISTS, "NAME_TAKEN"));
  EXPECT_TRUE(Refused(refusal(nowhere), kNotFound, "NOT_FOUND"));
  EXPECT_EQ(Get().version().change_reference(), "CR-7");
}

TEST_F(Versions, TakeOneOfTwoDigestsThatComeAtOnce) {
  std::atomic<int> registered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        const auto answer =
            anna_.Call<v1::RegisterModelVersionResponse>(VersionOf("v9", static_cast<char>('a' + i)));
        EXPECT_TRUE(answer.ok() || Refused(answer.status, grpc::StatusCode::ALREADY_EXISTS, "NAME_TAKEN"));
        registered += answer.ok() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(registered, 1);
}

TEST_F(Versions, AreShownAsTheyStoodAtATime) {
  const auto time_of = [](const v1::ModelApproval& approval) {
    return absl::FromUnixSeconds(approval.change_time().seconds()) + absl::Nanoseconds(approval.change_time().nanos());
  };
  const v1::ModelApproval registered = Get().approval();
  const v1::ModelApproval shadow = Confirm(Propose(ProposalOf(v1::MODEL_STATE_SHADOW)));
  const v1::ModelApproval conditional = Confirm(Propose(ProposalOf(v1::MODEL_STATE_CONDITIONAL)));
  ASSERT_TRUE(anna_.Call<v1::ProposeModelStateResponse>(ProposalOf(v1::MODEL_STATE_BLOCKED)).ok());

  for (const v1::ModelApproval& approval : {registered, shadow, conditional}) {
    EXPECT_EQ(Get("v7", time_of(approval)).approval().SerializeAsString(), approval.SerializeAsString());
  }
  EXPECT_EQ(Get("v7", time_of(conditional) - absl::Microseconds(1)).approval().state(), v1::MODEL_STATE_SHADOW);
  v1::GetModelVersionRequest before;
  before.set_system("refund_bot");
  before.set_model("chooser");
  before.set_model_version("v7");
  before.mutable_at_time()->set_seconds(absl::ToUnixSeconds(time_of(registered)) - 3600);
  EXPECT_TRUE(Refused(anna_.Call<v1::GetModelVersionResponse>(before).status, kNotFound, "NOT_FOUND"));
}

TEST_F(Versions, AreListedNewestFirstByPagesAndByState) {
  Register("v9");
  Confirm(Propose(ProposalOf(v1::MODEL_STATE_SHADOW, "v8")));
  const auto list = [&](v1::ModelState state, const std::string& system, int page_size) {
    v1::ListModelVersionsRequest request;
    request.set_state(state);
    request.set_system(system);
    request.set_page_size(page_size);
    std::vector<std::string> versions;
    do {
      const auto page = anna_.Call<v1::ListModelVersionsResponse>(request);
      EXPECT_TRUE(page.ok()) << page.refusal();
      for (const auto& entry : page->versions()) versions.push_back(entry.version().model_version());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return versions;
  };

  EXPECT_THAT(list(v1::MODEL_STATE_UNSPECIFIED, "", 1), ElementsAre("v9", "v8", "v7"));
  EXPECT_THAT(list(v1::MODEL_STATE_REGISTERED, "refund_bot", 2), ElementsAre("v9", "v7"));
  EXPECT_THAT(list(v1::MODEL_STATE_SHADOW, "refund_bot", 0), ElementsAre("v8"));
  EXPECT_THAT(list(v1::MODEL_STATE_UNSPECIFIED, "other", 0), IsEmpty());
}

TEST_F(Versions, OfOneTenantAreNoneOfAnother) {
  const Tenant other = world_.MakeTenant();
  const Client owner = World::MakeKey(other, World::MakeHuman(other, {v1::ROLE_MODEL_OWNER}, "owner"));
  const std::string proposal = Propose(ProposalOf(v1::MODEL_STATE_SHADOW));

  EXPECT_TRUE(Refused(owner.Call<v1::ConfirmModelStateResponse>(ConfirmationOf(proposal)).status, kNotFound, "NOT_FOUND"));
  EXPECT_TRUE(Refused(owner.Call<v1::ProposeModelStateResponse>(ProposalOf(v1::MODEL_STATE_SHADOW)).status, kNotFound, "NOT_FOUND"));
  EXPECT_THAT(owner.Call<v1::ListModelVersionsResponse>(v1::ListModelVersionsRequest())->versions(), IsEmpty());
}

}  // namespace
}  // namespace candor::e2e
