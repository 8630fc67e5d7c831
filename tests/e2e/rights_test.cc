// Who may call what: every method of every service, with every kind of credential.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "candor/v1/audit_service.pb.h"
#include "candor/v1/decision_service.grpc.pb.h"
#include "candor/v1/oversight_service.pb.h"
#include "candor/v1/transparency_service.pb.h"
#include "services/rpc/rights.h"
#include "tests/e2e/filler.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using domain::Role;

// `/candor.v1.<Service>/<Method>` of all methods of the contract.
std::vector<std::string> AllMethods() {
  std::vector<std::string> methods;
  for (const auto* file : {v1::AuthorizeRequest::descriptor()->file(), v1::GetReceiptRequest::descriptor()->file(),
                           v1::CreateTenantRequest::descriptor()->file(), v1::RegisterSystemRequest::descriptor()->file(),
                           v1::ListTasksRequest::descriptor()->file(), v1::ExplainRequest::descriptor()->file(),
                           v1::GetDossierRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      methods.push_back("/" + file->service(0)->full_name() + "/" + file->service(0)->method(i)->name());
    }
  }
  return methods;
}

// What README.md says is not built yet, as `/candor.v1.<Service>/<Method>`.
std::set<std::string> NotBuilt() {
  std::istringstream readme(ReadText(CANDOR_SOURCE_DIR "/proto/candor/v1/README.md"));
  std::set<std::string> methods;
  bool in_table = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.rfind("## ", 0) == 0) in_table = line == "## Methods that answer UNIMPLEMENTED today";
    const std::size_t begin = line.find('`'), end = line.rfind('`');
    if (!in_table || begin == std::string::npos || end == begin) continue;
    const std::string service = line.substr(begin + 1, end - begin - 1);
    std::string names = line.substr(line.find('|', end) + 1);
    if (const std::size_t all = names.find("all:"); all != std::string::npos) names = names.substr(all + 4);
    std::replace_if(names.begin(), names.end(), [](char c) { return c == ',' || c == '|'; }, ' ');
    std::istringstream words(names);
    for (std::string name; words >> name;) methods.insert("/candor.v1." + service + "/" + name);
  }
  return methods;
}

class Rights : public ::testing::Test {
 protected:
  // What a call without any content comes to: who may not ask learns nothing else. A watch would
  // never end, so it asks for what is no message.
  Refusal Try(const Client& client, const std::string& method) const {
    std::string ignored;
    const bool watches = method.ends_with("/Watch") || method.ends_with("/WatchCheckpoints");
    return RefusalOf(client.CallRaw(method, watches ? "\xff" : "", ignored));
  }

  static bool Holds(Role role, const std::string& method) {
    return (rpc::RolesFor(method).value_or(0) & domain::Bit(role)) != 0;
  }

