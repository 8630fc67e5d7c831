// AuditService.GetDossier and ListReads: one decision whole, and who read what of persons.
#include <set>

#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/flow/entries.h"
#include "services/flow/selection.h"
#include "services/rpc/audit_service.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"
#include "services/rpc/page_token.h"
#include "services/rpc/proofs.h"
#include "services/rpc/readings.h"
#include "services/store/erasures.h"
#include "services/vault/opening.h"

namespace candor::rpc {
namespace {

constexpr int kMostSections = 16, kMostOfAPage = 500;

// A section without the number of the person it is about.
std::string BaseOf(const std::string& section) { return section.substr(0, section.find('.')); }

absl::StatusOr<core::Leaf> Parsed(const store::StoredLeaf& stored) {
  absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(stored.leaf);
  if (leaf.ok()) return leaf;
  return Because(absl::DataLossError("a leaf can't be read: verify the ledger"), "VERIFICATION_FAILED");
}

absl::Status CheckDossier(const v1::GetDossierRequest& request) {
  if (!Uuid::FromText(request.decision_id())) return BadField("decision_id", "must be a UUID, lower case, 36 characters");
  if (request.sections().empty()) return absl::OkStatus();
  if (request.sections_size() > kMostSections) return BadField("sections", "holds at most 16 items");
  for (int i = 0; i < request.sections_size(); ++i) {
    if (BaseOf(request.sections(i)) != "protected") continue;
    return BadField("sections[" + std::to_string(i) + "]", "protected attributes are counted, and shown to nobody");
  }
  if (request.request_id().empty()) return BadField("request_id", "is required where sections are opened");
  if (request.reason().empty()) return BadField("reason", "is required where sections are opened");
  return absl::OkStatus();
}

// Opens what was asked for of one leaf, and names the rest.
absl::Status AddSections(const core::Leaf& leaf, std::uint64_t position, const std::set<std::string>& wanted,
                         vault::Opening& opening, v1::DossierEntry& entry, std::int64_t& count) {
  const auto is_wanted = [&](const std::string& name) { return wanted.contains(name) || wanted.contains(BaseOf(name)); };
  const bool any = std::any_of(leaf.sections.begin(), leaf.sections.end(),
                               [&](const auto& section) { return is_wanted(section.first); });
  std::map<std::string, core::Opened> opened;
  if (any) {
    CANDOR_ASSIGN_OR_RETURN(opened, opening.Salted(position));
  }
  for (const auto& [name, commitment] : leaf.sections) {
    v1::Section& out = *entry.add_sections();
    out.set_name(name);
    if (!is_wanted(name) || BaseOf(name) == "protected") {
      out.set_withheld(v1::WITHHELD_REASON_NOT_IN_SCOPE);
    } else if (const auto section = opened.find(name); section == opened.end()) {
      out.set_withheld(v1::WITHHELD_REASON_ERASED);
    } else {
      out.set_content(std::string(AsText(section->second.bytes)));
      out.set_salt(std::string(AsText(section->second.salt.view())));
      ++count;
    }
  }
  return absl::OkStatus();
}

// Keeps leaves that a grant covers.
absl::Status KeepCovered(store::Connection& connection, const Uuid& tenant, const domain::GrantScope& scope,
                         std::vector<store::StoredLeaf>& leaves) {
  flow::Coverage covered(connection, tenant, scope);
  std::vector<store::StoredLeaf> kept;
  for (store::StoredLeaf& stored : leaves) {
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(stored));
    CANDOR_ASSIGN_OR_RETURN(const bool holds, covered.Holds(leaf));
    if (holds) kept.push_back(std::move(stored));
  }
  leaves = std::move(kept);
  return absl::OkStatus();
}

}  // namespace

