#include "services/flow/record.h"

#include <limits>

#include "services/base/status.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

// An adverse decision must name specific reasons.
std::vector<std::string> MarksOf(const core::Json& facts) {
  const core::Json* adverse = facts.Find("adverse");
  const core::Json* reasons = facts.Find("reasons");
  if (adverse == nullptr || !adverse->is_bool() || !adverse->boolean()) return {};
  if (reasons != nullptr && !reasons->empty()) return {};
  return {"reasons_missing"};
}

// When the decision was taken, as the caller says.
std::optional<absl::Time> ActTime(const core::Json& facts) {
  for (const char* fact : {"started", "ended"}) {
    if (const std::string* text = facts.FindString(fact)) return FromRfc3339(*text);
  }
  return std::nullopt;
}

}  // namespace

void Record::Outcome(const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
  if (absl::Status status = AddVerdict(caller, "record", statement); !status.ok()) return done(std::move(status));
  std::vector<std::string> marks = MarksOf(statement.facts);
  const bool corrects = statement.amends.has_value();  // It does not use the authorization again.
  Append(caller, std::move(statement), corrects ? "correction" : "outcome",
         corrects ? ledger::Claim::kFollow : ledger::Claim::kClose, std::move(marks), std::move(done));
}

void Record::Observed(const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
  if (absl::Status status = AddVerdict(caller, "observe", statement); !status.ok()) return done(std::move(status));
  std::vector<std::string> marks = MarksOf(statement.facts);
  marks.insert(marks.begin(), "observed");
  const ledger::Claim claim = statement.decision ? ledger::Claim::kContinue : ledger::Claim::kNone;
  Append(caller, std::move(statement), "outcome", claim, std::move(marks), std::move(done));
}

void Record::Following(const domain::Caller& caller, domain::Statement statement, std::string type,
                       ledger::Done done) {
  const ledger::Claim claim = statement.authorization ? ledger::Claim::kFollow
                              : statement.decision    ? ledger::Claim::kContinue
                                                      : ledger::Claim::kNone;
  Append(caller, std::move(statement), std::move(type), claim, {}, std::move(done));
}

void Record::Closing(const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
  auto ledger = ledgers_.Get(*caller.tenant);
  if (!ledger.ok()) return done(ledger.status());
  const Uuid epoch = *Uuid::FromText(*statement.facts.FindString("epoch"));
  const std::uint64_t count = static_cast<std::uint64_t>(statement.facts.Find("count")->integer());
  store::Pool::Lease connection = readers_.Borrow();
  const auto came = store::CountNumbers(*connection, *caller.tenant, epoch, count);
  if (!came.ok()) return done(came.status());
  const std::string producer = *statement.facts.FindString("producer");
  statement.facts.Set("came", static_cast<std::int64_t>(*came));
  absl::StatusOr<ledger::Entry> entry = EntryOf(caller, std::move(statement), ledger::kClosingType, clock_.Now());
  if (!entry.ok()) return done(entry.status());
  entry->missing = {.epoch = epoch, .first = count + 1, .last = std::numeric_limits<std::int64_t>::max()};
  entry->side.push_back({store::SideRow::Table::kClosedEpoch,
                         {epoch.ToText(), producer, std::to_string(count), entry->leaf.id.ToText()}});
  appender_.Append(*std::move(ledger), *std::move(entry), std::move(done));
}

void Record::Cancelled(const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
  Append(caller, std::move(statement), "cancellation", ledger::Claim::kCancel, {}, std::move(done));
}

absl::Status Record::AddVerdict(const domain::Caller& caller, const char* call, domain::Statement& statement) {
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(const Judged judged, judge_.Run(*caller.tenant, call, statement, *settings, clock_.Now()));
  AddJudgement(judged, "further_obligations", statement.facts);
  return absl::OkStatus();
}

void Record::Append(const domain::Caller& caller, domain::Statement statement, std::string type,
                    ledger::Claim claim, std::vector<std::string> marks, ledger::Done done) {
  auto ledger = ledgers_.Get(*caller.tenant);
  if (!ledger.ok()) return done(ledger.status());
  const std::optional<Uuid> authorization = statement.authorization;
  const std::optional<Uuid> decision = statement.decision;
  if (authorization) statement.facts.Set("authorization", authorization->ToText());
  absl::StatusOr<ledger::Entry> entry = EntryOf(caller, std::move(statement), std::move(type), clock_.Now());
  if (!entry.ok()) return done(entry.status());
  entry->leaf.marks = std::move(marks);
  entry->act_time = ActTime(entry->leaf.facts);
  entry->claim = claim;
  if (claim != ledger::Claim::kNone) entry->named = authorization ? *authorization : *decision;
  // Until the commit knows better: a decision is called after its first leaf.
  entry->leaf.decision = decision ? *decision : authorization ? *authorization : entry->leaf.id;
  if (const std::string* settled = entry->leaf.facts.FindString("case")) {
    entry->side.push_back({store::SideRow::Table::kCase, {*settled}});
  }
  if (entry->leaf.type == "notice" && !decision) entry->leaf.decision.reset();
  if (entry->leaf.decision && entry->leaf.decision->version() != 7) entry->leaf.decision = entry->leaf.id;
  appender_.Append(*std::move(ledger), *std::move(entry), std::move(done));
}

}  // namespace candor::flow
