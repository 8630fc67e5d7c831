// AdminService: tenants, principals, keys, status.
#pragma once

#include "candor/v1/admin_service.pb.h"
#include "services/flow/administer.h"
#include "services/flow/erase.h"
#include "services/flow/register.h"
#include "services/flow/rotate.h"
#include "services/policy/engine.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

class AdminService final : public WireService {
 public:
  // All must outlive this.
  AdminService(Door& door, flow::Administer& administer, flow::Rotate& rotate, flow::Erase& erase,
               flow::Register& registering, flow::RegistryBook& book,
               flow::SettingsBook& settings, ledger::Ledgers& ledgers,
               const ledger::Appender& appender, store::Pool& writers,
               const policy::Engine& engine, identity::ApiKeys& keys,
               const identity::PersonTokens& tokens);

 private:
#define CANDOR_METHOD(Method)                                                           \
  absl::Status Method(const domain::Caller& caller, const v1::Method##Request& request, \
                      v1::Method##Response& response);
  CANDOR_METHOD(CreateTenant)
  CANDOR_METHOD(GetTenant)
  CANDOR_METHOD(ListTenants)
  CANDOR_METHOD(UpdateTenantLimits)
  CANDOR_METHOD(CreatePrincipal)
  CANDOR_METHOD(ListPrincipals)
  CANDOR_METHOD(DisablePrincipal)
  CANDOR_METHOD(CreateApiKey)
  CANDOR_METHOD(RevokeApiKey)
  CANDOR_METHOD(ListApiKeys)
  CANDOR_METHOD(IssuePersonToken)
  CANDOR_METHOD(RotateKeys)
  CANDOR_METHOD(GetStatus)
  // In erasures.cc.
  CANDOR_METHOD(PlaceHold)
  CANDOR_METHOD(ReleaseHold)
  CANDOR_METHOD(ListHolds)
  CANDOR_METHOD(ErasePerson)
  CANDOR_METHOD(GetErasure)
  CANDOR_METHOD(ListErasures)
#undef CANDOR_METHOD

  // The tenant that `caller` means: their own, or for the operator the one named.
  static absl::StatusOr<Uuid> TenantOf(const domain::Caller& caller, const std::string& named);
  template <typename Request>
  absl::StatusOr<domain::Statement> StatementOf(const Request& request, const char* word, const Uuid& tenant) {
    CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(tenant));
    return ToStatement(request, word, *settings, door_.clock().Now());
  }
  absl::Status FillTenant(const store::TenantRow& row, v1::Tenant& out);
  absl::Status FillLinks(const Uuid& tenant, v1::Tenant& out);

  flow::Administer& administer_;
  flow::Rotate& rotate_;
  flow::Erase& erase_;
  flow::Register& registering_;
  flow::RegistryBook& book_;
  flow::SettingsBook& settings_;
  ledger::Ledgers& ledgers_;
  const ledger::Appender& appender_;
  store::Pool& pool_;
  const policy::Engine& engine_;
  identity::ApiKeys& keys_;
  const identity::PersonTokens& tokens_;
};

}  // namespace candor::rpc