absl::Status AuditService::GetDossier(const Caller& caller, const v1::GetDossierRequest& request,
                                      v1::GetDossierResponse& response) {
  const std::set<std::string> wanted(request.sections().begin(), request.sections().end());
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller, request.grant_id(), wanted));
  CANDOR_RETURN_IF_ERROR(CheckDossier(request));
  const Uuid decision = *Uuid::FromText(request.decision_id());
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  std::vector<store::StoredLeaf> leaves;
  std::int64_t count = 0;
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(leaves, store::LeavesOfDecision(*connection, ledger->tenant(), decision));
    if (view.grant) CANDOR_RETURN_IF_ERROR(KeepCovered(*connection, ledger->tenant(), view.scope, leaves));
    if (leaves.empty()) return Because(absl::NotFoundError("there is no such decision"), "NOT_FOUND");
    vault::Opening opening(*connection, ledger->keyring(), ledger->tenant(), ledger->origin());
    for (const store::StoredLeaf& stored : leaves) {
      CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(stored));
      v1::DossierEntry& entry = *response.add_entries();
      entry.set_leaf_id(leaf.id.ToText());
      entry.set_type(leaf.type);
      *entry.mutable_leaf_time() = ToWire(leaf.time);
      CANDOR_RETURN_IF_ERROR(AddSections(leaf, stored.position, wanted, opening, entry, count));
    }
  }
  if (!request.sections().empty()) {
    CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
    CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                            ToStatement(request, "get_dossier", *settings, door_.clock().Now()));
    statement.facts.Set("read_count", count);
    CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, flow::EntryOf(caller, std::move(statement), "read", door_.clock().Now()));
    entry.claim = ledger::Claim::kContinue;
    entry.named = decision;
    CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, flow::AppendAndWait(appender_, ledger, std::move(entry)));
    // A repetition shows what was there the first time: what came later was not read then.
    const auto later = [&](const store::StoredLeaf& leaf) { return leaf.position >= receipt.position; };
    leaves.erase(std::remove_if(leaves.begin(), leaves.end(), later), leaves.end());
    response.mutable_entries()->DeleteSubrange(static_cast<int>(leaves.size()),
                                               response.entries_size() - static_cast<int>(leaves.size()));
    ToWire(std::move(receipt), *response.mutable_receipt());
  }
  CANDOR_ASSIGN_OR_RETURN(store::DecisionRow row, flow::FoldDecision(leaves));
  store::Pool::Lease connection = writers_.Borrow();
  for (const store::StoredLeaf& leaf : leaves) {
    CANDOR_ASSIGN_OR_RETURN(const auto erasures, store::ErasuresOf(*connection, ledger->tenant(), leaf.position));
    row.erased = row.erased || !erasures.empty();
  }
  Fill(row, *response.mutable_decision());
  google::protobuf::RepeatedPtrField<v1::Receipt> receipts;
  CANDOR_RETURN_IF_ERROR(AddReceipts(*ledger, writers_, leaves, receipts));
  for (int i = 0; i < receipts.size(); ++i) response.mutable_entries(i)->mutable_receipt()->Swap(receipts.Mutable(i));
  for (const core::VerifierKey& key : ledger->verifier_keys()) response.add_vkeys(key.ToText());
  return absl::OkStatus();
}

