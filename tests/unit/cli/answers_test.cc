#include "clients/cli/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "candor/v1/decision_service.pb.h"
#include "candor/v1/registry_service.pb.h"
#include "clients/cli/errors.h"

namespace candor::cli {
namespace {

TEST(Words, AreEnumeratorsWithoutTheirPrefix) {
  EXPECT_EQ(WordOf(*v1::Verdict_descriptor(), v1::VERDICT_ALLOW), "allow");
  EXPECT_EQ(WordOf(*v1::CodeKind_descriptor(), v1::CODE_KIND_RESOURCE_TYPE), "resource_type");
  EXPECT_EQ(WordOf(*v1::Verdict_descriptor(), 77), "77");
}

TEST(Words, LeadBackToTheirEnumerators) {
  EXPECT_EQ(*NumberOf(*v1::CodeKind_descriptor(), "resource_type", "--kind"),
            v1::CODE_KIND_RESOURCE_TYPE);
  EXPECT_FALSE(NumberOf(*v1::CodeKind_descriptor(), "unspecified", "--kind").ok());
  EXPECT_FALSE(NumberOf(*v1::CodeKind_descriptor(), "", "--kind").ok());
}

TEST(RequestFiles, HoldTheJsonFormOfTheMessage) {
  v1::AuthorizeRequest request;

  EXPECT_TRUE(
      FromJson(R"({"actor":{"system":"bot","modelVersion":"v1"},"confidence":"0.9"})", request)
          .ok());
  EXPECT_EQ(request.actor().model_version(), "v1");
  EXPECT_TRUE(FromJson(R"({"actor":{"model_version":"v2"}})", request).ok());
  EXPECT_EQ(request.actor().model_version(), "v2");
}

TEST(RequestFiles, WithUnknownFieldsAreRefused) {
  v1::AuthorizeRequest request;

  const absl::Status status = FromJson(R"({"actr":{}})", request);

  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(NextStepOf(status), testing::HasSubstr("candor.v1.AuthorizeRequest"));
}

TEST(Answers, ToProgramsNameEveryFieldAsItsProtoDoes) {
  v1::AuthorizeResponse response;
  response.set_verdict(v1::VERDICT_DENY);

  const std::string json = ToJson(response);

  EXPECT_THAT(json, testing::HasSubstr(R"("verdict":"VERDICT_DENY")"));
  EXPECT_THAT(json, testing::HasSubstr(R"("authorization_id":"")"));
}

class Receipts : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/candor-cli-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = std::filesystem::path(name) / "in" / "here";
  }
  void TearDown() override { std::filesystem::remove_all(folder_.parent_path().parent_path()); }

  std::filesystem::path folder_;
};

TEST_F(Receipts, AreKeptUnderTheIdOfTheirLeaf) {
  v1::Receipt receipt;
  receipt.set_leaf(R"({"id":"019e7044-8800-7c4c-b703-76fb0814faee"})");
  receipt.set_proof("proof\n");

  const auto stem = SaveReceipt(receipt, folder_);

  ASSERT_TRUE(stem.ok());
  EXPECT_EQ(*stem, (folder_ / "019e7044-8800-7c4c-b703-76fb0814faee").string());
  EXPECT_EQ(std::filesystem::file_size(*stem + ".leaf.json"), receipt.leaf().size());
  EXPECT_EQ(std::filesystem::file_size(*stem + ".tlog-proof"), receipt.proof().size());
}

TEST_F(Receipts, CannotChooseWhereTheyAreWritten) {
  for (const char* leaf :
       {R"({"id":"../../escape"})", R"({"id":"/etc/passwd"})", R"({})", "no json"}) {
    v1::Receipt receipt;
    receipt.set_leaf(leaf);

    EXPECT_FALSE(SaveReceipt(receipt, folder_).ok()) << leaf;
    EXPECT_FALSE(std::filesystem::exists(folder_)) << leaf;
  }
}

}  // namespace
}  // namespace candor::cli
