#include "services/rpc/admin_service.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/core/tlog/checkpoint.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {
namespace {

constexpr std::string_view kPath = "/candor.v1.AdminService/";
constexpr const char* kVersion = "0.1.0";

std::string Path(const char* method) { return std::string(kPath) + method; }

void Fill(const store::PrincipalRow& row, v1::Principal& out) {
  out.set_principal_id(row.principal_id.ToText());
  out.set_kind(static_cast<v1::PrincipalKind>(EnumNumber(*v1::PrincipalKind_descriptor(), row.kind)));
  out.set_code(row.code);
  for (const std::string& role : row.roles) {
    out.add_roles(static_cast<v1::Role>(EnumNumber(*v1::Role_descriptor(), role)));
  }
}

void Fill(const store::ApiKeyRow& row, v1::ApiKey& out) {
  out.set_key_id(row.key_id.ToText());
  out.set_principal_id(row.principal_id.ToText());
  *out.mutable_create_time() = ToWire(row.create_time);
  if (row.expire_time != absl::InfiniteFuture()) *out.mutable_expire_time() = ToWire(row.expire_time);
}

void Fill(const ledger::Ledger& ledger, v1::Checkpoint& out) {
  const std::string note = ledger.newest().note;
  const auto checkpoint = core::OpenCheckpoint(note, {ledger.verifier_key()});
  if (!checkpoint.ok()) return;
  out.set_origin(checkpoint->origin);
  out.set_size(checkpoint->size);
  out.set_root(std::string(AsText(checkpoint->root.view())));
  out.set_note(note);
}

absl::StatusOr<Uuid> IdOf(const std::string& text, const char* field) {
  if (const auto id = Uuid::FromText(text)) return *id;
  return BadField(field, "must be a UUID, lower case, 36 characters");
}

}  // namespace

absl::StatusOr<Uuid> AdminService::TenantOf(const domain::Caller& caller, const std::string& named) {
  if (named.empty() && caller.tenant) return *caller.tenant;
  if (named.empty()) return BadField("tenant_id", "is required of the operator");
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, IdOf(named, "tenant_id"));
  // Another tenant's id reads like one that does not exist.
  if (caller.tenant && *caller.tenant != tenant) {
    return Because(absl::NotFoundError("no such ledger"), "NOT_FOUND");
  }
  return tenant;
}

template <typename Request>
absl::StatusOr<domain::Statement> AdminService::StatementOf(const Request& request, const char* word,
                                                            const Uuid& tenant) {
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(tenant));
  return ToStatement(request, word, *settings, door_.clock().Now());
}

absl::Status AdminService::FillTenant(const store::TenantRow& row, v1::Tenant& out) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(row.tenant_id));
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(row.tenant_id));
  out.set_tenant_id(row.tenant_id.ToText());
  out.set_origin(row.origin);
  out.set_vkey(ledger->verifier_key().ToText());
  *out.mutable_create_time() = ToWire(row.create_time);
  v1::Limits& limits = *out.mutable_limits();
  limits.set_amount_limit(settings->amount);
  limits.set_currency(settings->currency);
  limits.set_confidence_floor(settings->confidence);
  limits.set_authorization_seconds(static_cast<std::uint32_t>(settings->authorization_seconds));
  limits.set_outcome_seconds(static_cast<std::uint32_t>(settings->outcome_seconds));
  return absl::OkStatus();
}

grpc::Status AdminService::CreateTenant(grpc::ServerContext* context, const v1::CreateTenantRequest* request,
                                        v1::CreateTenantResponse* response) {
  return door_.Enter(*context, Path("CreateTenant").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    if (!core::IsOrigin(request->origin())) {
      return BadField("origin", "must be [a-z0-9.-]{1,100}(/[a-z0-9._-]{1,50}){1,3}, its host not `candor`, "
                                "no segment `bundle` or `..`");
    }
    CANDOR_ASSIGN_OR_RETURN(const domain::Statement statement,
                            ToStatement(*request, "create_tenant", domain::Settings(), door_.clock().Now()));
    CANDOR_ASSIGN_OR_RETURN(flow::Administer::MadeTenant made,
                            administer_.CreateTenant(caller, statement, request->origin(), request->first_principal()));
    CANDOR_RETURN_IF_ERROR(FillTenant(made.tenant, *response->mutable_tenant()));
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(made.tenant.tenant_id));
    Fill(*ledger, *response->mutable_checkpoint());
    if (made.principal) {
      Fill(made.principal->principal, *response->mutable_principal());
      response->set_api_key(made.principal->api_key);
    }
    ToWire(std::move(made.receipt), *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::Status AdminService::GetTenant(grpc::ServerContext* context, const v1::GetTenantRequest* request,
                                     v1::GetTenantResponse* response) {
  return door_.Enter(*context, Path("GetTenant").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    store::Pool::Lease connection = pool_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto tenants, store::ListTenants(*connection));
    for (const store::TenantRow& row : tenants) {
      if (row.tenant_id != tenant) continue;
      CANDOR_RETURN_IF_ERROR(FillTenant(row, *response->mutable_tenant()));
      CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
      Fill(*ledger, *response->mutable_checkpoint());
      return absl::OkStatus();
    }
    return Because(absl::NotFoundError("no such ledger"), "NOT_FOUND");
  });
}

