// AuditService: what compliance officers, auditors and regulators ask of a ledger.
#pragma once

#include <atomic>

#include "candor/v1/audit_service.pb.h"
#include "services/flow/export.h"
#include "services/flow/register.h"
#include "services/flow/registry_book.h"
#include "services/flow/settings_book.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

// Thread-safe.
class AuditService final : public WireService {
 public:
  // All must outlive this. Exports run on `exporters`.
  AuditService(Door& door, flow::Export& exports, flow::Register& registering, flow::RegistryBook& book,
               flow::SettingsBook& settings, ledger::Ledgers& ledgers, store::Pool& writers, Workers& exporters);

  // Ends what is being sent, soon.
  void Stop() { stopping_ = true; }

 private:
  absl::Status Export(const domain::Caller& caller, const v1::ExportRequest& request,
                      const Say<v1::ExportResponse>& say, v1::ExportResponse& last);

#define CANDOR_METHOD(Method) \
  absl::Status Method(const domain::Caller& caller, const v1::Method##Request& request, v1::Method##Response& response);
  CANDOR_METHOD(ProposeGrant)
  CANDOR_METHOD(ConfirmGrant)
  CANDOR_METHOD(RevokeGrant)
  CANDOR_METHOD(ListGrants)
#undef CANDOR_METHOD

  absl::StatusOr<domain::Statement> StatementOf(const domain::Caller& caller, const char* word,
                                                const google::protobuf::Message& request);
  // Whether a grant may be given to a principal. Errors: kInvalidArgument.
  absl::Status MayHold(const Uuid& tenant, const std::string& principal_id);
  // The principal to whom a grant was given; empty where that was erased.
  absl::StatusOr<std::string> GranteeOf(const Uuid& tenant, const domain::Grant& grant);
  absl::Status Fill(const Uuid& tenant, const domain::Grant& grant, v1::Grant& out);
  // The scope of a grant that is the caller's and counts now, for these sections. Errors:
  // kPermissionDenied GRANT_EXCEEDED; as GrantBook::MayUse.
  absl::StatusOr<domain::GrantScope> ScopeOf(const domain::Caller& caller, const Uuid& grant,
                                             const std::set<std::string>& sections);

  flow::Export& exports_;
  flow::Register& register_;
  flow::RegistryBook& book_;
  flow::SettingsBook& settings_;
  ledger::Ledgers& ledgers_;
  store::Pool& writers_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace candor::rpc
