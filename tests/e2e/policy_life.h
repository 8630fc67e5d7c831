// A tenant whose rules are those of policy sets: its author, its officer, and what they do with
// a set. Header only.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "services/policy/bundle.h"
#include "tests/e2e/world.h"

namespace candor::e2e {

inline constexpr const char* kRefunds = R"rego(package refunds

import rego.v1
import future.keywords.not

# METADATA
# title: Refund over what the bot may grant
# custom:
#   version: 1
#   verdict: escalate
#   needs: [facts.amount]
#   person: {en: "A person will look at your refund first.", de: "Ein Mensch sieht sich das zuerst an."}
refund_too_large if to_number(input.facts.amount) > data.refunds.limit

# METADATA
# title: Refund without an order
# custom:
#   version: 1
#   verdict: deny
#   needs: [inputs.order]
refund_without_order if input.inputs.order == ""

# METADATA
# title: Tell the person
# custom:
#   version: 1
#   verdict: allow
#   obligations: [{type: notify_person, params: {notice: ai_interaction}, due: 4h}]
tell_the_person if input.facts.action == "refund.grant"

# METADATA
# title: A law to come
# custom:
#   version: 1
#   verdict: deny
#   in_force_from: 2999-01-01
law_to_come := true
)rego";

inline constexpr const char* kTests = R"rego(package refunds_test

import rego.v1

test_large if data.refunds.refund_too_large with input as {"facts": {"amount": "60"}} with data.refunds.limit as 50
)rego";

inline std::string SetOf(const std::string& rego, int limit = 50, const std::string& tests = kTests) {
  return policy::Bundle({{.path = "refunds/refunds.rego", .text = rego},
                         {.path = "refunds/refunds_test.rego", .text = tests},
                         {.path = "refunds/data.json", .text = "{\"limit\":" + std::to_string(limit) + "}"}})
      .Pack();
}

class PolicyLife : public ::testing::Test {
 protected:
  PolicyLife()
      : tenant_(World::Get().MakeTenant()),
        author_(World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_POLICY_AUTHOR}, "author"))),
        officer_(World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_COMPLIANCE}, "officer"))) {}

  v1::RegisterPolicySetResponse Register(const std::string& bundle) {
    v1::RegisterPolicySetRequest request;
    request.set_request_id(NewId());
    request.set_name("refunds");
    request.set_bundle(bundle);
    const auto response = author_.Call<v1::RegisterPolicySetResponse>(request);
    EXPECT_TRUE(response.ok()) << response.refusal();
    return response.value;
  }

  v1::BacktestReport Backtest(const std::string& digest) {
    v1::BacktestPolicySetRequest request;
    request.set_request_id(NewId());
    request.set_digest(digest);
    const auto told = author_.CallTelling<v1::BacktestPolicySetResponse>(request);
    EXPECT_TRUE(told.ok()) << told.refusal();
    return told.value.empty() ? v1::BacktestReport() : told.value.back().report();
  }

  Answer<v1::ProposeActivationResponse> Propose(const Client& by, const std::string& digest, const std::string& report) {
    v1::ProposeActivationRequest request;
    request.set_request_id(NewId());
    request.set_digest(digest);
    request.set_report_id(report);
    return by.Call<v1::ProposeActivationResponse>(request);
  }

  grpc::Status Confirm(const Client& by, const std::string& proposal) {
    v1::ConfirmActivationRequest request;
    request.set_request_id(NewId());
    request.set_proposal_id(proposal);
    return by.Call<v1::ConfirmActivationResponse>(request).status;
  }

  // Registers a set and puts it in charge.
  std::string PutInCharge(const std::string& bundle) {
    const std::string digest = Register(bundle).policy_set().digest();
    const auto proposed = Propose(author_, digest, Backtest(digest).report_id());
    EXPECT_TRUE(proposed.ok()) << proposed.refusal();
    const grpc::Status confirmed = Confirm(officer_, proposed->proposal_id());
    EXPECT_TRUE(confirmed.ok()) << confirmed.error_message();
    return digest;
  }

  v1::AuthorizeRequest Refund(const std::string& amount, const std::string& order = "A-1") {
    v1::AuthorizeRequest request = Question();
    request.mutable_action()->set_amount(amount);
    request.set_inputs_json("{\"order\":\"" + order + "\"}");
    return request;
  }

  v1::AuthorizeResponse Ask(const v1::AuthorizeRequest& request) {
    const auto response = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(response.ok()) << response.refusal();
    return response.value;
  }

  Tenant tenant_;
  Client author_, officer_;
};

}  // namespace candor::e2e
