// Finding decisions, over the wire, in a world of decisions of which each is told apart by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "candor/v1/audit_service.pb.h"
#include "candor/v1/oversight_service.pb.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;

class Search : public ::testing::Test {
 protected:
  // The world, the oldest first:
  //   granted   gated, 49.90 eur, v7, granted
  //   large     gated, 500 eur: denied as over the limit, and nothing done
  //   done      the same, but done against the verdict
  //   unsure    escalated, waits
  //   upheld    escalated, upheld
  //   seen      observed only, refused, adverse, reason too_late, v8
  //   waiting   gated, allowed, no outcome yet
  static void SetUpTestSuite() {
    tenant_ = new Tenant(World::Get().MakeTenant());
    carla_ = new Client(World::MakeKey(*tenant_, World::MakeHuman(*tenant_, {v1::ROLE_COMPLIANCE}, "carla")));
    const Client rita = World::MakeKey(*tenant_, World::MakeHuman(*tenant_, {v1::ROLE_REVIEWER}, "rita"));
    v1::DeclareCodesRequest codes;
    codes.set_request_id(NewId());
    codes.set_kind(v1::CODE_KIND_REASON);
    codes.add_codes("access_request");
    ASSERT_TRUE(tenant_->system.Call<v1::DeclareCodesResponse>(codes).ok());

    const auto ask = [](const std::string& name, const v1::AuthorizeRequest& request) {
      const auto answer = tenant_->component.Call<v1::AuthorizeResponse>(request);
      EXPECT_TRUE(answer.ok()) << answer.refusal();
      names_[answer->decision_id()] = name;
      ids_[name] = answer->decision_id();
      return answer.value;
    };
    const auto record = [](const v1::AuthorizeResponse& authorization) {
      EXPECT_TRUE(tenant_->component.Call<v1::RecordResponse>(RecordOf(authorization.authorization_id())).ok());
    };
    v1::AuthorizeRequest large = Question(), unsure = Question("customer-2");
    large.mutable_action()->set_amount("500");
    unsure.set_confidence("0.5");
    record(ask("granted", Question()));
    ask("large", large);
    large.set_request_id(NewId());
    record(ask("done", large));
    ask("unsure", unsure);
    unsure.set_request_id(NewId());
    const auto escalated = ask("upheld", unsure);
    v1::ClaimTaskRequest claim;
    claim.set_request_id(NewId());
    claim.set_task_id(escalated.task_id());
    ASSERT_TRUE(rita.Call<v1::ClaimTaskResponse>(claim).ok());
    v1::ResolveTaskRequest resolve;
    resolve.set_request_id(NewId());
    resolve.set_task_id(escalated.task_id());
    resolve.set_resolution(v1::RESOLUTION_UPHOLD);
    resolve.set_reason("not_ours");
    ASSERT_TRUE(rita.Call<v1::ResolveTaskResponse>(resolve).ok());

    v1::ObserveRequest seen;
    seen.set_request_id(NewId());
    *seen.mutable_actor() = Question().actor();
    seen.mutable_actor()->set_model_version("v8");
    seen.mutable_action()->set_name("refund.grant");
    seen.mutable_person()->set_reference("customer-3");
    seen.mutable_outcome()->set_code("refused");
    seen.mutable_outcome()->set_adverse(true);
    seen.mutable_outcome()->add_reasons()->set_code("too_late");
    const auto observed = tenant_->component.Call<v1::ObserveResponse>(seen);
    ASSERT_TRUE(observed.ok()) << observed.refusal();
    names_[observed->decision_id()] = "seen";
    ids_["seen"] = observed->decision_id();
    ask("waiting", Question("customer-2"));
  }
  static void TearDownTestSuite() {
    delete carla_;
    delete tenant_;
  }

