// AuditService: what compliance officers, auditors and regulators ask of a ledger.
#pragma once

#include <atomic>

#include "candor/v1/audit_service.pb.h"
#include "services/flow/export.h"
#include "services/flow/settings_book.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

// Thread-safe.
class AuditService final : public WireService {
 public:
  // All must outlive this. Exports run on `exporters`.
  AuditService(Door& door, flow::Export& exports, flow::SettingsBook& settings, Workers& exporters);

  // Ends what is being sent, soon.
  void Stop() { stopping_ = true; }

 private:
  absl::Status Export(const domain::Caller& caller, const v1::ExportRequest& request,
                      const Say<v1::ExportResponse>& say, v1::ExportResponse& last);

  flow::Export& exports_;
  flow::SettingsBook& settings_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace candor::rpc
