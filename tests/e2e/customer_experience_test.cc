// The shipped rules of conversations, through the gate: what they ask about stands in fields of the API or in
// `inputs_json`, and each of them can be met.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <sstream>

#include "tests/e2e/policy_life.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

// The pack and what it shares with others, as they are shipped.
std::string Pack() {
  const absl::StatusOr<policy::Bundle> all = policy::Bundle::Read(CANDOR_POLICIES);
  EXPECT_TRUE(all.ok()) << all.status();
  std::vector<policy::BundleFile> files;
  for (const policy::BundleFile& file : all->files()) {
    if (file.path.starts_with("lib/") || file.path.starts_with("customer_experience/")) files.push_back(file);
  }
  return policy::Bundle(std::move(files)).Pack();
}

// The kinds of decision that the pack comes with.
std::vector<v1::DecisionType> Types() {
  std::ifstream file(std::string(CANDOR_POLICIES) + "/customer_experience/decision_types.json");
  std::stringstream text;
  text << file.rdbuf();
  google::protobuf::Struct shipped;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text.str(), &shipped).ok());
  std::vector<v1::DecisionType> types;
  for (const auto& one : shipped.fields().at("decision_types").list_value().values()) {
    std::string json;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(one, &json).ok());
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &types.emplace_back()).ok());
  }
  return types;
}

class CustomerExperience : public PolicyLife {
 protected:
  CustomerExperience() {
    for (v1::DecisionType& type : Types()) {
      v1::RegisterDecisionTypeRequest request;
      request.set_request_id(NewId());
      *request.mutable_decision_type() = std::move(type);
      const auto response = tenant_.system.Call<v1::RegisterDecisionTypeResponse>(request);
      EXPECT_TRUE(response.ok()) << response.refusal();
    }
    PutInCharge(Pack());
  }

  // A turn of a bot with a known person who does not ask for a human.
  static v1::AuthorizeRequest Turn(const std::string& inputs) {
    v1::AuthorizeRequest request = Question();
    request.mutable_action()->Clear();
    request.mutable_action()->set_name("conversation.turn");
    request.mutable_purpose()->set_code("customer_service");
    request.mutable_conversation()->set_id("c-1");
    request.mutable_conversation()->set_channel(v1::CHANNEL_CHAT);
    request.mutable_conversation()->set_turn(4);
    request.mutable_person()->set_asks_for_human(false);
    request.set_inputs_json(inputs);
    return request;
  }

  // The verdict and the rules that fired or lacked something, with what they lacked.
  std::vector<std::string> Told(const v1::AuthorizeRequest& request) {
    const v1::AuthorizeResponse answer = Ask(request);
    std::vector<std::string> told = {v1::Verdict_Name(answer.verdict())};
    for (const v1::FiredRule& rule : answer.fired_rules()) {
      told.push_back(rule.rule());
      for (const std::string& fact : rule.missing_facts()) told.push_back(rule.rule() + " lacks " + fact);
    }
    return told;
  }
};

TEST_F(CustomerExperience, ATurnWithNothingAgainstItIsAllowed) {
  EXPECT_THAT(Told(Turn("{}")), ElementsAre("VERDICT_ALLOW"));
}

TEST_F(CustomerExperience, AConversationWithoutProgressGoesToAHuman) {
  EXPECT_THAT(Told(Turn(R"({"stalled_turns": 2})")), ElementsAre("VERDICT_ALLOW"));
  EXPECT_THAT(Told(Turn(R"({"stalled_turns": 3})")), ElementsAre("VERDICT_ESCALATE", "cx_loop"));
  v1::AuthorizeRequest late = Turn("{}");
  late.mutable_conversation()->set_turn(12);
  EXPECT_THAT(Told(late), ElementsAre("VERDICT_ESCALATE", "cx_loop", "cx_loop lacks inputs.stalled_turns"));
}

TEST_F(CustomerExperience, WhoAsksForAHumanGetsNoFurtherTurnBeforeOneWasOffered) {
  v1::AuthorizeRequest asked = Turn("{}");
  asked.mutable_person()->set_asks_for_human(true);
  const std::vector<std::string> told = Told(asked);
  EXPECT_EQ(told.front(), "VERDICT_DENY");
  EXPECT_THAT(told, Contains("cx_human"));
  v1::AuthorizeRequest offered = Turn(R"({"human_offered": true})");
  offered.mutable_person()->set_asks_for_human(true);
  EXPECT_THAT(Told(offered), ElementsAre("VERDICT_ALLOW"));
  v1::AuthorizeRequest unsaid = Turn("{}");
  unsaid.mutable_person()->clear_asks_for_human();
  EXPECT_THAT(Told(unsaid), ElementsAre("VERDICT_DENY", "cx_human", "cx_human lacks person.asks_for_human"));
}

TEST_F(CustomerExperience, AClaimRestsOnASource) {
  v1::AuthorizeRequest claim = Turn(R"({"makes_claim": true})");
  EXPECT_THAT(Told(claim), ElementsAre("VERDICT_ESCALATE", "cx_ground"));
  claim.set_request_id(NewId());
  v1::DataItem* source = claim.add_data_used();
  source->set_category("help_page");
  source->set_source_kind(v1::SOURCE_KIND_RETRIEVAL);
  source->set_datum_id("page-7");
  EXPECT_THAT(Told(claim), ElementsAre("VERDICT_ALLOW"));
  v1::AuthorizeRequest unsaid = Turn("{}");
  unsaid.mutable_circumstances()->set_generates_content(true);
  EXPECT_THAT(Told(unsaid), ElementsAre("VERDICT_ESCALATE", "cx_ground", "cx_ground lacks inputs.makes_claim"));
}

TEST_F(CustomerExperience, AConversationHasABudget) {
  EXPECT_THAT(Told(Turn(R"({"conversation_tokens": 200000})")), ElementsAre("VERDICT_ALLOW"));
  EXPECT_THAT(Told(Turn(R"({"conversation_tokens": 200001})")), ElementsAre("VERDICT_ESCALATE", "cx_budget"));
  EXPECT_THAT(Told(Turn(R"({"conversation_cost": "1.99", "conversation_cost_currency": "eur"})")), ElementsAre("VERDICT_ALLOW"));
  EXPECT_THAT(Told(Turn(R"({"conversation_cost": "2.01", "conversation_cost_currency": "eur"})")),
              ElementsAre("VERDICT_ESCALATE", "cx_budget"));
  EXPECT_THAT(Told(Turn(R"({"conversation_cost": "1.99"})")),
              ElementsAre("VERDICT_ESCALATE", "cx_budget", "cx_budget lacks inputs.conversation_cost_currency"));
}

TEST_F(CustomerExperience, AHandOverCarriesItsContext) {
  v1::AuthorizeRequest empty = Turn("{}");
  empty.mutable_action()->set_name("conversation.handover");
  EXPECT_THAT(Told(empty), ElementsAre("VERDICT_DENY", "cx_context"));
  v1::AuthorizeRequest told = Turn(R"({"handover": {"summary": "wants another address"}})");
  told.mutable_action()->set_name("conversation.handover");
  EXPECT_THAT(Told(told), ElementsAre("VERDICT_ALLOW"));
  v1::AuthorizeRequest inherited = empty;
  inherited.set_request_id(NewId());
  inherited.mutable_conversation()->set_inherited_context_json(R"({"summary": "wants another address"})");
  EXPECT_THAT(Told(inherited), ElementsAre("VERDICT_ALLOW"));
}

}  // namespace
}  // namespace candor::e2e
