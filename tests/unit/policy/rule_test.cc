#include "services/policy/rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>
#include <set>
#include <sstream>

#include "services/policy/words.h"

namespace candor::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time Date(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

TEST(Standing, BeginsAtTheFirstDateAndEndsBeforeTheSecond) {
  Rule rule;
  rule.in_force_from = Date(2026, 8, 2);
  rule.in_force_until = Date(2030, 1, 1);
  const absl::Duration step = absl::Nanoseconds(1);

  EXPECT_EQ(StandingAt(rule, absl::InfinitePast()), Standing::kShadow);
  EXPECT_EQ(StandingAt(rule, Date(2026, 8, 2) - step), Standing::kShadow);
  EXPECT_EQ(StandingAt(rule, Date(2026, 8, 2)), Standing::kInForce);
  EXPECT_EQ(StandingAt(rule, Date(2030, 1, 1) - step), Standing::kInForce);
  EXPECT_EQ(StandingAt(rule, Date(2030, 1, 1)), Standing::kOut);
  EXPECT_EQ(StandingAt(rule, absl::InfiniteFuture()), Standing::kOut);
}

TEST(Standing, OfEachStatus) {
  const auto standing = [](LegalStatus status) {
    Rule rule;
    rule.status = status;
    return StandingAt(rule, Date(2026, 11, 20));
  };
  EXPECT_EQ(standing(LegalStatus::kInForce), Standing::kInForce);
  EXPECT_EQ(standing(LegalStatus::kEnactedFuture), Standing::kInForce);
  EXPECT_EQ(standing(LegalStatus::kDraft), Standing::kShadow);
  EXPECT_EQ(standing(LegalStatus::kEnjoined), Standing::kShadow);
  EXPECT_EQ(standing(LegalStatus::kWithdrawn), Standing::kOut);
  EXPECT_EQ(standing(LegalStatus::kRepealed), Standing::kOut);
}

TEST(Standing, OfADraftIsNeverInForceAndOfTheRepealedNeverAsked) {
  Rule rule;
  rule.in_force_from = Date(2026, 1, 1);
  rule.in_force_until = Date(2027, 1, 1);
  rule.status = LegalStatus::kDraft;
  EXPECT_EQ(StandingAt(rule, Date(2026, 6, 1)), Standing::kShadow);
  EXPECT_EQ(StandingAt(rule, Date(2027, 1, 1)), Standing::kOut);
  rule.status = LegalStatus::kRepealed;
  EXPECT_EQ(StandingAt(rule, Date(2025, 1, 1)), Standing::kOut);
}

TEST(Context, IsWhatTheFactsSay) {
  core::Json facts = core::Json::Object();
  core::Json places = core::Json::Array();
  places.Append("de").Append("us-co");
  facts.Set("stage", "effect").Set("domain", "credit").Set("tenant_role", "both").Set("action", "refund.grant");
  facts.Set("jurisdictions", places);

  const Context context = ContextOf("authorize", facts);

  EXPECT_EQ(context.call, "authorize");
  EXPECT_EQ(context.stage, "effect");
  EXPECT_EQ(context.domain, "credit");
  EXPECT_EQ(context.role, "both");
  EXPECT_EQ(context.action, "refund.grant");
  EXPECT_THAT(context.jurisdictions, ElementsAre("de", "us-co"));
}

TEST(Context, OfNoFactsIsThatSomethingIsDecided) {
  const core::Json facts = core::Json::Object();
  const Context context = ContextOf("record", facts);

  EXPECT_EQ(context.stage, "decide");
  EXPECT_EQ(context.domain, "");
  EXPECT_THAT(context.jurisdictions, IsEmpty());
}

bool InRegion(std::string_view place, std::string region) {
  Scope scope;
  scope.jurisdictions = {std::move(region)};
  return CanApply(scope, {.call = "authorize", .stage = "decide", .domain = {}, .role = {}, .action = {}, .jurisdictions = {place}});
}

TEST(Scope, OfACountryCoversItsParts) {
  EXPECT_TRUE(InRegion("us", "us"));
  EXPECT_TRUE(InRegion("us-co", "us"));
  EXPECT_TRUE(InRegion("us-co", "us-co"));
  EXPECT_FALSE(InRegion("us", "us-co"));
  EXPECT_FALSE(InRegion("us-ny", "us-co"));
  EXPECT_FALSE(InRegion("usa", "us"));
  EXPECT_FALSE(InRegion("us", "usa"));
  EXPECT_FALSE(InRegion("gb", "us"));
}

TEST(Scope, OfTheUnionCoversItsMembersAndTheirParts) {
  std::istringstream members(
      "at be bg hr cy cz dk ee fi fr de gr hu ie it lv lt lu mt nl pl pt ro sk si es se");
  int count = 0;
  for (std::string member; members >> member; ++count) {
    EXPECT_TRUE(InRegion(member, "eu")) << member;
    EXPECT_TRUE(InRegion(member + "-x1", "eu")) << member;
    EXPECT_TRUE(InRegion(member, "eea")) << member;
  }
  EXPECT_EQ(count, 27);
  for (const char* other : {"gb", "ch", "us", "tr", "ua", "va", "eux"}) {
    EXPECT_FALSE(InRegion(other, "eu")) << other;
    EXPECT_FALSE(InRegion(other, "eea")) << other;
  }
  for (const char* area : {"no", "is", "li", "no-03"}) {
    EXPECT_FALSE(InRegion(area, "eu")) << area;
    EXPECT_TRUE(InRegion(area, "eea")) << area;
  }
  EXPECT_TRUE(InRegion("eu", "eu"));
  EXPECT_TRUE(InRegion("eu", "eea"));
  EXPECT_FALSE(InRegion("eu", "de"));
}

// The same question, answered from the words of docs/policies.md by other means.
class Reference {
 public:
  static bool CanApply(const Scope& scope, const Context& context) {
    if (!Has(scope.calls, context.call) || !Has(scope.stages, context.stage)) return false;
    if (!context.domain.empty() && !Has(scope.domains, context.domain)) return false;
    if (!context.role.empty()) {
      std::set<std::string> roles = {std::string(context.role)};
      if (context.role == "both") roles.insert({"provider", "deployer"});
      bool fits = scope.roles.empty();
      for (const std::string& role : scope.roles) fits |= roles.contains(role);
      if (!fits) return false;
    }
    if (!context.action.empty()) {
      bool fits = scope.actions.empty();
      for (const std::string& pattern : scope.actions) {
        const std::string text = std::regex_replace(pattern, std::regex("\\."), "\\.");
        fits |= std::regex_match(std::string(context.action), std::regex(std::regex_replace(text, std::regex("\\*$"), ".*")));
      }
      if (!fits) return false;
    }
    bool fits = scope.jurisdictions.empty() || context.jurisdictions.empty();
    for (const std::string& region : scope.jurisdictions) {
      for (const std::string_view place : context.jurisdictions) {
        const std::string countries = region == "eu" ? "(eu|de|fr)" : region == "eea" ? "(eu|de|fr|no)" : region;
        fits |= std::regex_match(std::string(place), std::regex(countries + "(-.*)?"));
      }
    }
    return fits;
  }

 private:
  static bool Has(const std::vector<std::string>& list, std::string_view text) {
    return list.empty() || std::count(list.begin(), list.end(), text) > 0;
  }
};

TEST(Scope, AppliesAsThePaperSaysForRandomDecisions) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  const auto one_of = [&](const auto& words) { return std::string(words[random() % std::size(words)]); };
  const auto some_of = [&](const auto& words) {
    std::vector<std::string> some;
    for (std::size_t i = random() % 4; i > 0; --i) some.push_back(one_of(words));
    return some;
  };
  const char* places[] = {"de", "fr", "de-by", "us", "us-co", "us-ny", "gb", "no", "eu"};
  const char* regions[] = {"de", "de-by", "us", "us-co", "gb", "eu", "eea", "no"};
  const char* actions[] = {"refund.grant", "refund.deny", "refund", "refunds.grant", "letter.send", "refund.grant.fast"};
  const char* patterns[] = {"refund.*", "refund.grant", "letter.*", "letter.send", "refund.grant.*"};
  int applied = 0;
  for (int run = 0; run < 5000; ++run) {
    const Scope scope = {some_of(kCalls),   some_of(kStages), some_of(kDomains),
                         some_of(regions),  some_of(kRoles),  some_of(patterns)};
    const std::string call = one_of(kCalls), stage = one_of(kStages), domain = random() % 3 ? one_of(kDomains) : "",
                      role = random() % 3 ? one_of(kRoles) : "", action = random() % 4 ? one_of(actions) : "";
    const std::vector<std::string> where = some_of(places);
    const Context context = {call, stage, domain, role, action, {where.begin(), where.end()}};
    const bool can = CanApply(scope, context);
    applied += can;
    ASSERT_EQ(can, Reference::CanApply(scope, context)) << "seed " << seed << ", run " << run;
  }
  EXPECT_GT(applied, 20) << "seed " << seed;
}

