// The credential of a person: who gets it, what it opens, and when it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "candor/v1/transparency_service.pb.h"
#include "tests/e2e/opened.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class APersonsToken : public ::testing::Test {
 protected:
  static v1::IssuePersonTokenRequest Ask(const std::string& person = "customer-1182") {
    v1::IssuePersonTokenRequest request;
    request.set_request_id(NewId());
    request.set_person_reference(person);
    return request;
  }
  Answer<v1::IssuePersonTokenResponse> Issue(const v1::IssuePersonTokenRequest& request) const {
    return tenant_.system.Call<v1::IssuePersonTokenResponse>(request);
  }
  static grpc::Status Contest(const Client& person) {
    v1::ContestRequest request;
    request.set_request_id(NewId());
    request.set_decision_id(NewId());
    request.set_kind(v1::CASE_KIND_CONTEST);
    return person.Call<v1::ContestResponse>(request).status;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_F(APersonsToken, LeavesAProofThatItWasGivenAndNamesNobodyInIt) {
  v1::IssuePersonTokenRequest request = Ask();
  request.set_life_seconds(120);
  request.set_read_only(true);
  request.set_language("de");
  const auto answer = Issue(request);
  ASSERT_TRUE(answer.ok()) << answer.refusal();

  core::Leaf leaf;
  EXPECT_TRUE(Verifies(answer->receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "person_token");
  EXPECT_EQ(*leaf.facts.FindInteger("life_seconds"), 120);
  EXPECT_TRUE(leaf.facts.Find("read_only")->boolean());
  EXPECT_THAT(answer->receipt().leaf(), Not(HasSubstr("customer")));
  EXPECT_THAT(answer->receipt().leaf(), Not(HasSubstr(answer->token())));
  EXPECT_EQ(Opener(world_, tenant_).Sections(answer->receipt().position()).at("person"),
            R"({"language":"de","person_reference":"customer-1182"})");
  EXPECT_EQ(answer->expire_time().seconds(), absl::ToUnixSeconds(leaf.time) + 120);
}

TEST_F(APersonsToken, IsShownOnce) {
  const v1::IssuePersonTokenRequest request = Ask();
  const auto first = Issue(request), again = Issue(request);

  ASSERT_TRUE(again.ok()) << again.refusal();
  EXPECT_NE(first->token(), "");
  EXPECT_EQ(again->token(), "");
  EXPECT_EQ(again->expire_time().seconds(), first->expire_time().seconds());
  EXPECT_EQ(again->receipt().leaf(), first->receipt().leaf());
}

TEST_F(APersonsToken, LivesOneToSixtyMinutes) {
  for (const std::uint32_t seconds : {1U, 59U, 3601U}) {
    v1::IssuePersonTokenRequest request = Ask();
    request.set_life_seconds(seconds);
    const auto answer = Issue(request);
    EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID")) << seconds;
    EXPECT_EQ(answer.refusal().field, "life_seconds");
  }
}

TEST_F(APersonsToken, OpensNothingOfAnotherTenant) {
  const Tenant other = world_.MakeTenant();
  std::string token = Issue(Ask())->token();
  const std::string prefix = "candor_person_";
  std::string theirs = other.id;
  theirs.erase(std::remove(theirs.begin(), theirs.end(), '-'), theirs.end());
  token.replace(prefix.size(), theirs.size(), theirs);

  const auto answer = tenant_.system.With(token).Call<v1::GetContestResponse>(v1::GetContestRequest());

  EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"));
}

TEST_F(APersonsToken, ThatOnlyReadsContestsNothing) {
  EXPECT_TRUE(Refused(Contest(World::MakePerson(tenant_, "customer-1182", "", /*read_only=*/true)),
                      grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
  EXPECT_NE(Contest(World::MakePerson(tenant_, "customer-1182")).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(APersonsToken, StandsInNoLogOfTheServer) {
  const std::string token = Issue(Ask())->token();
  std::string altered = token;
  altered.back() = altered.back() == '0' ? '1' : '0';
  for (const std::string& each : {token, altered}) {
    tenant_.system.With(each).Call<v1::GetContestResponse>(v1::GetContestRequest());
    tenant_.system.With(each).Call<v1::GetStatusResponse>(v1::GetStatusRequest());
  }
  const std::string log = world_.server().log();
  EXPECT_THAT(log, HasSubstr("\n"));
  EXPECT_THAT(log, Not(HasSubstr("candor_person_")));
  EXPECT_THAT(log, Not(HasSubstr("customer-1182")));
}

}  // namespace
}  // namespace candor::e2e