  static v1::SearchRequest For(const std::string& filter) {
    v1::SearchRequest request;
    request.set_filter(filter);
    return request;
  }
  static Answer<v1::SearchResponse> Ask(const v1::SearchRequest& request) {
    return carla_->Call<v1::SearchResponse>(request);
  }
  // Names of the decisions that a filter finds, the newest first.
  static std::vector<std::string> Found(v1::SearchRequest request) {
    std::vector<std::string> found;
    do {
      const auto page = Ask(request);
      EXPECT_TRUE(page.ok()) << page.refusal();
      for (const auto& one : page->decisions()) found.push_back(names_[one.decision_id()]);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return found;
  }
  static std::vector<std::string> Found(const std::string& filter) { return Found(For(filter)); }

  static Tenant* tenant_;
  static Client* carla_;
  static std::map<std::string, std::string> names_, ids_;
};
Tenant* Search::tenant_ = nullptr;
Client* Search::carla_ = nullptr;
std::map<std::string, std::string> Search::names_, Search::ids_;

TEST_F(Search, FindsAllTheNewestFirst) {
  EXPECT_THAT(Found(""), ElementsAre("waiting", "seen", "upheld", "unsure", "done", "large", "granted"));
}

TEST_F(Search, FindsByWhatAComplianceOfficerWouldName) {
  EXPECT_THAT(Found("verdict = DENY"), ElementsAre("done", "large"));
  EXPECT_THAT(Found("verdict = DENY AND outcome:*"), ElementsAre("done"));
  EXPECT_THAT(Found("mark = AGAINST_VERDICT"), ElementsAre("done"));
  EXPECT_THAT(Found("verdict_reason = AMOUNT_OVER_LIMIT"), ElementsAre("done", "large"));
  EXPECT_THAT(Found("recorded = observed"), ElementsAre("seen"));
  EXPECT_THAT(Found("recorded = gated AND verdict = allow"), ElementsAre("waiting", "granted"));
  EXPECT_THAT(Found("model_version = v8 OR review = upheld"), ElementsAre("seen", "upheld"));
  EXPECT_THAT(Found("review:*"), ElementsAre("upheld", "unsure"));
  EXPECT_THAT(Found("review = waiting"), ElementsAre("unsure"));
  EXPECT_THAT(Found("open = true"), ElementsAre("waiting", "upheld", "unsure"));
  EXPECT_THAT(Found("adverse = true AND reason = too_late"), ElementsAre("seen"));
  EXPECT_THAT(Found("amount > 49.90"), ElementsAre("done", "large"));
  EXPECT_THAT(Found("amount >= 49.9 amount < 100 confidence < 0.8"), ElementsAre("upheld", "unsure"));
  EXPECT_THAT(Found("purpose != service_recovery"), ElementsAre("seen"));
  EXPECT_THAT(Found("NOT (system = refund_bot AND action = refund.grant)"), IsEmpty());
  EXPECT_THAT(Found("automation = solely_automated"), ElementsAre("seen", "done", "granted"));
  EXPECT_THAT(Found("recorder = refund_client outcome = granted"), ElementsAre("done", "granted"));
  EXPECT_THAT(Found("decision = " + ids_["seen"]), ElementsAre("seen"));
  EXPECT_THAT(Found("policy_set = builtin AND type = review"), ElementsAre("upheld"));
}

TEST_F(Search, FindsByTime) {
  const auto all = Ask(For(""));
  const auto& times = all->decisions(3).create_time();  // Of "unsure".
  char text[40];
  const absl::Time time = absl::FromUnixSeconds(times.seconds()) + absl::Nanoseconds(times.nanos());
  std::snprintf(text, sizeof text, "%s", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone()).c_str());

  EXPECT_THAT(Found(std::string("time < ") + text), ElementsAre("done", "large", "granted"));
  EXPECT_THAT(Found(std::string("time = ") + text), ElementsAre("unsure"));
  EXPECT_THAT(Found("time < 2020-01-01"), IsEmpty());
}

