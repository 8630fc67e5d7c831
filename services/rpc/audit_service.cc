#include "services/rpc/audit_service.h"

#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/crypto/random.h"
#include "services/domain/terms.h"
#include "services/flow/entries.h"
#include "services/flow/filter.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"
#include "services/rpc/page_token.h"
#include "services/rpc/proofs.h"
#include "services/store/keys.h"

namespace candor::rpc {
namespace {

constexpr int kMostOfAPage = 500;
constexpr std::uint64_t kMostCounted = 100000;
constexpr std::size_t kMostIdBytes = 256;

absl::Status CheckSearch(const v1::SearchRequest& request) {
  if (request.conversation_id().size() > kMostIdBytes) return BadField("conversation_id", "holds at most 256 bytes");
  if (request.datum_id().size() > kMostIdBytes) return BadField("datum_id", "holds at most 256 bytes");
  if (request.page_size() < 0) return BadField("page_size", "must be from 0 to 500");
  return absl::OkStatus();
}

absl::Status CheckReason(const std::string& reason) {
  if (core::IsCode(reason)) return absl::OkStatus();
  return BadField("reason", "must be a code: a search by what is sealed says why");
}

// The sections that hold what a search asks for though it is sealed.
std::set<std::string> SectionsOf(const v1::SearchRequest& request) {
  std::set<std::string> sections;
  if (!request.person_reference().empty()) sections.insert("person");
  if (!request.conversation_id().empty()) sections.insert("conversation");
  if (!request.datum_id().empty()) sections.insert("data_used");
  return sections;
}

}  // namespace

AuditService::AuditService(Door& door, flow::Export& exports, flow::Reports& reports,
                           flow::Register& registering, flow::RegistryBook& registries,
                           flow::SettingsBook& settings, Workers& exporters, ledger::Ledgers& ledgers,
                           ledger::Appender& appender, flow::SearchBook& book, store::Pool& readers, store::Pool& writers)
    : WireService(door, *v1::SearchRequest::descriptor()->file()), exports_(exports), reports_(reports), register_(registering),
      registries_(registries), settings_(settings), ledgers_(ledgers), appender_(appender), book_(book), readers_(readers),
      writers_(writers) {
  ServeTelling(&AuditService::Export, exporters);
  ServeTelling(&AuditService::RunReport, exporters);
  Serve(&AuditService::Search);
  Serve(&AuditService::GetDossier);
  Serve(&AuditService::Aggregate);
  Serve(&AuditService::ListGaps);
  Serve(&AuditService::ListReads);
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

void AuditService::Fill(const store::DecisionRow& row, v1::DecisionSummary& out) {
  const auto word = [&](const google::protobuf::EnumDescriptor& type, const char* field) {
    return EnumNumber(type, domain::ValueOf(row.terms, field));
  };
  out.set_decision_id(row.decision.ToText());
  out.set_system(domain::ValueOf(row.terms, "system"));
  out.set_model_version(domain::ValueOf(row.terms, "model_version"));
  out.set_action(domain::ValueOf(row.terms, "action"));
  out.set_verdict(static_cast<v1::Verdict>(word(*v1::Verdict_descriptor(), "verdict")));
  out.set_outcome(domain::ValueOf(row.terms, "outcome"));
  const std::string adverse = domain::ValueOf(row.terms, "adverse");
  if (!adverse.empty()) out.set_adverse(adverse == "true");
  out.set_automation(static_cast<v1::Automation>(word(*v1::Automation_descriptor(), "automation")));
  for (const std::string& mark : domain::ValuesOf(row.terms, "mark")) {
    out.add_marks(static_cast<v1::Mark>(EnumNumber(*v1::Mark_descriptor(), mark)));
  }
  *out.mutable_create_time() = ToWire(row.create_time);
  *out.mutable_update_time() = ToWire(row.update_time);
  out.set_leaf_count(row.leaf_count);
  out.set_erased(row.erased);
}

absl::StatusOr<std::optional<store::Handle>> AuditService::HandleOf(ledger::Ledger& ledger, const std::string& person) {
  const Digest lookup = ledger.keyring().LookupOf({.kind = vault::Owner::Kind::kPerson, .reference = person});
  store::Pool::Lease connection = writers_.Borrow();
  // Not from memory: what was erased elsewhere is gone at once.
  CANDOR_ASSIGN_OR_RETURN(const auto found, store::FindKeys(*connection, ledger.tenant(), {lookup}));
  const auto key = found.find(lookup);
  if (key == found.end()) return std::nullopt;
  return key->second.handle;
}

absl::Status AuditService::CheckPerson(const std::string& person, const std::string& reason) {
  if (person.size() > kMostIdBytes) return BadField("person_reference", "holds at most 256 bytes");
  return person.empty() ? absl::OkStatus() : CheckReason(reason);
}

absl::StatusOr<ledger::Receipt> AuditService::Write(const Caller& caller, const std::shared_ptr<ledger::Ledger>& ledger,
                                                    const Look& look) {
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  const bool declared = settings->Declares("reason", look.reason);
  domain::Statement statement;
  statement.request = crypto::NewId(door_.clock().Now());
  statement.facts.Set("read_reason", declared ? look.reason : std::string("unlisted"));
  if (look.grant) statement.facts.Set("grant", look.grant->ToText());
  statement.facts.Set("read_count", static_cast<std::int64_t>(look.count));
  core::Json asked = core::Json::Object();
  asked.Set("method", look.method).Set("request", core::Json::Object());
  statement.fingerprint_text = asked.Encode();
  core::Json search = core::Json::Object();
  if (!declared) search.Set("reason", look.reason);
  if (!look.filter.empty()) search.Set("filter", look.filter);
  core::Json by = core::Json::Array();
  for (const std::string& section : look.by) by.Append(section);
  if (!by.items().empty()) search.Set("by", std::move(by));
  if (!search.empty()) statement.sections["search"] = search.Encode();
  // Nobody gets a key by being looked for.
  if (look.known) {
    statement.persons = {look.person};
    statement.sections["person"] = core::Json::Object().Set("reference", look.person).Encode();
  }
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, flow::EntryOf(caller, std::move(statement), "read", door_.clock().Now()));
  return flow::AppendAndWait(appender_, ledger, std::move(entry));
}

absl::Status AuditService::Search(const Caller& caller, const v1::SearchRequest& request, v1::SearchResponse& response) {
  const bool by_person = !request.person_reference().empty();
  // Who finds decisions by what is sealed learns what is sealed there.
  const std::set<std::string> sections = SectionsOf(request);
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller, request.grant_id(), sections));
  CANDOR_RETURN_IF_ERROR(CheckSearch(request));
  CANDOR_RETURN_IF_ERROR(CheckPerson(request.person_reference(), request.reason()));
  if (!sections.empty()) CANDOR_RETURN_IF_ERROR(CheckReason(request.reason()));
  CANDOR_ASSIGN_OR_RETURN(store::Condition condition, flow::ParseFilter(request.filter()));
  store::DecisionFilter filter{.condition = std::move(condition), .person = {}};
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(filter.before, PageBegins(*ledger, request, request.page_token()));
  CANDOR_ASSIGN_OR_RETURN(const std::uint64_t searched, book_.CatchUp(*ledger, flow::SearchBook::kPatience));
  CANDOR_ASSIGN_OR_RETURN(filter.sight, SightOf(ledger->tenant(), view));
  if (by_person) {
    CANDOR_ASSIGN_OR_RETURN(filter.person, HandleOf(*ledger, request.person_reference()));
  }
  const vault::Keyring& keyring = ledger->keyring();
  using Kind = vault::Keyring::WordKind;
  if (sections.contains("conversation")) filter.words.push_back(keyring.WordOf(Kind::kConversation, request.conversation_id()));
  if (sections.contains("data_used")) filter.words.push_back(keyring.WordOf(Kind::kDatum, request.datum_id()));
  const bool known = filter.person.has_value();
  const int size = std::min(PageSize(request.page_size()), kMostOfAPage);
  std::vector<store::DecisionRow> rows;
  if (!by_person || known) {
    book_.courtesy().Wait(flow::SearchBook::kPatience / 10);
    const flow::Courtesy::Piece piece(book_.courtesy());
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(rows, store::FindDecisions(*connection, ledger->tenant(), filter, size + 1));
    if (request.with_total()) {
      filter.before = INT64_MAX;
      CANDOR_ASSIGN_OR_RETURN(const std::uint64_t total,
                              store::CountDecisions(*connection, ledger->tenant(), filter, kMostCounted + 1));
      response.set_total_count(std::min(total, kMostCounted));
      response.set_total_is_more(total > kMostCounted);
    }
  } else if (request.with_total()) {
    response.set_total_count(0);
  }
  if (rows.size() > static_cast<std::size_t>(size)) {
    rows.pop_back();
    response.set_next_page_token(PageTokenOf(*ledger, request, rows.back().position));
  }
  for (const store::DecisionRow& row : rows) Fill(row, *response.add_decisions());
  if (!sections.empty()) {
    const Look look{.method = "search", .person = request.person_reference(), .reason = request.reason(), .by = sections,
                    .filter = request.filter(), .grant = view.grant, .known = known, .count = rows.size()};
    CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, Write(caller, ledger, look));
    ToWire(std::move(receipt), *response.mutable_receipt());
  }
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, SignedAbove(*ledger, writers_, std::max<std::uint64_t>(searched, 1) - 1));
  store::Pool::Lease connection = readers_.Borrow();
  response.set_searched_size(searched);
  return FillCheckpoint(*connection, *ledger, checkpoint.note, *response.mutable_checkpoint());
}

}  // namespace candor::rpc
