// The twenty questions that compliance, auditors and authorities ask of the record, each with its answer
// stated by hand: one world of decisions, in which each answer has a neighbour that is not part of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "candor/v1/oversight_service.pb.h"
#include "services/core/merkle/consistency.h"
#include "tests/e2e/catalogue_world.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST_F(Catalogue, Q01WhatIsTheWholeStoryOfOneDecision) {
  const auto dossier = Dossier("overridden", {});
  EXPECT_THAT(TypesOf(dossier), ElementsAre("authorization", "task_claim", "review"));
  EXPECT_EQ(dossier.decision().verdict(), v1::VERDICT_ESCALATE);
  for (const auto& entry : dossier.entries()) EXPECT_TRUE(Verifies(entry.receipt(), tenant_->key));
}

TEST_F(Catalogue, Q02WhatWasDecidedAboutOnePersonInAPeriod) {
  v1::SearchRequest request = WithReason("time >= 2026-01-01");
  request.set_person_reference("customer-4");
  EXPECT_THAT(Find(request), ElementsAre("unreviewed", "overridden", "upheld"));
  request.set_filter("time < 2026-01-01");
  EXPECT_THAT(Find(request), IsEmpty());
}

TEST_F(Catalogue, Q03WhatDidAVersionAPromptOrADatabaseTouch) {
  const std::string prompt = ToBase64(AsBytes(std::string(32, 'p')));
  EXPECT_THAT(Find("model_version = v8"), ElementsAre("blast"));
  EXPECT_THAT(Find("prompt_template_digest = '" + prompt + "'"),
              ElementsAre("blast of the other prices", "blast of the other version", "blast"));
  EXPECT_THAT(Find("reference_database = prices AND reference_version = p2"), ElementsAre("blast of the other version", "blast"));
  EXPECT_THAT(Find("reference_version = p2 AND model_version = v7"), ElementsAre("blast of the other version"));
  EXPECT_EQ(Find("system = screener").size(), 24u);
}

TEST_F(Catalogue, Q04WhichDecisionsUsedADatumOrASource) {
  v1::SearchRequest request = WithReason("");
  request.set_datum_id("order-4711");
  EXPECT_THAT(Find(request), ElementsAre("datum"));
  request.set_datum_id("order-471");
  EXPECT_THAT(Find(request), IsEmpty());
  EXPECT_THAT(Find("data_source = agency"), ElementsAre("datum"));
  EXPECT_THAT(Find("data_category = orders"), ElementsAre("other datum", "datum"));
}

TEST_F(Catalogue, Q05WhoWasRefusedAndNotToldYet) {
  EXPECT_THAT(Find("adverse = true AND action = refund.grant AND -notice = ccd2_refusal"), ElementsAre("untold"));
  // Of thirty days four are left at most: nobody's yet.
  const std::string day = absl::FormatTime("%Y-%m-%d", absl::Now() - absl::Hours(24 * 26), absl::UTCTimeZone());
  EXPECT_THAT(Find("adverse = true AND -notice:* AND time < " + day), IsEmpty());
  EXPECT_EQ(Find("adverse = true AND -notice:* AND time >= " + day).size(), 1u + 3 + 6);
}

TEST_F(Catalogue, Q06WhichObjectionsAreOpen) {
  const Client person = World::MakePerson(*tenant_, "customer-7");
  v1::ObjectRequest object;
  object.set_request_id(NewId());
  object.set_purpose("service_recovery");
  const auto answer = Must<v1::ObjectResponse>(person, object);
  EXPECT_TRUE(Verifies(answer.receipt(), tenant_->key));
  EXPECT_THAT(Find("objected:*"), ElementsAre("after the objection"));
}

TEST_F(Catalogue, Q07WhatIsMissingOrCameLate) {
  EXPECT_THAT(Find("type = outcome_missing AND open = true"), ElementsAre("lost"));
  EXPECT_THAT(Find("mark = late"), ElementsAre("late"));
  // What came after its authorization had ended has none, and leaves that one open.
  EXPECT_THAT(Find("mark = unauthorized"), ElementsAre("late", "of no name"));
  v1::ListGapsRequest request;
  std::vector<v1::GapKind> kinds;
  const auto answer = Must<v1::ListGapsResponse>(*carla_, request);
  for (const auto& gap : answer.gaps()) kinds.push_back(gap.kind());
  EXPECT_THAT(kinds, UnorderedElementsAre(v1::GAP_KIND_OUTCOME, v1::GAP_KIND_OUTCOME, v1::GAP_KIND_AUTHORIZATION,
                                          v1::GAP_KIND_AUTHORIZATION, v1::GAP_KIND_FINDING));
}

