// What a regulator finds, reads and counts under a grant: what it covers, as if nothing else were there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "candor/v1/transparency_service.pb.h"
#include "tests/e2e/granting.h"

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
constexpr auto kDenied = grpc::StatusCode::PERMISSION_DENIED;
constexpr auto kWrongState = grpc::StatusCode::FAILED_PRECONDITION;

class Granted : public Granting {
 protected:
  // A question in Germany is covered by the grants of these tests, one in France is not.
  static v1::AuthorizeRequest In(const std::string& place, const std::string& person = "customer-1") {
    v1::AuthorizeRequest request = Question(person);
    request.add_jurisdictions(place);
    return request;
  }
  static v1::AuthorizeRequest Large(v1::AuthorizeRequest request) {
    request.mutable_action()->set_amount("500");
    return request;
  }
  std::string Ask(const v1::AuthorizeRequest& question) const {
    const auto asked = tenant_.component.Call<v1::AuthorizeResponse>(question);
    EXPECT_TRUE(asked.ok()) << asked.refusal();
    return asked->authorization_id();
  }
  void Complain(const std::string& decision) const {
    v1::RecordResultRequest result;
    result.set_request_id(NewId());
    result.set_decision_id(decision);
    result.set_complaint(true);
    EXPECT_TRUE(tenant_.component.Call<v1::RecordResultResponse>(result).ok());
  }
  v1::ProposeGrantRequest ForGermany() const {
    v1::ProposeGrantRequest proposal = Proposal({});
    proposal.mutable_scope()->add_jurisdictions("de");
    return proposal;
  }
  static google::protobuf::Timestamp Now() {
    google::protobuf::Timestamp now;
    const std::int64_t micros = absl::ToUnixMicros(absl::Now());
    now.set_seconds(micros / 1'000'000);
    now.set_nanos(static_cast<std::int32_t>(micros % 1'000'000) * 1000);
    return now;
  }