TEST_F(Search, SummarizesWithoutPersonalData) {
  const auto answer = Ask(For("recorded = observed"));
  ASSERT_EQ(answer->decisions_size(), 1);
  const v1::DecisionSummary& seen = answer->decisions(0);

  EXPECT_EQ(seen.system(), "refund_bot");
  EXPECT_EQ(seen.model_version(), "v8");
  EXPECT_EQ(seen.action(), "refund.grant");
  EXPECT_EQ(seen.verdict(), v1::VERDICT_UNSPECIFIED);
  EXPECT_EQ(seen.outcome(), "refused");
  EXPECT_TRUE(seen.adverse());
  EXPECT_EQ(seen.automation(), v1::AUTOMATION_SOLELY_AUTOMATED);
  EXPECT_THAT(seen.marks(), ElementsAre(v1::MARK_OBSERVED));
  EXPECT_EQ(seen.leaf_count(), 1u);
  EXPECT_FALSE(seen.erased());
  EXPECT_THAT(answer->SerializeAsString(), Not(HasSubstr("customer")));
}

TEST_F(Search, PagesAndCounts) {
  v1::SearchRequest request = For("action = refund.grant");
  request.set_page_size(2);
  request.set_with_total(true);
  const auto page = Ask(request);

  EXPECT_EQ(page->decisions_size(), 2);
  EXPECT_EQ(page->total_count(), 7u);
  EXPECT_FALSE(page->total_is_more());
  EXPECT_THAT(Found(request), ElementsAre("waiting", "seen", "upheld", "unsure", "done", "large", "granted"));
  request.set_page_size(7);
  EXPECT_EQ(Ask(request)->next_page_token(), "");
}

TEST_F(Search, RefusesATokenOfAnotherSearchOrTenant) {
  v1::SearchRequest request = For("action = refund.grant");
  request.set_page_size(2);
  request.set_page_token(Ask(request)->next_page_token());
  ASSERT_TRUE(Ask(request).ok());

  v1::SearchRequest other = request;
  other.set_filter("");
  EXPECT_TRUE(Refused(Ask(other).status, kInvalid, "FIELD_INVALID"));
  other = request;
  other.set_page_token("00" + request.page_token().substr(2));
  EXPECT_TRUE(Ask(other).ok());
  other.set_page_token(request.page_token() + "0");
  EXPECT_TRUE(Refused(Ask(other).status, kInvalid, "FIELD_INVALID"));
  const Tenant strangers = World::Get().MakeTenant();
  const Client stranger = World::MakeKey(strangers, World::MakeHuman(strangers, {v1::ROLE_COMPLIANCE}, "stan"));
  EXPECT_TRUE(Refused(stranger.Call<v1::SearchResponse>(request).status, kInvalid, "FIELD_INVALID"));
}

TEST_F(Search, PointsAtTheCharacterThatDoesNotFit) {
  const auto answer = Ask(For("action = refund.grant AND amuont > 3"));

  EXPECT_TRUE(Refused(answer.status, kInvalid, "FIELD_INVALID"));
  EXPECT_EQ(answer.refusal().field, "filter");
  EXPECT_THAT(answer.refusal().bytes, HasSubstr("character 27"));
  EXPECT_TRUE(Refused(Ask(For(std::string(10000, '('))).status, kInvalid, "FIELD_INVALID"));
}

TEST_F(Search, ReadsItsOwnWrites) {
  for (int i = 0; i < 3; ++i) {
    const auto answer = tenant_->component.Call<v1::AuthorizeResponse>(Question("customer-own"));
    names_[answer->decision_id()] = "own";
    EXPECT_EQ(Found(For("decision = " + answer->decision_id())).size(), 1u);
    const auto found = Ask(For(""));
    EXPECT_GT(found->searched_size(), answer->receipt().position());
    EXPECT_LE(found->searched_size(), found->checkpoint().size());
    ASSERT_TRUE(tenant_->component.Call<v1::RecordResponse>(RecordOf(answer->authorization_id())).ok());
    EXPECT_EQ(Found(For("outcome = granted AND decision = " + answer->decision_id())).size(), 1u);
  }
}