grpc::Status AdminService::ListTenants(grpc::ServerContext* context, const v1::ListTenantsRequest* request,
                                       v1::ListTenantsResponse* response) {
  return door_.Enter(*context, Path("ListTenants").c_str(), *request, [&](const domain::Caller&) -> absl::Status {
    store::Pool::Lease connection = pool_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto tenants, store::ListTenants(*connection));
    const int size = request->page_size() == 0 ? 100 : std::min(request->page_size(), 1000);
    for (const store::TenantRow& row : tenants) {
      if (row.tenant_id.ToText() <= request->page_token()) continue;
      if (response->tenants_size() == size) {
        response->set_next_page_token(response->tenants(size - 1).tenant_id());
        break;
      }
      CANDOR_RETURN_IF_ERROR(FillTenant(row, *response->add_tenants()));
    }
    return absl::OkStatus();
  });
}

grpc::Status AdminService::UpdateTenantLimits(grpc::ServerContext* context,
                                              const v1::UpdateTenantLimitsRequest* request,
                                              v1::UpdateTenantLimitsResponse* response) {
  return door_.Enter(*context, Path("UpdateTenantLimits").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    const v1::Limits& limits = request->limits();
    if (limits.amount_limit().empty() != limits.currency().empty()) {
      return BadField("limits.currency", "goes with amount_limit: both or neither");
    }
    const std::string& currency = limits.currency();
    const bool letters = std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!currency.empty() && (currency.size() != 3 || !letters)) {
      return BadField("limits.currency", "must be ISO 4217 in lower case, three letters");
    }
    CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(*request, "update_tenant_limits", tenant));
    CANDOR_ASSIGN_OR_RETURN(
        flow::Administer::Made made,
        administer_.SetLimits(caller, tenant, std::move(statement),
                              {.amount = limits.amount_limit(), .currency = limits.currency(),
                               .confidence = limits.confidence_floor(),
                               .authorization_seconds = limits.authorization_seconds(),
                               .outcome_seconds = limits.outcome_seconds()}));
    *response->mutable_limits() = limits;
    ToWire(std::move(made.receipt), *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::Status AdminService::CreatePrincipal(grpc::ServerContext* context,
                                           const v1::CreatePrincipalRequest* request,
                                           v1::CreatePrincipalResponse* response) {
  return door_.Enter(*context, Path("CreatePrincipal").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    flow::Administer::NewPrincipal made{.kind = {}, .code = request->code(), .roles = {}};
    made.kind = EnumWord(*v1::PrincipalKind_descriptor()->FindValueByNumber(request->kind()));
    if (made.kind != "human" && made.code.empty()) return BadField("code", "is required of a component or service");
    if (made.code == "candor" || made.code == "operator") return BadField("code", "is kept for the server itself");
    for (const int role : request->roles()) {
      if (role == v1::ROLE_OPERATOR || role == v1::ROLE_PERSON) {
        return BadField("roles", "must not hold operator or person");
      }
      made.roles.push_back(EnumWord(*v1::Role_descriptor()->FindValueByNumber(role)));
    }
    CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(*request, "create_principal", tenant));
    Uuid id;
    CANDOR_ASSIGN_OR_RETURN(flow::Administer::Made done,
                            administer_.CreatePrincipal(caller, tenant, std::move(statement), made, id));
    store::Pool::Lease connection = pool_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
    for (const store::PrincipalRow& row : principals) {
      if (done.repeated ? row.code == made.code : row.principal_id == id) Fill(row, *response->mutable_principal());
    }
    ToWire(std::move(done.receipt), *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::Status AdminService::ListPrincipals(grpc::ServerContext* context, const v1::ListPrincipalsRequest* request,
                                          v1::ListPrincipalsResponse* response) {
  return door_.Enter(*context, Path("ListPrincipals").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    store::Pool::Lease connection = pool_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
    const int size = request->page_size() == 0 ? 100 : std::min(request->page_size(), 1000);
    for (const store::PrincipalRow& row : principals) {
      if (row.principal_id.ToText() <= request->page_token()) continue;
      if (response->principals_size() == size) {
        response->set_next_page_token(response->principals(size - 1).principal_id());
        break;
      }
      Fill(row, *response->add_principals());
    }
    return absl::OkStatus();
  });
}

grpc::Status AdminService::DisablePrincipal(grpc::ServerContext* context,
                                            const v1::DisablePrincipalRequest* request,
                                            v1::DisablePrincipalResponse* response) {
  return door_.Enter(*context, Path("DisablePrincipal").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    CANDOR_ASSIGN_OR_RETURN(const Uuid id, IdOf(request->principal_id(), "principal_id"));
    store::Pool::Lease connection = pool_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
    const auto found = std::find_if(principals.begin(), principals.end(),
                                    [&](const auto& row) { return row.principal_id == id; });
    if (found == principals.end()) return Because(absl::NotFoundError("principal_id: no such principal"), "NOT_FOUND");
    CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(*request, "disable_principal", tenant));
    CANDOR_ASSIGN_OR_RETURN(flow::Administer::Made made,
                            administer_.Revoke(caller, tenant, std::move(statement), "principal_disabled", id));
    Fill(*found, *response->mutable_principal());
    *response->mutable_principal()->mutable_disable_time() = ToWire(door_.clock().Now());
    ToWire(std::move(made.receipt), *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::Status AdminService::CreateApiKey(grpc::ServerContext* context, const v1::CreateApiKeyRequest* request,
                                        v1::CreateApiKeyResponse* response) {
  return door_.Enter(*context, Path("CreateApiKey").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    CANDOR_ASSIGN_OR_RETURN(const Uuid principal, IdOf(request->principal_id(), "principal_id"));
    CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(*request, "create_api_key", tenant));
    const absl::Time expires = request->has_expire_time()
                                   ? absl::FromUnixSeconds(request->expire_time().seconds())
                                   : absl::InfiniteFuture();
    flow::Administer::KeyParts key;
    CANDOR_ASSIGN_OR_RETURN(flow::Administer::Made made,
                            administer_.CreateApiKey(caller, tenant, std::move(statement), principal, expires, key));
    if (!made.repeated) {  // The secret of a repetition was shown before, and is not kept.
      response->set_secret(key.text);
      Fill(store::ApiKeyRow{.key_id = key.key_id, .principal_id = principal, .secret_hash = {},
                            .create_time = door_.clock().Now(), .expire_time = expires},
           *response->mutable_key());
    }
    ToWire(std::move(made.receipt), *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::Status AdminService::RevokeApiKey(grpc::ServerContext* context, const v1::RevokeApiKeyRequest* request,
                                        v1::RevokeApiKeyResponse* response) {
  return door_.Enter(*context, Path("RevokeApiKey").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    CANDOR_ASSIGN_OR_RETURN(const Uuid id, IdOf(request->key_id(), "key_id"));
    store::Pool::Lease connection = pool_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto keys, store::ApiKeys(*connection, tenant));
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& row) { return row.key_id == id; });
    if (found == keys.end()) return Because(absl::NotFoundError("key_id: no such key"), "NOT_FOUND");
    CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(*request, "revoke_api_key", tenant));
    CANDOR_ASSIGN_OR_RETURN(flow::Administer::Made made,
                            administer_.Revoke(caller, tenant, std::move(statement), "api_key_revoked", id));
    Fill(*found, *response->mutable_key());
    *response->mutable_key()->mutable_revoke_time() = ToWire(door_.clock().Now());
    ToWire(std::move(made.receipt), *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::Status AdminService::ListApiKeys(grpc::ServerContext* context, const v1::ListApiKeysRequest* request,
                                       v1::ListApiKeysResponse* response) {
  return door_.Enter(*context, Path("ListApiKeys").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    store::Pool::Lease connection = pool_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto keys, store::ApiKeys(*connection, tenant));
    const int size = request->page_size() == 0 ? 100 : std::min(request->page_size(), 1000);
    for (const store::ApiKeyRow& row : keys) {
      if (row.key_id.ToText() <= request->page_token()) continue;
      if (!request->principal_id().empty() && row.principal_id.ToText() != request->principal_id()) continue;
      if (response->keys_size() == size) {
        response->set_next_page_token(response->keys(size - 1).key_id());
        break;
      }
      Fill(row, *response->add_keys());
    }
    return absl::OkStatus();
  });
}

grpc::Status AdminService::GetStatus(grpc::ServerContext* context, const v1::GetStatusRequest* request,
                                     v1::GetStatusResponse* response) {
  return door_.Enter(*context, Path("GetStatus").c_str(), *request, [&](const domain::Caller& caller) -> absl::Status {
    response->set_version(kVersion);
    response->mutable_policy_set()->set_name(engine_.name());
    response->mutable_policy_set()->set_digest(std::string(AsText(engine_.digest().view())));
    *response->mutable_server_time() = ToWire(door_.clock().Now());
    response->set_queue_limit(appender_.limits().queue_entries);
    response->set_health(v1::HEALTH_OK);
    const auto add = [&](const char* part, const absl::Status& status) {
      v1::PartStatus& out = *response->add_parts();
      out.set_part(part);
      out.set_health(status.ok() ? v1::HEALTH_OK : v1::HEALTH_FAILED);
      out.set_message(std::string(status.message()));
      if (!status.ok()) response->set_health(v1::HEALTH_FAILED);
    };
    store::Pool::Lease connection = pool_.Borrow();
    add("store", connection->Ensure());
    if (!caller.tenant && request->tenant_id().empty()) return absl::OkStatus();
    CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request->tenant_id()));
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
    const absl::Status writable = ledger->Writable();
    add("ledger", writable);
    response->set_queue_length(appender_.Waiting(tenant));
    response->set_writable(writable.ok());
    Fill(*ledger, *response->mutable_checkpoint());
    return absl::OkStatus();
  });
}

}  // namespace candor::rpc
