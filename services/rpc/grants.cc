// Grants of AuditService: proposed, confirmed by a second human, revoked, listed.
#include <algorithm>
#include <ranges>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/rpc/audit_service.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/page.h"
#include "services/store/tenants.h"
#include "services/vault/opening.h"

namespace candor::rpc {
namespace {

v1::GrantState StateOf(const domain::Grant& grant, absl::Time now) {
  switch (grant.StateAt(now)) {
    case domain::Grant::State::kProposed:
      return v1::GRANT_STATE_PROPOSED;
    case domain::Grant::State::kActive:
      return v1::GRANT_STATE_ACTIVE;
    case domain::Grant::State::kExpired:
      return v1::GRANT_STATE_EXPIRED;
    case domain::Grant::State::kRevoked:
      return v1::GRANT_STATE_REVOKED;
  }
  return v1::GRANT_STATE_UNSPECIFIED;
}

void Fill(const domain::GrantScope& scope, v1::GrantScope& out) {
  for (const std::string& code : scope.systems) out.add_systems(code);
  for (const std::string& code : scope.actions) out.add_actions(code);
  for (const std::string& code : scope.jurisdictions) out.add_jurisdictions(code);
  for (const Uuid& id : scope.decisions) out.add_decision_ids(id.ToText());
  for (const std::string& name : scope.sections) out.add_sections(name);
  if (scope.smallest_group < domain::kSmallestGroup) out.set_smallest_group(static_cast<std::uint32_t>(scope.smallest_group));
  if (scope.from != absl::InfinitePast()) *out.mutable_from_time() = ToWire(scope.from);
  if (scope.until != absl::InfiniteFuture()) *out.mutable_until_time() = ToWire(scope.until);
}

}  // namespace

absl::Status AuditService::MayHold(const Uuid& tenant, const std::string& principal_id) {
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
  const bool is_one = std::any_of(principals.begin(), principals.end(), [&](const store::PrincipalRow& row) {
    const std::string role(domain::RoleName(domain::Role::kRegulator));
    return row.principal_id.ToText() == principal_id && !row.revoked &&
           std::find(row.roles.begin(), row.roles.end(), role) != row.roles.end();
  });
  return is_one ? absl::OkStatus() : BadField("principal_id", "must be a principal with the role regulator");
}

absl::StatusOr<std::string> AuditService::GranteeOf(const Uuid& tenant, const domain::Grant& grant) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  store::Pool::Lease connection = writers_.Borrow();
  vault::Opening opening(*connection, ledger->keyring(), tenant, ledger->origin());
  CANDOR_ASSIGN_OR_RETURN(const auto sections, opening.Sections(grant.proposed->position));
  const auto section = sections.find("oversight");
  if (section == sections.end()) return std::string();
  CANDOR_ASSIGN_OR_RETURN(const core::Json who, core::ParseCanonical(section->second, core::JsonKind::kSection));
  return domain::FactText(who, "principal_id");
}

absl::Status AuditService::Fill(const Uuid& tenant, const domain::Grant& grant, v1::Grant& out) {
  CANDOR_ASSIGN_OR_RETURN(*out.mutable_principal_id(), GranteeOf(tenant, grant));
  out.set_grant_id(grant.proposed->leaf.ToText());
  out.set_authority(grant.authority);
  rpc::Fill(grant.scope, *out.mutable_scope());
  out.set_state(StateOf(grant, door_.clock().Now()));
  *out.mutable_expire_time() = ToWire(grant.expires);
  return absl::OkStatus();
}

