#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "candor/v1/decision.pb.h"
#include "services/policy/rule.h"
#include "services/policy/words.h"
#include "services/rpc/convert/statement.h"

namespace candor::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAreArray;

constexpr std::uint32_t kFirstLine = 100;

struct ReadBlock {
  bool judges = false;
  Rule rule;
  std::vector<std::string> problems;
};

ReadBlock Read(const std::string& yaml) {
  ReadBlock read;
  read.rule.name = "over_limit";
  read.rule.file = "a.rego";
  std::vector<Problem> problems;
  read.judges = ReadAnnotation(yaml, kFirstLine, read.rule, problems);
  for (const Problem& problem : problems) read.problems.push_back(ToText(problem));
  return read;
}

// A block that nothing is wrong with, with some lines more in `custom`; they begin in line 103.
ReadBlock ReadWith(const std::string& lines) { return Read("custom:\n  version: 1\n  verdict: deny\n" + lines); }

std::string OnlyProblem(const std::string& lines) {
  const ReadBlock read = ReadWith(lines);
  return read.problems.size() == 1 ? read.problems[0] : std::to_string(read.problems.size()) + " problems";
}

absl::Time Date(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

TEST(Annotation, IsReadWithEveryMember) {
  const ReadBlock read = Read(R"(scope: rule
title: Refund above what an agent may grant
description: Refunds above the limit of the set need a second pair of eyes.
related_resources: [{ref: "https://example.com"}]
authors: [{name: A}]
organizations: [Example]
schemas: [{input: schema.input}]
entrypoint: true
custom:
  version: 7
  source: GDPR Art. 22(1)
  status: enacted_future
  in_force_from: 2026-08-02
  in_force_until: "2030-01-01"
  verified_on: 2026-11-01
  verdict: notice
  scope:
    call: [authorize, record]
    stage: effect
    domain: [credit, employment]
    jurisdiction: [eu, us-co, gb, eea, au-nsw]
    role: [deployer]
    action: [refund.grant, "letter.*"]
  needs: [facts.amount, person.consent.state, inputs.debt_to_income]
  reason: too_large
  reasons: [far_too_large, no_limit]
  person: {en: "A person will look first.", de: "Ein Mensch sieht es zuerst.", pt-br: "Olá"}
  notice: adm_preuse_ca
  obligations:
    - type: notify_person
      due: 30d
      params: {channel: email, amount: "12.50", count: 3, urgent: true, at: /inputs/limit,
               on: "2026-01-02T03:04:05.000000Z", fields: [a, b, 3]}
    - {type: my_own.duty}
)");

  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_TRUE(read.judges);
  const Rule& rule = read.rule;
  EXPECT_EQ(rule.title, "Refund above what an agent may grant");
  EXPECT_THAT(rule.description, HasSubstr("second pair of eyes"));
  EXPECT_EQ(rule.version, 7U);
  EXPECT_EQ(rule.source, "GDPR Art. 22(1)");
  EXPECT_EQ(rule.status, LegalStatus::kEnactedFuture);
  EXPECT_EQ(rule.in_force_from, Date(2026, 8, 2));
  EXPECT_EQ(rule.in_force_until, Date(2030, 1, 1));
  EXPECT_EQ(rule.effect, Effect::kNotice);
  EXPECT_THAT(rule.scope.calls, ElementsAre("authorize", "record"));
  EXPECT_THAT(rule.scope.stages, ElementsAre("effect"));
  EXPECT_THAT(rule.scope.domains, ElementsAre("credit", "employment"));
  EXPECT_THAT(rule.scope.jurisdictions, ElementsAre("eu", "us-co", "gb", "eea", "au-nsw"));
  EXPECT_THAT(rule.scope.roles, ElementsAre("deployer"));
  EXPECT_THAT(rule.scope.actions, ElementsAre("refund.grant", "letter.*"));
  EXPECT_THAT(rule.needs, ElementsAre("facts.amount", "person.consent.state", "inputs.debt_to_income"));
  EXPECT_THAT(rule.reasons, ElementsAre("too_large", "far_too_large", "no_limit"));
  EXPECT_THAT(rule.person, ElementsAre(Pair("de", "Ein Mensch sieht es zuerst."), Pair("en", "A person will look first."),
                                       Pair("pt-br", "Olá")));
  EXPECT_EQ(rule.notice, "adm_preuse_ca");
  ASSERT_EQ(rule.duties.size(), 2U);
  EXPECT_EQ(rule.duties[0].type, "notify_person");
  EXPECT_EQ(rule.duties[0].due, absl::Hours(24 * 30));
  EXPECT_EQ(rule.duties[0].params.Encode(),
            R"({"amount":"12.50","at":"/inputs/limit","channel":"email","count":3,"fields":["a","b",3],)"
            R"("on":"2026-01-02T03:04:05.000000Z","urgent":true})");
  EXPECT_EQ(rule.duties[1].type, "my_own.duty");
  EXPECT_EQ(rule.duties[1].due, std::nullopt);
  EXPECT_TRUE(rule.duties[1].params.empty());
}

TEST(Annotation, HasTheDefaultsOfThePaper) {
  const ReadBlock read = Read("custom: {version: 1, verdict: escalate}");

  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_TRUE(read.judges);
  EXPECT_EQ(read.rule.effect, Effect::kEscalate);
  EXPECT_EQ(read.rule.status, LegalStatus::kInForce);
  EXPECT_EQ(read.rule.in_force_from, std::nullopt);
  EXPECT_EQ(read.rule.in_force_until, std::nullopt);
  EXPECT_THAT(read.rule.scope.calls, ElementsAre("authorize", "observe"));
  EXPECT_THAT(read.rule.scope.stages, IsEmpty());
  EXPECT_THAT(read.rule.needs, IsEmpty());
  EXPECT_THAT(read.rule.reasons, ElementsAre("over_limit"));
  EXPECT_THAT(read.rule.duties, IsEmpty());
}

TEST(Annotation, NamesItsRuleFirstWhereItOnlyNamesMoreReasons) {
  EXPECT_THAT(ReadWith("  reasons: [a, b]\n").rule.reasons, ElementsAre("over_limit", "a", "b"));
  EXPECT_THAT(ReadWith("  reasons: [a]\n  reason: first\n").rule.reasons, ElementsAre("first", "a"));
}

TEST(Annotation, WithoutAVerdictIsOfAHelper) {
  for (const char* helper : {"title: Helper", "title: Helper\ncustom: {source: GDPR}", "custom: {}"}) {
    const ReadBlock read = Read(helper);
    EXPECT_FALSE(read.judges) << helper;
    EXPECT_THAT(read.problems, IsEmpty()) << helper;
  }
}

TEST(Annotation, OfAPackageGivesItsRulesScopeAndSource) {
  Rule defaults;
  std::vector<Problem> problems;

  ReadPackageAnnotation("scope: package\ntitle: All\ncustom: {source: GDPR, scope: {jurisdiction: [eu], call: record}}", 1,
                        defaults, problems);

  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(defaults.source, "GDPR");
  EXPECT_THAT(defaults.scope.jurisdictions, ElementsAre("eu"));
  EXPECT_THAT(defaults.scope.calls, ElementsAre("record"));
}

TEST(Annotation, OfAPackageIsRefusedWhatItsRulesWouldNotGet) {
  for (const char* member : {"verdict: deny", "status: draft", "needs: [facts.a]", "version: 1", "obligations: []"}) {
    Rule defaults;
    std::vector<Problem> problems;
    ReadPackageAnnotation("title: All\ncustom:\n  source: GDPR\n  " + std::string(member), 1, defaults, problems);
    ASSERT_EQ(problems.size(), 1U) << member;
    EXPECT_EQ(problems[0].line, 4U) << member;
    EXPECT_THAT(problems[0].message, HasSubstr("`source` and `scope` alone")) << member;
  }
}

TEST(Annotation, IsRefusedByTheLineOfEachMistake) {
  const std::pair<const char*, const char*> kMistakes[] = {
      {"  verdit: deny\n", "a.rego:103: `custom` has no member `verdit`"},
      {"  source: []\n", "a.rego:103: `source` must be a text of 1 to 512 bytes"},
      {"  source:\n", "a.rego:103: `custom` has the member `source` without a value"},
      {"  source: \"\"\n", "a.rego:103: `source` must be a text of 1 to 512 bytes"},
      {"  status: law\n", "a.rego:103: `status` must be in_force, enacted_future, draft, enjoined, withdrawn or repealed"},
      {"  in_force_from: 2026-02-30\n", "a.rego:103: `in_force_from` must be a date such as 2026-11-20"},
      {"  in_force_from: 2026-2-3\n", "a.rego:103: `in_force_from` must be a date such as 2026-11-20"},
      {"\n\n  in_force_until: 20261120\n", "a.rego:105: `in_force_until` must be a date such as 2026-11-20"},
      {"  verified_on: today\n", "a.rego:103: `verified_on` must be a date such as 2026-11-20"},
      {"  in_force_from: 2026-11-20\n  in_force_until: 2026-11-20\n",
       "a.rego:102: `in_force_until` must lie after `in_force_from`"},
      {"  status: enacted_future\n", "a.rego:102: a rule of status `enacted_future` says `in_force_from`"},
      {"  scope: []\n", "a.rego:103: `custom.scope` is no mapping"},
      {"  scope:\n    actions: [a]\n", "a.rego:104: `custom.scope` has no member `actions`"},
      {"  scope:\n    stage: []\n", "a.rego:104: `scope.stage` names nothing that the rule is for"},
      {"  scope: {call: cancel}\n", "a.rego:103: `scope.call` must hold authorize, record or observe"},
      {"  scope: {stage: [decide, do]}\n",
       "a.rego:103: `scope.stage` must hold decide, effect, publish, release, change or erase"},
      {"  scope: {domain: [emploment]}\n",
       "a.rego:103: `scope.domain` must hold fields of life, such as credit or employment"},
      {"  scope: {role: user}\n", "a.rego:103: `scope.role` must hold roles, such as provider or deployer"},
      {"  scope: {jurisdiction: usa}\n",
       "a.rego:103: `scope.jurisdiction` must hold countries or regions, such as de, us-co, eu or eea"},
      {"  scope:\n    jurisdiction:\n    - de\n    - DE\n",
       "a.rego:106: `scope.jurisdiction` must hold countries or regions, such as de, us-co, eu or eea"},
      {"  scope: {jurisdiction: us-}\n",
       "a.rego:103: `scope.jurisdiction` must hold countries or regions, such as de, us-co, eu or eea"},
      {"  scope: {jurisdiction: us_co}\n",
       "a.rego:103: `scope.jurisdiction` must hold countries or regions, such as de, us-co, eu or eea"},
      {"  scope: {action: \"*\"}\n", "a.rego:103: `scope.action` must hold actions, such as refund.grant or refund.*"},
      {"  scope: {action: refund*}\n", "a.rego:103: `scope.action` must hold actions, such as refund.grant or refund.*"},
      {"  needs: [Facts.amount]\n", "a.rego:103: `needs` must hold paths such as `facts.amount`"},
      {"  needs: facts..amount\n", "a.rego:103: `needs` must hold paths such as `facts.amount`"},
      {"  needs:\n  - facts.a\n  - [facts.b]\n", "a.rego:105: `needs` must hold paths such as `facts.amount`"},
      {"  reason: Too Large\n", "a.rego:103: `reason` must be a code, such as over_limit"},
      {"  reasons: [fine, Not Fine]\n", "a.rego:103: `reasons` must hold codes"},
      {"  person: Sorry\n", "a.rego:103: `person` is no mapping"},
      {"  person: {en: []}\n", "a.rego:103: `person.en` must be a text of 1 to 2000 bytes"},
      {"  person: {English: Sorry}\n", "a.rego:103: `person` must hold a text for each language, such as {en: \"…\"}"},
      {"  notice: hello\n", "a.rego:103: `notice` must be a kind of notice: ai_interaction, agent_principal, "},
      {"  obligations: notify_person\n", "a.rego:103: `obligations` must be a list of at most 16"},
      {"  obligations:\n  - due: 3d\n", "a.rego:104: an obligation has a `type`"},
      {"  obligations: [{type: record_outcome_by}]\n",
       "a.rego:103: `type` must be a code that is not Candor's own, such as notify_person"},
      {"  obligations: [{type: Notify Person}]\n",
       "a.rego:103: `type` must be a code that is not Candor's own, such as notify_person"},
      {"  obligations: [{type: step_up, when: now}]\n", "a.rego:103: `obligations` has no member `when`"},
      {"  obligations: [{type: step_up, due: 3 days}]\n", "a.rego:103: `due` must be a duration such as 30d or 4h"},
      {"  obligations:\n  - type: step_up\n    params: [a]\n", "a.rego:105: `params` is no mapping"},
      {"  version: 2\n", "a.rego:103: `custom` has the member `version` twice"},
      {"  verdict: allow\n", "a.rego:103: `custom` has the member `verdict` twice"},
      {"  scope: {action: a, action: b}\n", "a.rego:103: `custom.scope` has the member `action` twice"},
      {"  person: {en: A, en: B}\n", "a.rego:103: `person` has the member `en` twice"},
      {"  ? [a, b]\n  : c\n", "a.rego:103: `custom` has a member whose name is no text"},
      {"verdict: deny\n", "a.rego:103: METADATA has no member `verdict`: what is Candor's stands in `custom`"},
      {"custom: {}\n", "a.rego:103: `METADATA` has the member `custom` twice"},
      {"scope: package\n",
       "a.rego:103: `scope` beside `title` is OPA's: `package` above a package, `rule` or `document` above a rule"},
      {"scope: {action: refund.grant}\n",
       "a.rego:103: `scope` beside `title` is OPA's: `package` above a package, `rule` or `document` above a rule"},
      {"title: \"\"\n", "a.rego:103: `title` must be a text of 1 to 256 bytes"},
      {"description: [a]\n", "a.rego:103: `description` must be a text of 1 to 2000 bytes"},
  };
  for (const auto& [lines, problem] : kMistakes) EXPECT_THAT(OnlyProblem(lines), HasSubstr(problem)) << lines;
}

TEST(Annotation, IsRefusedForVersionAndVerdictToo) {
  const auto only = [](const char* yaml) {
    const ReadBlock read = Read(yaml);
    return read.problems.size() == 1 ? read.problems[0] : std::to_string(read.problems.size()) + " problems";
  };
  EXPECT_EQ(only("custom:\n  verdict: deny"), "a.rego:101: a rule has a `version`, from 1");
  for (const char* version : {"0", "-1", "1.0", "x", "1000001", "[]", "99999999999999999999"}) {
    EXPECT_EQ(only(("custom:\n  verdict: deny\n  version: " + std::string(version)).c_str()),
              "a.rego:102: `version` must be a number from 1 to 1,000,000")
        << version;
  }
  for (const char* verdict : {"block", "Deny", "denyy"}) {
    EXPECT_EQ(only(("custom:\n  version: 1\n  verdict: " + std::string(verdict)).c_str()),
              "a.rego:102: `verdict` must be deny, escalate, notice, transform or allow")
        << verdict;
  }
  EXPECT_EQ(only("custom: {version: 1, verdict: notice}"), "a.rego:100: a rule with the verdict `notice` names its `notice`");
  EXPECT_EQ(only("custom: [deny]"), "a.rego:100: `custom` is no mapping");
  EXPECT_EQ(only("custom:"), "a.rego:100: `METADATA` has the member `custom` without a value");
}

TEST(Annotation, ThatIsNoMappingIsRefused) {
  for (const char* yaml : {"", "deny", "- custom", "title: a\n---\ncustom: {version: 1, verdict: deny}",
                           "---\ntitle: a\n---\n", ",--[*a]} a\nb\n",
                           "custom: {version: 1, verdict: deny}\n---\ntitle: a"}) {
    const ReadBlock read = Read(yaml);
    EXPECT_THAT(read.problems, ElementsAre("a.rego:100: the METADATA block is no mapping")) << yaml;
    EXPECT_FALSE(read.judges) << yaml;
  }
}

TEST(Annotation, ThatIsNoYamlIsRefusedWhereItEndsToBe) {
  for (const char* yaml : {"title: a\ncustom: {", "title: a\ncustom: *nobody", "title: a\n\tcustom: x", "title: a\n'x",
                           "title: a\n}\ncustom: {version: 1, verdict: deny}\n"}) {
    const ReadBlock read = Read(yaml);
    ASSERT_EQ(read.problems.size(), 1U) << yaml;
    EXPECT_THAT(read.problems[0], HasSubstr("the METADATA block is no YAML: ")) << yaml;
    EXPECT_THAT(read.problems[0], HasSubstr("a.rego:101")) << yaml;
    EXPECT_FALSE(read.judges);
  }
}

TEST(Annotation, NeverEndsAtBombsOfNestingAndAliases) {
  std::string aliases = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string last = std::to_string(i - 1);
    aliases += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + last + ", *a" + last + "]\n";
  }
  for (const std::string& yaml :
       {std::string(100000, '['), std::string(100000, '{'), "custom:\n  scope: " + std::string(20000, '['),
        aliases + "custom:\n  version: 1\n  verdict: deny\n  needs: *a39\n  obligations: [{type: a, params: {x: *a39}}]\n",
        aliases + "custom: *a39\n",
        std::string("custom: {version: 1, verdict: deny, needs: &n [*n], obligations: [{type: a, params: {x: &p [*p]}}]}"),
        std::string("custom: &c {version: 1, verdict: deny, scope: *c, person: *c, obligations: [*c, *c]}")}) {
    EXPECT_FALSE(Read(yaml).problems.empty()) << yaml.substr(0, 40);
  }
}