  static v1::SearchRequest Find(const std::string& grant, const std::string& filter = {}) {
    v1::SearchRequest request;
    request.set_grant_id(grant);
    request.set_filter(filter);
    return request;
  }
  static v1::GetDossierRequest Dossier(const std::string& grant, const std::string& decision,
                                       const std::vector<std::string>& sections = {}) {
    v1::GetDossierRequest request;
    request.set_grant_id(grant);
    request.set_decision_id(decision);
    for (const std::string& section : sections) request.add_sections(section);
    if (!sections.empty()) {
      request.set_request_id(NewId());
      request.set_reason("too_late");
    }
    return request;
  }
  static v1::AggregateRequest Count(const std::string& grant) {
    v1::AggregateRequest request;
    request.set_grant_id(grant);
    request.mutable_period()->mutable_from_time()->set_seconds(0);
    request.mutable_period()->mutable_until_time()->set_seconds(253'000'000'000);
    for (int measure = v1::Measure_MIN + 1; measure <= v1::Measure_MAX; ++measure) {
      request.add_measures(static_cast<v1::Measure>(measure));
    }
    request.add_fields("outcome");
    return request;
  }
  template <typename Request>
  static Request Under(const std::string& grant) {
    Request request;
    request.set_grant_id(grant);
    return request;
  }
  template <typename Response>
  Response Answered(const google::protobuf::Message& request) const {
    const auto answer = regulator_.client.Call<Response>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  std::vector<std::string> Found(const v1::SearchRequest& request) const {
    std::vector<std::string> found;
    const auto answer = Answered<v1::SearchResponse>(request);
    for (const auto& one : answer.decisions()) found.push_back(one.decision_id());
    return found;
  }

  // All that the five methods answer under a grant, with all their pages, but for the size of the ledger.
  std::vector<std::string> Everything(const std::string& grant) const {
    std::vector<std::string> all;
    for (const char* filter : {"", "outcome = granted OR complaint = true", "NOT mark:*", "amount > 10"}) {
      v1::SearchRequest find = Find(grant, filter);
      find.set_with_total(true);
      find.set_page_size(2);
      do {
        auto page = Answered<v1::SearchResponse>(find);
        find.set_page_token(page.next_page_token());
        page.clear_checkpoint();
        page.clear_searched_size();
        all.push_back(page.ShortDebugString());
      } while (!find.page_token().empty());
    }
    auto counted = Answered<v1::AggregateResponse>(Count(grant));
    counted.clear_checkpoint();
    counted.clear_searched_size();
    all.push_back(counted.ShortDebugString());
    auto gaps = Under<v1::ListGapsRequest>(grant);
    gaps.set_page_size(1);
    do {
      auto page = Answered<v1::ListGapsResponse>(gaps);
      gaps.set_page_token(page.next_page_token());
      page.clear_searched_size();
      all.push_back(page.ShortDebugString());
    } while (!gaps.page_token().empty());
    auto reads = Under<v1::ListReadsRequest>(grant);
    reads.set_page_size(1);
    do {
      const auto page = Answered<v1::ListReadsResponse>(reads);
      reads.set_page_token(page.next_page_token());
      all.push_back(page.ShortDebugString());
    } while (!reads.page_token().empty());
    return all;
  }

  // What an officer reads, under no grant.
  void Read(const std::string& decision) const {
    auto request = Dossier("", decision, {"inputs"});
    EXPECT_TRUE(officer_.client.Call<v1::GetDossierResponse>(request).ok());
  }
};

TEST_F(Granted, FindReadAndCountWhatItCoversAndNothingElse) {
  const std::string first = Decide(In("de")), second = Decide(In("de", "customer-2")), hidden = Decide(In("fr"));
  const std::string grant = Grant(ForGermany());

  EXPECT_THAT(Found(Find(grant)), ElementsAre(second, first));
  EXPECT_THAT(Found(Find(grant, "decision = " + hidden + " OR decision = " + first)), ElementsAre(first));
  EXPECT_THAT(Found(Find(grant, "jurisdiction = fr")), IsEmpty());
  EXPECT_EQ(Answered<v1::GetDossierResponse>(Dossier(grant, first)).entries_size(), 2);
  const auto missing = regulator_.client.Call<v1::GetDossierResponse>(Dossier(grant, hidden));
  EXPECT_TRUE(Refused(missing.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_EQ(missing.refusal().message, regulator_.client.Call<v1::GetDossierResponse>(Dossier(grant, NewId())).refusal().message);
  EXPECT_EQ(Answered<v1::ListGapsResponse>(Under<v1::ListGapsRequest>(grant)).gated_count(), 2u);
  EXPECT_THAT(officer_.client.Call<v1::SearchResponse>(Find(grant))->decisions_size(), 2) << "whoever gives it sees what it shows";
}

TEST_F(Granted, NothingTellsOfWhatItDoesNotCover) {
  for (int i = 0; i < 5; ++i) Decide(In("de"));
  Ask(Large(In("de")));
  const std::string done = Decide(Large(In("de")));
  Complain(done);
  Read(done);
  Read(done);
  v1::ProposeGrantRequest proposal = ForGermany();
  proposal.mutable_scope()->set_smallest_group(1);
  const std::string grant = Grant(proposal);
  const std::vector<std::string> before = Everything(grant);

  const std::string hidden = Decide(In("fr"));
  Decide(Large(In("fr")));
  Ask(In("fr"));
  Complain(hidden);
  Read(hidden);
  Decide("customer-1");
  ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf(NewId())).ok());
  EXPECT_EQ(Everything(grant), before);
  Decide(In("de"));
  EXPECT_NE(Everything(grant), before);
}

TEST_F(Granted, NothingTellsOfWhatCameBeforeAndAfterItsTime) {
  const std::string early = Ask(In("de"));
  const auto from = Now();
  const std::string whole = Decide(In("de")), open = Ask(In("de"));
  ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf(early)).ok());
  Read(whole);
  v1::ProposeGrantRequest proposal = ForGermany();
  proposal.mutable_scope()->set_smallest_group(1);
  *proposal.mutable_scope()->mutable_from_time() = from;
  *proposal.mutable_scope()->mutable_until_time() = Now();
  const std::string grant = Grant(proposal);
  const std::vector<std::string> before = Everything(grant);

  // By its outcome alone: what was asked lies before.
  EXPECT_THAT(Found(Find(grant, "verdict:*")), ElementsAre(open, whole));
  EXPECT_THAT(Found(Find(grant, "outcome = granted")), UnorderedElementsAre(early, whole));
  EXPECT_THAT(Found(Find(grant, "recorded = observed")), IsEmpty());
  ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf(open)).ok());
  Complain(whole);
  Complain(early);
  Read(whole);
  Decide(In("de"));
  EXPECT_EQ(Everything(grant), before);
  EXPECT_THAT(Found(Find(grant, "open = true")), ElementsAre(open));
  EXPECT_EQ(Answered<v1::GetDossierResponse>(Dossier(grant, open)).entries_size(), 1);
  EXPECT_EQ(Answered<v1::GetDossierResponse>(Dossier(grant, early)).entries_size(), 1);
}