TEST_F(Catalogue, Q08WhatDidMachinesDecideAloneThatHasEffect) {
  EXPECT_THAT(Find("effect = legal AND automation = solely_automated"), ElementsAre("alone by consent", "alone by contract"));
  EXPECT_THAT(Find("effect = legal AND automation = solely_automated AND art22_ground = contract"),
              ElementsAre("alone by contract"));
}

TEST_F(Catalogue, Q09HowDoReviewsGo) {
  EXPECT_THAT(Find("review = overridden"), ElementsAre("overridden"));
  EXPECT_THAT(Find("review = waiting"), ElementsAre("unreviewed"));
  const auto answer = Must<v1::GetQueueStatisticsResponse>(*rita_, v1::GetQueueStatisticsRequest());
  ASSERT_EQ(answer.queues_size(), 2);  // What rules send there, and what persons ask.
  const auto& queue = answer.queues(answer.queues(0).resolved_count() == 0 ? 1 : 0);
  EXPECT_EQ(queue.resolved_count(), 2u);
  EXPECT_EQ(queue.overridden_count(), 1u);
  EXPECT_EQ(queue.reviewer_count(), 1u);
}

TEST_F(Catalogue, Q10WhenWasADatabaseOfFacesUsedAndWhoConfirmedTheMatch) {
  EXPECT_THAT(Find("reference_database = faces"), ElementsAre("face"));
  const auto dossier = Dossier("face", {"data_used"});
  EXPECT_THAT(Content(dossier.entries(0), "data_used"), AllOf(HasSubstr("faces"), HasSubstr("\"match_count\":2")));
  const core::Leaf outcome = LeafOf(dossier.entries(1));
  EXPECT_EQ(FactOf(outcome, "started"), "2025-10-09T08:53:20.000000Z");
  EXPECT_EQ(FactOf(outcome, "ended"), "2025-10-09T08:54:20.000000Z");
  EXPECT_EQ(*outcome.facts.FindInteger("confirmers"), 2);
}

TEST_F(Catalogue, Q11WhatDidARuleDeny) {
  EXPECT_THAT(Find("verdict_reason = AMOUNT_OVER_LIMIT"), ElementsAre("done though denied", "denied"));
  const core::Leaf leaf = LeafOf(Dossier("denied", {}).entries(0));
  EXPECT_THAT(Find("verdict = deny AND policy_digest = '" + FactOf(leaf, "policy_digest") + "'"),
              ElementsAre("done though denied", "denied"));
  EXPECT_THAT(Find("verdict = deny AND policy_digest = '" + ToBase64(AsBytes(std::string(32, 'x'))) + "'"), IsEmpty());
}

TEST_F(Catalogue, Q12HowOftenIsEachGroupRefused) {
  v1::AggregateRequest request;
  request.set_filter("action = applicant.screen");
  request.add_measures(v1::MEASURE_ADVERSE);
  request.add_segments(v1::SEGMENT_LANGUAGE);
  EXPECT_THAT(Count(request), ElementsAre("de: 3/12", "en: 6/12"));
}

TEST_F(Catalogue, Q13WhatDoTheMonitorsOfASystemSay) {
  EXPECT_THAT(Find("system = refund_bot AND drift = alarm"), ElementsAre("drifting"));
  EXPECT_THAT(Find("system = screener AND drift = alarm"), IsEmpty());
}

TEST_F(Catalogue, Q14WhatWasAPersonToldAndWhen) {
  v1::SearchRequest request = WithReason("notice:*");
  request.set_person_reference("customer-2");
  EXPECT_THAT(Find(request), ElementsAre("told"));
  const auto dossier = Dossier("told", {"notice"});
  const auto notice = std::find_if(dossier.entries().begin(), dossier.entries().end(),
                                   [](const auto& entry) { return entry.type() == "notice"; });
  ASSERT_NE(notice, dossier.entries().end());
  EXPECT_THAT(Content(*notice, "notice"), HasSubstr("\"text\":\"We refused your refund, because you asked too late.\""));
  EXPECT_THAT(TextsOf(LeafOf(*notice).facts, "notice_times"), ElementsAre("2025-10-09T08:53:20.000000Z"));
}

TEST_F(Catalogue, Q15WhichObjectionDidADecisionSee) {
  EXPECT_NE(FactOf(LeafOf(Dossier("after the objection", {}).entries(0)), "objected"), "");
  EXPECT_EQ(FactOf(LeafOf(Dossier("before the objection", {}).entries(0)), "objected"), "");
}

