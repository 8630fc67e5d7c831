#include "services/policy/rule_input.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "candor/v1/decision_service.pb.h"
#include "services/policy/rule.h"
#include "services/rpc/convert/statement.h"

namespace candor::policy {
namespace {

using google::protobuf::Message;
using nlohmann::json;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000) + absl::Nanoseconds(123'456'789);
constexpr const char* kDigest = "0123456789abcdef0123456789abcdef";

// --- Requests in which every field is set ---

constexpr const char* kAuthorize = R"(
  request_id: "11111111-1111-4111-8111-111111111111"
  producer { id: "bot" epoch: "22222222-2222-4222-8222-222222222222" seq: 9 }
  decision_id: "019b7ca9-f600-7000-8000-000000000001"
  review_id: "019b7ca9-f600-7000-8000-000000000002"
  actor {
    system: "refund_bot" model: "large" model_version: "secret_version"
    model_digest: "0123456789abcdef0123456789abcdef" config_digest: "0123456789abcdef0123456789abcdef"
    prompt_template_digest: "0123456789abcdef0123456789abcdef" tool_list_digest: "0123456789abcdef0123456789abcdef"
    environment: ENVIRONMENT_PRODUCTION acting_on_behalf_of: "acme" deployer: "acme"
    decoding_json: "{\"temperature\": 0.70}" provider_fingerprint: "fp_1"
  }
  action {
    name: "refund.grant" stage: ACTION_STAGE_EFFECT resource_type: "order" resource_id: "Order 1" amount: "250.00"
    currency: "eur" expected_effect: EFFECT_CLASS_LEGAL irreversible: true planned_automation: AUTOMATION_AI_ASSIST
  }
  person {
    reference: "SECRET-ada" kind: PERSON_KIND_CUSTOMER residence: "de-by" language: "de" accessibility_needs: "large print"
    vulnerabilities: [VULNERABILITY_MINOR, VULNERABILITY_DISTRESS] vulnerability_source: "said so" asks_for_human: false
    sentiment: "-0.5" objection: OBJECTION_STATE_ACTIVE objection_seen_time { seconds: 1780000000 }
    consent {
      id: "c1" text_version: "v2" scope: "all" method: "click" state: CONSENT_STATE_WITHDRAWN
      given_time { seconds: 1780000000 nanos: 1500 } withdrawn_time { seconds: 1780000001 }
    }
  }
  other_persons { reference: "SECRET-bob" kind: PERSON_KIND_OTHER inputs_json: "{\"role\": \"guarantor\"}" }
  other_persons { reference: "SECRET-cleo" kind: PERSON_KIND_PATIENT inputs_json: "[1]" }
  purpose {
    code: "refunds" legal_basis: LEGAL_BASIS_ART6_1_B art22_ground: ART22_GROUND_CONTRACT
    art9_ground: ART9_GROUND_NOT_APPLICABLE permission_reference: "contract 5"
  }
  jurisdictions: ["de", "us-co"]
  domain: DOMAIN_CREDIT
  tenant_role: TENANT_ROLE_BOTH
  data_used {
    datum_id: "d1" name: "Debt" category: "income" source_kind: SOURCE_KIND_AGENCY source_name: "Agency"
    obtained_time { seconds: 1780000000 } collected_for: "credit" legal_basis: LEGAL_BASIS_ART6_1_A special_category: true
    consent {
      id: "c2" text_version: "v2" scope: "all" method: "click" state: CONSENT_STATE_ACTIVE
      given_time { seconds: 1780000000 } withdrawn_time { seconds: 1780000001 }
    }
    value_json: "1.50" unit: "eur" artefact_reference: "file 1" version: "3"
    digest: "0123456789abcdef0123456789abcdef"
    credit_score {
      value: "612" range_min: "300" range_max: "850" made_time { seconds: 1780000000 } source: "Agency" key_factors: ["a", "b"]
    }
  }
  reference_databases {
    id: "sanctions" version: "v7" owner: "State" query_time { seconds: 1780000000 } search_json: "{\"name\": \"x\"}"
    threshold: "0.9" match_count: 2 result_json: "[{\"hit\": null}]"
  }
  data_quality { age_seconds: 60 completeness: "0.99" checks_passed: true }
  inputs_json: " {\"debt\": 0.3500, \"none\": null, \"deep\": {\"Er\": [1e2, -0, true]}, \"n\": 12345678901234567890} "
  conversation {
    id: "conv" channel: CHANNEL_CHAT turn: 3 parent_decision_id: "019b7ca9-f600-7000-8000-000000000003" trace_parent: "00-1"
    workflow_id: "w" language: "en" inherited_context_json: "{\"from\": \"agent\"}"
  }
  circumstances {
    interacts_with_person: true profiling: true infers_emotion: false categorises_biometrically: false generates_content: false
    deep_fake: false optimises_persuasion: false setting: SETTING_WORKPLACE operating_envelope: OPERATING_ENVELOPE_IN
    drift: DRIFT_STATE_NONE guardrail_hits: "pii" tools: ["search", "secret_tool"] processing_regions: "de" upstream_score: false
    special_category: true
  }
  protected_attributes {
    attribute: "secret_sex" value: "SECRET-value" provenance: PROVENANCE_SELF_DECLARED collect_time { seconds: 1780000000 }
    collected_after_decision: false delete_time { seconds: 1790000000 }
  }
  confidence: "0.93"
  supported_obligations: [OBLIGATION_TYPE_MASK_FIELDS, OBLIGATION_TYPE_STEP_UP]
  start_time { seconds: 1789999999 }
  notices {
    kind: NOTICE_KIND_OTHER template_id: "t1" deliver_time { seconds: 1780000000 } channel: CHANNEL_CHAT language: "en"
    text: "Hello" proof_json: "[]" addressee: "guardian"
  }
)";

