#include "services/flow/cases.h"

#include <algorithm>

#include "services/base/log.h"
#include "services/base/status.h"
#include "services/flow/case_clock.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

constexpr const char* kQueue = "cases";
constexpr int kMostTries = 20;  // While other cases move too.

}  // namespace

// A repetition of the request that opened the other one is none of its own.
absl::Status Cases::MayOpen(const domain::Caller& person, const domain::Statement& statement, const std::string& kind) {
  CANDOR_ASSIGN_OR_RETURN(const auto theirs, All(person));
  const bool waits = std::any_of(theirs.begin(), theirs.end(), [&](const domain::Case& one) {
    return one.IsOpen() && one.kind == kind && one.decision == statement.decision;
  });
  if (!waits) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const auto known, store::KnownRequests(*readers_.Borrow(), *person.tenant, {statement.request}));
  if (!known.empty()) return absl::OkStatus();
  return Because(absl::FailedPreconditionError("such a case is open: its answer comes first"), "WRONG_STATE");
}

// Of two that come at once the second one is refused: what it was checked against is no longer the newest.
absl::StatusOr<ledger::Receipt> Cases::Append(const domain::Caller& person, const domain::Statement& statement,
                                              const std::string& kind, const ledger::Entry& entry) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*person.tenant));
  // Whoever objects or withdraws may say so twice.
  if (entry.leaf.type != domain::kCaseType) return AppendAndWait(appender_, ledger, entry);
  for (int tries = 0; tries < kMostTries; ++tries) {
    ledger::Entry next = entry;
    CANDOR_ASSIGN_OR_RETURN(const auto seen, book_.Read(*person.tenant));
    next.cases = seen->position();
    CANDOR_RETURN_IF_ERROR(MayOpen(person, statement, kind));
    absl::StatusOr<ledger::Receipt> receipt = AppendAndWait(appender_, ledger, std::move(next));
    if (ReasonOf(receipt.status()) != "CASES_CHANGED") return receipt;
  }
  return Because(absl::UnavailableError("too many cases move at once: repeat"), "STORE_UNAVAILABLE");
}

absl::StatusOr<Cases::Made> Cases::Open(const domain::Caller& person, domain::Statement statement, const char* type,
                                        const std::string& kind, const About& about) {
  const absl::Time now = clock_.Now();
  statement.persons = {person.person};
  // Whose it is, for whoever verifies the ledger with its keys.
  statement.sections["person"] = core::Json::Object().Set("reference", person.person).Encode();
  core::Json& facts = statement.facts;
  const law::Due due = CaseClock(laws_, *person.tenant).Begin(kind, now, facts);
  const bool needs_human = type != std::string_view(domain::kWithdrawalType) && kind != "opt_out";
  if (needs_human) facts.Set("queue", kQueue);
  if (!about.system.empty()) facts.Set("system", about.system);
  if (!about.action.empty()) facts.Set("action", about.action);
  if (!about.component.empty()) facts.Set("component", about.component);
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(person, statement, type, now));
  if (entry.leaf.decision) {
    entry.claim = ledger::Claim::kContinue;
    entry.named = *entry.leaf.decision;
  }
  entry.side.push_back({store::SideRow::Table::kCase, {entry.leaf.id.ToText()}});
  if (needs_human) {
    entry.task = store::TaskRow{.task_id = entry.leaf.id, .kind = "case", .queue = kQueue, .opener = about.component,
                                .decision_id = entry.leaf.decision, .due_time = due.strict};
  }
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, Append(person, statement, kind, entry));
  CANDOR_RETURN_IF_ERROR(book_.Read(*person.tenant).status());
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  auto opened = domain::Case::OpenedBy(receipt.position, leaf);
  if (!opened) return Because(absl::DataLossError("a case stands on no leaf that opens one"), "VERIFICATION_FAILED");
  return Made{.receipt = std::move(receipt), .opened = *std::move(opened)};
}

absl::StatusOr<std::vector<domain::Case>> Cases::All(const domain::Caller& person) {
  return book_.Of(*person.tenant, person.person);
}

absl::StatusOr<domain::Case> Cases::Get(const domain::Caller& person, const Uuid& case_id) {
  CANDOR_ASSIGN_OR_RETURN(std::vector<domain::Case> theirs, All(person));
  for (domain::Case& one : theirs) {
    if (one.id == case_id) return std::move(one);
  }
  return Because(absl::NotFoundError("no such case of this person"), "NOT_FOUND");
}

void Cases::NameLate(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop) {
  const auto cases = book_.Read(ledger->tenant());
  if (!cases.ok()) return;
  for (const domain::Case* one : (*cases)->Late(clock_.Now())) {
    if (stop.stop_requested()) return;
    ledger::Entry entry = Follows(domain::kCaseLateType, one->id, clock_.Now());
    entry.leaf.facts.Set("case", one->id.ToText()).Set("case_kind", one->kind);
    entry.leaf.facts.Set("case_legal_due", ToRfc3339(one->legal_due));
    entry.leaf.decision = one->decision;
    if (one->decision) {
      entry.claim = ledger::Claim::kContinue;
      entry.named = *one->decision;
    }
    entry.side.push_back({store::SideRow::Table::kCase, {one->id.ToText()}});
    const auto receipt = AppendAndWait(appender_, ledger, std::move(entry));
    if (!receipt.ok()) {
      Log(Level::kWarning, "leaf_not_written", {{"type", domain::kCaseLateType}, {"reason", ReasonOf(receipt.status())}});
    }
  }
}

}  // namespace candor::flow
