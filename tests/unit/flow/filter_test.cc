// Filters as people write them, and as they are understood: `a b &` is a and b, `|` or, `!` not.
#include "services/flow/filter.h"

#include <gmock/gmock.h>

#include "services/base/status.h"
#include "services/domain/terms.h"

namespace candor::flow {
namespace {

using store::Step;
using ::testing::HasSubstr;

std::string Said(const Step& step) {
  static constexpr const char* kRelations[] = {"=", "!=", "<", "<=", ">", ">="};
  switch (step.op) {
    case Step::Op::kTerm: return step.value;
    case Step::Op::kHasField: return step.field + ":*";
    case Step::Op::kNumber:
    case Step::Op::kTime: return step.field + kRelations[static_cast<int>(step.relation)] + step.value;
    case Step::Op::kDecision: return "decision=" + step.value;
    case Step::Op::kAnyTerm:
    case Step::Op::kAnyDecision: return "a filter says no such thing";
    case Step::Op::kAnd: return "&";
    case Step::Op::kOr: return "|";
    case Step::Op::kNot: return "!";
  }
  return {};
}

std::string Understood(const std::string& text) {
  const auto condition = ParseFilter(text);
  if (!condition.ok()) return std::string(condition.status().message());
  std::string said;
  for (const Step& step : *condition) said += (said.empty() ? "" : " ") + Said(step);
  return said;
}

TEST(Filter, AsksForEqualityOfCodes) {
  EXPECT_EQ(Understood("action = refund.grant"), "action=refund.grant");
  EXPECT_EQ(Understood("action=\"refund.grant\""), "action=refund.grant");
  EXPECT_EQ(Understood("mark:late"), "mark=late");
  EXPECT_EQ(Understood("mark != 'late'"), "mark=late !");
  EXPECT_EQ(Understood("policy_digest = gpjMcaq35m9GCTCMrq0096hguh5titzoiJoV2hwvnQc="), 
            "policy_digest=gpjMcaq35m9GCTCMrq0096hguh5titzoiJoV2hwvnQc=");
  EXPECT_EQ(Understood("policy_digest = \"gpjMcaq35m9GCTCMrq0096hguh5titzoiJoV2hwvnQc=\""),
            "policy_digest=gpjMcaq35m9GCTCMrq0096hguh5titzoiJoV2hwvnQc=");
}

TEST(Filter, AsksWhetherAFieldIsThere) {
  EXPECT_EQ(Understood("complaint:*"), "complaint:*");
  EXPECT_EQ(Understood("NOT notice:*"), "notice:* !");
  EXPECT_EQ(Understood("amount:*"), "amount>=0 amount<0 |");
}

TEST(Filter, TakesWordsOfTheContractInCapitals) {
  EXPECT_EQ(Understood("verdict = DENY AND mark = AGAINST_VERDICT"), "verdict=deny mark=against_verdict &");
  EXPECT_EQ(Understood("verdict_reason = AMOUNT_OVER_LIMIT"), "verdict_reason=amount_over_limit");
  EXPECT_EQ(Understood("jurisdiction = de"), "jurisdiction=de");
}

TEST(Filter, ComparesNumbersAndTimes) {
  EXPECT_EQ(Understood("amount >= 49.90 confidence<0.5"), "amount>=49.90 confidence<0.5 &");
  EXPECT_EQ(Understood("amount != -1"), "amount!=-1");
  EXPECT_EQ(Understood("time >= 2026-01-31"), "time>=2026-01-31T00:00:00+00:00");
  EXPECT_EQ(Understood("update_time < 2026-01-31T12:30:00.5+02:00"), "update_time<2026-01-31T10:30:00.5+00:00");
  EXPECT_EQ(Understood("decision = 019b7ca9-f600-7000-8000-000000000001"), "decision=019b7ca9-f600-7000-8000-000000000001");
}

// AIP-160: "a b AND c AND d" is (a b) AND c AND d; OR binds tighter than AND.
TEST(Filter, BindsAsAip160Says) {
  const std::string a = "open=a", b = "open=b", c = "open=c";
  EXPECT_EQ(Understood("open=a AND open=b OR open=c"), "open=a open=b open=c | &");
  EXPECT_EQ(Understood("open=a OR open=b AND open=c"), "open=a open=b | open=c &");
  EXPECT_EQ(Understood("(open=a AND open=b) OR open=c"), "open=a open=b & open=c |");
  EXPECT_EQ(Understood("open=a open=b OR open=c"), "open=a open=b open=c | &");
  EXPECT_EQ(Understood("NOT open=a OR open=b"), "open=a ! open=b |");
  EXPECT_EQ(Understood("-(open=a OR open=b) open=c"), "open=a open=b | ! open=c &");
  EXPECT_EQ(Understood("NOT NOT NOT open=a"), "open=a !");
  EXPECT_EQ(Understood("- - open != a"), "open=a !");
}

TEST(Filter, NothingAsksForAll) {
  EXPECT_EQ(Understood(""), "");
  EXPECT_EQ(Understood(" \t\n"), "");
}

TEST(Filter, PointsAtTheCharacter) {
  EXPECT_THAT(Understood("actoin = x"), HasSubstr("character 1: no such field"));
  EXPECT_THAT(Understood("action = x and outcome = y"), HasSubstr("character 12: no such field"));
  EXPECT_THAT(Understood("action"), HasSubstr("character 7: one of"));
  EXPECT_THAT(Understood("action ="), HasSubstr("character 9: a value is expected"));
  EXPECT_THAT(Understood("action = \"x"), HasSubstr("character 10: this quotation mark is never closed"));
  EXPECT_THAT(Understood("(action = x"), HasSubstr("character 1: this ( is never closed"));
  EXPECT_THAT(Understood("action = x)"), HasSubstr("character 11: there is no ("));
  EXPECT_THAT(Understood("()"), HasSubstr("character 2: a condition is expected"));
  EXPECT_THAT(Understood("action = x AND"), HasSubstr("character 15: a condition is expected"));
  EXPECT_THAT(Understood("OR action = x"), HasSubstr("character 1: a field is expected"));
  EXPECT_THAT(Understood("amount > many"), HasSubstr("character 10: a number is expected"));
  EXPECT_THAT(Understood("time > yesterday"), HasSubstr("character 8: a time is expected"));
  EXPECT_THAT(Understood("action < x"), HasSubstr("character 8: this field is only compared with"));
  EXPECT_THAT(Understood("decision = x"), HasSubstr("character 12: a UUID is expected"));
  EXPECT_THAT(Understood("action = 'ä' AND actoin = x"), HasSubstr("character 10: a value of this field"));
  EXPECT_THAT(Understood("action == x"), HasSubstr("character 9: a value is expected"));
  EXPECT_THAT(Understood("NOT"), HasSubstr("character 4: a condition is expected"));
}

TEST(Filter, CountsCharactersNotBytes) {
  EXPECT_THAT(Understood("('äöü"), HasSubstr("character 2: a field is expected"));
  EXPECT_THAT(Understood("amount > \"äöü\" x"), HasSubstr("character 10: a number"));
  EXPECT_THAT(Understood("äö"), HasSubstr("character 1: a field is expected"));
}

TEST(Filter, RefusesWhatIsTooLong) {
  EXPECT_THAT(Understood(std::string(2049, ' ')), HasSubstr("at most 2048 bytes"));
  EXPECT_EQ(Understood(std::string(2048, ' ')), "");
}

TEST(Filter, RefusesManyConditions) {
  std::string text = "open=a";
  for (int i = 1; i < 100; ++i) text += " open=a";
  EXPECT_TRUE(ParseFilter(text).ok());
  EXPECT_THAT(Understood(text + " open=a"), HasSubstr("at most 100 conditions"));
}

TEST(Filter, RefusesDeepNestingWithoutDescendingIntoIt) {
  const auto nested = [](int depth, const std::string& open, const std::string& close) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "open=a";
    for (int i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_EQ(Understood(nested(32, "(", ")")), "open=a");
  EXPECT_THAT(Understood(nested(33, "(", ")")), HasSubstr("character 33: at most 32"));
  EXPECT_THAT(Understood(nested(900, "(", ")")), HasSubstr("at most 32"));
  EXPECT_THAT(Understood(nested(1000, "-", "")), HasSubstr("at most 32"));
  EXPECT_THAT(Understood(nested(10000, "(", ")")), HasSubstr("at most 2048 bytes"));
  // Beside one another they may be as many as conditions.
  std::string beside;
  for (int i = 0; i < 100; ++i) beside += "(-(-(open=a)))";
  EXPECT_TRUE(ParseFilter(beside).ok()) << Understood(beside);
}

TEST(Filter, SaysWhichFieldOfTheRequestIsWrong) {
  const absl::Status status = ParseFilter("x").status();
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  EXPECT_EQ(FieldOf(status), "filter");
}

TEST(Filter, KnowsEveryFieldInOrderOfTheirNames) {
  for (std::size_t i = 0; i < domain::Fields().size(); ++i) {
    const domain::Field& field = domain::Fields()[i];
    if (i > 0) {
      EXPECT_LT(domain::Fields()[i - 1].name, field.name);
    }
    EXPECT_EQ(domain::FindField(field.name), &field);
    EXPECT_FALSE(field.about.empty()) << field.name;
  }
}

}  // namespace
}  // namespace candor::flow