constexpr const char* kRecord = R"(
  request_id: "11111111-1111-4111-8111-111111111111"
  authorization_id: "019b7ca9-f600-7000-8000-000000000001"
  producer { id: "bot" epoch: "22222222-2222-4222-8222-222222222222" seq: 9 }
  outcome {
    code: "granted" adverse: true effect: EFFECT_CLASS_LEGAL ai_influence: AI_INFLUENCE_MATERIAL
    action_taken: ACTION_TAKEN_TAKEN output_json: "{\"limit\": 5000}"
    reasons { code: "debt" text: "Too much debt" weight: "0.5" direction: DIRECTION_ADVERSE factor_ids: "f1" }
    factors {
      id: "f1" name: "Debt" datum_id: "d1" value: "9" contribution: "0.5" unit: "eur" method: "shap" baseline: "0"
      direction: DIRECTION_ADVERSE
    }
    alternatives { option: "less" score: "0.4" why_not: "too little" }
    rule_path: "a.b"
    explanation {
      text: "Because" language: "en" mode: EXPLANATION_MODE_POST_HOC artefact_digest: "0123456789abcdef0123456789abcdef"
      fidelity: "0.9" stability: "0.8"
      counterfactuals { changes: "less debt" outcome: "granted" verified_by_rerun: true actionable: true }
    }
    confidence: "0.7" score: "612" score_threshold: "600"
    human {
      human_reference: "SECRET-dan" kind: OVERSIGHT_KIND_PRE_APPROVAL decision: HUMAN_DECISION_OVERRIDE
      shown_json: "{\"proposal\": 1}" justification: "I know" open_time { seconds: 1780000000 }
      decide_time { seconds: 1780000060 } active_seconds: 50 proposal_hidden_first: true could_change: true
    }
    confirmers: 1
    assistance { suggestion_json: "\"yes\"" use: SUGGESTION_USE_EDITED human_action_json: "\"no\"" }
    notices {
      kind: NOTICE_KIND_BOT template_id: "t1" deliver_time { seconds: 1780000000 } channel: CHANNEL_CHAT language: "en"
      text: "I am a bot" proof_json: "{\"ok\": true}" addressee: "guardian"
    }
    tokens { input: 1 output: 2 cached: 3 reasoning: 4 }
    cost: "0.01" cost_currency: "eur" start_time { seconds: 1780000000 } end_time { seconds: 1780000001 }
    effective_time { seconds: 1780000002 } communicated_time { seconds: 1780000003 } error: "none" fallback_used: false
    generated_content { marker_kinds: "c2pa" marker_key: "k1" detector: "d1" } affected_count: 1 handed_over: true
    handover_json: "{\"to\": \"human\"}"
  }
  person { reference: "SECRET-ada" kind: PERSON_KIND_CUSTOMER }
  data_used { name: "More" category: "income" source_kind: SOURCE_KIND_PERSON }
  reference_databases { id: "sanctions" version: "v7" }
  obligations { obligation_id: "o1" state: OBLIGATION_STATE_DONE done_time { seconds: 1780000000 } detail: "sent" }
  amends_id: "019b7ca9-f600-7000-8000-000000000004"
)";

