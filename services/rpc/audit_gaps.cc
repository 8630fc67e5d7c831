// AuditService.ListGaps: what is missing, and what should not be there.
#include "services/base/status.h"
#include "services/domain/cases.h"
#include "services/domain/registered.h"
#include "services/flow/filter.h"
#include "services/flow/selection.h"
#include "services/rpc/audit_service.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/page.h"
#include "services/rpc/page_token.h"

namespace candor::rpc {
namespace {

constexpr int kMostOfAPage = 500;
constexpr std::uint64_t kMostCounted = 10'000'000;
// An epoch that sends nothing for so long has ended; without a count its tail is unknown.
constexpr absl::Duration kSilence = absl::Hours(1);

absl::StatusOr<core::Leaf> Parsed(const store::StoredLeaf& stored) {
  absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(stored.leaf);
  if (leaf.ok()) return leaf;
  return Because(absl::DataLossError("a leaf can't be read: verify the ledger"), "VERIFICATION_FAILED");
}

std::vector<std::string> ListsOf(v1::GapKind kind) {
  switch (kind) {
    case v1::GAP_KIND_SEQUENCE: return {"gap"};
    case v1::GAP_KIND_OUTCOME: return {"outcome_missing"};
    case v1::GAP_KIND_AUTHORIZATION: return {"unauthorized"};
    case v1::GAP_KIND_FINDING: return {"against_verdict", "unresolved"};
    case v1::GAP_KIND_TAIL: return {};
    case v1::GAP_KIND_CASE: return {domain::kCaseLateType};
    default: return {"gap", "outcome_missing", "unauthorized", "against_verdict", "unresolved", domain::kCaseLateType};
  }
}

absl::Status Close(const store::StoredLeaf& by, v1::Gap& gap) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(by));
  *gap.mutable_close_time() = ToWire(leaf.time);
  return absl::OkStatus();
}

absl::Status FillSequence(store::Connection& connection, const Uuid& tenant, const core::Leaf& leaf, v1::Gap& gap) {
  gap.set_kind(v1::GAP_KIND_SEQUENCE);
  gap.set_producer(domain::FactText(leaf.facts, "producer"));
  gap.set_epoch(domain::FactText(leaf.facts, "epoch"));
  const core::Json* ranges = leaf.facts.Find("missing");
  const auto epoch = Uuid::FromText(gap.epoch());
  if (ranges == nullptr || !ranges->is_array() || ranges->items().empty() || !epoch) return absl::OkStatus();
  const std::int64_t* first = ranges->items()[0].FindInteger("first");
  const std::int64_t* last = ranges->items()[0].FindInteger("last");
  if (first == nullptr || last == nullptr) return absl::OkStatus();
  gap.set_first_seq(static_cast<std::uint64_t>(*first));
  gap.set_last_seq(static_cast<std::uint64_t>(*last));
  CANDOR_ASSIGN_OR_RETURN(const store::Arrived arrived,
                          store::NumbersThatCame(connection, tenant, *epoch, gap.first_seq(), gap.last_seq()));
  if (arrived.count < gap.last_seq() - gap.first_seq() + 1) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf newest, store::LeafAt(connection, tenant, arrived.position));
  return Close(newest, gap);
}

absl::Status FillOutcome(store::Connection& connection, const Uuid& tenant, const domain::GrantScope& scope,
                         const core::Leaf& leaf, v1::Gap& gap) {
  gap.set_kind(v1::GAP_KIND_OUTCOME);
  const auto authorization = Uuid::FromText(domain::FactText(leaf.facts, "authorization"));
  if (!authorization) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const auto closing, store::LeafThatCloses(connection, tenant, *authorization));
  if (!closing) return absl::OkStatus();
  CANDOR_RETURN_IF_ERROR(Close(*closing, gap));
  // What came after the time that is seen is still missing there.
  if (!scope.Covers(FromWire(gap.close_time()))) gap.clear_close_time();
  return absl::OkStatus();
}

// It is closed by the answer, which came late.
absl::Status FillCase(store::Connection& connection, const Uuid& tenant, const domain::GrantScope& scope,
                      std::uint64_t position, const core::Leaf& leaf, v1::Gap& gap) {
  gap.set_kind(v1::GAP_KIND_CASE);
  gap.set_case_id(domain::FactText(leaf.facts, "case"));
  const auto id = Uuid::FromText(gap.case_id());
  if (!id) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf opened, store::LeafOfId(connection, tenant, *id));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf opening, Parsed(opened));
  auto one = domain::Case::OpenedBy(opened.position, opening);
  if (!one) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const auto steps, store::LeavesOfCase(connection, tenant, *id, position));
  for (const store::StoredLeaf& step : steps) {
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf told, Parsed(step));
    one->Apply(step.position, told);
    if (!one->IsOpen() && scope.Covers(told.time)) return Close(step, gap);
    if (!one->IsOpen()) break;
  }
  return absl::OkStatus();
}

void FillMarked(const core::Leaf& leaf, v1::Gap& gap) {
  const auto has = [&](std::string_view mark) { return std::find(leaf.marks.begin(), leaf.marks.end(), mark) != leaf.marks.end(); };
  const bool unauthorized = has("unauthorized");
  gap.set_kind(unauthorized ? v1::GAP_KIND_AUTHORIZATION : v1::GAP_KIND_FINDING);
  gap.set_mark(unauthorized ? v1::MARK_UNAUTHORIZED : has("unresolved") ? v1::MARK_UNRESOLVED : v1::MARK_AGAINST_VERDICT);
  if (leaf.producer) {
    gap.set_producer(leaf.producer->id);
    gap.set_epoch(leaf.producer->epoch.ToText());
  }
}