TEST(Annotation, MayUseAnchorsQuotesAndTagsOfYaml) {
  const ReadBlock read = ReadWith("  reason: &r too_large\n  reasons: [*r, 'b', \"c\", !!str d]\n  source: >-\n    Two\n    lines\n");

  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_THAT(read.rule.reasons, ElementsAre("too_large", "too_large", "b", "c", "d"));
  EXPECT_EQ(read.rule.source, "Two lines");
}

TEST(Annotation, HasParamsThatStandInTheLedgerForEver) {
  const auto params = [](const std::string& text) {
    const ReadBlock read = ReadWith("  obligations: [{type: step_up, params: {x: " + text + "}}]\n");
    if (!read.problems.empty()) return std::string("refused");
    return read.rule.duties.at(0).params.Encode();
  };
  EXPECT_EQ(params("5"), R"({"x":5})");
  EXPECT_EQ(params("-5"), R"({"x":-5})");
  EXPECT_EQ(params("'5'"), R"({"x":"5"})");
  EXPECT_EQ(params("!!str 5"), R"({"x":"5"})");
  EXPECT_EQ(params("0.5"), R"({"x":"0.5"})");
  EXPECT_EQ(params("'true'"), R"({"x":"true"})");
  EXPECT_EQ(params("false"), R"({"x":false})");
  EXPECT_EQ(params("9007199254740991"), R"({"x":9007199254740991})");
  EXPECT_EQ(params("[]"), R"({"x":[]})");
  for (const char* words : {"Ada Lovelace", "ada@example.com", "'+49 30 123'", "{a: b}", "[[a]]", "[{a: b}]", "null", "~",
                            "", "1e5", "A", "'/a b'", "2026-01-02"}) {
    EXPECT_EQ(params(words), "refused") << words;
  }
  EXPECT_THAT(OnlyProblem("  obligations: [{type: step_up, params: {Name: a}}]\n"), HasSubstr("`params` must be flat"));
  EXPECT_THAT(OnlyProblem("  obligations: [{type: step_up, params: {a: 1, b: A B}}]\n"), HasSubstr("; `b` is not"));
  EXPECT_THAT(OnlyProblem("  obligations: [{type: step_up, params: {a: 1, a: 2}}]\n"), HasSubstr("twice"));
}