template <typename Request>
Request Parse(const char* text) {
  Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return request;
}

// Fields that are not set, in `message` or below.
void AddUnset(const Message& message, const std::string& path, std::vector<std::string>& unset) {
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* field = message.GetDescriptor()->field(i);
    const std::string name = path + "." + field->name();
    const bool set = field->is_repeated() ? reflection.FieldSize(message, field) > 0 : reflection.HasField(message, field);
    if (!set) {
      unset.push_back(name);
    } else if (field->message_type() != nullptr && field->message_type()->name() != "Timestamp") {
      AddUnset(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, 0) : reflection.GetMessage(message, field),
               name, unset);
    }
  }
}

domain::Settings Declared() {
  domain::Settings settings;
  settings.amount = "100";
  settings.currency = "eur";
  settings.confidence = "0.8";
  settings.catalogue["system"] = {"refund_bot"};
  settings.catalogue["action"] = {"refund.grant"};
  settings.catalogue["tool"] = {"search"};
  return settings;
}

class RulesSee : public ::testing::Test {
 protected:
  domain::Statement StatementOf(const Message& request, std::string_view call) const {
    auto statement = rpc::ToStatement(request, call, settings_, kNow);
    EXPECT_TRUE(statement.ok()) << statement.status();
    return *statement;
  }

  Input InputOf(const domain::Statement& statement, std::string_view call) const {
    return {.call = call, .time = kNow, .facts = statement.facts, .sections = statement.sections, .settings = settings_};
  }

  json Shown(const Message& request, std::string_view call) const {
    const domain::Statement statement = StatementOf(request, call);
    return json::parse(RuleInput(InputOf(statement, call)).text());
  }

  const domain::Settings settings_ = Declared();
};

const json kLimits = {{"amount", "100"}, {"currency", "eur"}, {"confidence", "0.8"}};
constexpr const char* kMay = "2026-05-28T20:26:40.000000Z";  // 1,780,000,000 seconds.

TEST_F(RulesSee, OfAnAuthorizationWhatThePaperSays) {
  const auto request = Parse<v1::AuthorizeRequest>(kAuthorize);
  std::vector<std::string> unset;
  AddUnset(request, "request", unset);
  ASSERT_THAT(unset, IsEmpty());
  const std::string digest = ToBase64(AsBytes(kDigest));

  json shown = Shown(request, "authorize");

  EXPECT_EQ(shown["facts"], json::parse(StatementOf(request, "authorize").facts.Encode()));
  EXPECT_EQ(shown["facts"]["model_version"], "unlisted");
  EXPECT_EQ(shown["facts"]["tools"], json({"search", "unlisted"}));
  shown.erase("facts");
  json expected = {
      {"call", "authorize"},
      {"time", "2026-09-21T14:13:20.123456Z"},
      {"time_ns", 1790000000123456789},
      {"limits", kLimits},
      {"person",
       {{"kind", "customer"}, {"residence", "de-by"}, {"language", "de"}, {"accessibility_needs", "large print"},
        {"vulnerabilities", {"minor", "distress"}}, {"vulnerability_source", "said so"}, {"asks_for_human", false},
        {"sentiment", "-0.5"}, {"objection", "active"}, {"objection_seen_time", kMay}, {"special_category", true},
        {"consent",
         {{"id", "c1"}, {"text_version", "v2"}, {"scope", "all"}, {"method", "click"}, {"state", "withdrawn"},
          {"given_time", "2026-05-28T20:26:40.000001Z"}, {"withdrawn_time", "2026-05-28T20:26:41.000000Z"}}}}},
      {"other_persons",
       {{{"kind", "other"}, {"inputs", {{"role", "guarantor"}}}}, {{"kind", "patient"}, {"inputs", json::array({1})}}}},
      {"inputs", json::parse(request.inputs_json())},
      {"decoding", {{"temperature", 0.7}}},
      {"provider_fingerprint", "fp_1"},
      {"resource_id", "Order 1"},
      {"permission_reference", "contract 5"},
      {"conversation",
       {{"id", "conv"}, {"trace_parent", "00-1"}, {"workflow_id", "w"}, {"inherited_context", {{"from", "agent"}}}}},
      {"data_used",
       {{{"datum_id", "d1"}, {"name", "Debt"}, {"category", "income"}, {"source_kind", "agency"}, {"source_name", "Agency"},
         {"obtained_time", kMay}, {"collected_for", "credit"}, {"legal_basis", "art6_1_a"}, {"special_category", true},
         {"consent",
          {{"id", "c2"}, {"text_version", "v2"}, {"scope", "all"}, {"method", "click"}, {"state", "active"},
           {"given_time", kMay}, {"withdrawn_time", "2026-05-28T20:26:41.000000Z"}}},
         {"value", 1.5}, {"unit", "eur"}, {"artefact_reference", "file 1"}, {"version", "3"}, {"digest", digest},
         {"credit_score",
          {{"value", "612"}, {"range_min", "300"}, {"range_max", "850"}, {"made_time", kMay}, {"source", "Agency"},
           {"key_factors", {"a", "b"}}}}}}},
      {"reference_databases",
       {{{"id", "sanctions"}, {"version", "v7"}, {"owner", "State"}, {"query_time", kMay}, {"search", {{"name", "x"}}},
         {"threshold", "0.9"}, {"match_count", 2}, {"result", json::array({{{"hit", nullptr}}})}}}},
      {"notices",
       {{{"kind", "other"}, {"template_id", "t1"}, {"deliver_time", kMay}, {"channel", "chat"}, {"language", "en"},
         {"text", "Hello"}, {"proof", json::array()}, {"addressee", "guardian"}}}},
  };
  EXPECT_EQ(shown, expected) << json::diff(shown, expected);
}

