#include "services/rpc/audit_service.h"

#include "services/rpc/convert/statement.h"

namespace candor::rpc {

AuditService::AuditService(Door& door, flow::Export& exports, flow::Register& registering, flow::RegistryBook& book,
                           flow::SettingsBook& settings, ledger::Ledgers& ledgers, store::Pool& writers, Workers& exporters)
    : WireService(door, *v1::ExportRequest::descriptor()->file()), exports_(exports), register_(registering), book_(book),
      settings_(settings), ledgers_(ledgers), writers_(writers) {
  ServeTelling(&AuditService::Export, exporters);
  Serve(&AuditService::ProposeGrant);
  Serve(&AuditService::ConfirmGrant);
  Serve(&AuditService::RevokeGrant);
  Serve(&AuditService::ListGrants);
}

absl::StatusOr<domain::Statement> AuditService::StatementOf(const domain::Caller& caller, const char* word,
                                                            const google::protobuf::Message& request) {
  settings_.Forget(*caller.tenant);
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  return ToStatement(request, word, *settings, door_.clock().Now());
}

}  // namespace candor::rpc