absl::StatusOr<v1::Gap> GapOf(store::Connection& connection, const Uuid& tenant, const domain::GrantScope& scope,
                              const store::StoredLeaf& stored) {
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(stored));
  v1::Gap gap;
  gap.set_leaf_id(leaf.id.ToText());
  if (leaf.decision) gap.set_decision_id(leaf.decision->ToText());
  *gap.mutable_notice_time() = ToWire(leaf.time);
  if (leaf.type == "gap") {
    CANDOR_RETURN_IF_ERROR(FillSequence(connection, tenant, leaf, gap));
  } else if (leaf.type == "outcome_missing") {
    CANDOR_RETURN_IF_ERROR(FillOutcome(connection, tenant, scope, leaf, gap));
  } else if (leaf.type == domain::kCaseLateType) {
    CANDOR_RETURN_IF_ERROR(FillCase(connection, tenant, scope, stored.position, leaf, gap));
  } else {
    FillMarked(leaf, gap);
  }
  return gap;
}

absl::Status AddTails(store::Connection& connection, const Uuid& tenant, absl::Time now,
                      const v1::ListGapsRequest& request, v1::ListGapsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto epochs, store::OpenEpochs(connection, tenant));
  for (const store::OpenEpoch& epoch : epochs) {
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(epoch.leaf));
    const std::string producer = leaf.producer ? leaf.producer->id : std::string();
    if (leaf.time + kSilence > now || (!request.producer().empty() && request.producer() != producer)) continue;
    v1::Gap& gap = *response.add_gaps();
    gap.set_kind(v1::GAP_KIND_TAIL);
    gap.set_leaf_id(leaf.id.ToText());
    gap.set_producer(producer);
    gap.set_epoch(epoch.epoch.ToText());
    gap.set_first_seq(epoch.last + 1);
    *gap.mutable_notice_time() = ToWire(leaf.time + kSilence);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::uint64_t> Count(store::Connection& connection, const Uuid& tenant, const store::Sight& sight,
                                    const char* filter) {
  CANDOR_ASSIGN_OR_RETURN(store::Condition condition, flow::ParseFilter(filter));
  return store::CountDecisions(connection, tenant, {.condition = std::move(condition), .person = {}, .sight = sight}, kMostCounted);
}

}  // namespace

absl::Status AuditService::ListGaps(const Caller& caller, const v1::ListGapsRequest& request,
                                    v1::ListGapsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller, request.grant_id()));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(std::uint64_t before, PageBegins(*ledger, request, request.page_token()));
  CANDOR_ASSIGN_OR_RETURN(const std::uint64_t searched, book_.CatchUp(*ledger, flow::SearchBook::kPatience));
  response.set_searched_size(searched);
  store::Pool::Lease connection = readers_.Borrow();
  const Uuid& tenant = ledger->tenant();
  CANDOR_ASSIGN_OR_RETURN(const store::Sight sight, SightOf(tenant, view));
  CANDOR_ASSIGN_OR_RETURN(const std::uint64_t gated, Count(*connection, tenant, sight, "recorded = gated"));
  CANDOR_ASSIGN_OR_RETURN(const std::uint64_t observed, Count(*connection, tenant, sight, "recorded = observed"));
  response.set_gated_count(gated);
  response.set_observed_count(observed);
  const bool wants_tails = request.kind() == v1::GAP_KIND_UNSPECIFIED || request.kind() == v1::GAP_KIND_TAIL;
  // Numbers of producers are of no decision: no grant covers them.
  if (wants_tails && !view.grant && request.page_token().empty()) {
    CANDOR_RETURN_IF_ERROR(AddTails(*connection, tenant, door_.clock().Now(), request, response));
  }
  const std::vector<std::string> lists = ListsOf(request.kind());
  const int size = response.gaps_size() + std::min(PageSize(request.page_size()), kMostOfAPage);
  std::uint64_t shown = before;
  flow::Coverage covered(*connection, tenant, view.scope);
  while (!lists.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::NotedLeaves(*connection, tenant, lists, before, kMostOfAPage));
    for (const store::StoredLeaf& stored : leaves) {
      CANDOR_ASSIGN_OR_RETURN(v1::Gap gap, GapOf(*connection, tenant, view.scope, stored));
      bool is_seen = true;
      if (view.grant) {
        CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, Parsed(stored));
        CANDOR_ASSIGN_OR_RETURN(is_seen, covered.Holds(leaf));
      }
      const bool wanted = is_seen && (request.with_closed() || !gap.has_close_time()) &&
                          (request.producer().empty() || request.producer() == gap.producer());
      if (wanted && response.gaps_size() == size) {
        response.set_next_page_token(PageTokenOf(*ledger, request, shown));
        return absl::OkStatus();
      }
      before = stored.position;
      if (!wanted) continue;
      shown = before;
      *response.add_gaps() = std::move(gap);
    }
    if (leaves.size() < static_cast<std::size_t>(kMostOfAPage)) break;
  }
  return absl::OkStatus();
}

}  // namespace candor::rpc