TEST_F(RulesSee, OfAnOutcomeWhatThePaperSays) {
  const auto request = Parse<v1::RecordRequest>(kRecord);
  std::vector<std::string> unset;
  AddUnset(request.outcome(), "outcome", unset);
  for (const auto& one : request.obligations()) AddUnset(one, "obligations", unset);
  ASSERT_THAT(unset, IsEmpty());

  json shown = Shown(request, "record");

  EXPECT_EQ(shown["facts"]["outcome"], "unlisted");
  shown.erase("facts");
  shown.erase("time");
  shown.erase("time_ns");
  json expected = {
      {"call", "record"},
      {"limits", kLimits},
      {"person", {{"kind", "customer"}}},
      {"data_used", {{{"name", "More"}, {"category", "income"}, {"source_kind", "person"}}}},
      {"reference_databases", {{{"id", "sanctions"}, {"version", "v7"}}}},
      {"output", {{"limit", 5000}}},
      {"score", "612"},
      {"suggestion", "yes"},
      {"human_action", "no"},
      {"reasons",
       {{{"code", "debt"}, {"text", "Too much debt"}, {"weight", "0.5"}, {"direction", "adverse"}, {"factor_ids", {"f1"}}}}},
      {"factors",
       {{{"id", "f1"}, {"name", "Debt"}, {"datum_id", "d1"}, {"value", "9"}, {"contribution", "0.5"}, {"unit", "eur"},
         {"method", "shap"}, {"baseline", "0"}, {"direction", "adverse"}}}},
      {"alternatives", {{{"option", "less"}, {"score", "0.4"}, {"why_not", "too little"}}}},
      {"rule_path", {"a.b"}},
      {"explanation",
       {{"text", "Because"}, {"language", "en"},
        {"counterfactuals",
         {{{"changes", "less debt"}, {"outcome", "granted"}, {"verified_by_rerun", true}, {"actionable", true}}}}}},
      {"oversight", {{"shown", {{"proposal", 1}}}, {"justification", "I know"}}},
      {"conversation", {{"handover", {{"to", "human"}}}}},
      {"notices",
       {{{"kind", "bot"}, {"template_id", "t1"}, {"deliver_time", kMay}, {"channel", "chat"}, {"language", "en"},
         {"text", "I am a bot"}, {"proof", {{"ok", true}}}, {"addressee", "guardian"}}}},
      {"obligations", {{{"obligation_id", "o1"}, {"state", "done"}, {"done_time", kMay}, {"detail", "sent"}}}},
  };
  EXPECT_EQ(shown, expected) << json::diff(shown, expected);
}

