// AuditService.Aggregate: counts and shares of groups that are large enough to tell nothing of anyone.
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "services/base/status.h"
#include "services/domain/terms.h"
#include "services/flow/filter.h"
#include "services/rpc/audit_service.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/proofs.h"

namespace candor::rpc {
namespace {

constexpr int kMostRows = 2000, kMostFields = 2, kMostMeasures = 11;

const char* FieldOf(int segment) {
  switch (segment) {
    case v1::SEGMENT_SYSTEM: return "system";
    case v1::SEGMENT_MODEL_VERSION: return "model_version";
    case v1::SEGMENT_ACTION: return "action";
    case v1::SEGMENT_CHANNEL: return "channel";
    case v1::SEGMENT_JURISDICTION: return "jurisdiction";
    case v1::SEGMENT_POLICY_SET: return "policy_set";
    case v1::SEGMENT_LANGUAGE: return "language";
    default: return nullptr;
  }
}

absl::StatusOr<store::Grouping> GroupingOf(const v1::AggregateRequest& request) {
  store::Grouping grouping;
  for (int i = 0; i < request.segments_size(); ++i) {
    const char* field = FieldOf(request.segments(i));
    if (field == nullptr) return BadField("segments[" + std::to_string(i) + "]", "is not a segment");
    grouping.fields.emplace_back(field);
  }
  for (int i = 0; i < request.fields_size(); ++i) {
    const domain::Field* field = domain::FindField(request.fields(i));
    if (field == nullptr || field->kind != domain::FieldKind::kTerm) {
      return BadField("fields[" + std::to_string(i) + "]", "is no field that a filter compares with = alone");
    }
    grouping.fields.emplace_back(field->name);
  }
  if (grouping.fields.size() > kMostFields) return BadField("segments", "are at most 2, with fields");
  if (request.bucket() != v1::BUCKET_UNSPECIFIED) {
    const auto* bucket = v1::Bucket_descriptor()->FindValueByNumber(request.bucket());
    if (bucket == nullptr) return BadField("bucket", "is not one of the contract");
    grouping.bucket = EnumWord(*bucket);
  }
  return grouping;
}

// How often, out of how many.
struct Share {
  std::uint64_t count = 0, total = 0;
};
Share ShareOf(v1::Measure measure, const store::GroupRow& group) {
  switch (measure) {
    case v1::MEASURE_RESOLUTION: return {group.resolved, group.resolved_known};
    case v1::MEASURE_ESCALATION: return {group.escalated, group.gated};
    case v1::MEASURE_OVERRIDE: return {group.overridden, group.reviewed};
    case v1::MEASURE_REVERSAL: return {group.reversed, group.outcomes};
    case v1::MEASURE_REPEAT_CONTACT: return {group.came_back, group.came_back_known};
    case v1::MEASURE_COMPLAINT: return {group.complained, group.outcomes};
    case v1::MEASURE_COST_PER_RESOLUTION: return {group.resolved, group.resolved};
    case v1::MEASURE_DENIAL: return {group.denied, group.gated};
    case v1::MEASURE_ADVERSE: return {group.adverse, group.outcomes};
    case v1::MEASURE_COVERAGE: return {group.gated_outcomes, group.outcomes};
    default: return {group.decisions, group.decisions};
  }
}

std::string Decimal(double value) { return absl::StrFormat("%.4f", value); }

// Wilson's interval: it stays between 0 and 1, and holds for small groups too.
void FillShare(const Share& share, v1::AggregateRow& row) {
  constexpr double z = 1.959963984540054;
  const auto n = static_cast<double>(share.total);
  const double p = static_cast<double>(share.count) / n;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  row.set_value(Decimal(p));
  row.set_low(Decimal(std::max(0.0, middle - half)));
  row.set_high(Decimal(std::min(1.0, middle + half)));
}

void FillRow(v1::Measure measure, const store::GroupRow& group, bool compared, v1::AggregateRow& row) {
  const Share share = ShareOf(measure, group);
  row.set_measure(measure);
  for (const std::string& value : group.values) row.add_segments(value);
  row.set_compared(compared);
  row.set_count(share.count);
  row.set_total(share.total);
  if (group.bucket) *row.mutable_bucket_time() = ToWire(*group.bucket);
  if (measure == v1::MEASURE_DECISIONS) {
    row.set_value(std::to_string(share.count));
  } else if (measure == v1::MEASURE_COST_PER_RESOLUTION) {
    double cost = 0;
    (void)absl::SimpleAtod(group.cost, &cost);
    row.set_value(Decimal(cost / static_cast<double>(share.count)));
    row.set_currency(group.currency);
  } else {
    FillShare(share, row);
  }
}

absl::Status CheckPeriod(const v1::Period& period, const std::string& field) {
  if (!period.has_from_time()) return BadField(field + ".from_time", "is required");
  if (!period.has_until_time()) return BadField(field + ".until_time", "is required");
  if (FromWire(period.from_time()) < FromWire(period.until_time())) return absl::OkStatus();
  return BadField(field + ".from_time", "must be before until_time");
}

}  // namespace

absl::Status AuditService::CountPeriod(const Uuid& tenant, const View& view, const v1::AggregateRequest& request, bool compared,
                                       v1::AggregateResponse& response) {
  const v1::Period& period = compared ? request.compared_period() : request.period();
  CANDOR_ASSIGN_OR_RETURN(store::Condition condition, flow::ParseFilter(request.filter()));
  CANDOR_ASSIGN_OR_RETURN(store::Grouping grouping, GroupingOf(request));
  CANDOR_ASSIGN_OR_RETURN(store::Sight sight, SightOf(tenant, view));
  const std::uint64_t smallest = view.scope.smallest_group;
  const store::DecisionFilter filter{.condition = std::move(condition), .person = {}, .before = INT64_MAX,
                                     .from = FromWire(period.from_time()), .until = FromWire(period.until_time()),
                                     .sight = std::move(sight)};
  book_.courtesy().Wait(flow::SearchBook::kPatience / 10);
  const flow::Courtesy::Piece piece(book_.courtesy());
  store::Pool::Lease connection = readers_.Borrow();
  bool is_first = true;
  for (const bool by_currency : {false, true}) {
    std::vector<v1::Measure> measures;
    for (const int measure : request.measures()) {
      if ((measure == v1::MEASURE_COST_PER_RESOLUTION) == by_currency) measures.push_back(static_cast<v1::Measure>(measure));
    }
    if (measures.empty()) continue;
    grouping.by_currency = by_currency;
    CANDOR_ASSIGN_OR_RETURN(const auto groups, store::CountGroups(*connection, tenant, filter, grouping, kMostRows + 1));
    for (const store::GroupRow& group : groups) {
      if (group.decisions < smallest) {
        if (is_first) response.set_suppressed_count(response.suppressed_count() + group.decisions);
        continue;
      }
      for (const v1::Measure measure : measures) {
        if (ShareOf(measure, group).total >= smallest) FillRow(measure, group, compared, *response.add_rows());
      }
    }
    is_first = false;
    if (static_cast<int>(groups.size()) > kMostRows || response.rows_size() > kMostRows) {
      return BadField("segments", "make more than 2000 rows: count by less, or for a shorter time");
    }
  }
  return absl::OkStatus();
}

absl::Status AuditService::Aggregate(const Caller& caller, const v1::AggregateRequest& request,
                                     v1::AggregateResponse& response) {
  constexpr domain::Roles kSeesAll = domain::Bit(domain::Role::kCompliance) | domain::Bit(domain::Role::kModelOwner);
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller, request.grant_id(), {}, kSeesAll));
  CANDOR_RETURN_IF_ERROR(CheckPeriod(request.period(), "period"));
  if (request.has_compared_period()) CANDOR_RETURN_IF_ERROR(CheckPeriod(request.compared_period(), "compared_period"));
  if (request.measures().empty()) return BadField("measures", "holds at least one item");
  if (request.measures_size() > kMostMeasures) return BadField("measures", "holds at most 11 items");
  for (int i = 0; i < request.measures_size(); ++i) {
    if (request.measures(i) != v1::MEASURE_UNSPECIFIED && v1::Measure_IsValid(request.measures(i))) continue;
    return BadField("measures[" + std::to_string(i) + "]", "is not a measure");
  }
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(const std::uint64_t searched, book_.CatchUp(*ledger, flow::SearchBook::kPatience));
  CANDOR_RETURN_IF_ERROR(CountPeriod(ledger->tenant(), view, request, false, response));
  if (request.has_compared_period()) CANDOR_RETURN_IF_ERROR(CountPeriod(ledger->tenant(), view, request, true, response));
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint,
                          SignedAbove(*ledger, writers_, std::max<std::uint64_t>(searched, 1) - 1));
  store::Pool::Lease connection = readers_.Borrow();
  response.set_searched_size(searched);
  return FillCheckpoint(*connection, *ledger, checkpoint.note, *response.mutable_checkpoint());
}

}  // namespace candor::rpc