TEST(Annotation, HoldsNoMoreThanAReaderWouldRead) {
  std::string many = "[a";
  for (int i = 0; i < 64; ++i) many += ", a" + std::to_string(i);
  EXPECT_EQ(OnlyProblem("  reasons: " + many + "]\n"), "a.rego:103: `reasons` holds at most 64 items");
  std::string duties;
  for (int i = 0; i < 17; ++i) duties += "  - type: step_up\n";
  EXPECT_EQ(OnlyProblem("  obligations:\n" + duties), "a.rego:104: `obligations` must be a list of at most 16");
  EXPECT_EQ(OnlyProblem("  person: {en: " + std::string(2001, 'a') + "}\n"),
            "a.rego:103: `person.en` must be a text of 1 to 2000 bytes");
}

// The words of a leaf that an enum of the contract has.
std::vector<std::string> WordsOf(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) words.push_back(rpc::EnumWord(*type.value(i)));
  }
  return words;
}

TEST(Words, AreThoseOfTheContract) {
  EXPECT_THAT(kStages, UnorderedElementsAreArray(WordsOf(*v1::ActionStage_descriptor())));
  EXPECT_THAT(kDomains, UnorderedElementsAreArray(WordsOf(*v1::Domain_descriptor())));
  EXPECT_THAT(kRoles, UnorderedElementsAreArray(WordsOf(*v1::TenantRole_descriptor())));
  EXPECT_THAT(kNotices, UnorderedElementsAreArray(WordsOf(*v1::NoticeKind_descriptor())));
  std::vector<std::string> types(kObligationTypes.begin(), kObligationTypes.end());
  types.insert(types.end(), {"record_outcome_by", "custom"});
  EXPECT_THAT(types, UnorderedElementsAreArray(WordsOf(*v1::ObligationType_descriptor())));
}

}  // namespace
}  // namespace candor::policy
