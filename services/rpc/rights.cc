#include "services/rpc/rights.h"

#include <algorithm>
#include <iterator>

namespace candor::rpc {
namespace {

using domain::Bit;
using domain::Role;
using domain::Roles;

constexpr Roles kComponent = Bit(Role::kComponent), kReviewer = Bit(Role::kReviewer),
                kCompliance = Bit(Role::kCompliance), kRegulator = Bit(Role::kRegulator),
                kModelOwner = Bit(Role::kModelOwner), kPolicyAuthor = Bit(Role::kPolicyAuthor),
                kTenantSystem = Bit(Role::kTenantSystem), kOperator = Bit(Role::kOperator),
                kPerson = Bit(Role::kPerson);

struct Row {
  std::string_view method;  // Service/Method, or Service/* for all others of the service.
  Roles roles;
};

constexpr Row kTable[] = {
    {"DecisionService/*", kComponent | kTenantSystem},

    {"OversightService/GetTask", kReviewer | kCompliance | kComponent | kTenantSystem},
    {"OversightService/Watch", kReviewer | kCompliance | kComponent | kTenantSystem},
    {"OversightService/*", kReviewer | kCompliance},

    {"TransparencyService/*", kPerson},

    {"AuditService/Aggregate", kCompliance | kRegulator | kModelOwner},
    {"AuditService/ReportIncident", kCompliance | kModelOwner},
    {"AuditService/ProposeGrant", kCompliance},
    {"AuditService/ConfirmGrant", kCompliance},
    {"AuditService/RevokeGrant", kCompliance},
    {"AuditService/*", kCompliance | kRegulator},

    // Leaves are telling; hashes of them are not. A regulator gets those that a grant covers.
    {"LedgerService/GetEntryBundle", kCompliance | kTenantSystem},
    {"LedgerService/ListLeaves", kCompliance | kTenantSystem},
    {"LedgerService/Verify", kCompliance | kTenantSystem},
    {"LedgerService/GetReceipt", kComponent | kReviewer | kCompliance | kModelOwner | kPolicyAuthor | kTenantSystem},
    {"LedgerService/*", kComponent | kReviewer | kCompliance | kRegulator | kModelOwner |
                            kPolicyAuthor | kTenantSystem},

    {"RegistryService/RegisterSystem", kModelOwner | kTenantSystem},
    {"RegistryService/RegisterDecisionType", kModelOwner | kTenantSystem},
    {"RegistryService/DeclareCodes", kModelOwner | kTenantSystem},
    {"RegistryService/RegisterModelVersion", kModelOwner},
    {"RegistryService/ProposeModelState", kModelOwner},
    {"RegistryService/ConfirmModelState", kModelOwner},
    {"RegistryService/RegisterDataSet", kModelOwner},
    {"RegistryService/PutReasonCatalogue", kModelOwner},
    {"RegistryService/RegisterPolicySet", kPolicyAuthor},
    {"RegistryService/ValidatePolicySet", kPolicyAuthor},
    {"RegistryService/ShadowPolicySet", kPolicyAuthor},
    {"RegistryService/BacktestPolicySet", kPolicyAuthor},
    {"RegistryService/ExplainVerdict", kPolicyAuthor | kCompliance},
    {"RegistryService/ProposeActivation", kPolicyAuthor},
    {"RegistryService/ConfirmActivation", kPolicyAuthor | kCompliance},
    {"RegistryService/RollBackPolicySet", kPolicyAuthor | kCompliance},
    {"RegistryService/Stop", kModelOwner | kReviewer | kCompliance | kTenantSystem},
    {"RegistryService/LiftStop", kModelOwner | kCompliance},
    {"RegistryService/RecordAssurance", kModelOwner | kTenantSystem},
    {"RegistryService/*", kModelOwner | kPolicyAuthor | kCompliance | kRegulator | kTenantSystem},

    {"AdminService/CreateTenant", kOperator},
    {"AdminService/ListTenants", kOperator},
    {"AdminService/RotateKeys", kOperator},
    {"AdminService/BackupKeys", kOperator},
    {"AdminService/ConfirmBackup", kOperator},
    {"AdminService/GetTenant", kOperator | kCompliance | kTenantSystem},
    {"AdminService/ListPrincipals", kOperator | kCompliance | kTenantSystem},
    {"AdminService/ListApiKeys", kOperator | kCompliance | kTenantSystem},
    {"AdminService/GetStatus", kOperator | kCompliance | kTenantSystem},
    {"AdminService/IssuePersonToken", kTenantSystem},
    {"AdminService/PutRetentionClass", kOperator | kCompliance | kTenantSystem},
    {"AdminService/ListRetentionClasses", kOperator | kCompliance | kRegulator | kTenantSystem},
    {"AdminService/PlaceHold", kCompliance},
    {"AdminService/ReleaseHold", kCompliance},
    {"AdminService/ListHolds", kOperator | kCompliance},
    {"AdminService/ErasePerson", kCompliance},
    {"AdminService/GetErasure", kCompliance | kTenantSystem},
    {"AdminService/ListErasures", kCompliance},
    {"AdminService/*", kOperator | kTenantSystem},
};

// What a person may do whose token only reads.
constexpr std::string_view kReads[] = {"ListDecisions", "Explain", "DataUse", "WhoLooked", "GetContest", "ExportMyData"};

bool Covers(std::string_view row, std::string_view method) {
  if (!row.ends_with("/*")) return row == method;
  return method.starts_with(row.substr(0, row.size() - 1));
}

}  // namespace

std::optional<Roles> RolesFor(std::string_view method) {
  constexpr std::string_view kPackage = "/candor.v1.";
  if (!method.starts_with(kPackage)) return std::nullopt;
  method.remove_prefix(kPackage.size());
  for (const Row& row : kTable) {
    if (Covers(row.method, method)) return row.roles;
  }
  return std::nullopt;
}

bool May(const domain::Caller& caller, std::string_view method) {
  if ((caller.roles & RolesFor(method).value_or(0)) == 0) return false;
  const std::string_view name = method.substr(method.rfind('/') + 1);
  return !caller.read_only || std::find(std::begin(kReads), std::end(kReads), name) != std::end(kReads);
}

}  // namespace candor::rpc
