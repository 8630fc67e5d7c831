// Holds and erasures of AdminService.
#include <limits>
#include <ranges>

#include "absl/time/civil_time.h"
#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/domain/registry.h"
#include "services/rpc/admin_service.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"
#include "services/rpc/proofs.h"
#include "services/store/erasures.h"

namespace candor::rpc {
namespace {

void Fill(const domain::Hold& hold, v1::Hold& out) {
  out.set_hold_id(hold.placed->leaf.ToText());
  out.set_matter(domain::FactText(hold.placed->facts, "matter"));
  for (const std::string& id : domain::FactTexts(hold.placed->facts, "decisions")) out.add_decision_ids(id);
  *out.mutable_place_time() = ToWire(hold.placed->time);
  if (hold.released != nullptr) *out.mutable_release_time() = ToWire(hold.released->time);
  out.set_covers_person(hold.placed->of_person);
}

// As the certificate says it: all of it stands in the leaf.
absl::StatusOr<core::Leaf> ReadErasure(const store::StoredLeaf& stored) {
  CANDOR_ASSIGN_OR_RETURN(core::Leaf leaf, core::ParseLeaf(stored.leaf));
  if (leaf.type == "erasure") return leaf;
  return Because(absl::NotFoundError("erasure_id: no such erasure"), "NOT_FOUND");
}

// How long keys are promised to last, see docs/guides/erasure.md.
constexpr absl::Duration kKeysLast = absl::Hours(24 * 30);

absl::Status FillErasure(const store::StoredErasure& erasure, v1::Erasure& out) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, ReadErasure(erasure.stored));
  out.set_erasure_id(leaf.id.ToText());
  out.set_ground(static_cast<v1::ErasureGround>(
      EnumNumber(*v1::ErasureGround_descriptor(), domain::FactText(leaf.facts, "ground"))));
  const core::Json* items = leaf.facts.Find("items");
  if (items != nullptr && items->is_int()) out.set_section_count(static_cast<std::uint64_t>(items->integer()));
  if (const auto root = Digest::FromBase64(domain::FactText(leaf.facts, "root"))) {
    out.set_root(std::string(AsText(root->view())));
  }
  *out.mutable_effective_time() = ToWire(leaf.time);
  out.set_state(erasure.finished ? v1::ERASURE_STATE_FINAL : v1::ERASURE_STATE_EFFECTIVE);
  *out.mutable_final_time() = ToWire(leaf.time + kKeysLast);
  if (!erasure.finished) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf finished, core::ParseLeaf(erasure.finished->leaf));
  *out.mutable_final_time() = ToWire(finished.time);
  return absl::OkStatus();
}

}  // namespace

absl::Status AdminService::PlaceHold(const domain::Caller& caller, const v1::PlaceHoldRequest& request,
                                     v1::PlaceHoldResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  const bool period = request.has_from_time() || request.has_until_time();
  if (request.person_reference().empty() && request.decision_ids().empty() && !period) {
    return BadField("person_reference", "or decision_ids or a period is required: say what is held");
  }
  if (request.has_from_time() && request.has_until_time() &&
      FromWire(request.from_time()) >= FromWire(request.until_time())) {
    return BadField("until_time", "must lie after from_time");
  }
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(request, "place_hold", tenant));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, registering_.PlaceHold(caller, std::move(statement)));
  Fill(*made.registry->holds().Find(made.leaf), *response.mutable_hold());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::ReleaseHold(const domain::Caller& caller, const v1::ReleaseHoldRequest& request,
                                       v1::ReleaseHoldResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(request, "release_hold", tenant));
  const Uuid hold = *statement.amends;
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, registering_.ReleaseHold(caller, std::move(statement)));
  Fill(*made.registry->holds().Find(hold), *response.mutable_hold());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::ListHolds(const domain::Caller& caller, const v1::ListHoldsRequest& request,
                                     v1::ListHoldsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_RETURN_IF_ERROR(ledgers_.Get(tenant).status());
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Newest(tenant));
  std::vector<const domain::Hold*> rows;
  for (const domain::Hold& hold : std::views::reverse(registry->holds().all())) {
    if (request.with_released() || hold.released == nullptr) rows.push_back(&hold);
  }
  const auto key = [](const domain::Hold* hold) { return NewestFirst(hold->placed->position); };
  const auto add = [&](const domain::Hold* hold) {
    Fill(*hold, *response.add_holds());
    return absl::OkStatus();
  };
  CANDOR_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), AddPage(rows, key, IsNewestFirst, request, add));
  return absl::OkStatus();
}

absl::Status AdminService::ErasePerson(const domain::Caller& caller, const v1::ErasePersonRequest& request,
                                       v1::ErasePersonResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  // Nothing that says who it was is kept, not even a keyed hash of the request.
  v1::ErasePersonRequest kept = request;
  kept.set_person_reference("-");
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(kept, "erase_person", tenant));
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt,
                          erase_.Person(caller, tenant, std::move(statement), request.person_reference()));
  CANDOR_RETURN_IF_ERROR(
      FillErasure({.stored = {.position = receipt.position, .leaf = receipt.leaf}, .finished = {}}, *response.mutable_erasure()));
  ToWire(std::move(receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::GetErasure(const domain::Caller& caller, const v1::GetErasureRequest& request,
                                      v1::GetErasureResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  const auto id = Uuid::FromText(request.erasure_id());
  if (!id) return BadField("erasure_id", "must be a UUID, lower case, 36 characters");
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(store::StoredLeaf stored, store::LeafOfId(*connection, tenant, *id));
  CANDOR_RETURN_IF_ERROR(ReadErasure(stored).status());
  CANDOR_ASSIGN_OR_RETURN(auto erasures, store::ErasureLeaves(*connection, tenant, stored.position + 1, 1));
  if (erasures.empty() || erasures.front().stored.position != stored.position) {
    return Because(absl::DataLossError("an erasure stands in no list of them: verify the ledger"), "VERIFICATION_FAILED");
  }
  store::StoredErasure& erasure = erasures.front();
  CANDOR_RETURN_IF_ERROR(FillErasure(erasure, *response.mutable_erasure()));
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, ReceiptOf(*ledger, pool_, std::move(stored)));
  ToWire(std::move(receipt), *response.mutable_receipt());
  if (!erasure.finished) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt finished, ReceiptOf(*ledger, pool_, *std::move(erasure.finished)));
  ToWire(std::move(finished), *response.mutable_final_receipt());
  return absl::OkStatus();
}

absl::Status AdminService::ListErasures(const domain::Caller& caller, const v1::ListErasuresRequest& request,
                                        v1::ListErasuresResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid tenant, TenantOf(caller, request.tenant_id()));
  CANDOR_RETURN_IF_ERROR(ledgers_.Get(tenant).status());
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();
  if (!request.page_token().empty()) {
    if (!IsNewestFirst(request.page_token())) return BadPageToken();
    before = PositionOf(request.page_token());
  }
  const int size = PageSize(request.page_size());
  store::Pool::Lease connection = pool_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto erasures, store::ErasureLeaves(*connection, tenant, before, size + 1));
  for (const store::StoredErasure& one : erasures) {
    if (response.erasures_size() == size) break;
    CANDOR_RETURN_IF_ERROR(FillErasure(one, *response.add_erasures()));
    if (one.stored.position != erasures.back().stored.position) response.set_next_page_token(NewestFirst(one.stored.position));
  }
  if (erasures.size() <= static_cast<std::size_t>(size)) response.clear_next_page_token();
  return absl::OkStatus();
}

}  // namespace candor::rpc