TEST_F(Granted, OpensItsSectionsAloneAndEachReadingNamesIt) {
  const std::string decision = Decide(In("de"));
  const std::string grant = Grant(ForGermany());
  const auto refused = regulator_.client.Call<v1::GetDossierResponse>(Dossier(grant, decision, {"inputs", "person"}));
  EXPECT_TRUE(Refused(refused.status, kDenied, "GRANT_EXCEEDED"));
  EXPECT_THAT(refused.refusal().message, HasSubstr("person"));

  const auto opened = Answered<v1::GetDossierResponse>(Dossier(grant, decision, {"inputs"}));
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(opened.receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "read");
  EXPECT_EQ(FactOf(leaf, "grant"), grant);
  for (const v1::Section& section : opened.entries(0).sections()) {
    EXPECT_EQ(section.withheld() == v1::WITHHELD_REASON_UNSPECIFIED, section.name() == "inputs") << section.name();
    EXPECT_EQ(section.content().empty(), section.name() != "inputs") << section.name();
  }
  const auto reads = Answered<v1::ListReadsResponse>(Under<v1::ListReadsRequest>(grant));
  ASSERT_EQ(reads.readings_size(), 1);
  EXPECT_EQ(reads.readings(0).grant_id(), grant);
  EXPECT_EQ(reads.readings(0).reader(), "") << "humans of the tenant are named to nobody under a grant";
  const Client person = World::MakePerson(tenant_, "customer-1");
  EXPECT_EQ(person.Call<v1::WhoLookedResponse>(v1::WhoLookedRequest())->readings_size(), 1);
}

TEST_F(Granted, FindsByPersonOnlyIfItOpensThatSection) {
  const std::string mine = Decide(In("de"));
  Decide(In("fr"));
  v1::SearchRequest find = Find(Grant(ForGermany()));
  find.set_person_reference("customer-1");
  find.set_reason("too_late");
  EXPECT_TRUE(Refused(regulator_.client.Call<v1::SearchResponse>(find).status, kDenied, "GRANT_EXCEEDED"));

  v1::ProposeGrantRequest wider = ForGermany();
  wider.mutable_scope()->add_sections("person");
  find.set_grant_id(Grant(wider));
  const auto found = Answered<v1::SearchResponse>(find);
  ASSERT_EQ(found.decisions_size(), 1);
  EXPECT_EQ(found.decisions(0).decision_id(), mine);
  EXPECT_THAT(found.receipt().leaf(), HasSubstr("\"grant\":\"" + find.grant_id() + "\""));
}

TEST_F(Granted, FindsByAConversationWithinItAndOnlyIfItOpensThatSection) {
  v1::AuthorizeRequest here = In("de"), there = In("fr");
  for (v1::AuthorizeRequest* one : {&here, &there}) one->mutable_conversation()->set_id("talk-7");
  const std::string mine = Decide(here);
  Decide(there);
  v1::SearchRequest find = Find(Grant(ForGermany()));
  find.set_conversation_id("talk-7");
  find.set_reason("too_late");
  EXPECT_TRUE(Refused(regulator_.client.Call<v1::SearchResponse>(find).status, kDenied, "GRANT_EXCEEDED"));
  v1::ProposeGrantRequest wider = ForGermany();
  wider.mutable_scope()->add_sections("conversation");
  find.set_grant_id(Grant(wider));
  EXPECT_THAT(Found(find), ElementsAre(mine));
}