TEST_F(RulesSee, NeverWhoAPersonIsNorWhatIsProtectedNorWhatNobodyDeclared) {
  const auto authorize = StatementOf(Parse<v1::AuthorizeRequest>(kAuthorize), "authorize");
  const auto record = StatementOf(Parse<v1::RecordRequest>(kRecord), "record");
  for (const char* section : {"protected", "unlisted", "person", "person.2", "inputs.3"}) {
    ASSERT_TRUE(authorize.sections.contains(section)) << section;
  }
  std::map<std::string, std::string> more = authorize.sections;
  more["caller"] = R"({"credential":"SECRET-caller"})";
  more["result"] = R"({"text":"SECRET-result"})";

  for (const std::string& text :
       {RuleInput(InputOf(authorize, "authorize")).text(), RuleInput(InputOf(record, "record")).text(),
        RuleInput({.call = "authorize", .time = kNow, .facts = authorize.facts, .sections = more, .settings = settings_}).text()}) {
    EXPECT_EQ(text.find("SECRET"), std::string::npos) << text;
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    EXPECT_EQ(text.find("\"reference\""), std::string::npos) << text;
  }
}

TEST_F(RulesSee, OfAnEmptyStatementTheCallTheTimeAndTheLimits) {
  const domain::Settings no_limits;
  const core::Json facts = core::Json::Object();
  const std::map<std::string, std::string> sections;
  const Input input{.call = "observe", .time = absl::UnixEpoch(), .facts = facts, .sections = sections, .settings = no_limits};

  EXPECT_EQ(json::parse(RuleInput(input).text()),
            json::parse(R"({"call":"observe","time":"1970-01-01T00:00:00.000000Z","time_ns":0,"facts":{},"limits":{}})"));
}

TEST_F(RulesSee, WhatThePersonAskedForRatherThanWhatTheCallerSays) {
  core::Json facts = core::Json::Object();
  core::Json withdrawn = core::Json::Array();
  withdrawn.Append("person").Append("data_used.1");
  facts.Set("objected", "opted_out").Set("consent_withdrawn", std::move(withdrawn));
  const std::map<std::string, std::string> sections = {
      {"person", R"({"consent":{"id":"c1","state":"active"},"kind":"customer","objection":"none"})"},
      {"data_used", R"({"data_used":[{"consent":{"state":"active"}},{"name":"Debt"}]})"}};
  const domain::Settings no_limits;
  const auto shown = [&](const std::map<std::string, std::string>& of) {
    return json::parse(RuleInput({.call = "authorize", .time = kNow, .facts = facts, .sections = of, .settings = no_limits}).text());
  };

  const json input = shown(sections);
  EXPECT_EQ(input["person"], json::parse(R"({"consent":{"id":"c1","state":"withdrawn"},"kind":"customer","objection":"opted_out"})"));
  EXPECT_EQ(input["data_used"],
            json::parse(R"([{"consent":{"state":"active"}},{"consent":{"state":"withdrawn"},"name":"Debt"}])"));
  EXPECT_EQ(shown({})["person"], json::parse(R"({"consent":{"state":"withdrawn"},"objection":"opted_out"})"));
}

TEST_F(RulesSee, WhatIsRegisteredAndWhatWasRecordedBefore) {
  const core::Json facts = core::Json::Object();
  const std::map<std::string, std::string> sections = {
      {"notice", R"({"notices":[{"deliver_time":"2026-01-03T00:00:00.000000Z","kind":"other"}]})"}};
  const core::Json registry = core::Json::Object().Set("system", core::Json::Object().Set("risk_class", "high"));
  core::Json earlier_facts = core::Json::Object(), later_facts = core::Json::Object();
  earlier_facts.Set("notices", core::Json::Array().Append("bot").Append("deepfake"));
  earlier_facts.Set("notice_times", core::Json::Array().Append("2026-01-01T00:00:00.000000Z").Append("2026-01-02T00:00:00.000000Z"));
  later_facts.Set("action", "refund.grant");
  const core::Json earlier = core::Json::Array()
                                 .Append(core::Json::Object().Set("type", "notice").Set("facts", earlier_facts))
                                 .Append(core::Json::Object().Set("type", "authorization").Set("facts", later_facts));

  const json shown = json::parse(RuleInput({.call = "record", .time = kNow, .facts = facts, .sections = sections,
                                            .settings = settings_, .registry = &registry, .earlier = &earlier})
                                     .text());

  EXPECT_EQ(shown["registry"], json::parse(R"({"system":{"risk_class":"high"}})"));
  EXPECT_EQ(shown["earlier"], json::parse(earlier.Encode()));
  EXPECT_EQ(shown["notices"], json::parse(R"([{"kind":"other","deliver_time":"2026-01-03T00:00:00.000000Z"},
                                              {"kind":"bot","deliver_time":"2026-01-01T00:00:00.000000Z"},
                                              {"kind":"deepfake","deliver_time":"2026-01-02T00:00:00.000000Z"}])"));
}

