#include "services/rpc/admin_service.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/core/text/grammar.h"
#include "services/core/tlog/checkpoint.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"

namespace candor::rpc {
namespace {

constexpr const char* kVersion = "0.1.0";

void Fill(const store::PrincipalRow& row, v1::Principal& out) {
  out.set_principal_id(row.principal_id.ToText());
  out.set_kind(
      static_cast<v1::PrincipalKind>(EnumNumber(*v1::PrincipalKind_descriptor(), row.kind)));
  out.set_code(row.code);
  for (const std::string& role : row.roles) {
    out.add_roles(static_cast<v1::Role>(EnumNumber(*v1::Role_descriptor(), role)));
  }
}

void Fill(const store::ApiKeyRow& row, v1::ApiKey& out) {
  out.set_key_id(row.key_id.ToText());
  out.set_principal_id(row.principal_id.ToText());
  *out.mutable_create_time() = ToWire(row.create_time);
  if (row.expire_time != absl::InfiniteFuture())
    *out.mutable_expire_time() = ToWire(row.expire_time);
}

void Fill(const ledger::Ledger& ledger, v1::Checkpoint& out) {
  const std::string note = ledger.newest().note;
  const auto checkpoint = core::OpenCheckpoint(note, ledger.verifier_keys());
  if (!checkpoint.ok()) return;
  out.set_origin(checkpoint->origin);
  out.set_size(checkpoint->size);
  out.set_root(std::string(AsText(checkpoint->root.view())));
  out.set_note(note);
}

// When what a receipt is of was recorded: of a repetition, the first time.
google::protobuf::Timestamp TimeOf(const ledger::Receipt& receipt) {
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(receipt.leaf);
  return leaf.ok() ? ToWire(leaf->time) : google::protobuf::Timestamp();
}

// Humans are named by a pseudonym that is sealed, all others by a code that leaves show.
absl::Status CheckName(const v1::CreatePrincipalRequest& request) {
  const bool human = request.kind() == v1::PRINCIPAL_KIND_HUMAN;
  if (human && !request.code().empty()) return BadField("code", "is refused of a human");
  if (human && request.human_code().empty()) {
    return BadField("human_code", "is required of a human");
  }
  if (human) return absl::OkStatus();
  if (!request.human_code().empty()) return BadField("human_code", "is for humans only");
  if (request.code().empty()) return BadField("code", "is required of a component or service");
  if (request.code() == "candor" || request.code() == "operator") {
    return BadField("code", "is kept for the server itself");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> RolesOf(const v1::CreatePrincipalRequest& request) {
  std::vector<std::string> roles;
  for (const int role : request.roles()) {
    if (role == v1::ROLE_OPERATOR || role == v1::ROLE_PERSON) {
      return BadField("roles", "must not hold operator or person");
    }
    std::string word = EnumWord(*v1::Role_descriptor()->FindValueByNumber(role));
    if (std::find(roles.begin(), roles.end(), word) != roles.end()) {
      return BadField("roles", "must hold each role once");
    }
    roles.push_back(std::move(word));
  }
  return roles;
}

absl::StatusOr<Uuid> IdOf(const std::string& text, const char* field) {
  if (const auto id = Uuid::FromText(text)) return *id;
  return BadField(field, "must be a UUID, lower case, 36 characters");
}

}  // namespace

AdminService::AdminService(Door& door, flow::Administer& administer, flow::Rotate& rotate, flow::Erase& erase,
                           flow::Register& registering, flow::RegistryBook& book,
                           flow::SettingsBook& settings, ledger::Ledgers& ledgers,
                           const ledger::Appender& appender, store::Pool& writers,
                           const policy::Engine& engine, identity::ApiKeys& keys,
                           const identity::PersonTokens& tokens)
    : WireService(door, *v1::GetStatusRequest::descriptor()->file()),
      administer_(administer),
      rotate_(rotate),
      erase_(erase),
      registering_(registering),
      book_(book),
      settings_(settings),
      ledgers_(ledgers),
      appender_(appender),
      pool_(writers),
      engine_(engine),
      keys_(keys),
      tokens_(tokens) {
  Serve(&AdminService::CreateTenant);
  Serve(&AdminService::GetTenant);
  Serve(&AdminService::ListTenants);
  Serve(&AdminService::UpdateTenantLimits);
  Serve(&AdminService::CreatePrincipal);
  Serve(&AdminService::ListPrincipals);
  Serve(&AdminService::DisablePrincipal);
  Serve(&AdminService::CreateApiKey);
  Serve(&AdminService::RevokeApiKey);
  Serve(&AdminService::ListApiKeys);
  Serve(&AdminService::IssuePersonToken);
  Serve(&AdminService::RotateKeys);
  Serve(&AdminService::GetStatus);
  Serve(&AdminService::PlaceHold);
  Serve(&AdminService::ReleaseHold);
  Serve(&AdminService::ListHolds);
  Serve(&AdminService::ErasePerson);
  Serve(&AdminService::GetErasure);
  Serve(&AdminService::ListErasures);
}

absl::StatusOr<Uuid> AdminService::TenantOf(const domain::Caller& caller,
                                            const std::string& named) {
  if (named.empty() && caller.tenant) return *caller.tenant;
  if (named.empty()) return BadField("tenant_id", "is required of the operator");
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, IdOf(named, "tenant_id"));
  // Another tenant's id reads like one that does not exist.
  if (caller.tenant && *caller.tenant != tenant) {
    return Because(absl::NotFoundError("no such ledger"), "NOT_FOUND");
  }
  return tenant;
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

absl::Status AdminService::FillLinks(const Uuid& tenant, v1::Tenant& out) {
  CANDOR_ASSIGN_OR_RETURN(const flow::Administer::Links links, administer_.LinksOf(tenant));
  out.set_successor(links.successor);
  if (!links.predecessor) return absl::OkStatus();
  out.mutable_predecessor()->set_origin(links.predecessor->origin);
  out.mutable_predecessor()->set_size(links.predecessor->size);
  out.mutable_predecessor()->set_root(std::string(AsText(links.predecessor->root.view())));
  return absl::OkStatus();
}

absl::Status AdminService::CreateTenant(const domain::Caller& caller,
                                        const v1::CreateTenantRequest& request,
                                        v1::CreateTenantResponse& response) {
  if (!core::IsOrigin(request.origin())) {
    return BadField("origin",
                    "must be [a-z0-9.-]{1,100}(/[a-z0-9._-]{1,50}){1,3}, its host not `candor`, "
                    "no segment `bundle` or `..`");
  }
  CANDOR_ASSIGN_OR_RETURN(
      const domain::Statement statement,
      ToStatement(request, "create_tenant", domain::Settings(), door_.clock().Now()));
  std::optional<flow::Administer::Predecessor> predecessor;
  if (!request.predecessor_id().empty()) {
    predecessor.emplace();
    CANDOR_ASSIGN_OR_RETURN(predecessor->tenant, IdOf(request.predecessor_id(), "predecessor_id"));
    predecessor->checkpoint = request.predecessor_checkpoint();
  } else if (!request.predecessor_checkpoint().empty()) {
    return BadField("predecessor_checkpoint", "goes with predecessor_id");
  }
  CANDOR_ASSIGN_OR_RETURN(
      flow::Administer::MadeTenant made,
      administer_.CreateTenant(caller, statement, request.origin(), request.first_principal(), predecessor));
  CANDOR_RETURN_IF_ERROR(FillTenant(made.tenant, *response.mutable_tenant()));
  CANDOR_RETURN_IF_ERROR(FillLinks(made.tenant.tenant_id, *response.mutable_tenant()));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(made.tenant.tenant_id));
  Fill(*ledger, *response.mutable_checkpoint());
  if (made.principal) {
    Fill(made.principal->principal, *response.mutable_principal());
    response.set_api_key(made.principal->api_key);
  }
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::GetTenant(const domain::Caller& caller,
                                     const v1::GetTenantRequest& request,
                                     v1::GetTenantResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto tenants, store::ListTenants(*connection));
  for (const store::TenantRow& row : tenants) {
    if (row.tenant_id != tenant) continue;
    CANDOR_RETURN_IF_ERROR(FillTenant(row, *response.mutable_tenant()));
    CANDOR_RETURN_IF_ERROR(FillLinks(tenant, *response.mutable_tenant()));
    CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
    Fill(*ledger, *response.mutable_checkpoint());
    return absl::OkStatus();
  }
  return Because(absl::NotFoundError("no such ledger"), "NOT_FOUND");
}

absl::Status AdminService::ListTenants(const domain::Caller&, const v1::ListTenantsRequest& request,
                                       v1::ListTenantsResponse& response) {
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto tenants, store::ListTenants(*connection));
  const auto add = [&](const auto& row) { return FillTenant(row, *response.add_tenants()); };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          AddPage(tenants, &store::TenantRow::tenant_id, request, add));
  return absl::OkStatus();
}