TEST_F(Granted, APersonSeesTheExportsThatOpenedWhatIsTheirs) {
  const std::string first = Decide(In("de", "customer-1")), second = Decide(In("fr", "customer-2"));
  const Client one = World::MakePerson(tenant_, "customer-1"), other = World::MakePerson(tenant_, "customer-2");
  const auto seen_by = [](const Client& person) { return person.Call<v1::WhoLookedResponse>(v1::WhoLookedRequest())->readings_size(); };
  const auto await = [&](const Client& person, int count) {
    for (int tries = 0; tries < 1000 && seen_by(person) != count; ++tries) absl::SleepFor(absl::Milliseconds(20));
    return seen_by(person);
  };
  const auto take = [](const Client& client, v1::ExportRequest request, bool opens = true) {
    request.set_request_id(NewId());
    if (opens) request.add_sections("inputs");
    request.set_reason("too_late");
    const auto parts = client.CallTelling<v1::ExportResponse>(request);
    EXPECT_TRUE(parts.ok()) << parts.refusal();
  };
  v1::ExportRequest found, granted;
  found.set_filter("decision = " + second);
  take(officer_.client, found, /*opens=*/false);
  take(officer_.client, found);
  EXPECT_EQ(await(other, 1), 1);
  granted.set_grant_id(Grant(ForGermany()));
  take(regulator_.client, granted);
  EXPECT_EQ(await(one, 1), 1);
  EXPECT_EQ(seen_by(other), 1);
  take(officer_.client, v1::ExportRequest());
  EXPECT_EQ(await(one, 2), 2);
  EXPECT_EQ(await(other, 2), 2);

  v1::ListReadsRequest reads;
  reads.set_person_reference("customer-1");
  reads.set_reason("too_late");
  const auto listed = officer_.client.Call<v1::ListReadsResponse>(reads);
  ASSERT_TRUE(listed.ok()) << listed.refusal();
  EXPECT_EQ(listed->readings(0).decision_id(), "");
  EXPECT_EQ(listed->readings(listed->readings_size() - 1).grant_id(), granted.grant_id());
  granted.set_filter("decision = " + first);
  granted.set_request_id(NewId());
  EXPECT_TRUE(Refused(regulator_.client.CallTelling<v1::ExportResponse>(granted).status, kInvalid, "FIELD_INVALID"));
}

TEST_F(Granted, CountsSmallGroupsOnlyIfItAllowsThem) {
  for (int i = 0; i < 3; ++i) Decide(In("de"));
  const auto usual = Answered<v1::AggregateResponse>(Count(Grant(ForGermany())));
  EXPECT_EQ(usual.rows_size(), 0);
  EXPECT_EQ(usual.suppressed_count(), 3u);

  v1::ProposeGrantRequest smaller = ForGermany();
  smaller.mutable_scope()->set_smallest_group(3);
  const auto counted = Answered<v1::AggregateResponse>(Count(Grant(smaller)));
  ASSERT_GT(counted.rows_size(), 0);
  EXPECT_EQ(counted.rows(0).count(), 3u);
  EXPECT_EQ(counted.suppressed_count(), 0u);
}

