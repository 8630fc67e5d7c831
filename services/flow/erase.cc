#include "services/flow/erase.h"

#include "services/base/log.h"
#include "services/base/on_hold.h"
#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/store/erasures.h"
#include "services/store/keys.h"
#include "services/store/tasks.h"

namespace candor::flow {
namespace {

constexpr int kMostTries = 20;  // Of a check, while others register too.

// The keys under which something of a person is sealed.
std::vector<Digest> LookupsOf(const vault::Keyring& keyring, const std::string& reference) {
  using Kind = vault::Owner::Kind;
  return {keyring.LookupOf({.kind = Kind::kPerson, .reference = reference}),
          keyring.LookupOf({.kind = Kind::kProtected, .reference = reference})};
}

}  // namespace

absl::StatusOr<ledger::Receipt> Erase::Person(const domain::Caller& caller, const Uuid& tenant,
                                              domain::Statement statement, const std::string& reference) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  std::vector<Digest> lookups = LookupsOf(ledger->keyring(), reference);
  {
    store::Pool::Lease connection = writers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto known, store::KnownRequests(*connection, tenant, {statement.request}));
    CANDOR_ASSIGN_OR_RETURN(const auto keys, store::FindKeys(*connection, tenant, lookups));
    // What the request was about is not kept, so it must not be taken for done.
    if (!known.empty() && !keys.empty()) {
      return Because(absl::AlreadyExistsError("the request_id was used before, and data of this person are kept: "
                                              "choose a new one"),
                     "REQUEST_ID_REUSED");
    }
    if (known.empty()) CANDOR_RETURN_IF_ERROR(NameCase(tenant, reference, statement.facts));
  }
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "erasure", clock_.Now()));
  entry.erasing.emplace().lookups = std::move(lookups);
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt receipt, Append(tenant, std::move(entry)));
  Vacuum();
  return receipt;
}

absl::Status Erase::NameCase(const Uuid& tenant, const std::string& reference, core::Json& facts) {
  CANDOR_ASSIGN_OR_RETURN(const auto theirs, cases_.Of(tenant, reference));
  const std::string named = domain::FactText(facts, "case");
  for (const domain::Case& one : theirs) {
    if (!one.IsOpen() || one.kind != "erase" || (!named.empty() && named != one.id.ToText())) continue;
    facts.Set("case", one.id.ToText());
    return absl::OkStatus();
  }
  if (named.empty()) return absl::OkStatus();
  return Because(absl::NotFoundError("case_id: this person asked for no such erasure, or it was answered"), "NOT_FOUND");
}

// A hold that is placed meanwhile is seen: the commit asks whether the registry grew.
absl::StatusOr<ledger::Receipt> Erase::Append(const Uuid& tenant, ledger::Entry entry) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    CANDOR_ASSIGN_OR_RETURN(const RegistrySnapshot registry, book_.Newest(tenant));
    entry.registry = registry->position();
    entry.erasing->may = [registry](const store::SealedUnder& row) -> absl::Status {
      for (const domain::Hold& hold : registry->holds().all()) {
        if (hold.released != nullptr || !hold.Covers(row.position, row.decision, row.time)) continue;
        return OnHold(hold.placed->leaf.ToText());
      }
      return absl::OkStatus();
    };
    if (const auto asked = Uuid::FromText(domain::FactText(entry.leaf.facts, "case"))) {
      CANDOR_ASSIGN_OR_RETURN(const auto task, store::FindTask(*writers_.Borrow(), tenant, *asked));
      entry.side = {{store::SideRow::Table::kCase, {asked->ToText()}}};
      if (task && !task->settle_time) {
        entry.task = store::TaskRow{.task_id = *asked, .from = task->position, .state = "resolved", .settles = true};
      }
    }
    CANDOR_ASSIGN_OR_RETURN(auto ledger, ledgers_.Get(tenant));
    absl::StatusOr<ledger::Receipt> receipt = AppendAndWait(appender_, std::move(ledger), entry);
    const std::string reason = ReasonOf(receipt.status());
    if (reason != "REGISTRY_CHANGED" && reason != "TASK_CHANGED") return receipt;
  }
  return Because(absl::UnavailableError("too much is registered at once: repeat"), "STORE_UNAVAILABLE");
}

// The rows are gone; their bytes leave the pages of the tables now and not some day.
void Erase::Vacuum() {
  store::Pool::Lease connection = owners_.Borrow();
  const absl::Status vacuumed = store::VacuumKeys(*connection);
  if (!vacuumed.ok()) Log(Level::kWarning, "keys_not_vacuumed", {{"why", std::string(vacuumed.message())}});
}

}  // namespace candor::flow
