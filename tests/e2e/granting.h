// A tenant in which grants are proposed and confirmed: two compliance officers, and two regulators.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "candor/v1/audit_service.pb.h"
#include "tests/e2e/world.h"

namespace candor::e2e {

class Granting : public ::testing::Test {
 protected:
  struct Human {
    std::string id;
    Client client;
  };
  Human Make(v1::Role role, const std::string& code) const {
    const std::string id = World::MakeHuman(tenant_, {role}, code);
    return {id, World::MakeKey(tenant_, id)};
  }

  Granting() {
    v1::DeclareCodesRequest declare;
    declare.set_request_id(NewId());
    declare.set_kind(v1::CODE_KIND_ORGANISATION);
    declare.add_codes("authority");
    EXPECT_TRUE(tenant_.system.Call<v1::DeclareCodesResponse>(declare).ok());
  }

  std::string Decide(const std::string& person) const { return Decide(Question(person)); }
  std::string Decide(const v1::AuthorizeRequest& question) const {
    const auto asked = tenant_.component.Call<v1::AuthorizeResponse>(question);
    EXPECT_TRUE(asked.ok()) << asked.refusal();
    EXPECT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf(asked->authorization_id())).ok());
    return asked->authorization_id();
  }

  v1::ProposeGrantRequest Proposal(const std::vector<std::string>& decisions) const {
    v1::ProposeGrantRequest request;
    request.set_request_id(NewId());
    request.set_principal_id(regulator_.id);
    request.set_authority("authority");
    for (const std::string& id : decisions) request.mutable_scope()->add_decision_ids(id);
    request.mutable_scope()->add_sections("inputs");
    request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(24)));
    return request;
  }
  std::string Propose(const v1::ProposeGrantRequest& proposal) const {
    const auto answer = officer_.client.Call<v1::ProposeGrantResponse>(proposal);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer->grant().grant_id();
  }
  static Answer<v1::ConfirmGrantResponse> Confirm(const Client& client, const std::string& grant, bool reject = false) {
    v1::ConfirmGrantRequest request;
    request.set_request_id(NewId());
    request.set_grant_id(grant);
    if (reject) request.set_reject(true);
    return client.Call<v1::ConfirmGrantResponse>(request);
  }
  std::string Grant(const v1::ProposeGrantRequest& proposal) const {
    const std::string grant = Propose(proposal);
    const auto confirmed = Confirm(second_.client, grant);
    EXPECT_TRUE(confirmed.ok()) << confirmed.refusal();
    EXPECT_EQ(confirmed->grant().state(), v1::GRANT_STATE_ACTIVE);
    return grant;
  }
  std::string Grant(const std::vector<std::string>& decisions) const { return Grant(Proposal(decisions)); }
  void Revoke(const std::string& grant) const {
    v1::RevokeGrantRequest revoke;
    revoke.set_request_id(NewId());
    revoke.set_grant_id(grant);
    EXPECT_TRUE(officer_.client.Call<v1::RevokeGrantResponse>(revoke).ok());
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const Human officer_ = Make(v1::ROLE_COMPLIANCE, "officer-1"), second_ = Make(v1::ROLE_COMPLIANCE, "officer-2"),
              regulator_ = Make(v1::ROLE_REGULATOR, "authority-1"), other_ = Make(v1::ROLE_REGULATOR, "authority-2");
};

}  // namespace candor::e2e