TEST(Effect, IsNamedFromTheMildestToTheStrictest) {
  EXPECT_EQ(EffectOf("deny"), Effect::kDeny);
  EXPECT_EQ(EffectOf(""), std::nullopt);
  std::string names;
  for (const Effect effect : {Effect::kAllow, Effect::kTransform, Effect::kEscalate, Effect::kNotice, Effect::kDeny}) {
    EXPECT_EQ(EffectOf(EffectName(effect)), effect);
    names += std::string(EffectName(effect)) + " ";
  }
  EXPECT_EQ(names, "allow transform escalate notice deny ");
  EXPECT_LT(Effect::kAllow, Effect::kTransform);
  EXPECT_LT(Effect::kTransform, Effect::kEscalate);
  EXPECT_LT(Effect::kEscalate, Effect::kNotice);
  EXPECT_LT(Effect::kNotice, Effect::kDeny);
}

TEST(Due, IsANumberAndAUnit) {
  EXPECT_EQ(DueOf("30d"), absl::Hours(720));
  EXPECT_EQ(DueOf("4h"), absl::Hours(4));
  EXPECT_EQ(DueOf("15m"), absl::Minutes(15));
  EXPECT_EQ(DueOf("0s"), absl::ZeroDuration());
  EXPECT_EQ(DueOf("3653d"), absl::Hours(24 * 3653));
  for (const char* wrong : {"", "d", "30", "30 d", " 30d", "-1d", "+1d", "1.5h", "3654d", "999999999d", "1w", "1d1h", "0x1d"}) {
    EXPECT_EQ(DueOf(wrong), std::nullopt) << wrong;
  }
}

