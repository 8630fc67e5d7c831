// The reading half of RegistryService.
#include <ranges>

#include "absl/strings/numbers.h"
#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/registered.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"
#include "services/rpc/proofs.h"
#include "services/rpc/registry_service.h"
#include "services/store/tenants.h"

namespace candor::rpc {
namespace {

using domain::Entry;

absl::Status NoSuch(const std::string& what) {
  return Because(absl::NotFoundError("no such " + what + " is registered"), "NOT_FOUND");
}

absl::Status Required(const std::string& text, const char* field) {
  return text.empty() ? BadField(field, "is required") : absl::OkStatus();
}

bool IsCode(const std::string& token) { return core::IsCode(token); }

// Tokens `<first> <rest>`.
struct Parts {
  std::string first, rest;
};
Parts Split(const std::string& token) {
  const std::size_t space = std::min(token.find(' '), token.size());
  return {.first = token.substr(0, space), .rest = token.substr(std::min(space + 1, token.size()))};
}

const Entry& NewestAt(const std::vector<Entry>& leaves, absl::Time time) {
  static const Entry none;
  const Entry* found = &none;
  for (const Entry& leaf : leaves) {
    if (leaf->time <= time) found = &leaf;
  }
  return *found;
}

}  // namespace

// Opens sections with one connection.
class RegistryService::Reader {
 public:
  Reader(std::shared_ptr<ledger::Ledger> ledger, store::Pool& writers)
      : ledger_(std::move(ledger)), writers_(writers), connection_(writers.Borrow()),
        opening_(*connection_, ledger_->keyring(), ledger_->tenant(), ledger_->origin()) {}

  absl::StatusOr<rpc::Sections> Sections(const Entry& entry) { return opening_.Sections(entry->position); }

  // The message as the leaf says it, but with these facts.
  absl::Status Read(const Entry& entry, const core::Json& facts, google::protobuf::Message& out) {
    rpc::Sections sections;
    if (entry != nullptr && entry->sealed) {
      CANDOR_ASSIGN_OR_RETURN(sections, Sections(entry));
    }
    FromLeaf(facts, sections, out);
    return absl::OkStatus();
  }

  absl::Status AddReceipt(const Entry& entry, v1::Receipt& out) {
    CANDOR_ASSIGN_OR_RETURN(auto leaf, store::LeafAt(*connection_, ledger_->tenant(), entry->position));
    CANDOR_ASSIGN_OR_RETURN(auto receipt, ReceiptOf(*ledger_, writers_, std::move(leaf)));
    ToWire(std::move(receipt), out);
    return absl::OkStatus();
  }

 private:
  std::shared_ptr<ledger::Ledger> ledger_;
  store::Pool& writers_;
  store::Pool::Lease connection_;
  vault::Opening opening_;
};

absl::Status RegistryService::GetSystem(const Caller& caller, const v1::GetSystemRequest& request,
                                        v1::GetSystemResponse& response) {
  CANDOR_RETURN_IF_ERROR(Required(request.system(), "system"));
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  const auto system = registry->systems().find(request.system());
  if (system == registry->systems().end()) return NoSuch("system");
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Reader reader(ledger, writers_);
  CANDOR_RETURN_IF_ERROR(reader.Read(system->second.newest, system->second.facts, *response.mutable_system()));
  return reader.AddReceipt(system->second.newest, *response.mutable_receipt());
}

absl::Status RegistryService::ListSystems(const Caller& caller, const v1::ListSystemsRequest& request,
                                          v1::ListSystemsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Reader reader(ledger, writers_);
  const auto key = [](const auto& row) { return row.first; };
  const auto add = [&](const auto& row) {
    return reader.Read(row.second.newest, row.second.facts, *response.add_systems());
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          AddPage(registry->systems(), key, IsCode, request, add));
  return absl::OkStatus();
}

absl::Status RegistryService::ListDecisionTypes(const Caller& caller, const v1::ListDecisionTypesRequest& request,
                                                v1::ListDecisionTypesResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Reader reader(ledger, writers_);
  const auto key = [](const auto& row) { return row.first; };
  const auto add = [&](const auto& row) {
    return reader.Read(row.second.named, row.second.facts, *response.add_decision_types());
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          AddPage(registry->decision_types(), key, IsCode, request, add));
  return absl::OkStatus();
}

absl::Status RegistryService::ListCodes(const Caller& caller, const v1::ListCodesRequest& request,
                                        v1::ListCodesResponse& response) {
  const auto& kinds = *v1::CodeKind_descriptor();
  const Parts after = Split(request.page_token());
  if (!request.page_token().empty() && (EnumNumber(kinds, after.first) == 0 || !core::IsCode(after.rest))) {
    return BadPageToken();
  }
  const auto* kind = request.kind() == v1::CODE_KIND_UNSPECIFIED ? nullptr : kinds.FindValueByNumber(request.kind());
  const int size = PageSize(request.page_size());
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto rows,
                          store::DeclaredCodes(*connection, *caller.tenant, kind == nullptr ? "" : EnumWord(*kind),
                                               {.kind = after.first, .code = after.rest}, size + 1));
  for (const store::CodeRow& row : rows) {
    if (response.codes_size() == size) {
      const v1::DeclaredCode& last = response.codes(size - 1);
      response.set_next_page_token(EnumWord(*kinds.FindValueByNumber(last.kind())) + " " + last.code());
      break;
    }
    v1::DeclaredCode& code = *response.add_codes();
    code.set_kind(static_cast<v1::CodeKind>(EnumNumber(kinds, row.kind)));
    code.set_code(row.code);
    code.set_position(row.position);
  }
  return absl::OkStatus();
}

