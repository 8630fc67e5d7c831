// AuditService: finding, reading, counting and handing out what a ledger holds, for compliance officers,
// auditors and regulators.
#pragma once

#include <atomic>

#include "candor/v1/audit_service.pb.h"
#include "services/flow/export.h"
#include "services/flow/register.h"
#include "services/flow/registry_book.h"
#include "services/flow/report.h"
#include "services/flow/search_book.h"
#include "services/flow/settings_book.h"
#include "services/ledger/appender.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

// Thread-safe.
class AuditService final : public WireService {
 public:
  // All must outlive this. Exports and reports run on `exporters`.
  AuditService(Door& door, flow::Export& exports, flow::Reports& reports, flow::Register& registering, flow::RegistryBook& registries,
               flow::SettingsBook& settings, Workers& exporters, ledger::Ledgers& ledgers, ledger::Appender& appender,
               flow::SearchBook& book, store::Pool& readers, store::Pool& writers);

  // Ends what is being sent, soon.
  void Stop() { stopping_ = true; }

 private:
  using Caller = domain::Caller;
#define CANDOR_METHOD(Method) \
  absl::Status Method(const Caller& caller, const v1::Method##Request& request, v1::Method##Response& response);
  CANDOR_METHOD(Search)
  CANDOR_METHOD(GetDossier)
  CANDOR_METHOD(Aggregate)
  CANDOR_METHOD(ListGaps)
  CANDOR_METHOD(ListReads)
  CANDOR_METHOD(ProposeGrant)
  CANDOR_METHOD(ConfirmGrant)
  CANDOR_METHOD(RevokeGrant)
  CANDOR_METHOD(ListGrants)
#undef CANDOR_METHOD
  absl::Status Export(const Caller& caller, const v1::ExportRequest& request, const Say<v1::ExportResponse>& say,
                      v1::ExportResponse& last);
  absl::Status RunReport(const Caller& caller, const v1::RunReportRequest& request, const Say<v1::RunReportResponse>& say,
                         v1::RunReportResponse& last);

  static void Fill(const store::DecisionRow& row, v1::DecisionSummary& out);
  // What a caller sees: all, or what a grant of theirs covers.
  struct View {
    std::optional<Uuid> grant{};
    domain::GrantScope scope{};
  };
  // Under a grant that is the caller's and counts now, for these sections; without one all, if the
  // caller has a role that does. Errors: kInvalidArgument; kPermissionDenied GRANT_EXCEEDED; as GrantBook::MayUse.
  absl::StatusOr<View> ViewOf(const Caller& caller, const std::string& grant_id, const std::set<std::string>& sections = {},
                              domain::Roles sees_all = domain::Bit(domain::Role::kCompliance));
  absl::StatusOr<store::Sight> SightOf(const Uuid& tenant, const View& view);
  absl::Status CountPeriod(const Uuid& tenant, const View& view, const v1::AggregateRequest& request, bool compared,
                           v1::AggregateResponse& response);
  // What a search by person needs: the key that their sections are sealed under, where there is one.
  absl::StatusOr<std::optional<store::Handle>> HandleOf(ledger::Ledger& ledger, const std::string& person);
  // A search by what is sealed.
  struct Look {
    std::string method, person, reason;
    std::set<std::string> by{};  // What is sealed in these sections.
    std::string filter;
    std::optional<Uuid> grant;
    bool known = false;  // The person has a key.
    std::size_t count = 0;
  };
  static absl::Status CheckPerson(const std::string& person, const std::string& reason);
  // Writes down who looks for a person, before they get what was found.
  absl::StatusOr<ledger::Receipt> Write(const Caller& caller, const std::shared_ptr<ledger::Ledger>& ledger,
                                        const Look& look);

  absl::StatusOr<domain::Statement> StatementOf(const domain::Caller& caller, const char* word,
                                                const google::protobuf::Message& request);
  // Whether a grant may be given to a principal. Errors: kInvalidArgument.
  absl::Status MayHold(const Uuid& tenant, const std::string& principal_id);
  // The principal to whom a grant was given; empty where that was erased.
  absl::StatusOr<std::string> GranteeOf(const Uuid& tenant, const domain::Grant& grant);
  absl::Status Fill(const Uuid& tenant, const domain::Grant& grant, v1::Grant& out);

  flow::Export& exports_;
  flow::Reports& reports_;
  flow::Register& register_;
  flow::RegistryBook& registries_;
  flow::SettingsBook& settings_;
  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  flow::SearchBook& book_;
  store::Pool& readers_;
  store::Pool& writers_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace candor::rpc
