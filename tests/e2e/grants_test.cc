// Grants: a regulator takes away exactly what two humans granted, and nothing tells of the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "services/core/bundle/manifest.h"
#include "services/core/bundle/tar.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/granting.h"
#include "tests/e2e/unpacked.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

grpc::Status Take(const Client& client, const std::string& grant, std::string& tar,
                  const std::vector<std::string>& sections = {}) {
  v1::ExportRequest request;
  request.set_request_id(NewId());
  request.set_grant_id(grant);
  for (const std::string& section : sections) request.add_sections(section);
  if (!sections.empty()) request.set_reason("too_late");
  const auto parts = client.CallTelling<v1::ExportResponse>(request);
  for (const v1::ExportResponse& part : parts.value) tar += part.chunk();
  return parts.status;
}
grpc::Status Take(const Client& client, const std::string& grant, const std::vector<std::string>& sections = {}) {
  std::string ignored;
  return Take(client, grant, ignored, sections);
}

TEST_F(Granting, LetsARegulatorTakeWhatItCoversAndNothingElse) {
  const std::string mine = Decide("customer-1"), hidden = Decide("customer-2");
  const std::string grant = Grant({mine});
  std::string tar;
  const grpc::Status taken = Take(regulator_.client, grant, tar, {"inputs"});
  ASSERT_TRUE(taken.ok()) << taken.error_message();

  const Folder folder;
  const std::string file = folder.path() + "/granted.tar";
  std::ofstream(file, std::ios::binary) << tar;
  const Ran ran = VerifyByBoth(file, {"--vkey", tenant_.key.ToText()});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("under the grant " + grant), HasSubstr("complete: not provable")));
  const Unpacked bundle(tar);
  EXPECT_THAT(bundle.files.at("leaves/000000.ndjson"), AllOf(HasSubstr(mine), Not(HasSubstr(hidden))));
  EXPECT_THAT(tar, Not(HasSubstr(hidden)));
  EXPECT_THAT(bundle.files.at("sections.ndjson"), Not(HasSubstr("\"section\":\"person\"")));
}

TEST_F(Granting, LeavesNoTraceOfWhatItDoesNotCover) {
  const std::string mine = Decide("customer-1");
  const std::string grant = Grant({mine});
  const auto counts = [&] {
    std::string tar;
    EXPECT_TRUE(Take(regulator_.client, grant, tar).ok());
    const auto manifest = core::ParseManifest(Unpacked(tar).files.at("manifest.json"));
    EXPECT_TRUE(manifest.ok());
    return std::tuple(manifest->leaves, manifest->sections, manifest->withheld, manifest->ranges.size());
  };
  const auto before = counts();
  Decide("customer-2");
  EXPECT_EQ(counts(), before);
}

TEST_F(Granting, IsAskedUnderOnTheCommandLine) {
  v1::AuthorizeRequest question = Question("customer-1");
  question.mutable_conversation()->set_id("talk-7");
  const std::string mine = Decide(question);
  question.set_request_id(NewId());
  const std::string hidden = Decide(question);
  v1::ProposeGrantRequest proposal = Proposal({mine});
  proposal.mutable_scope()->add_sections("conversation");
  const std::string grant = Grant(proposal);
  const Folder folder;
  const std::string key = folder.path() + "/regulator.key";
  std::ofstream(key) << regulator_.client.key() << "\n";
  std::filesystem::permissions(key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file", key, "--grant", grant});
    const Ran ran = RunCandor(words);
    EXPECT_EQ(ran.exit, 0) << ran;
    EXPECT_THAT(ran.out, Not(HasSubstr(hidden)));
    return ran.out;
  };
  EXPECT_THAT(run({"search", "--total"}), AllOf(HasSubstr(mine), HasSubstr("in all")));
  EXPECT_THAT(run({"search", "--conversation", "talk-7", "--reason", "too_late"}), AllOf(HasSubstr(mine), HasSubstr("this search")));
  EXPECT_THAT(run({"dossier", mine, "--open", "inputs", "--reason", "too_late"}), HasSubstr("days_late"));
  EXPECT_THAT(run({"count", "--by", "outcome"}), HasSubstr("1 decisions, in groups that are too small"));
  EXPECT_THAT(run({"gaps"}), HasSubstr("1 of 1 decisions"));
  EXPECT_THAT(run({"reads"}), AllOf(HasSubstr(mine), HasSubstr("too_late")));
}

