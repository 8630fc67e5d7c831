// A person objects, opts out or withdraws a consent: rules see it from the answer on, whatever the
// caller says, and it is forgotten with the person.
#include <filesystem>

#include "candor/v1/transparency_service.pb.h"
#include "tests/e2e/opened.h"
#include "tests/e2e/policy_life.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kPerson = "customer-1182";

// Denies what the person objected to or what rests on a consent they withdrew.
constexpr const char* kWishes = R"rego(package wishes

import rego.v1
import future.keywords.not

# METADATA
# title: Objected
# custom:
#   version: 1
#   verdict: deny
objected if input.person.objection in {"active", "opted_out"}

# METADATA
# title: Withdrawn
# custom:
#   version: 1
#   verdict: deny
withdrawn if input.person.consent.state == "withdrawn"

# METADATA
# title: A datum whose consent was withdrawn
# custom:
#   version: 1
#   verdict: deny
datum_withdrawn if {
  some datum in input.data_used
  datum.consent.state == "withdrawn"
}
)rego";

class Asking : public PolicyLife {
 protected:
  static v1::ObjectRequest Objection(const std::string& purpose = {}) {
    v1::ObjectRequest request;
    request.set_request_id(NewId());
    request.set_purpose(purpose);
    return request;
  }
  static v1::WithdrawConsentRequest Withdrawal(const std::string& consent = {}) {
    v1::WithdrawConsentRequest request;
    request.set_request_id(NewId());
    request.set_consent_id(consent);
    return request;
  }
  static v1::AuthorizeRequest ByConsent(const std::string& id, const std::string& of_datum = {}) {
    v1::AuthorizeRequest request = Question(kPerson);
    request.mutable_person()->mutable_consent()->set_id(id);
    request.mutable_person()->mutable_consent()->set_state(v1::CONSENT_STATE_ACTIVE);
    v1::DataItem& datum = *request.add_data_used();
    datum.set_name("Age");
    datum.set_category("order");
    datum.set_source_kind(v1::SOURCE_KIND_INTERNAL);
    if (of_datum.empty()) return request;
    datum.mutable_consent()->set_id(of_datum);
    datum.mutable_consent()->set_state(v1::CONSENT_STATE_ACTIVE);
    return request;
  }
  void PutWishesInCharge() {
    PutInCharge(policy::Bundle(std::vector<policy::BundleFile>{{.path = "wishes/wishes.rego", .text = kWishes}}).Pack());
  }
  void Declare(v1::CodeKind kind, const std::string& code) const {
    v1::DeclareCodesRequest request;
    request.set_request_id(NewId());
    request.set_kind(kind);
    request.add_codes(code);
    ASSERT_TRUE(tenant_.system.Call<v1::DeclareCodesResponse>(request).ok());
  }
  std::vector<std::string> ReasonsOf(const v1::AuthorizeRequest& request) {
    core::Leaf leaf;
    EXPECT_TRUE(Verifies(Ask(request).receipt(), tenant_.key, &leaf));
    return TextsOf(leaf.facts, "verdict_reasons");
  }
  Client Person() const { return World::MakePerson(tenant_, kPerson); }
  template <typename Response, typename Request>
  Response Tell(const Request& request) const {
    const auto answer = Person().Call<Response>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  v1::ObjectResponse Object(const v1::ObjectRequest& request = Objection()) const { return Tell<v1::ObjectResponse>(request); }
  v1::WithdrawConsentResponse Withdraw(const v1::WithdrawConsentRequest& request = Withdrawal()) const {
    return Tell<v1::WithdrawConsentResponse>(request);
  }
};

TEST_F(Asking, AnObjectionIsACaseWithItsClocksAndAReceipt) {
  v1::ObjectRequest request = Objection("service_recovery");
  request.set_statement("I did not ask for this.");
  const v1::ObjectResponse answer = Object(request);

  core::Leaf leaf;
  ASSERT_TRUE(Verifies(answer.receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "objection");
  EXPECT_EQ(FactOf(leaf, "purpose"), "service_recovery");
  EXPECT_EQ(FactOf(leaf, "case_kind"), "object");
  EXPECT_EQ(FactOf(leaf, "case_clock"), "c_gdpr_12");
  EXPECT_EQ(answer.receipt().leaf().find("customer"), std::string::npos);
  EXPECT_EQ(answer.receipt().leaf().find("ask for"), std::string::npos);
  const v1::Case& opened = answer.case_();
  EXPECT_EQ(opened.case_id(), leaf.id.ToText());
  EXPECT_EQ(opened.kind(), v1::CASE_KIND_OBJECT);
  EXPECT_EQ(opened.state(), v1::CASE_STATE_OPEN);
  const std::int64_t days = (opened.due_time().seconds() - opened.receive_time().seconds()) / 86400;
  EXPECT_GE(days, 28);
  EXPECT_LE(days, 31);
  EXPECT_GE(opened.legal_due_time().seconds(), opened.due_time().seconds());

  Opener opener(World::Get(), tenant_);
  EXPECT_THAT(opener.Sections(answer.receipt().position())["contest"], HasSubstr("I did not ask for this."));

  v1::GetContestRequest get;
  get.set_case_id(opened.case_id());
  const v1::GetContestResponse got = Tell<v1::GetContestResponse>(get);
  EXPECT_EQ(got.case_().SerializeAsString(), opened.SerializeAsString());
  ASSERT_THAT(got.receipts(), SizeIs(1));
  EXPECT_TRUE(Verifies(got.receipts(0), tenant_.key));
  EXPECT_EQ(got.receipts(0).leaf(), answer.receipt().leaf());

  EXPECT_EQ(Object(request).receipt().leaf(), answer.receipt().leaf()) << "a repetition";
}

TEST_F(Asking, OnlyWhoAskedFindsTheCase) {
  v1::GetContestRequest get;
  get.set_case_id(Object().case_().case_id());
  const auto other = World::MakePerson(tenant_, "customer-2").Call<v1::GetContestResponse>(get);
  EXPECT_TRUE(Refused(other.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  get.set_case_id("mine");
  const auto bad = Person().Call<v1::GetContestResponse>(get);
  EXPECT_TRUE(Refused(bad.status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_EQ(bad.refusal().field, "case_id");
}

TEST_F(Asking, WhoMayOnlyReadCannotObject) {
  const Client reader = World::MakePerson(tenant_, kPerson, {}, /*read_only=*/true);
  EXPECT_TRUE(Refused(reader.Call<v1::ObjectResponse>(Objection()).status, grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
  EXPECT_TRUE(Refused(tenant_.system.Call<v1::WithdrawConsentResponse>(Withdrawal()).status,
                      grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
}

TEST_F(Asking, RulesSeeAnObjectionFromItsAnswerOnWhateverTheCallerSays) {
  PutWishesInCharge();
  v1::AuthorizeRequest question = Question(kPerson);
  question.mutable_person()->set_objection(v1::OBJECTION_STATE_NONE);
  EXPECT_EQ(Ask(question).verdict(), v1::VERDICT_ALLOW);

  Object();

  question.set_request_id(NewId());
  core::Leaf leaf;
  const v1::AuthorizeResponse answer = Ask(question);
  ASSERT_TRUE(Verifies(answer.receipt(), tenant_.key, &leaf));
  EXPECT_EQ(answer.verdict(), v1::VERDICT_DENY);
  EXPECT_EQ(FactOf(leaf, "objected"), "active");
  EXPECT_THAT(ReasonsOf(question), ElementsAre("objected")) << "the repetition too";
  EXPECT_EQ(Ask(Question("customer-2")).verdict(), v1::VERDICT_ALLOW) << "nobody else's";
}

TEST_F(Asking, AnObjectionToAPurposeLeavesOthersAlone) {
  PutWishesInCharge();
  Declare(v1::CODE_KIND_PURPOSE, "direct_marketing");
  Object(Objection("direct_marketing"));
  EXPECT_EQ(Ask(Question(kPerson)).verdict(), v1::VERDICT_ALLOW);
  v1::AuthorizeRequest marketing = Question(kPerson);
  marketing.mutable_purpose()->set_code("direct_marketing");
  EXPECT_EQ(Ask(marketing).verdict(), v1::VERDICT_DENY);
}

TEST_F(Asking, AnOptOutIsAnsweredAtOnceAndHoldsForEveryPurpose) {
  PutWishesInCharge();
  v1::ObjectRequest request = Objection("service_recovery");
  request.set_opt_out(true);
  const v1::ObjectResponse answer = Object(request);
  EXPECT_EQ(answer.case_().kind(), v1::CASE_KIND_OPT_OUT);
  EXPECT_EQ(answer.case_().state(), v1::CASE_STATE_ANSWERED);
  EXPECT_EQ(answer.case_().outcome(), v1::CASE_OUTCOME_GRANTED);
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(Ask(Question(kPerson)).receipt(), tenant_.key, &leaf));
  EXPECT_EQ(FactOf(leaf, "objected"), "opted_out");
}

TEST_F(Asking, TheShippedPackStopsMarketingAfterAnObjection) {
  if (!std::filesystem::is_directory(CANDOR_SOURCE_DIR "/policies")) GTEST_SKIP() << "there are no packs";
  Declare(v1::CODE_KIND_PURPOSE, "direct_marketing");
  PutInCharge(policy::Bundle::Read(CANDOR_SOURCE_DIR "/policies")->Pack());
  v1::AuthorizeRequest question = Question(kPerson);
  question.mutable_purpose()->set_code("direct_marketing");
  question.mutable_purpose()->set_legal_basis(v1::LEGAL_BASIS_ART6_1_F);
  question.mutable_person()->set_objection(v1::OBJECTION_STATE_NONE);
  question.mutable_action()->set_stage(v1::ACTION_STAGE_DECIDE);
  question.add_jurisdictions("de");
  question.mutable_circumstances()->set_profiling(true);
  EXPECT_THAT(ReasonsOf(question), Not(Contains("p_gdpr_21")));

  Object(Objection("direct_marketing"));

  question.set_request_id(NewId());
  EXPECT_EQ(Ask(question).verdict(), v1::VERDICT_DENY);
  EXPECT_THAT(ReasonsOf(question), Contains("p_gdpr_21"));
}

TEST_F(Asking, AWithdrawnConsentCarriesNothingMore) {
  PutWishesInCharge();
  EXPECT_EQ(Ask(ByConsent("c-1")).verdict(), v1::VERDICT_ALLOW);
  const v1::WithdrawConsentResponse answer = Withdraw();
  EXPECT_EQ(answer.case_().kind(), v1::CASE_KIND_WITHDRAW_CONSENT);
  EXPECT_EQ(answer.case_().state(), v1::CASE_STATE_ANSWERED);
  EXPECT_THAT(ReasonsOf(ByConsent("c-1")), ElementsAre("withdrawn"));
  EXPECT_THAT(ReasonsOf(Question(kPerson)), ElementsAre("withdrawn")) << "even where none is named";
}

TEST_F(Asking, AnotherConsentThanTheWithdrawnOneStillCounts) {
  PutWishesInCharge();
  Withdraw(Withdrawal("c-1"));
  EXPECT_THAT(ReasonsOf(ByConsent("c-2")), IsEmpty());
  EXPECT_THAT(ReasonsOf(ByConsent("c-2", "c-1")), ElementsAre("datum_withdrawn"));
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(Ask(ByConsent("c-1", "c-2")).receipt(), tenant_.key, &leaf));
  EXPECT_THAT(TextsOf(leaf.facts, "consent_withdrawn"), ElementsAre("person"));
}

TEST_F(Asking, AConsentGivenAnewCountsAgain) {
  PutWishesInCharge();
  Withdraw();
  v1::AuthorizeRequest question = ByConsent("c-1");
  question.mutable_person()->mutable_consent()->mutable_given_time()->set_seconds(1'700'000'000);
  EXPECT_THAT(ReasonsOf(question), ElementsAre("withdrawn")) << "given before";
  question.set_request_id(NewId());
  const std::int64_t now = absl::ToUnixMicros(absl::Now());
  google::protobuf::Timestamp& given = *question.mutable_person()->mutable_consent()->mutable_given_time();
  given.set_seconds(now / 1'000'000);
  given.set_nanos(static_cast<int>(now % 1'000'000 * 1000));
  EXPECT_THAT(ReasonsOf(question), IsEmpty());
}

TEST_F(Asking, IsForgottenWithThePerson) {
  PutWishesInCharge();
  Ask(Question(kPerson));
  const v1::ObjectResponse answer = Object();
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference(kPerson);
  erase.set_ground(v1::ERASURE_GROUND_REQUEST);
  ASSERT_TRUE(officer_.Call<v1::ErasePersonResponse>(erase).ok());

  EXPECT_EQ(Ask(Question(kPerson)).verdict(), v1::VERDICT_ALLOW) << "nobody knows them any more";
  Opener opener(World::Get(), tenant_);
  EXPECT_THAT(opener.Handles(answer.receipt().position()), IsEmpty());
  v1::GetContestRequest get;
  get.set_case_id(answer.case_().case_id());
  EXPECT_TRUE(Refused(Person().Call<v1::GetContestResponse>(get).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

}  // namespace
}  // namespace candor::e2e