absl::Status AuditService::ProposeGrant(const domain::Caller& caller, const v1::ProposeGrantRequest& request,
                                        v1::ProposeGrantResponse& response) {
  CANDOR_RETURN_IF_ERROR(MayHold(*caller.tenant, request.principal_id()));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "propose_grant", request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.ProposeGrant(caller, std::move(statement)));
  CANDOR_RETURN_IF_ERROR(Fill(*caller.tenant, *made.registry->grants().Find(made.leaf), *response.mutable_grant()));
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AuditService::ConfirmGrant(const domain::Caller& caller, const v1::ConfirmGrantRequest& request,
                                        v1::ConfirmGrantResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "confirm_grant", request));
  const Uuid grant = *statement.amends;
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.SettleGrant(caller, std::move(statement)));
  CANDOR_RETURN_IF_ERROR(Fill(*caller.tenant, *made.registry->grants().Find(grant), *response.mutable_grant()));
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AuditService::RevokeGrant(const domain::Caller& caller, const v1::RevokeGrantRequest& request,
                                       v1::RevokeGrantResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "revoke_grant", request));
  const Uuid grant = *statement.amends;
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.RevokeGrant(caller, std::move(statement)));
  CANDOR_RETURN_IF_ERROR(Fill(*caller.tenant, *made.registry->grants().Find(grant), *response.mutable_grant()));
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AuditService::ListGrants(const domain::Caller& caller, const v1::ListGrantsRequest& request,
                                      v1::ListGrantsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, registries_.Newest(*caller.tenant));
  std::vector<const domain::Grant*> rows;
  for (const domain::Grant& grant : std::views::reverse(registry->grants().all())) {
    if (request.state() != v1::GRANT_STATE_UNSPECIFIED && StateOf(grant, door_.clock().Now()) != request.state()) continue;
    if (!caller.Has(domain::Role::kCompliance)) {
      CANDOR_ASSIGN_OR_RETURN(const std::string grantee, GranteeOf(*caller.tenant, grant));
      if (grantee != caller.principal.ToText()) continue;
    }
    rows.push_back(&grant);
  }
  const auto key = [](const domain::Grant* grant) { return NewestFirst(grant->proposed->position); };
  const auto add = [&](const domain::Grant* grant) { return Fill(*caller.tenant, *grant, *response.add_grants()); };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), AddPage(rows, key, IsNewestFirst, request, add));
  return absl::OkStatus();
}

absl::StatusOr<AuditService::View> AuditService::ViewOf(const Caller& caller, const std::string& grant_id,
                                                        const std::set<std::string>& sections, domain::Roles sees_all) {
  const auto exceeded = [](const std::string& why) { return Because(absl::PermissionDeniedError(why), "GRANT_EXCEEDED"); };
  if (grant_id.empty()) {
    if (caller.roles & sees_all) return View();
    return exceeded("grant_id: is required of you; ask compliance for a grant");
  }
  const auto id = Uuid::FromText(grant_id);
  if (!id) return BadField("grant_id", "must be a UUID, lower case, 36 characters");
  CANDOR_ASSIGN_OR_RETURN(const auto registry, registries_.Newest(*caller.tenant));
  const domain::Grant* grant = registry->grants().Find(*id);
  const auto nothing = [] { return Because(absl::NotFoundError("grant_id: no such grant"), "NOT_FOUND"); };
  if (grant == nullptr) return nothing();
  // Whether a grant of somebody else is there, nobody learns.
  if (!caller.Has(domain::Role::kCompliance)) {
    CANDOR_ASSIGN_OR_RETURN(const std::string grantee, GranteeOf(*caller.tenant, *grant));
    if (grantee != caller.principal.ToText()) return nothing();
  }
  CANDOR_RETURN_IF_ERROR(registry->grants().MayUse(*id, door_.clock().Now()));
  for (const std::string& section : sections) {
    if (!grant->scope.Opens(section)) return exceeded("sections: the grant does not cover " + section);
  }
  return View{.grant = *id, .scope = grant->scope};
}

absl::StatusOr<store::Sight> AuditService::SightOf(const Uuid& tenant, const View& view) {
  if (!view.grant) return store::Sight();
  return flow::SightOf(readers_, tenant, view.scope);
}

}  // namespace candor::rpc