TEST_F(Search, IsOfOneTenant) {
  const Tenant others = World::Get().MakeTenant();
  const Client other = World::MakeKey(others, World::MakeHuman(others, {v1::ROLE_COMPLIANCE}, "olga"));
  EXPECT_EQ(other.Call<v1::SearchResponse>(For(""))->decisions_size(), 0);
}

TEST_F(Search, ByPersonIsAnEntryThatSaysWhoAndWhy) {
  v1::SearchRequest request = For("open = true");
  request.set_person_reference("customer-2");
  EXPECT_EQ(Ask(request).refusal().field, "reason");
  request.set_reason("access_request");
  const auto answer = Ask(request);
  ASSERT_TRUE(answer.ok()) << answer.refusal();

  EXPECT_EQ(answer->decisions_size(), 3);
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(answer->receipt(), tenant_->key, &leaf));
  EXPECT_EQ(leaf.type, "read");
  EXPECT_EQ(leaf.caller_kind, "human");
  EXPECT_EQ(FactOf(leaf, "read_reason"), "access_request");
  EXPECT_EQ(*leaf.facts.FindInteger("read_count"), 3);
  EXPECT_THAT(answer->receipt().leaf(), Not(HasSubstr("customer")));
  request.set_filter("");
  EXPECT_THAT(Found(request), ElementsAre("waiting", "upheld", "unsure"));
}

TEST_F(Search, APersonWhoIsNotThereIsFoundNowhereAndTheSearchIsAnEntryStill) {
  v1::SearchRequest request;
  request.set_person_reference("customer-none");
  request.set_reason("access_request");
  request.set_with_total(true);
  const auto answer = Ask(request);

  EXPECT_EQ(answer->decisions_size(), 0);
  EXPECT_EQ(answer->total_count(), 0u);
  EXPECT_TRUE(answer->has_receipt());
}

TEST_F(Search, AnErasedPersonIsFoundNoMoreButTheDecisionIs) {
  const auto asked = tenant_->component.Call<v1::AuthorizeResponse>(Question("customer-gone"));
  const std::string decision = asked->decision_id();
  v1::SearchRequest request;
  request.set_person_reference("customer-gone");
  request.set_reason("access_request");
  ASSERT_EQ(Ask(request)->decisions_size(), 1);
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference("customer-gone");
  erase.set_ground(v1::ERASURE_GROUND_CONSENT_WITHDRAWN);
  const auto erased = carla_->Call<v1::ErasePersonResponse>(erase);
  ASSERT_TRUE(erased.ok()) << erased.refusal();

  EXPECT_EQ(Ask(request)->decisions_size(), 0);
  const auto still = Ask(For("decision = " + decision));
  ASSERT_EQ(still->decisions_size(), 1);
  EXPECT_TRUE(still->decisions(0).erased());
}

