// The figures of README.md, computed there by other means than here, and that every
// request is the same whenever it is made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "examples/mortgages/applications.h"
#include "examples/mortgages/card.h"
#include "examples/mortgages/requests.h"

namespace mortgages {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

std::string InFolder(const std::string& name) {
  return std::string(CANDOR_SOURCE_DIR) + "/examples/mortgages/" + name;
}

class MortgagesTest : public ::testing::Test {
 protected:
  const Application& application(std::uint32_t number) const { return applications_[number - 1]; }
  Decision Decide(std::uint32_t number) const { return card_.Decide(application(number)).value(); }

  const std::vector<Application> applications_ =
      ReadApplications(InFolder("mortgages.csv")).value();
  const Card card_ = Card::Read(InFolder("scorecard.json")).value();
};

TEST_F(MortgagesTest, HoldsTheStudysApplicationsAndDenials) {
  int denied = 0, african_american = 0, african_american_denied = 0;
  for (const Application& a : applications_) {
    const bool no = a.columns.at("deny") == "yes";
    const bool afam = a.columns.at("afam") == "yes";
    denied += no;
    african_american += afam;
    african_american_denied += no && afam;
  }

  EXPECT_EQ(applications_.size(), 2380u);
  EXPECT_EQ(applications_.back().number, 2380u);
  EXPECT_EQ(denied, 285);
  EXPECT_EQ(african_american, 339);
  EXPECT_EQ(african_american_denied, 96);
}

TEST_F(MortgagesTest, DecidesAsOftenAndAsWellAsTheReadmeSays) {
  int denied = 0, agreed = 0, unsure = 0;
  for (const Application& a : applications_) {
    const Decision decision = card_.Decide(a).value();
    denied += decision.denied;
    agreed += decision.denied == (a.columns.at("deny") == "yes");
    unsure += decision.confidence < 0.55;
  }

  EXPECT_EQ(denied, 255);
  EXPECT_EQ(agreed, 2130);
  EXPECT_EQ(unsure, 82);
}

TEST_F(MortgagesTest, GivesTheHeaviestReasonsOfADenialFirst) {
  const Decision decision = Decide(119);

  EXPECT_TRUE(decision.denied);
  EXPECT_NEAR(decision.probability, 0.4225, 0.00005);
  EXPECT_NEAR(decision.confidence, 0.6870, 0.00005);
  EXPECT_THAT(
      decision.reasons,
      ElementsAre(Field(&Weight::name, "debt_to_income"), Field(&Weight::name, "self_employed"),
                  Field(&Weight::name, "credit_history"), Field(&Weight::name, "loan_to_value")));
  EXPECT_NEAR(decision.reasons[0].weight, 0.9160, 0.00005);
}

TEST_F(MortgagesTest, GivesEveryDenialAReasonAndNoApprovalOne) {
  for (const Application& a : applications_) {
    const Decision decision = card_.Decide(a).value();
    EXPECT_EQ(decision.denied, !decision.reasons.empty()) << a.number;
    EXPECT_LE(decision.reasons.size(), 4u);
  }
}

TEST_F(MortgagesTest, NamesOnlyChangesThatTurnTheDecision) {
  int changes = 0;
  for (const Application& a : applications_) {
    const Decision decision = card_.Decide(a).value();
    for (const Change& change : decision.changes) {
      Application other = a;
      other.columns[change.column] = change.value;
      EXPECT_FALSE(card_.Decide(other).value().denied) << a.number;
      ++changes;
    }
  }

  EXPECT_GT(changes, 0);
}

TEST_F(MortgagesTest, ExplainsNothingAwayByWhatIsProtected) {
  for (const std::string column : {"afam", "single", "hschool"}) {
    EXPECT_THAT(card_.columns(), Not(::testing::Contains(column)));
    Application other = application(119);
    other.columns[column] = other.columns[column] == "yes" ? "no" : "yes";

    EXPECT_EQ(card_.Decide(other)->probability, Decide(119).probability);
    EXPECT_EQ(Authorize(other, card_, Decide(119)).inputs_json(),
              Authorize(application(119), card_, Decide(119)).inputs_json());
  }
}

TEST_F(MortgagesTest, MakesEveryRequestTheSameAgain) {
  candor::v1::AuthorizeResponse answer;
  answer.set_authorization_id("019e7044-91a4-716e-a98c-345b3211a2d5");

  const auto requests = [&] {
    const Application& a = application(119);
    return std::vector<std::string>{Authorize(a, card_, Decide(119)).SerializeAsString(),
                                    Record(a, card_, Decide(119), answer).SerializeAsString(),
                                    Result(a, answer).SerializeAsString(),
                                    Cancel(a, answer).SerializeAsString()};
  };

  EXPECT_EQ(requests(), requests());
}

TEST_F(MortgagesTest, GivesEveryRequestAnIdOfItsOwn) {
  std::set<std::string> ids;
  for (const char* what : {"authorize", "record", "result", "cancel"}) {
    for (const Application& a : applications_) ids.insert(DerivedId(what, a.number));
  }

  EXPECT_EQ(ids.size(), 4 * applications_.size());
  // sha256sum of the text `mortgages/authorize/1`, with version and variant set.
  EXPECT_EQ(DerivedId("authorize", 1), "c397e505-c60c-4db5-9cb3-0da569954e50");
  EXPECT_THAT(*ids.begin(),
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST_F(MortgagesTest, RecordsADenialWithReasonsAndAnApprovalWithout) {
  const auto denied = Record(application(119), card_, Decide(119), {});
  const auto approved = Record(application(1), card_, Decide(1), {});

  EXPECT_EQ(denied.outcome().code(), "denied");
  EXPECT_TRUE(denied.outcome().adverse());
  EXPECT_EQ(denied.outcome().reasons(0).code(), "debt_to_income");
  EXPECT_EQ(denied.outcome().reasons(0).weight(), "0.9160");
  EXPECT_EQ(approved.outcome().code(), "approved");
  EXPECT_FALSE(approved.outcome().adverse());
  EXPECT_THAT(approved.outcome().reasons(), IsEmpty());
}

TEST(Applications, RefusesAFileWithALineTooShort) {
  const std::string path = ::testing::TempDir() + "/short.csv";
  std::FILE* file = std::fopen(path.c_str(), "w");
  std::fputs("application,deny,pirat\n1,no,0.3\n2,no\n", file);
  std::fclose(file);

  const auto applications = ReadApplications(path);

  EXPECT_EQ(applications.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(applications.status().message()), HasSubstr(":3:"));
}

}  // namespace
}  // namespace mortgages
