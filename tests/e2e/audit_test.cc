// What is missing, and one decision whole, over the wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "candor/v1/audit_service.pb.h"
#include "candor/v1/transparency_service.pb.h"
#include "services/core/commit/section.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;

class Audit : public ::testing::Test {
 protected:
  v1::AuthorizeResponse Ask(const v1::AuthorizeRequest& request = Question()) const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  void Record(const std::string& authorization) const {
    const auto answer = tenant_.component.Call<v1::RecordResponse>(RecordOf(authorization));
    EXPECT_TRUE(answer.ok()) << answer.refusal();
  }
  v1::AuthorizeRequest Counted(std::uint64_t seq) const {
    v1::AuthorizeRequest request = Question();
    request.mutable_producer()->set_id("refund_client");
    request.mutable_producer()->set_epoch(epoch_);
    request.mutable_producer()->set_seq(seq);
    return request;
  }
  v1::ListGapsResponse Gaps(const v1::ListGapsRequest& request = {}) const {
    const auto answer = carla_.Call<v1::ListGapsResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  // Once there are so many: the server names them by the clock.
  v1::ListGapsResponse Await(int count, const v1::ListGapsRequest& request = {}) const {
    v1::ListGapsResponse gaps = Gaps(request);
    for (int tries = 0; tries < 1000 && gaps.gaps_size() < count; ++tries) {
      absl::SleepFor(absl::Milliseconds(20));
      gaps = Gaps(request);
    }
    EXPECT_EQ(gaps.gaps_size(), count);
    return gaps;
  }
  static v1::GetDossierRequest Of(const std::string& decision, const std::vector<std::string>& sections = {}) {
    v1::GetDossierRequest request;
    request.set_decision_id(decision);
    for (const std::string& section : sections) request.add_sections(section);
    if (!sections.empty()) {
      request.set_request_id(NewId());
      request.set_reason("too_late");
    }
    return request;
  }
  Answer<v1::GetDossierResponse> Dossier(const v1::GetDossierRequest& request) const {
    return carla_.Call<v1::GetDossierResponse>(request);
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const std::string carla_id_ = World::MakeHuman(tenant_, {v1::ROLE_COMPLIANCE}, "carla");
  const Client carla_ = World::MakeKey(tenant_, carla_id_);
  const std::string epoch_ = NewId();
};

TEST_F(Audit, ListsNumbersThatNeverCameUntilTheyDo) {
  Ask(Counted(1));
  Ask(Counted(4));
  v1::CloseEpochRequest closing;
  closing.set_request_id(NewId());
  closing.set_producer_id("refund_client");
  closing.set_epoch(epoch_);
  closing.set_count(6);
  ASSERT_TRUE(tenant_.component.Call<v1::CloseEpochResponse>(closing).ok());
  v1::ListGapsRequest numbers;
  numbers.set_kind(v1::GAP_KIND_SEQUENCE);
  const v1::ListGapsResponse gaps = Await(2, numbers);

  EXPECT_EQ(gaps.gaps(0).first_seq(), 5u);
  EXPECT_EQ(gaps.gaps(0).last_seq(), 6u);
  EXPECT_EQ(gaps.gaps(1).first_seq(), 2u);
  EXPECT_EQ(gaps.gaps(1).last_seq(), 3u);
  EXPECT_EQ(gaps.gaps(1).producer(), "refund_client");
  EXPECT_EQ(gaps.gaps(1).epoch(), epoch_);
  numbers.set_producer("another");
  EXPECT_EQ(Gaps(numbers).gaps_size(), 0);
  numbers.clear_producer();
  Ask(Counted(2));
  EXPECT_EQ(Gaps(numbers).gaps_size(), 2);
  Ask(Counted(3));
  EXPECT_EQ(Gaps(numbers).gaps_size(), 1);
  numbers.set_with_closed(true);
  EXPECT_TRUE(Gaps(numbers).gaps(1).has_close_time());
}

TEST_F(Audit, ListsAuthorizationsWithoutOutcomeUntilItCame) {
  World::SetTimes(tenant_, 1, 1);
  const std::string authorization = Ask().authorization_id();
  const v1::ListGapsResponse gaps = Await(1);

  EXPECT_EQ(gaps.gaps(0).kind(), v1::GAP_KIND_OUTCOME);
  EXPECT_EQ(gaps.gaps(0).decision_id(), authorization);
  Record(authorization);
  // It came, and too late.
  v1::ListGapsRequest outcomes;
  outcomes.set_kind(v1::GAP_KIND_OUTCOME);
  outcomes.set_with_closed(true);
  EXPECT_EQ(Gaps(outcomes).gaps_size(), 1);
}

TEST_F(Audit, ListsRecordsAgainstTheirVerdictAndThoseOfNoAuthorization) {
  v1::AuthorizeRequest large = Question();
  large.mutable_action()->set_amount("500");
  Record(Ask(large).authorization_id());
  v1::AuthorizeRequest unsure = Question();
  unsure.set_confidence("0.5");
  Record(Ask(unsure).authorization_id());
  Record("019b7ca9-f600-7000-8000-000000000001");
  const v1::ListGapsResponse gaps = Gaps();

  ASSERT_EQ(gaps.gaps_size(), 3);
  EXPECT_EQ(gaps.gaps(0).kind(), v1::GAP_KIND_AUTHORIZATION);
  EXPECT_EQ(gaps.gaps(0).mark(), v1::MARK_UNAUTHORIZED);
  EXPECT_EQ(gaps.gaps(1).mark(), v1::MARK_UNRESOLVED);
  EXPECT_EQ(gaps.gaps(2).kind(), v1::GAP_KIND_FINDING);
  EXPECT_EQ(gaps.gaps(2).mark(), v1::MARK_AGAINST_VERDICT);
  v1::ListGapsRequest pages;
  pages.set_page_size(2);
  v1::ListGapsResponse page = Gaps(pages);
  EXPECT_EQ(page.gaps_size(), 2);
  pages.set_page_token(page.next_page_token());
  page = Gaps(pages);
  ASSERT_EQ(page.gaps_size(), 1);
  EXPECT_EQ(page.gaps(0).mark(), v1::MARK_AGAINST_VERDICT);
  EXPECT_EQ(page.next_page_token(), "");
}

TEST_F(Audit, TellsHowManyDecisionsWereGated) {
  Ask();
  v1::ObserveRequest seen;
  seen.set_request_id(NewId());
  *seen.mutable_actor() = Question().actor();
  seen.mutable_action()->set_name("refund.grant");
  seen.mutable_outcome()->set_code("granted");
  ASSERT_TRUE(tenant_.component.Call<v1::ObserveResponse>(seen).ok());
  Ask();

  EXPECT_EQ(Gaps().gated_count(), 2u);
  EXPECT_EQ(Gaps().observed_count(), 1u);
}

TEST_F(Audit, ADossierHoldsEveryLeafWithItsProof) {
  const v1::AuthorizeResponse asked = Ask();
  Record(asked.authorization_id());
  Ask();
  const auto dossier = Dossier(Of(asked.decision_id()));
  ASSERT_TRUE(dossier.ok()) << dossier.refusal();

  ASSERT_EQ(dossier->entries_size(), 2);
  for (const v1::DossierEntry& entry : dossier->entries()) {
    core::Leaf leaf;
    ASSERT_TRUE(Verifies(entry.receipt(), tenant_.key, &leaf));
    EXPECT_EQ(leaf.id.ToText(), entry.leaf_id());
    EXPECT_EQ(leaf.type, entry.type());
    for (const v1::Section& section : entry.sections()) {
      EXPECT_EQ(section.withheld(), v1::WITHHELD_REASON_NOT_IN_SCOPE);
      EXPECT_EQ(section.content(), "");
    }
  }
  EXPECT_EQ(dossier->entries(0).type(), "authorization");
  EXPECT_EQ(dossier->entries(1).type(), "outcome");
  EXPECT_EQ(dossier->decision().outcome(), "granted");
  EXPECT_FALSE(dossier->has_receipt());
  EXPECT_THAT(dossier->SerializeAsString(), Not(HasSubstr("customer-1182")));
  EXPECT_THAT(dossier->vkeys(), ElementsAre(tenant_.key.ToText()));
}

TEST_F(Audit, ToOpenSectionsIsAnEntryThatThePersonSees) {
  const v1::AuthorizeResponse asked = Ask();
  const std::uint64_t size = world_.SizeOf(tenant_);
  const auto dossier = Dossier(Of(asked.decision_id(), {"inputs", "person"}));
  ASSERT_TRUE(dossier.ok()) << dossier.refusal();

  EXPECT_TRUE(world_.Grew(tenant_, size, 1));
  core::Leaf read;
  ASSERT_TRUE(Verifies(dossier->receipt(), tenant_.key, &read));
  EXPECT_EQ(read.type, "read");
  EXPECT_EQ(read.decision->ToText(), asked.decision_id());
  EXPECT_EQ(FactOf(read, "read_reason"), "too_late");
  EXPECT_THAT(TextsOf(read.facts, "read_sections"), ElementsAre("inputs", "person"));
  EXPECT_EQ(*read.facts.FindInteger("read_count"), 2);
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(dossier->entries(0).receipt(), tenant_.key, &leaf));
  int opened = 0;
  for (const v1::Section& section : dossier->entries(0).sections()) {
    if (section.withheld() != v1::WITHHELD_REASON_UNSPECIFIED) continue;
    ++opened;
    const auto salt = Digest::FromBytes(AsBytes(section.salt()));
    const Digest commitment = core::CommitSection({.origin = tenant_.origin, .leaf_id = dossier->entries(0).leaf_id(),
                                                    .name = section.name()}, *salt, AsBytes(section.content()));
    const auto said = std::find_if(leaf.sections.begin(), leaf.sections.end(),
                                   [&](const auto& one) { return one.first == section.name(); });
    ASSERT_NE(said, leaf.sections.end());
    EXPECT_EQ(said->second, commitment) << section.name();
  }
  EXPECT_EQ(opened, 2);
  const Client person = World::MakePerson(tenant_, "customer-1182");
  const auto looked = person.Call<v1::WhoLookedResponse>(v1::WhoLookedRequest());
  ASSERT_EQ(looked->readings_size(), 1);
  EXPECT_EQ(looked->readings(0).decision_id(), asked.decision_id());
}

TEST_F(Audit, ARepetitionOfAReadingIsTheSameReading) {
  const v1::AuthorizeResponse asked = Ask();
  const v1::GetDossierRequest request = Of(asked.decision_id(), {"inputs"});
  const auto first = Dossier(request);
  Record(asked.authorization_id());
  const std::uint64_t size = world_.SizeOf(tenant_);
  const auto again = Dossier(request);

  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
  EXPECT_EQ(again->receipt().position(), first->receipt().position());
  // What was written after it was not read then.
  ASSERT_EQ(first->entries_size(), 1);
  ASSERT_EQ(again->entries_size(), 1);
  EXPECT_EQ(again->entries(0).sections(0).content(), first->entries(0).sections(0).content());
}

TEST_F(Audit, NothingIsOpenedWithoutAReasonAndProtectedAttributesNever) {
  const std::string decision = Ask().decision_id();
  v1::GetDossierRequest request = Of(decision, {"inputs"});
  const std::uint64_t size = world_.SizeOf(tenant_);
  request.clear_reason();
  EXPECT_EQ(Dossier(request).refusal().field, "reason");
  request = Of(decision, {"inputs"});
  request.clear_request_id();
  EXPECT_EQ(Dossier(request).refusal().field, "request_id");
  EXPECT_EQ(Dossier(Of(decision, {"inputs", "protected.2"})).refusal().field, "sections[1]");
  EXPECT_TRUE(Refused(Dossier(Of("x")).status, kInvalid, "FIELD_INVALID"));
  EXPECT_TRUE(Refused(Dossier(Of(NewId())).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

TEST_F(Audit, AnErasedPersonsSectionsAreToldAsErased) {
  const std::string decision = Ask().decision_id();
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference("customer-1182");
  erase.set_ground(v1::ERASURE_GROUND_REQUEST);
  ASSERT_TRUE(carla_.Call<v1::ErasePersonResponse>(erase).ok());
  const auto dossier = Dossier(Of(decision, {"inputs"}));
  ASSERT_TRUE(dossier.ok()) << dossier.refusal();

  EXPECT_TRUE(dossier->decision().erased());
  for (const v1::Section& section : dossier->entries(0).sections()) {
    if (section.name() == "inputs") {
      EXPECT_EQ(section.withheld(), v1::WITHHELD_REASON_ERASED);
    }
  }
}

TEST_F(Audit, ListsWhoReadWhatTheNewestFirst) {
  const std::string first = Ask().decision_id(), second = Ask().decision_id();
  ASSERT_TRUE(Dossier(Of(first, {"inputs"})).ok());
  ASSERT_TRUE(Dossier(Of(second, {"person"})).ok());
  v1::SearchRequest search;
  search.set_person_reference("customer-1182");
  search.set_reason("too_late");
  ASSERT_TRUE(carla_.Call<v1::SearchResponse>(search).ok());
  v1::ListReadsRequest request;
  const auto all = carla_.Call<v1::ListReadsResponse>(request);
  request.set_decision_id(first);
  const auto one = carla_.Call<v1::ListReadsResponse>(request);

  ASSERT_EQ(all->readings_size(), 3);
  EXPECT_EQ(all->readings(0).decision_id(), "");
  EXPECT_EQ(all->readings(1).decision_id(), second);
  EXPECT_THAT(all->readings(1).sections(), ElementsAre("person"));
  EXPECT_EQ(all->readings(2).reader(), carla_id_);
  EXPECT_EQ(all->readings(2).reason(), "too_late");
  ASSERT_EQ(one->readings_size(), 1);
  EXPECT_EQ(one->readings(0).leaf_id(), all->readings(2).leaf_id());
  request.clear_decision_id();
  request.set_page_size(2);
  const auto page = carla_.Call<v1::ListReadsResponse>(request);
  EXPECT_EQ(page->readings_size(), 2);
  request.set_page_token(page->next_page_token());
  EXPECT_EQ(carla_.Call<v1::ListReadsResponse>(request)->readings_size(), 1);
}

TEST_F(Audit, ListsWhoReadOfAPersonAndWritesThatDownToo) {
  const std::string decision = Ask().decision_id();
  ASSERT_TRUE(Dossier(Of(decision, {"inputs"})).ok());
  ASSERT_TRUE(Dossier(Of(Ask(Question("customer-2")).decision_id(), {"inputs"})).ok());
  v1::SearchRequest search;
  search.set_person_reference("customer-1182");
  search.set_reason("too_late");
  ASSERT_TRUE(carla_.Call<v1::SearchResponse>(search).ok());
  v1::ListReadsRequest request;
  request.set_person_reference("customer-1182");
  EXPECT_EQ(carla_.Call<v1::ListReadsResponse>(request).refusal().field, "reason");
  request.set_reason("not_ours");
  const auto reads = carla_.Call<v1::ListReadsResponse>(request);
  ASSERT_TRUE(reads.ok()) << reads.refusal();

  ASSERT_EQ(reads->readings_size(), 2);
  EXPECT_EQ(reads->readings(0).decision_id(), "");
  EXPECT_EQ(reads->readings(1).decision_id(), decision);
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(reads->receipt(), tenant_.key, &leaf));
  EXPECT_EQ(FactOf(leaf, "read_reason"), "not_ours");
  // The person sees all three.
  const auto looked = World::MakePerson(tenant_, "customer-1182").Call<v1::WhoLookedResponse>(v1::WhoLookedRequest());
  ASSERT_TRUE(looked.ok()) << looked.refusal();
  EXPECT_EQ(looked->readings_size(), 3);
  request.set_person_reference("nobody");
  EXPECT_EQ(carla_.Call<v1::ListReadsResponse>(request)->readings_size(), 0);
}

class Counts : public Audit {
 protected:
  // 15 gated and allowed, 12 of them granted; 5 escalated; 2 observed.
  void SetUp() override {
    for (int i = 0; i < 15; ++i) {
      const std::string authorization = Ask().authorization_id();
      if (i < 12) Record(authorization);
    }
    for (int i = 0; i < 5; ++i) {
      v1::AuthorizeRequest unsure = Question();
      unsure.set_confidence("0.5");
      Ask(unsure);
    }
    for (int i = 0; i < 2; ++i) {
      v1::ObserveRequest seen;
      seen.set_request_id(NewId());
      *seen.mutable_actor() = Question().actor();
      seen.mutable_action()->set_name("refund.grant");
      seen.mutable_outcome()->set_code("granted");
      ASSERT_TRUE(tenant_.component.Call<v1::ObserveResponse>(seen).ok());
    }
  }
  static v1::AggregateRequest Of(const std::vector<v1::Measure>& measures) {
    v1::AggregateRequest request;
    request.mutable_period()->mutable_from_time()->set_seconds(0);
    request.mutable_period()->mutable_until_time()->set_seconds(4102444800);
    for (const v1::Measure measure : measures) request.add_measures(measure);
    return request;
  }
  v1::AggregateResponse Count(const v1::AggregateRequest& request) const {
    const auto answer = carla_.Call<v1::AggregateResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  static std::string Said(const v1::AggregateRow& row) {
    std::string text = std::to_string(row.count()) + "/" + std::to_string(row.total()) + " = " + row.value();
    if (!row.low().empty()) text += " (" + row.low() + " to " + row.high() + ")";
    for (const std::string& value : row.segments()) text += " " + value;
    return text;
  }
  static std::vector<std::string> Said(const v1::AggregateResponse& counted) {
    std::vector<std::string> all;
    for (const v1::AggregateRow& row : counted.rows()) all.push_back(Said(row));
    return all;
  }
};

TEST_F(Counts, AreSharesWithTheirIntervals) {
  // Wilson's interval of 5 in 20 is 0.1119 to 0.4687, of 12 in 14 0.6006 to 0.9599.
  EXPECT_THAT(Said(Count(Of({v1::MEASURE_DECISIONS, v1::MEASURE_ESCALATION, v1::MEASURE_COVERAGE, v1::MEASURE_DENIAL}))),
              ElementsAre("22/22 = 22", "5/20 = 0.2500 (0.1119 to 0.4687)", "12/14 = 0.8571 (0.6006 to 0.9599)",
                          "0/20 = 0.0000 (0.0000 to 0.1611)"));
  EXPECT_EQ(Count(Of({v1::MEASURE_DECISIONS})).suppressed_count(), 0u);
}

TEST_F(Counts, LeaveOutGroupsThatAreTooSmall) {
  v1::AggregateRequest request = Of({v1::MEASURE_DECISIONS, v1::MEASURE_OVERRIDE});
  request.add_fields("recorded");
  const v1::AggregateResponse counted = Count(request);

  EXPECT_THAT(Said(counted), ElementsAre("20/20 = 20 gated"));
  EXPECT_EQ(counted.suppressed_count(), 2u);
  request.set_filter("review:*");
  EXPECT_EQ(Count(request).rows_size(), 0);
  EXPECT_EQ(Count(request).suppressed_count(), 5u);
}

TEST_F(Counts, AreByFieldsSegmentsAndTime) {
  v1::AggregateRequest request = Of({v1::MEASURE_DECISIONS});
  request.add_segments(v1::SEGMENT_SYSTEM);
  request.add_fields("outcome");
  EXPECT_THAT(Said(Count(request)), ElementsAre("14/14 = 14 refund_bot granted"));
  EXPECT_EQ(Count(request).suppressed_count(), 8u);
  request.clear_fields();
  request.set_bucket(v1::BUCKET_MONTH);
  std::uint64_t all = 0;
  const v1::AggregateResponse monthly = Count(request);
  for (const v1::AggregateRow& row : monthly.rows()) {
    all += row.count();
    EXPECT_EQ(row.bucket_time().seconds() % 86400, 0);
  }
  EXPECT_EQ(all + monthly.suppressed_count(), 22u);
}

TEST_F(Counts, CompareTwoPeriods) {
  v1::AggregateRequest request = Of({v1::MEASURE_DECISIONS});
  *request.mutable_compared_period() = request.period();
  request.mutable_period()->mutable_until_time()->set_seconds(1000);
  const v1::AggregateResponse counted = Count(request);
  ASSERT_EQ(counted.rows_size(), 1);
  EXPECT_TRUE(counted.rows(0).compared());
}

TEST_F(Counts, RefuseWhatCannotBeCounted) {
  const auto field = [&](const v1::AggregateRequest& request) {
    return carla_.Call<v1::AggregateResponse>(request).refusal().field;
  };
  EXPECT_EQ(field(Of({})), "measures");
  EXPECT_EQ(field(Of({v1::MEASURE_UNSPECIFIED})), "measures[0]");
  v1::AggregateRequest request = Of({v1::MEASURE_DECISIONS});
  request.add_fields("amount");
  EXPECT_EQ(field(request), "fields[0]");
  request.set_fields(0, "outcome");
  request.add_fields("verdict");
  request.add_fields("system");
  EXPECT_EQ(field(request), "segments");
  request = Of({v1::MEASURE_DECISIONS});
  request.set_filter("nothing");
  EXPECT_EQ(field(request), "filter");
  request = Of({v1::MEASURE_DECISIONS});
  request.mutable_period()->clear_until_time();
  EXPECT_EQ(field(request), "period.until_time");
}

TEST_F(Audit, OthersAndRegulatorsWithoutAGrantSeeNothing) {
  const std::string decision = Ask().decision_id();
  const Client regulator = World::MakeCaller(tenant_, v1::ROLE_REGULATOR, "authority");
  constexpr auto kDenied = grpc::StatusCode::PERMISSION_DENIED;
  EXPECT_TRUE(Refused(regulator.Call<v1::GetDossierResponse>(Of(decision)).status, kDenied, "GRANT_EXCEEDED"));
  EXPECT_TRUE(Refused(regulator.Call<v1::ListGapsResponse>(v1::ListGapsRequest()).status, kDenied, "GRANT_EXCEEDED"));
  EXPECT_TRUE(Refused(regulator.Call<v1::ListReadsResponse>(v1::ListReadsRequest()).status, kDenied, "GRANT_EXCEEDED"));
  EXPECT_TRUE(Refused(regulator.Call<v1::ListLeavesResponse>(v1::ListLeavesRequest()).status, kDenied, "ROLE_MISSING"));
  v1::GetReceiptRequest any;
  any.set_position(1);
  EXPECT_TRUE(Refused(regulator.Call<v1::GetReceiptResponse>(any).status, kDenied, "ROLE_MISSING"));
  const Tenant others = world_.MakeTenant();
  const Client other = World::MakeKey(others, World::MakeHuman(others, {v1::ROLE_COMPLIANCE}, "olga"));
  EXPECT_TRUE(Refused(other.Call<v1::GetDossierResponse>(Of(decision)).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

}  // namespace
}  // namespace candor::e2e