TEST_F(Search, ByAConversationOrADatumIsAnEntryThatDoesNotNameIt) {
  v1::AuthorizeRequest talk = Question("customer-2"), other = talk;
  talk.mutable_conversation()->set_id("talk-7");
  talk.add_data_used()->set_datum_id("datum-7");
  other.set_request_id(NewId());
  other.mutable_conversation()->set_id("datum-7");
  const auto asked = tenant_->component.Call<v1::AuthorizeResponse>(talk);
  ASSERT_TRUE(asked.ok()) << asked.refusal();
  ASSERT_TRUE(tenant_->component.Call<v1::AuthorizeResponse>(other).ok());

  v1::SearchRequest by_talk, by_datum;
  by_talk.set_conversation_id("talk-7");
  EXPECT_EQ(Ask(by_talk).refusal().field, "reason");
  by_talk.set_reason("access_request");
  by_datum.set_datum_id("datum-7");
  by_datum.set_reason("access_request");
  for (v1::SearchRequest request : {by_talk, by_datum}) {
    request.set_with_total(true);
    const auto found = Ask(request);
    ASSERT_TRUE(found.ok()) << found.refusal();
    EXPECT_EQ(found->total_count(), 1u);
    EXPECT_EQ(found->decisions(0).decision_id(), asked->decision_id());
    core::Leaf leaf;
    ASSERT_TRUE(Verifies(found->receipt(), tenant_->key, &leaf));
    EXPECT_EQ(leaf.type, "read");
    EXPECT_THAT(found->receipt().leaf(), AllOf(Not(HasSubstr("talk-7")), Not(HasSubstr("datum-7"))));
    request.set_filter("outcome:*");
    EXPECT_EQ(Ask(request)->decisions_size(), 0);
  }
  by_talk.set_datum_id("datum-8");
  EXPECT_EQ(Ask(by_talk)->decisions_size(), 0) << "both must hold";
  for (const std::string& text : {std::string(257, 'a'), std::string(100'000, 'a')}) {
    by_talk.set_conversation_id(text);
    EXPECT_EQ(Ask(by_talk).refusal().field, "conversation_id");
  }
  for (const char* text : {"'", "talk-7' OR 'a'='a", "%", "{talk-7}", "\\x"}) {
    by_datum.set_datum_id(text);
    const auto found = Ask(by_datum);
    ASSERT_TRUE(found.ok()) << found.refusal();
    EXPECT_EQ(found->decisions_size(), 0) << text;
  }
}

TEST_F(Search, WhatIsSealedUnderAnErasedPersonIsFoundNoMore) {
  v1::AuthorizeRequest talk = Question("customer-forgotten");
  talk.mutable_conversation()->set_id("talk-forgotten");
  ASSERT_TRUE(tenant_->component.Call<v1::AuthorizeResponse>(talk).ok());
  v1::SearchRequest request;
  request.set_conversation_id("talk-forgotten");
  request.set_reason("access_request");
  ASSERT_EQ(Ask(request)->decisions_size(), 1);
  testing::Session session(World::Get().database());
  const auto words = [&] { return session.Run("SELECT count(*) FROM words WHERE tenant_id = $1", {tenant_->id}).value(); };
  const std::string before = words();
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference("customer-forgotten");
  erase.set_ground(v1::ERASURE_GROUND_CONSENT_WITHDRAWN);
  ASSERT_TRUE(carla_->Call<v1::ErasePersonResponse>(erase).ok());

  EXPECT_EQ(Ask(request)->decisions_size(), 0);
  EXPECT_EQ(std::stoi(words()), std::stoi(before) - 1) << "nothing of it is left";
  for (const char* sql : {"DELETE FROM words WHERE tenant_id = $1", "UPDATE searched SET size = 0 WHERE tenant_id = $1"}) {
    ASSERT_EQ(session.Run(sql, {tenant_->id}).sqlstate, "");
  }
  EXPECT_EQ(Ask(request)->decisions_size(), 0);
  EXPECT_EQ(std::stoi(words()), std::stoi(before) - 1) << "filled anew without it";
}

TEST_F(Search, ARegulatorWithoutAGrantSeesNothing) {
  const Client regulator = World::MakeCaller(*tenant_, v1::ROLE_REGULATOR, "authority");
  EXPECT_TRUE(Refused(regulator.Call<v1::SearchResponse>(For("")).status, grpc::StatusCode::PERMISSION_DENIED,
                      "GRANT_EXCEEDED"));
}

TEST_F(Search, TheRowsAreFilledAnewFromTheLedger) {
  const auto before = Ask(For(""));
  testing::Session session(World::Get().database());
  for (const char* sql : {"UPDATE searched SET size = 0 WHERE tenant_id = $1", "DELETE FROM decisions WHERE tenant_id = $1"}) {
    ASSERT_EQ(session.Run(sql, {tenant_->id}).sqlstate, "");
  }
  const auto after = Ask(For(""));

  ASSERT_EQ(before->decisions_size(), after->decisions_size());
  for (int i = 0; i < before->decisions_size(); ++i) {
    EXPECT_EQ(before->decisions(i).SerializeAsString(), after->decisions(i).SerializeAsString());
  }
}

}  // namespace
}  // namespace candor::e2e