  // A caller for each role.
  std::map<Role, Client> Callers() const {
    std::map<Role, Client> callers = {{Role::kOperator, world_.Operator()},
                                      {Role::kPerson, World::MakePerson(tenant_, "customer-1182")}};
    const std::map<Role, v1::Role> made = {{Role::kComponent, v1::ROLE_COMPONENT},
                                           {Role::kReviewer, v1::ROLE_REVIEWER},
                                           {Role::kCompliance, v1::ROLE_COMPLIANCE},
                                           {Role::kRegulator, v1::ROLE_REGULATOR},
                                           {Role::kModelOwner, v1::ROLE_MODEL_OWNER},
                                           {Role::kPolicyAuthor, v1::ROLE_POLICY_AUTHOR},
                                           {Role::kTenantSystem, v1::ROLE_TENANT_SYSTEM}};
    for (const auto& [role, wire] : made) {
      callers.emplace(role, World::MakeCaller(tenant_, wire, "caller_" + std::string(domain::RoleName(role))));
    }
    return callers;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
};

TEST_F(Rights, ServeExactlyTheRolesOfTheTable) {
  const std::set<std::string> not_built = NotBuilt();
  const std::map<Role, Client> callers = Callers();
  ASSERT_EQ(callers.size(), static_cast<std::size_t>(domain::kRoles));

  for (const std::string& method : AllMethods()) {
    for (const auto& [role, client] : callers) {
      const Refusal refusal = Try(client, method);
      const bool refused = refusal.code == grpc::StatusCode::PERMISSION_DENIED && refusal.reason == "ROLE_MISSING" &&
                           refusal.domain == "candor";
      const bool unbuilt = refusal.code == grpc::StatusCode::UNIMPLEMENTED && refusal.reason == "NOT_IMPLEMENTED" &&
                           refusal.domain == "candor";
      EXPECT_NE(refusal.code, grpc::StatusCode::UNAUTHENTICATED) << method << " for " << domain::RoleName(role);
      EXPECT_EQ(refused, !Holds(role, method)) << method << " for " << domain::RoleName(role) << ": " << refusal;
      EXPECT_EQ(unbuilt, not_built.contains(method) && Holds(role, method))
          << method << " for " << domain::RoleName(role) << ": " << refusal;
    }
  }
}

TEST_F(Rights, ServeNobodyWithoutAValidCredential) {
  v1::CreatePrincipalRequest principal;
  principal.set_request_id(NewId());
  principal.set_kind(v1::PRINCIPAL_KIND_SERVICE);
  principal.set_code("former");
  for (const v1::Role role : {v1::ROLE_COMPONENT, v1::ROLE_TENANT_SYSTEM, v1::ROLE_COMPLIANCE}) principal.add_roles(role);
  const auto made = tenant_.system.Call<v1::CreatePrincipalResponse>(principal);
  const auto make_key = [&] {
    v1::CreateApiKeyRequest key;
    key.set_request_id(NewId());
    key.set_principal_id(made->principal().principal_id());
    return tenant_.system.Call<v1::CreateApiKeyResponse>(key).value;
  };
  const v1::CreateApiKeyResponse revoked = make_key(), of_a_former_principal = make_key();
  v1::RevokeApiKeyRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_key_id(revoked.key().key_id());
  ASSERT_TRUE(tenant_.system.Call<v1::RevokeApiKeyResponse>(revoke).ok());
  v1::DisablePrincipalRequest disable;
  disable.set_request_id(NewId());
  disable.set_principal_id(made->principal().principal_id());
  ASSERT_TRUE(tenant_.system.Call<v1::DisablePrincipalResponse>(disable).ok());
  std::string altered = tenant_.component.key();
  altered.back() = altered.back() == '0' ? '1' : '0';
  const std::map<std::string, std::string> keys = {{"no key", ""},
                                                   {"garbage", "candor_letmein"},
                                                   {"a key with another secret", altered},
                                                   {"a key cut short", altered.substr(0, 60)},
                                                   {"a revoked key", revoked.secret()},
                                                   {"a key of a former principal", of_a_former_principal.secret()}};

  for (const std::string& method : AllMethods()) {
    for (const auto& [what, key] : keys) {
      const Refusal refusal = Try(tenant_.system.With(key), method);
      EXPECT_EQ(refusal.code, grpc::StatusCode::UNAUTHENTICATED) << method << " with " << what << ": " << refusal;
      EXPECT_EQ(refusal.reason, "CREDENTIAL_INVALID") << method << " with " << what;
      EXPECT_EQ(refusal.domain, "candor") << method << " with " << what;
    }
  }
}

TEST_F(Rights, EndWithTheAnswerThatRevokesTheKey) {
  const Client caller = World::MakeCaller(tenant_, v1::ROLE_TENANT_SYSTEM, "short_lived");
  ASSERT_TRUE(caller.Call<v1::GetStatusResponse>(v1::GetStatusRequest()).ok());
  const auto keys = tenant_.system.Call<v1::ListApiKeysResponse>(v1::ListApiKeysRequest());
  v1::RevokeApiKeyRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_key_id(keys->keys(keys->keys_size() - 1).key_id());  // Listed by id: the last one made.
  ASSERT_TRUE(tenant_.system.Call<v1::RevokeApiKeyResponse>(revoke).ok());

  const auto after = caller.Call<v1::GetStatusResponse>(v1::GetStatusRequest());

  EXPECT_TRUE(Refused(after.status, grpc::StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"));
}

// No request gives these roles; whoever writes them into the table gains nothing by it.
TEST_F(Rights, OfTheOperatorAndOfPersonsAreNoPrincipals) {
  const Client caller = World::MakeCaller(tenant_, v1::ROLE_REVIEWER, "ambitious");
  candor::testing::Session session(world_.database());
  ASSERT_TRUE(session.Run("UPDATE principals SET roles = '{operator,person}' WHERE code = 'ambitious' AND tenant_id = $1",
                          {tenant_.id}).ok());

  for (const std::string& method : AllMethods()) {
    const Refusal refusal = Try(caller, method);
    EXPECT_EQ(refusal.code, grpc::StatusCode::PERMISSION_DENIED) << method << ": " << refusal;
    EXPECT_EQ(refusal.reason, "ROLE_MISSING") << method;
  }
}

TEST_F(Rights, EndWithTheAnswerThatDisablesThePrincipal) {
  const Client caller = World::MakeCaller(tenant_, v1::ROLE_TENANT_SYSTEM, "short_lived");
  ASSERT_TRUE(caller.Call<v1::GetStatusResponse>(v1::GetStatusRequest()).ok());
  const auto principals = tenant_.system.Call<v1::ListPrincipalsResponse>(v1::ListPrincipalsRequest());
  v1::DisablePrincipalRequest disable;
  disable.set_request_id(NewId());
  disable.set_principal_id(principals->principals(principals->principals_size() - 1).principal_id());
  ASSERT_TRUE(tenant_.system.Call<v1::DisablePrincipalResponse>(disable).ok());

  const auto after = caller.Call<v1::GetStatusResponse>(v1::GetStatusRequest());

  EXPECT_TRUE(Refused(after.status, grpc::StatusCode::UNAUTHENTICATED, "CREDENTIAL_INVALID"));
}

// A repetition is answered with what the first request made, but for the secret.
TEST_F(Rights, AreGivenOnceHoweverOftenTheyAreAskedFor) {
  v1::CreatePrincipalRequest human, service;
  human.set_request_id(NewId());
  human.set_kind(v1::PRINCIPAL_KIND_HUMAN);
  human.set_human_code("staff-1");
  human.add_roles(v1::ROLE_REVIEWER);
  service.set_request_id(NewId());
  service.set_kind(v1::PRINCIPAL_KIND_SERVICE);
  service.set_code("nightly");
  service.add_roles(v1::ROLE_COMPONENT);
  const auto create = [&](const auto& request) { return tenant_.system.Call<v1::CreatePrincipalResponse>(request); };
  const auto first_human = create(human), first_service = create(service);
  v1::CreateApiKeyRequest key;
  key.set_request_id(NewId());
  key.set_principal_id(first_human->principal().principal_id());
  const auto first_key = tenant_.system.Call<v1::CreateApiKeyResponse>(key);

  const auto human_again = create(human), service_again = create(service);
  const auto key_again = tenant_.system.Call<v1::CreateApiKeyResponse>(key);

  ASSERT_TRUE(key_again.ok()) << key_again.refusal();
  EXPECT_NE(first_human->principal().principal_id(), "");
  EXPECT_EQ(human_again->principal().SerializeAsString(), first_human->principal().SerializeAsString());
  EXPECT_EQ(service_again->principal().SerializeAsString(), first_service->principal().SerializeAsString());
  EXPECT_NE(first_key->key().key_id(), "");
  EXPECT_EQ(key_again->key().SerializeAsString(), first_key->key().SerializeAsString());
  EXPECT_NE(first_key->secret(), "");
  EXPECT_EQ(key_again->secret(), "");
}

TEST_F(Rights, OfAKeyEndInTheMicrosecondThatWasAskedFor) {
  const auto principals = tenant_.system.Call<v1::ListPrincipalsResponse>(v1::ListPrincipalsRequest());
  v1::CreateApiKeyRequest request;
  request.set_request_id(NewId());
  request.set_principal_id(principals->principals(0).principal_id());
  request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 3600);
  request.mutable_expire_time()->set_nanos(123456789);

  const auto made = tenant_.system.Call<v1::CreateApiKeyResponse>(request);
  const auto keys = tenant_.system.Call<v1::ListApiKeysResponse>(v1::ListApiKeysRequest());

  ASSERT_TRUE(made.ok()) << made.refusal();
  const auto& listed = keys->keys(keys->keys_size() - 1);
  for (const v1::ApiKey& key : {made->key(), listed}) {
    EXPECT_EQ(key.key_id(), made->key().key_id());
    EXPECT_EQ(key.expire_time().seconds(), request.expire_time().seconds());
    EXPECT_EQ(key.expire_time().nanos(), 123456000);
  }
}

// Ends a key, then a principal, each twice: only the same request is answered again.
TEST_F(Rights, AreEndedOnce) {
  World::MakeCaller(tenant_, v1::ROLE_COMPONENT, "short_lived");
  const auto keys = tenant_.system.Call<v1::ListApiKeysResponse>(v1::ListApiKeysRequest());
  const auto& last = keys->keys(keys->keys_size() - 1);
  v1::RevokeApiKeyRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_key_id(last.key_id());
  v1::DisablePrincipalRequest disable;
  disable.set_request_id(NewId());
  disable.set_principal_id(last.principal_id());
  v1::CreateApiKeyRequest another;
  another.set_request_id(NewId());
  another.set_principal_id(last.principal_id());
  const auto wrong_state = [](const grpc::Status& status) {
    return Refused(status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE");
  };

  const auto revoked = tenant_.system.Call<v1::RevokeApiKeyResponse>(revoke);
  const auto disabled = tenant_.system.Call<v1::DisablePrincipalResponse>(disable);
  const std::uint64_t size = world_.SizeOf(tenant_);
  const auto revoked_again = tenant_.system.Call<v1::RevokeApiKeyResponse>(revoke);
  const auto disabled_again = tenant_.system.Call<v1::DisablePrincipalResponse>(disable);
  revoke.set_request_id(NewId());
  disable.set_request_id(NewId());

  ASSERT_TRUE(revoked.ok()) << revoked.refusal();
  ASSERT_TRUE(disabled.ok()) << disabled.refusal();
  EXPECT_EQ(revoked_again->receipt().leaf(), revoked->receipt().leaf());
  EXPECT_EQ(disabled_again->receipt().leaf(), disabled->receipt().leaf());
  EXPECT_TRUE(wrong_state(tenant_.system.Call<v1::RevokeApiKeyResponse>(revoke).status));
  EXPECT_TRUE(wrong_state(tenant_.system.Call<v1::DisablePrincipalResponse>(disable).status));
  EXPECT_TRUE(wrong_state(tenant_.system.Call<v1::CreateApiKeyResponse>(another).status));
  EXPECT_TRUE(world_.Grew(tenant_, size, 0));
}

// What is another tenant's, and what is nobody's.
class OfAnotherTenant : public Rights {
 protected:
  // Whether two errors tell the same: nobody learns that something is there.
  static void ExpectSame(const grpc::Status& theirs, const grpc::Status& nobodys) {
    EXPECT_FALSE(theirs.ok());
    EXPECT_EQ(RefusalOf(theirs).bytes, RefusalOf(nobodys).bytes);
    EXPECT_TRUE(Refused(theirs, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  }

  const Tenant other_ = world_.MakeTenant();
  const v1::AuthorizeRequest their_question_ = Question();
  const v1::AuthorizeResponse their_answer_ =
      other_.component.Call<v1::AuthorizeResponse>(their_question_).value;
};

TEST_F(OfAnotherTenant, ReceiptsReadAsUnknown) {
  const auto by_request = [&](const std::string& id) {
    v1::GetReceiptRequest request;
    request.set_request_id(id);
    return tenant_.component.Call<v1::GetReceiptResponse>(request).status;
  };
  const auto by_leaf = [&](const std::string& id) {
    v1::GetReceiptRequest request;
    request.set_leaf_id(id);
    return tenant_.component.Call<v1::GetReceiptResponse>(request).status;
  };

  ExpectSame(by_request(their_question_.request_id()), by_request(NewId()));
  ExpectSame(by_leaf(their_answer_.authorization_id()), by_leaf(NewId()));
}

TEST_F(OfAnotherTenant, AuthorizationsAndDecisionsReadAsUnknown) {
  const auto cancel = [&](const std::string& id) {
    v1::CancelRequest request;
    request.set_request_id(NewId());
    request.set_authorization_id(id);
    return tenant_.component.Call<v1::CancelResponse>(request).status;
  };
  const auto go_on = [&](const std::string& id) {
    v1::AuthorizeRequest request = Question();
    request.set_decision_id(id);
    return tenant_.component.Call<v1::AuthorizeResponse>(request).status;
  };

  ExpectSame(cancel(their_answer_.authorization_id()), cancel(NewId()));
  ExpectSame(go_on(their_answer_.decision_id()), go_on(NewId()));
}

TEST_F(OfAnotherTenant, PrincipalsKeysAndTheTenantItselfReadAsUnknown) {
  const auto their_principals = other_.system.Call<v1::ListPrincipalsResponse>(v1::ListPrincipalsRequest());
  const auto their_keys = other_.system.Call<v1::ListApiKeysResponse>(v1::ListApiKeysRequest());
  ASSERT_GT(their_principals->principals_size(), 0);
  ASSERT_GT(their_keys->keys_size(), 0);
  const auto make_key = [&](const std::string& id) {
    v1::CreateApiKeyRequest request;
    request.set_request_id(NewId());
    request.set_principal_id(id);
    return tenant_.system.Call<v1::CreateApiKeyResponse>(request).status;
  };
  const auto disable = [&](const std::string& id) {
    v1::DisablePrincipalRequest request;
    request.set_request_id(NewId());
    request.set_principal_id(id);
    return tenant_.system.Call<v1::DisablePrincipalResponse>(request).status;
  };
  const auto revoke = [&](const std::string& id) {
    v1::RevokeApiKeyRequest request;
    request.set_request_id(NewId());
    request.set_key_id(id);
    return tenant_.system.Call<v1::RevokeApiKeyResponse>(request).status;
  };
  const auto look = [&](const std::string& id) {
    v1::GetTenantRequest request;
    request.set_tenant_id(id);
    return tenant_.system.Call<v1::GetTenantResponse>(request).status;
  };

  ExpectSame(make_key(their_principals->principals(0).principal_id()), make_key(NewId()));
  ExpectSame(disable(their_principals->principals(0).principal_id()), disable(NewId()));
  ExpectSame(revoke(their_keys->keys(0).key_id()), revoke(NewId()));
  ExpectSame(look(other_.id), look(NewId()));
}

// Whatever a method of AdminService would do: of another tenant there is nothing to do it to.
TEST_F(OfAnotherTenant, NothingIsAdministered) {
  const auto file = v1::CreateTenantRequest::descriptor()->file();
  const std::set<std::string> not_built = NotBuilt();
  const std::uint64_t size = world_.SizeOf(other_);
  for (int i = 0; i < file->service(0)->method_count(); ++i) {
    const auto* request = file->service(0)->method(i)->input_type();
    const std::string method = Client::MethodOf(*request);
    if (request->FindFieldByName("tenant_id") == nullptr || not_built.contains(method)) continue;
    if (!Holds(Role::kTenantSystem, method)) continue;  // Refused before it is read.
    const std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(request)->New());
    if (request->FindFieldByName("request_id") != nullptr) {
      Filler({.given = {{"tenant_id", other_.id}}, .without = {"human_code"}}).Fill(*message);
    } else {
      message->GetReflection()->SetString(message.get(), request->FindFieldByName("tenant_id"), other_.id);
    }
    std::string ignored;

    const grpc::Status status = tenant_.system.CallRaw(method, message->SerializeAsString(), ignored);

    EXPECT_TRUE(Refused(status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND")) << method;
  }
  EXPECT_TRUE(world_.Grew(other_, size, 0));
}

TEST_F(Rights, OfAComponentReachNoReceiptOfAnothersRequest) {
  const Client neighbour = World::MakeCaller(tenant_, v1::ROLE_COMPONENT, "neighbour");
  const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(Question());
  v1::GetReceiptRequest request;
  request.set_leaf_id(answer->authorization_id());

  const auto own = tenant_.component.Call<v1::GetReceiptResponse>(request);
  const auto of_another = neighbour.Call<v1::GetReceiptResponse>(request);

  EXPECT_TRUE(own.ok()) << own.refusal();
  EXPECT_TRUE(Refused(of_another.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

}  // namespace
}  // namespace candor::e2e