absl::Status AdminService::UpdateTenantLimits(const domain::Caller& caller,
                                              const v1::UpdateTenantLimitsRequest& request,
                                              v1::UpdateTenantLimitsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  const v1::Limits& limits = request.limits();
  if (limits.amount_limit().empty() != limits.currency().empty()) {
    return BadField("limits.currency", "goes with amount_limit: both or neither");
  }
  const std::string& currency = limits.currency();
  const bool letters =
      std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (!currency.empty() && (currency.size() != 3 || !letters)) {
    return BadField("limits.currency", "must be ISO 4217 in lower case, three letters");
  }
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          StatementOf(request, "update_tenant_limits", tenant));
  CANDOR_ASSIGN_OR_RETURN(
      flow::Administer::Made made,
      administer_.SetLimits(caller, tenant, std::move(statement),
                            {.amount = limits.amount_limit(),
                             .currency = limits.currency(),
                             .confidence = limits.confidence_floor(),
                             .authorization_seconds = limits.authorization_seconds(),
                             .outcome_seconds = limits.outcome_seconds()}));
  *response.mutable_limits() = limits;
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::CreatePrincipal(const domain::Caller& caller,
                                           const v1::CreatePrincipalRequest& request,
                                           v1::CreatePrincipalResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_RETURN_IF_ERROR(CheckName(request));
  flow::Administer::NewPrincipal made{.kind = {}, .code = request.code(), .roles = {}};
  made.kind = EnumWord(*v1::PrincipalKind_descriptor()->FindValueByNumber(request.kind()));
  CANDOR_ASSIGN_OR_RETURN(made.roles, RolesOf(request));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          StatementOf(request, "create_principal", tenant));
  CANDOR_ASSIGN_OR_RETURN(flow::Administer::Made done,
                          administer_.CreatePrincipal(caller, tenant, std::move(statement), made));
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
  for (const store::PrincipalRow& row : principals) {
    if (row.principal_id == done.leaf) Fill(row, *response.mutable_principal());
  }
  ToWire(std::move(done.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::ListPrincipals(const domain::Caller& caller,
                                          const v1::ListPrincipalsRequest& request,
                                          v1::ListPrincipalsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
  const auto add = [&](const auto& row) {
    Fill(row, *response.add_principals());
    return absl::OkStatus();
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          AddPage(principals, &store::PrincipalRow::principal_id, request, add));
  return absl::OkStatus();
}

absl::Status AdminService::DisablePrincipal(const domain::Caller& caller,
                                            const v1::DisablePrincipalRequest& request,
                                            v1::DisablePrincipalResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_ASSIGN_OR_RETURN(const Uuid id, IdOf(request.principal_id(), "principal_id"));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          StatementOf(request, "disable_principal", tenant));
  store::PrincipalRow row;
  const absl::StatusOr<flow::Administer::Made> made =
      administer_.DisablePrincipal(caller, tenant, std::move(statement), id, row);
  keys_.Forget(id);  // Also in doubt: what counts is read again.
  CANDOR_RETURN_IF_ERROR(made.status());
  Fill(row, *response.mutable_principal());
  *response.mutable_principal()->mutable_disable_time() = TimeOf(made->receipt);
  ToWire(made->receipt, *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::CreateApiKey(const domain::Caller& caller,
                                        const v1::CreateApiKeyRequest& request,
                                        v1::CreateApiKeyResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_ASSIGN_OR_RETURN(const Uuid principal, IdOf(request.principal_id(), "principal_id"));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          StatementOf(request, "create_api_key", tenant));
  const absl::Time expires =
      request.has_expire_time() ? FromWire(request.expire_time()) : absl::InfiniteFuture();
  flow::Administer::KeyParts key;
  CANDOR_ASSIGN_OR_RETURN(
      flow::Administer::Made made,
      administer_.CreateApiKey(caller, tenant, std::move(statement), principal, expires, key));
  if (!made.repeated) response.set_secret(key.text);  // It is shown once, and not kept.
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto keys, store::ApiKeys(*connection, tenant));
  for (const store::ApiKeyRow& row : keys) {
    if (row.key_id == made.leaf) Fill(row, *response.mutable_key());
  }
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::RevokeApiKey(const domain::Caller& caller,
                                        const v1::RevokeApiKeyRequest& request,
                                        v1::RevokeApiKeyResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_ASSIGN_OR_RETURN(const Uuid id, IdOf(request.key_id(), "key_id"));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          StatementOf(request, "revoke_api_key", tenant));
  store::ApiKeyRow row;
  const absl::StatusOr<flow::Administer::Made> made =
      administer_.RevokeApiKey(caller, tenant, std::move(statement), id, row);
  keys_.Forget(id);  // Also in doubt: what counts is read again.
  CANDOR_RETURN_IF_ERROR(made.status());
  Fill(row, *response.mutable_key());
  *response.mutable_key()->mutable_revoke_time() = TimeOf(made->receipt);
  ToWire(made->receipt, *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::ListApiKeys(const domain::Caller& caller,
                                       const v1::ListApiKeysRequest& request,
                                       v1::ListApiKeysResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(auto keys, store::ApiKeys(*connection, tenant));
  if (!request.principal_id().empty()) {
    CANDOR_ASSIGN_OR_RETURN(const Uuid principal, IdOf(request.principal_id(), "principal_id"));
    std::erase_if(keys, [&](const auto& row) { return row.principal_id != principal; });
  }
  const auto add = [&](const auto& row) {
    Fill(row, *response.add_keys());
    return absl::OkStatus();
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          AddPage(keys, &store::ApiKeyRow::key_id, request, add));
  return absl::OkStatus();
}

absl::Status AdminService::IssuePersonToken(const domain::Caller& caller,
                                            const v1::IssuePersonTokenRequest& request,
                                            v1::IssuePersonTokenResponse& response) {
  constexpr std::uint32_t kUsual = 900, kLeast = 60;
  const std::uint32_t seconds = request.life_seconds() == 0 ? kUsual : request.life_seconds();
  if (seconds < kLeast) return BadField("life_seconds", "must be 0, or 60 to 3600");
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          StatementOf(request, "issue_person_token", *caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(
      flow::Administer::Made made,
      administer_.IssuePersonToken(caller, *caller.tenant, std::move(statement)));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(made.receipt.leaf));
  const absl::Time expires = leaf.time + absl::Seconds(seconds);
  if (!made.repeated) {
    CANDOR_ASSIGN_OR_RETURN(*response.mutable_token(),
                            tokens_.Make({.tenant = *caller.tenant,
                                          .token = made.leaf,
                                          .expires = expires,
                                          .person = request.person_reference(),
                                          .language = request.language(),
                                          .read_only = request.read_only()}));
  }
  *response.mutable_expire_time() = ToWire(expires);
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::RotateKeys(const domain::Caller& caller,
                                      const v1::RotateKeysRequest& request,
                                      v1::RotateKeysResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(request, "rotate_keys", tenant));
  CANDOR_ASSIGN_OR_RETURN(flow::Rotate::Rotated rotated,
                          rotate_.Keys(caller, tenant, std::move(statement)));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  response.set_generation(rotated.wrapper);
  response.set_rewrapped_count(rotated.rewrapped);
  response.set_vkey(ledger->verifier_key().ToText());
  ToWire(std::move(rotated.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::GetStatus(const domain::Caller& caller,
                                     const v1::GetStatusRequest& request,
                                     v1::GetStatusResponse& response) {
  response.set_version(kVersion);
  response.mutable_policy_set()->set_name(engine_.name());
  response.mutable_policy_set()->set_digest(std::string(AsText(engine_.digest().view())));
  *response.mutable_server_time() = ToWire(door_.clock().Now());
  response.set_queue_limit(appender_.limits().queue_entries);
  response.set_health(v1::HEALTH_OK);
  const auto add = [&](const char* part, const absl::Status& status) {
    v1::PartStatus& out = *response.add_parts();
    out.set_part(part);
    out.set_health(status.ok() ? v1::HEALTH_OK : v1::HEALTH_FAILED);
    out.set_message(std::string(status.message()));
    if (!status.ok()) response.set_health(v1::HEALTH_FAILED);
  };
  store::Pool::Lease connection = pool_.Borrow();
  add("store", connection->Ensure());
  if (!caller.tenant && request.tenant_id().empty()) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  const absl::Status writable = ledger->Writable();
  add("ledger", writable);
  response.set_queue_length(appender_.Waiting(tenant));
  response.set_writable(writable.ok());
  Fill(*ledger, *response.mutable_checkpoint());
  return absl::OkStatus();
}

}  // namespace candor::rpc
