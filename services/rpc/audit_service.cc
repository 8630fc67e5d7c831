#include "services/rpc/audit_service.h"

namespace candor::rpc {

AuditService::AuditService(Door& door, flow::Export& exports, flow::SettingsBook& settings, Workers& exporters)
    : WireService(door, *v1::ExportRequest::descriptor()->file()), exports_(exports), settings_(settings) {
  ServeTelling(&AuditService::Export, exporters);
}

}  // namespace candor::rpc