absl::Status RegistryService::GetModelVersion(const Caller& caller, const v1::GetModelVersionRequest& request,
                                              v1::GetModelVersionResponse& response) {
  CANDOR_RETURN_IF_ERROR(Required(request.system(), "system"));
  CANDOR_RETURN_IF_ERROR(Required(request.model(), "model"));
  CANDOR_RETURN_IF_ERROR(Required(request.model_version(), "model_version"));
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  const auto version = registry->versions().find({request.system(), request.model(), request.model_version()});
  if (version == registry->versions().end()) return NoSuch("model version");
  const absl::Time time = request.has_at_time() ? FromWire(request.at_time()) : absl::InfiniteFuture();
  const Entry& leaf = NewestAt(version->second.leaves, time);
  if (leaf == nullptr) return NoSuch("model version");
  for (const domain::Approval& approval : version->second.approvals) {
    if (approval.changed > time) break;
    response.clear_approval();
    Fill(approval, *response.mutable_approval());
  }
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Reader reader(ledger, writers_);
  CANDOR_RETURN_IF_ERROR(reader.Read(leaf, leaf->facts, *response.mutable_version()));
  return reader.AddReceipt(leaf, *response.mutable_receipt());
}

absl::Status RegistryService::ListModelVersions(const Caller& caller, const v1::ListModelVersionsRequest& request,
                                                v1::ListModelVersionsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  std::map<std::string, const domain::ModelVersion*> rows;
  for (const auto& [key, version] : registry->versions()) {
    const int state = EnumNumber(*v1::ModelState_descriptor(), version.approval().state);
    if (!request.system().empty() && request.system() != key.system) continue;
    if (!request.model().empty() && request.model() != key.model) continue;
    if (request.state() != v1::MODEL_STATE_UNSPECIFIED && request.state() != state) continue;
    rows.emplace(NewestFirst(version.leaves.front()->position), &version);
  }
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Reader reader(ledger, writers_);
  const auto key = [](const auto& row) { return row.first; };
  const auto add = [&](const auto& row) {
    v1::ModelVersionEntry& out = *response.add_versions();
    const Entry& leaf = row.second->leaves.back();
    Fill(row.second->approval(), *out.mutable_approval());
    return reader.Read(leaf, leaf->facts, *out.mutable_version());
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), AddPage(rows, key, IsNewestFirst, request, add));
  return absl::OkStatus();
}

absl::Status RegistryService::ListDataSets(const Caller& caller, const v1::ListDataSetsRequest& request,
                                           v1::ListDataSetsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  std::map<std::string, Entry> rows;
  for (const auto& [name, leaves] : registry->data_sets()) {
    if (!request.data_set().empty() && request.data_set() != name.first) continue;
    rows.emplace(name.first + " " + NewestFirst(leaves.front()->position), leaves.back());
  }
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Reader reader(ledger, writers_);
  const auto key = [](const auto& row) { return row.first; };
  const auto is_key = [](const std::string& token) {
    const Parts parts = Split(token);
    return core::IsCode(parts.first) && IsNewestFirst(parts.rest);
  };
  const auto add = [&](const auto& row) {
    return reader.Read(row.second, row.second->facts, *response.add_data_sets());
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), AddPage(rows, key, is_key, request, add));
  return absl::OkStatus();
}

