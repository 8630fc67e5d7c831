// What a leaf keeps, back in the message that said it. Whole messages on their way through a
// server: tests/e2e/registry_reads_test.cc.
#include "services/rpc/convert/registered.h"

#include <gmock/gmock.h>

#include "candor/v1/registry_service.pb.h"

namespace candor::rpc {
namespace {

using ::testing::SizeIs;

core::Json Parsed(const std::string& text) { return *core::ParseCanonical(text, core::JsonKind::kSection); }

TEST(FromALeaf, OnlyWhatIsThereIsSet) {
  v1::AiSystem system;

  FromLeaf(Parsed(R"({"profiling":false,"system":"s"})"), {}, system);

  EXPECT_EQ(system.system(), "s");
  EXPECT_TRUE(system.has_profiling());
  EXPECT_FALSE(system.has_eu_database_registered());
  EXPECT_FALSE(system.has_assessments());
  EXPECT_EQ(system.name(), "");
}

TEST(FromALeaf, TheFieldsOfAMessageBelowAreItsFactsToo) {
  v1::AiSystem system;

  FromLeaf(Parsed(R"({"dpia_digest":"AAEC","dpia_review":"2030-01-02T03:04:05.000006Z"})"),
           {{"registry", R"({"document_references":"shelf 4","name":"Desk"})"}}, system);

  EXPECT_EQ(system.assessments().dpia_digest(), std::string("\0\1\2", 3));
  EXPECT_EQ(system.assessments().dpia_review_time().nanos(), 6000);
  EXPECT_EQ(system.assessments().document_references(), "shelf 4");
  EXPECT_EQ(system.name(), "Desk");
}

TEST(FromALeaf, AListThatIsSealedShowsItsFactsToWhoMayNotOpenIt) {
  const core::Json facts = Parsed(R"({"screened":["art5_1_a","art5_1_c"],"screening_answers":["no","yes"]})");
  v1::AiSystem shut, open;

  FromLeaf(facts, {}, shut);
  FromLeaf(facts, {{"registry", R"({"screenings":[{"answer":"no","practice":"art5_1_a"}]})"}}, open);

  ASSERT_THAT(shut.screenings(), SizeIs(2));
  EXPECT_EQ(shut.screenings(1).practice(), "art5_1_c");
  EXPECT_EQ(shut.screenings(1).answer(), v1::SCREENING_ANSWER_YES);
  ASSERT_THAT(open.screenings(), SizeIs(1));
  EXPECT_EQ(open.screenings(0).answer(), v1::SCREENING_ANSWER_NO);
}

TEST(FromALeaf, TextsOfJsonAreThoseThatWereSent) {
  v1::ModelVersion version;

  FromLeaf(Parsed("{}"), {{"registry", R"({"declared_json":{"raw":"{\"f1\": 0.90}"}})"}}, version);

  EXPECT_EQ(version.declared_json(), "{\"f1\": 0.90}");
}

TEST(FromALeaf, ValuesOfAnotherKindSetNothing) {
  v1::AiSystem system;

  FromLeaf(Parsed(R"({"models":"m","profiling":"yes","risk_class":7,"screened":[1],"screening_answers":"no","system":["s"]})"),
           {{"registry", "no JSON"}}, system);

  EXPECT_EQ(system.system(), "");
  EXPECT_FALSE(system.has_profiling());
  EXPECT_EQ(system.risk_class(), v1::RISK_CLASS_UNSPECIFIED);
}

}  // namespace
}  // namespace candor::rpc
