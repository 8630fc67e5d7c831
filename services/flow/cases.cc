#include "services/flow/cases.h"

#include "services/base/status.h"
#include "services/law/clocks.h"

namespace candor::flow {

absl::StatusOr<Cases::Made> Cases::Open(const domain::Caller& person, domain::Statement statement, const char* type,
                                        const std::string& kind) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*person.tenant));
  const absl::Time now = clock_.Now();
  const law::Clock& law = law::ClockOf(kind);
  const law::Due due = law::DueOf(law, now, {});
  statement.persons = {person.person};
  // Whose it is, for whoever verifies the ledger with its keys.
  statement.sections["person"] = core::Json::Object().Set("reference", person.person).Encode();
  statement.facts.Set("case_kind", kind).Set("case_clock", std::string(law.code));
  statement.facts.Set("case_due", ToRfc3339(due.strict)).Set("case_legal_due", ToRfc3339(due.legal));
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(person, std::move(statement), type, now));
  entry.side.push_back({store::SideRow::Table::kCase, {}});
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, AppendAndWait(appender_, ledger, std::move(entry)));
  CANDOR_RETURN_IF_ERROR(book_.Read(*person.tenant).status());
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(receipt.leaf));
  auto opened = domain::Case::OpenedBy(receipt.position, leaf);
  if (!opened) return Because(absl::DataLossError("a case stands on no leaf that opens one"), "VERIFICATION_FAILED");
  return Made{.receipt = std::move(receipt), .opened = *std::move(opened)};
}

absl::StatusOr<domain::Case> Cases::Get(const domain::Caller& person, const Uuid& case_id) {
  CANDOR_ASSIGN_OR_RETURN(std::vector<domain::Case> theirs, book_.Of(*person.tenant, person.person));
  for (domain::Case& one : theirs) {
    if (one.id == case_id) return std::move(one);
  }
  return Because(absl::NotFoundError("no such case of this person"), "NOT_FOUND");
}

}  // namespace candor::flow