absl::Status RegistryService::GetReasonCatalogue(const Caller& caller, const v1::GetReasonCatalogueRequest& request,
                                                 v1::GetReasonCatalogueResponse& response) {
  constexpr int kUsual = 100, kMost = 200;
  CANDOR_RETURN_IF_ERROR(Required(request.language(), "language"));
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  const auto found = registry->reasons().find(request.language());
  if (found == registry->reasons().end()) return NoSuch("catalogue");
  // A page goes on with the version that the first one showed.
  v1::GetReasonCatalogueRequest page = request;
  page.set_page_size(std::min(PageSize(request.page_size(), kUsual), kMost));
  std::uint64_t version = request.version() == 0 ? found->second.size() : request.version();
  if (!request.page_token().empty()) {
    const Parts token = Split(request.page_token());
    if (!absl::SimpleAtoi(token.first, &version) || token.rest.empty()) return BadPageToken();
    page.set_page_token(token.rest);
  }
  if (version == 0 || version > found->second.size()) return NoSuch("version of the catalogue");
  std::map<std::string, Entry> rows;  // The newest leaf of each code.
  for (std::uint64_t i = 0; i < version; ++i) {
    for (const std::string& code : domain::FactTexts(found->second[i]->facts, "reasons")) rows[code] = found->second[i];
  }
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  Reader reader(ledger, writers_);
  std::map<Entry, core::Json> opened;
  const auto key = [](const auto& row) { return row.first; };
  const auto add = [&](const auto& row) {
    if (!opened.contains(row.second)) {
      CANDOR_ASSIGN_OR_RETURN(const Sections sections, reader.Sections(row.second));
      opened.emplace(row.second, SectionOf(sections, "registry"));
    }
    v1::ReasonText& text = *response.add_reasons();
    text.set_code(row.first);
    const core::Json* texts = opened.at(row.second).Find("reasons");
    if (texts == nullptr || !texts->is_array()) return absl::OkStatus();
    for (const core::Json& one : texts->items()) {
      if (domain::FactText(one, "code") == row.first) FromSection(one, text);
    }
    return absl::OkStatus();
  };
  response.set_version(version);
  CANDOR_ASSIGN_OR_RETURN(const std::string next, AddPage(rows, key, IsCode, page, add));
  if (!next.empty()) response.set_next_page_token(std::to_string(version) + " " + next);
  return absl::OkStatus();
}

absl::Status RegistryService::ListStops(const Caller& caller, const v1::ListStopsRequest& request,
                                        v1::ListStopsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  std::vector<const domain::Stop*> rows;
  for (const domain::Stop& stop : std::views::reverse(registry->stops())) {
    if (request.with_lifted() || stop.lifted == nullptr) rows.push_back(&stop);
  }
  const auto key = [](const domain::Stop* stop) { return NewestFirst(stop->called->position); };
  const auto add = [&](const domain::Stop* stop) {
    Fill(*stop, *response.add_stops());
    return absl::OkStatus();
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), AddPage(rows, key, IsNewestFirst, request, add));
  return absl::OkStatus();
}

absl::Status RegistryService::ListAssurance(const Caller& caller, const v1::ListAssuranceRequest& request,
                                            v1::ListAssuranceResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Get(*caller.tenant));
  std::vector<Entry> rows;
  for (const Entry& run : std::views::reverse(registry->assurance())) {
    const bool of_system = request.system().empty() || request.system() == domain::FactText(run->facts, "system");
    const bool of_version = request.model_version().empty() ||
                            request.model_version() == domain::FactText(run->facts, "model_version");
    if (of_system && of_version) rows.push_back(run);
  }
  const auto key = [](const Entry& run) { return NewestFirst(run->position); };
  const auto add = [&](const Entry& run) {
    v1::AssuranceEntry& out = *response.add_runs();
    out.set_assurance_id(run->leaf.ToText());
    FromLeaf(run->facts, {}, *out.mutable_run());
    *out.mutable_record_time() = ToWire(run->time);
    return absl::OkStatus();
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), AddPage(rows, key, IsNewestFirst, request, add));
  return absl::OkStatus();
}

}  // namespace candor::rpc