absl::Status AuditService::ListReads(const Caller& caller, const v1::ListReadsRequest& request,
                                     v1::ListReadsResponse& response) {
  const bool by_person = !request.person_reference().empty();
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller, request.grant_id(), by_person ? std::set<std::string>{"person"} : std::set<std::string>()));
  CANDOR_RETURN_IF_ERROR(CheckPerson(request.person_reference(), request.reason()));
  if (by_person && !request.decision_id().empty()) return BadField("decision_id", "and person_reference exclude each other");
  std::optional<Uuid> only;
  if (!request.decision_id().empty()) {
    only = Uuid::FromText(request.decision_id());
    if (!only) return BadField("decision_id", "must be a UUID, lower case, 36 characters");
  }
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(std::uint64_t before, PageBegins(*ledger, request, request.page_token()));
  const auto size = static_cast<std::size_t>(std::min(PageSize(request.page_size()), kMostOfAPage));
  CANDOR_RETURN_IF_ERROR(book_.CatchUp(*ledger, flow::SearchBook::kPatience).status());
  std::optional<store::Handle> person;
  if (by_person) {
    CANDOR_ASSIGN_OR_RETURN(person, HandleOf(*ledger, request.person_reference()));
  }
  store::Pool::Lease connection = writers_.Borrow();
  const auto next = [&]() -> absl::StatusOr<std::vector<store::StoredLeaf>> {
    const int limit = static_cast<int>(size) + 1;
    if (person) return ReadingsOf(*ledger, writers_, *person, before, limit);
    if (by_person) return std::vector<store::StoredLeaf>();  // Nobody of this name is there.
    if (!only) return store::NotedLeaves(*connection, ledger->tenant(), {"read", "export"}, before, limit);
    CANDOR_ASSIGN_OR_RETURN(auto all, store::LeavesOfDecision(*connection, ledger->tenant(), *only));
    std::erase_if(all, [&](const store::StoredLeaf& leaf) {
      return leaf.position >= before || !leaf.leaf.ends_with("\"type\":\"read\",\"v\":1}");
    });
    std::reverse(all.begin(), all.end());
    return all;
  };
  std::vector<store::StoredLeaf> leaves;
  while (leaves.size() <= size) {
    CANDOR_ASSIGN_OR_RETURN(auto some, next());
    if (some.empty()) break;
    before = some.back().position;
    // An export of facts alone is none.
    std::erase_if(some, [](const auto& leaf) { return leaf.leaf.ends_with("\"type\":\"export\",\"v\":1}") && !OpensSections(leaf); });
    if (view.grant) CANDOR_RETURN_IF_ERROR(KeepCovered(*connection, ledger->tenant(), view.scope, some));
    leaves.insert(leaves.end(), some.begin(), some.end());
  }
  if (leaves.size() > size) {
    leaves.resize(size);
    response.set_next_page_token(PageTokenOf(*ledger, request, leaves.back().position));
  }
  if (by_person) {
    const Look look{.method = "list_reads", .person = request.person_reference(), .reason = request.reason(), .by = {"person"}, .filter = {},
                    .grant = view.grant, .known = person.has_value(), .count = leaves.size()};
    CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, Write(caller, ledger, look));
    ToWire(std::move(receipt), *response.mutable_receipt());
  }
  vault::Opening opening(*connection, ledger->keyring(), ledger->tenant(), ledger->origin());
  for (const store::StoredLeaf& stored : leaves) {
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(stored));
    v1::Reading& reading = *response.add_readings();
    reading.set_leaf_id(leaf.id.ToText());
    *reading.mutable_read_time() = ToWire(leaf.time);
    reading.set_reader(leaf.caller_id);
    // Under a grant nothing sealed is opened here, and nobody named.
    if (leaf.caller_kind == "human" && !view.grant) {
      CANDOR_ASSIGN_OR_RETURN(const auto sections, opening.Sections(stored.position));
      const auto sealed = sections.find("caller");
      const auto who = sealed == sections.end() ? absl::StatusOr<core::Json>(core::Json::Object())
                                                : core::ParseCanonical(sealed->second, core::JsonKind::kSection);
      if (who.ok()) reading.set_reader(domain::FactText(*who, "principal"));
    }
    reading.set_reason(domain::FactText(leaf.facts, "read_reason"));
    for (const std::string& name : domain::FactTexts(leaf.facts, "read_sections")) reading.add_sections(name);
    if (leaf.decision) reading.set_decision_id(leaf.decision->ToText());
    reading.set_grant_id(domain::FactText(leaf.facts, "grant"));
  }
  return absl::OkStatus();
}

}  // namespace candor::rpc