TEST_F(Granting, TakesTwoHumans) {
  const std::string grant = Propose(Proposal({}));
  EXPECT_TRUE(Refused(Take(regulator_.client, grant), grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  EXPECT_TRUE(Refused(Confirm(officer_.client, grant).status, grpc::StatusCode::FAILED_PRECONDITION, "FOUR_EYES_REQUIRED"));
  EXPECT_TRUE(Refused(Confirm(regulator_.client, grant).status, grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
  EXPECT_TRUE(Confirm(second_.client, grant).ok());
  EXPECT_TRUE(Refused(Confirm(second_.client, grant).status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  EXPECT_TRUE(Take(regulator_.client, grant).ok());

  const std::string refused = Propose(Proposal({}));
  EXPECT_EQ(Confirm(second_.client, refused, true)->grant().state(), v1::GRANT_STATE_REVOKED);
  EXPECT_TRUE(Refused(Take(regulator_.client, refused), grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
}

TEST_F(Granting, EndsAtOnce) {
  Decide("customer-1");
  const std::string grant = Grant(Proposal({}));
  ASSERT_TRUE(Take(regulator_.client, grant).ok());
  Revoke(grant);

  EXPECT_TRUE(Refused(Take(regulator_.client, grant), grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  v1::RevokeGrantRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_grant_id(grant);
  EXPECT_TRUE(Refused(officer_.client.Call<v1::RevokeGrantResponse>(revoke).status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));

  const Ran ran = RunCandor({"verify", "ledger", "--database", world_.database(), "--origin", tenant_.origin, "--vkey",
                             tenant_.key.ToText(), "--keys", world_.server().state() + "/keys"});
  EXPECT_EQ(ran.exit, 0) << "its leaves and rows fit: " << ran;
}

TEST_F(Granting, IsForOnePrincipalAndTheSectionsItNames) {
  const std::string grant = Grant({Decide("customer-1")});
  EXPECT_TRUE(Refused(Take(other_.client, grant), grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Refused(Take(regulator_.client, NewId()), grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Refused(Take(regulator_.client, ""), grpc::StatusCode::PERMISSION_DENIED, "GRANT_EXCEEDED"));
  EXPECT_TRUE(Refused(Take(regulator_.client, grant, {"person"}), grpc::StatusCode::PERMISSION_DENIED, "GRANT_EXCEEDED"));

  const auto list = [](const Client& client) {
    const auto answer = client.Call<v1::ListGrantsResponse>(v1::ListGrantsRequest());
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  };
  EXPECT_THAT(list(other_.client).grants(), SizeIs(0));
  ASSERT_THAT(list(regulator_.client).grants(), SizeIs(1));
  EXPECT_EQ(list(regulator_.client).grants(0).grant_id(), grant);
  EXPECT_EQ(list(officer_.client).grants(0).principal_id(), regulator_.id);
}

TEST_F(Granting, RefusesWhatCanBeNoGrant) {
  const auto refused = [&](const v1::ProposeGrantRequest& request, const std::string& field) {
    const auto answer = officer_.client.Call<v1::ProposeGrantResponse>(request);
    EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
    EXPECT_EQ(answer.refusal().field, field);
  };
  v1::ProposeGrantRequest request = Proposal({});
  request.set_principal_id(officer_.id);
  refused(request, "principal_id");
  request = Proposal({});
  request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(24 * 367)));
  refused(request, "expire_time");
  request.mutable_expire_time()->set_seconds(1);
  refused(request, "expire_time");
  request = Proposal({});
  request.mutable_scope()->mutable_from_time()->set_seconds(200);
  request.mutable_scope()->mutable_until_time()->set_seconds(100);
  refused(request, "scope.until_time");
}

}  // namespace
}  // namespace candor::e2e