TEST_F(RulesSee, TheCallersOwnJsonAsItCame) {
  std::string deep = "1";
  for (int i = 0; i < 32; ++i) deep = i % 2 == 0 ? "[" + deep + "]" : "{\"a\":" + deep + "}";
  for (const std::string& text :
       {std::string("0.10"), std::string("1e400"), std::string("12345678901234567890123.000"), std::string("null"),
        std::string("\" \\u0041\\n\\ud83d\\ude42 \xc3\xa9\""), std::string(" [ 1 , 2 ] "), std::string("-0"), deep,
        std::string(R"({"raw": "x", "b": {"raw": "{\"c\": 1}"}})"), std::string(R"({"raw": "{}"})")}) {
    v1::AuthorizeRequest request = Parse<v1::AuthorizeRequest>(R"(
      request_id: "11111111-1111-4111-8111-111111111111" actor { system: "refund_bot" } action { name: "refund.grant" })");
    request.set_inputs_json(text);
    const domain::Statement statement = StatementOf(request, "authorize");
    const RuleInput shown(InputOf(statement, "authorize"));
    EXPECT_NE(shown.text().find("\"inputs\":" + text), std::string::npos) << text;
    EXPECT_TRUE(shown.Has("inputs")) << text;
  }
}

// Whether `path` leads somewhere in `tree`, by the plainest of means.
bool Walk(const json& tree, const std::string& path) {
  const std::size_t dot = path.find('.');
  if (!tree.is_object() || !tree.contains(path.substr(0, dot))) return false;
  return dot == std::string::npos || Walk(tree[path.substr(0, dot)], path.substr(dot + 1));
}

void AddPaths(const json& tree, const std::string& prefix, std::set<std::string>& paths, std::set<std::string>& names) {
  if (!tree.is_object()) return;
  for (const auto& [name, value] : tree.items()) {
    paths.insert(prefix + name);
    names.insert({name, name + "_json"});
    AddPaths(value, prefix + name + ".", paths, names);
  }
}

TEST_F(RulesSee, APathExactlyWhereTheTextHasIt) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  v1::AuthorizeRequest authorize = Parse<v1::AuthorizeRequest>(kAuthorize);
  authorize.set_inputs_json(R"({"debt": 1, "none": null, "raw": "x", "a": {"b_json": {"raw": "{}"}, "c": [{"d": 1}], "e": {}}})");
  const core::Json registry = core::Json::Object().Set("system", core::Json::Object().Set("risk_class", "high"));
  const core::Json earlier = core::Json::Array();
  for (const bool record : {false, true}) {
    const domain::Statement statement =
        record ? StatementOf(Parse<v1::RecordRequest>(kRecord), "record") : StatementOf(authorize, "authorize");
    Input input = InputOf(statement, record ? "record" : "authorize");
    input.registry = &registry;
    input.earlier = &earlier;
    const RuleInput shown(input);
    const json tree = json::parse(shown.text());
    std::set<std::string> paths, name_set = {"reference", "protected", "raw", "facts", "data_used", "unlisted", "d", "x"};
    AddPaths(tree, "", paths, name_set);
    EXPECT_GT(paths.size(), 60U);
    for (const std::string& path : paths) EXPECT_TRUE(shown.Has(path)) << path;

    const std::vector<std::string> names(name_set.begin(), name_set.end()), known(paths.begin(), paths.end());
    int found = 0;
    for (int run = 0; run < 5000; ++run) {
      std::string path = random() % 2 ? known[random() % known.size()] : names[random() % names.size()];
      for (std::size_t i = random() % 3; i > 0; --i) path += "." + names[random() % names.size()];
      if (!IsInputPath(path)) continue;
      found += Walk(tree, path);
      ASSERT_EQ(shown.Has(path), Walk(tree, path)) << path << ", seed " << seed;
    }
    EXPECT_GT(found, 100) << "seed " << seed;
  }
}

}  // namespace
}  // namespace candor::policy
