#include "services/rpc/rights.h"

#include <algorithm>

namespace candor::rpc {
namespace {

using domain::Right;

struct Row {
  std::string_view method;  // Service/Method, or Service/* for all others of the service.
  Right right;
};

constexpr Row kTable[] = {
    {"DecisionService/*", Right::kDecide},

    {"OversightService/*", Right::kReview},

    {"TransparencyService/*", Right::kSeeOwn},

    {"AuditService/*", Right::kAudit},

    {"LedgerService/GetEntryBundle", Right::kAudit},  // Leaves tell metadata.
    {"LedgerService/ListLeaves", Right::kAudit},
    {"LedgerService/Verify", Right::kAudit},
    {"LedgerService/*", Right::kReadLedger},

    {"RegistryService/*", Right::kRegister},

    {"AdminService/CreateTenant", Right::kOperate},
    {"AdminService/ListTenants", Right::kOperate},
    {"AdminService/BackupKeys", Right::kOperate},
    {"AdminService/ConfirmBackup", Right::kOperate},
    {"AdminService/GetStatus", Right::kSeeStatus},
    {"AdminService/*", Right::kManageTenant},
};

constexpr std::string_view kPolicyMethods[] = {"PolicySet", "Backtest", "Shadow"};

}  // namespace

std::optional<Right> RightFor(std::string_view method) {
  constexpr std::string_view kPackage = "/candor.v1.";
  if (method.substr(0, kPackage.size()) != kPackage) return std::nullopt;
  method.remove_prefix(kPackage.size());
  const std::size_t slash = method.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const bool policy = std::any_of(std::begin(kPolicyMethods), std::end(kPolicyMethods), [&](std::string_view word) {
    return method.find(word) != std::string_view::npos;
  });
  if (policy && method.substr(0, slash) == "RegistryService") return Right::kWritePolicies;
  for (const Row& row : kTable) {
    if (row.method == method) return row.right;
    if (row.method.ends_with("/*") && row.method.substr(0, row.method.size() - 1) == method.substr(0, slash + 1)) {
      return row.right;
    }
  }
  return std::nullopt;
}

}  // namespace candor::rpc