TEST_F(Catalogue, Q16WhatWasErasedAndWhatIsHeld) {
  const auto erasures = Must<v1::ListErasuresResponse>(*carla_, v1::ListErasuresRequest());
  ASSERT_EQ(erasures.erasures_size(), 1);
  EXPECT_EQ(erasures.erasures(0).ground(), v1::ERASURE_GROUND_CONSENT_WITHDRAWN);
  EXPECT_GT(erasures.erasures(0).section_count(), 0u);
  const auto holds = Must<v1::ListHoldsResponse>(*carla_, v1::ListHoldsRequest());
  ASSERT_EQ(holds.holds_size(), 1);
  EXPECT_THAT(holds.holds(0).decision_ids(), ElementsAre(ids_["held"]));
  const auto erased = Must<v1::SearchResponse>(*carla_, For("decision = " + ids_["erased"]));
  EXPECT_TRUE(erased.decisions(0).erased());
  EXPECT_FALSE(Must<v1::SearchResponse>(*carla_, For("decision = " + ids_["held"])).decisions(0).erased());
}

TEST_F(Catalogue, Q17WhoReadARecordAndWhy) {
  Dossier("held", {"inputs"});
  v1::ListReadsRequest request;
  request.set_decision_id(ids_["held"]);
  const auto reads = Must<v1::ListReadsResponse>(*carla_, request);
  ASSERT_EQ(reads.readings_size(), 1);
  EXPECT_EQ(reads.readings(0).reason(), "access_request");
  EXPECT_THAT(reads.readings(0).sections(), ElementsAre("inputs"));
  EXPECT_EQ(Must<v1::WhoLookedResponse>(World::MakePerson(*tenant_, "customer-9"), v1::WhoLookedRequest()).readings_size(), 1);
  request.set_decision_id(ids_["denied"]);
  EXPECT_EQ(Must<v1::ListReadsResponse>(*carla_, request).readings_size(), 0);
}

TEST_F(Catalogue, Q18IsTheRecordTheSameAsItWas) {
  const v1::Checkpoint first = Must<v1::SearchResponse>(*carla_, For("")).checkpoint();
  const v1::GetDossierResponse dossier = Dossier("denied", {});
  EXPECT_TRUE(Verifies(dossier.entries(0).receipt(), tenant_->key));
  Decide("one more", Question("customer-1"));
  const v1::Checkpoint second = Must<v1::SearchResponse>(*carla_, For("")).checkpoint();
  ASSERT_LT(first.size(), second.size());
  v1::GetConsistencyRequest consistency;
  consistency.set_first_size(first.size());
  consistency.set_second_size(second.size());
  std::vector<Digest> path;
  const auto answer = Must<v1::GetConsistencyResponse>(*carla_, consistency);
  for (const std::string& hash : answer.hashes()) {
    path.push_back(*Digest::FromBytes(AsBytes(hash)));
  }
  const core::ConsistencyProof proof{.old_size = first.size(), .new_size = second.size(), .path = path};
  const Digest old_root = *Digest::FromBytes(AsBytes(first.root())), new_root = *Digest::FromBytes(AsBytes(second.root()));
  EXPECT_TRUE(core::VerifyConsistency(proof, {.old_root = old_root, .new_root = new_root}).ok());
  EXPECT_FALSE(core::VerifyConsistency(proof, {.old_root = new_root, .new_root = new_root}).ok());
}

TEST_F(Catalogue, Q19WhichSystemsLackWhatTheLawWants) {
  std::vector<std::string> without_class, without_dpia;
  const auto answer = Must<v1::ListSystemsResponse>(tenant_->system, v1::ListSystemsRequest());
  for (const v1::AiSystem& system : answer.systems()) {
    if (system.risk_class() == v1::RISK_CLASS_UNSPECIFIED) without_class.push_back(system.system());
    if (system.assessments().dpia_digest().empty()) without_dpia.push_back(system.system());
  }
  EXPECT_THAT(without_class, ElementsAre("refund_bot"));
  EXPECT_THAT(without_dpia, ElementsAre("refund_bot"));
}

TEST_F(Catalogue, Q20WhatIsComplainedAboutAndWhatIsReversed) {
  EXPECT_THAT(Find("complaint_reason = too_late"), ElementsAre("untold"));
  EXPECT_THAT(Find("complaint = true AND reversed = true"), ElementsAre("told"));
  EXPECT_THAT(Find("complaint = true"), ElementsAre("told", "untold"));
  v1::AggregateRequest request;
  request.set_filter("system = refund_bot AND -mark = unauthorized");
  request.add_measures(v1::MEASURE_COMPLAINT);
  request.add_segments(v1::SEGMENT_SYSTEM);
  EXPECT_THAT(Count(request), ElementsAre(HasSubstr("refund_bot: 2/")));
}

}  // namespace
}  // namespace candor::e2e