TEST_F(Granted, IsRefusedWhereItEndedIsSomebodyElsesOrIsNone) {
  const std::string decision = Decide(In("de"));
  const auto refused = [&](const Client& client, const std::string& grant, grpc::StatusCode code, const std::string& reason) {
    EXPECT_TRUE(Refused(client.Call<v1::SearchResponse>(Find(grant)).status, code, reason)) << grant;
    EXPECT_TRUE(Refused(client.Call<v1::GetDossierResponse>(Dossier(grant, decision)).status, code, reason)) << grant;
    EXPECT_TRUE(Refused(client.Call<v1::AggregateResponse>(Count(grant)).status, code, reason)) << grant;
    EXPECT_TRUE(Refused(client.Call<v1::ListGapsResponse>(Under<v1::ListGapsRequest>(grant)).status, code, reason)) << grant;
    EXPECT_TRUE(Refused(client.Call<v1::ListReadsResponse>(Under<v1::ListReadsRequest>(grant)).status, code, reason)) << grant;
  };
  const std::string grant = Grant(ForGermany());
  refused(other_.client, grant, grpc::StatusCode::NOT_FOUND, "NOT_FOUND");
  refused(regulator_.client, NewId(), grpc::StatusCode::NOT_FOUND, "NOT_FOUND");
  refused(regulator_.client, "", kDenied, "GRANT_EXCEEDED");
  refused(regulator_.client, Propose(ForGermany()), kWrongState, "WRONG_STATE");
  for (const std::string& text : {std::string("'; DROP TABLE decisions; --"), std::string(100'000, 'a'), std::string("%00")}) {
    refused(regulator_.client, text, kInvalid, "FIELD_INVALID");
  }
  ASSERT_EQ(Found(Find(grant)).size(), 1u);
  Revoke(grant);
  refused(regulator_.client, grant, kWrongState, "WRONG_STATE");

  v1::ProposeGrantRequest brief = ForGermany();
  brief.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 2);
  const std::string ended = Grant(brief);
  grpc::Status status;
  for (int tries = 0; tries < 1000; ++tries) {
    status = regulator_.client.Call<v1::SearchResponse>(Find(ended)).status;
    if (!status.ok()) break;
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_TRUE(Refused(status, kWrongState, "EXPIRED"));
  refused(regulator_.client, ended, kWrongState, "EXPIRED");
}

TEST_F(Granted, NoFilterReachesBeyondIt) {
  const std::string mine = Decide(In("de")), hidden = Decide(In("fr"));
  v1::ProposeGrantRequest proposal = ForGermany();
  *proposal.mutable_scope()->mutable_until_time() = Now();
  for (const std::string& grant : {Grant(ForGermany()), Grant(proposal)}) {
    for (const std::string& filter : {"decision = " + hidden, "NOT decision = " + mine, std::string("jurisdiction = fr OR jurisdiction:*"),
                                      "decision = " + hidden + " OR -decision = " + hidden, std::string("scope_jurisdiction = fr"),
                                      std::string(R"(action = "x' OR 'a' = 'a")"), std::string("action = \"x\x1f\x1e\""),
                                      std::string("outcome = granted) OR (outcome = granted"), std::string(10'000, '('),
                                      std::string(10'000, '-') + "open = true", std::string(100'000, 'a')}) {
      const auto found = regulator_.client.Call<v1::SearchResponse>(Find(grant, filter));
      if (!found.ok()) {
        EXPECT_TRUE(Refused(found.status, kInvalid, "FIELD_INVALID")) << filter.substr(0, 100);
        EXPECT_EQ(found.refusal().field, "filter");
        EXPECT_THAT(found.refusal().bytes, Not(HasSubstr(hidden)));
      }
      for (const auto& one : found->decisions()) EXPECT_EQ(one.decision_id(), mine) << filter;
      v1::AggregateRequest count = Count(grant);
      count.set_filter(filter);
      EXPECT_LE(regulator_.client.Call<v1::AggregateResponse>(count)->suppressed_count(), 1u) << filter.substr(0, 100);
    }
  }
}

TEST_F(Granted, PagesGoOnInTheirOwnListAlone) {
  for (int i = 0; i < 3; ++i) Read(Decide(Large(In("de"))));
  const std::string grant = Grant(ForGermany()), twin = Grant(ForGermany());
  const auto token_of = [&](auto request, auto response) {
    request.set_page_size(1);
    return Answered<decltype(response)>(request).next_page_token();
  };
  const auto refused = [&](const Client& client, auto request, auto response, const std::string& token) {
    ASSERT_FALSE(token.empty());
    request.set_page_token(token);
    const auto answer = client.Call<decltype(response)>(request);
    EXPECT_TRUE(Refused(answer.status, kInvalid, "FIELD_INVALID"));
    EXPECT_EQ(answer.refusal().field, "page_token");
  };
  const auto each = [&](const auto& request, auto other_query, auto response) {
    const std::string token = token_of(request, response);
    auto other_grant = request;
    other_grant.set_grant_id(twin);
    refused(regulator_.client, other_grant, response, token);
    refused(regulator_.client, other_query, response, token);
    auto none = request;
    none.clear_grant_id();
    refused(officer_.client, none, response, token);
    const Tenant others = world_.MakeTenant();
    refused(World::MakeKey(others, World::MakeHuman(others, {v1::ROLE_COMPLIANCE}, "olga")), none, response, token);
    std::string altered = token;
    altered[15] = altered[15] == '0' ? '1' : '0';
    refused(regulator_.client, request, response, altered);
    auto next = request;
    next.set_page_token(token);
    EXPECT_TRUE(regulator_.client.Call<decltype(response)>(next).ok());
  };
  auto gaps = Under<v1::ListGapsRequest>(grant), other_gaps = gaps;
  other_gaps.set_kind(v1::GAP_KIND_FINDING);
  auto reads = Under<v1::ListReadsRequest>(grant), other_reads = reads;
  other_reads.set_decision_id(NewId());
  each(Find(grant), Find(grant, "amount > 3"), v1::SearchResponse());
  each(gaps, other_gaps, v1::ListGapsResponse());
  each(reads, other_reads, v1::ListReadsResponse());
}

}  // namespace
}  // namespace candor::e2e