TEST(InputPath, IsMemberNamesBetweenDots) {
  for (const char* path : {"facts", "facts.amount", "person.consent.state", "inputs.a_1"}) EXPECT_TRUE(IsInputPath(path)) << path;
  for (const char* path : {"", ".", "facts.", ".facts", "facts..a", "Facts", "facts.a-b", "facts a", "inputs.1"}) {
    EXPECT_FALSE(IsInputPath(path)) << path;
  }
  EXPECT_TRUE(IsInputPath("a." + std::string(60, 'b') + "." + std::string(60, 'c')));
  EXPECT_FALSE(IsInputPath("a." + std::string(60, 'b') + "." + std::string(60, 'c') + ".defgh"));
}

TEST(DutyType, IsACodeThatIsNotCandorsOwn) {
  for (const std::string_view type : kObligationTypes) EXPECT_TRUE(IsDutyType(type)) << type;
  EXPECT_TRUE(IsDutyType("my_own.duty"));
  for (const char* type : {"", "record_outcome_by", "custom", "My own"}) EXPECT_FALSE(IsDutyType(type)) << type;
}

TEST(Params, AreFlatAndHoldNoWords) {
  const auto plain = [](core::Json value) { return IsPlainParams(core::Json::Object().Set("x", std::move(value))); };
  for (const char* text : {"a_code", "12.50", "/inputs/limit", "2026-01-02T03:04:05.000000Z", "-0.5", "/a~1b/-"}) {
    EXPECT_TRUE(plain(text)) << text;
  }
  for (const char* text : {"", "Ada Lovelace", "4111111111111111111111111111111111", "1234567a", "/a b", "a@b", "ß"}) {
    EXPECT_FALSE(plain(text)) << text;
  }
  EXPECT_TRUE(plain(true));
  EXPECT_TRUE(plain(-5));
  EXPECT_TRUE(plain(core::Json::Array().Append("a").Append(1)));
  EXPECT_FALSE(plain(core::Json::Array().Append(core::Json::Array())));
  EXPECT_FALSE(plain(core::Json::Object()));
  EXPECT_TRUE(IsPlainParams(core::Json::Object()));
  EXPECT_FALSE(IsPlainParams(core::Json::Array()));
  EXPECT_FALSE(IsPlainParams(core::Json::Object().Set("Name", 1)));
  core::Json many = core::Json::Object(), large = core::Json::Object();
  for (int i = 0; i < 33; ++i) many.Set("a" + std::to_string(i), 1);
  EXPECT_FALSE(IsPlainParams(many));
  for (int i = 0; i < 31; ++i) large.Set("a" + std::to_string(i), "/" + std::string(250, 'a'));
  EXPECT_TRUE(IsPlainParams(large));
  EXPECT_FALSE(IsPlainParams(large.Set("b", core::Json::Array().Append("/" + std::string(200, 'a')))));
}

}  // namespace
}  // namespace candor::policy
