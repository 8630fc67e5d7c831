#include "services/flow/case_book.h"

#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/store/keys.h"
#include "services/store/reader.h"
#include "services/vault/opening.h"

namespace candor::flow {
namespace {

using core::Json;

constexpr int kPage = 1000;  // Leaves read at once.

std::string KeyOf(const store::Handle& handle) { return {handle.begin(), handle.end()}; }

// What was withdrawn, and when.
struct Withdrawn {
  std::string consent;  // Empty: every one.
  absl::Time time;

  bool Covers(const Json& stated) const {
    const std::string id = domain::FactText(stated, "id");
    if (!consent.empty() && !id.empty() && consent != id) return false;
    const auto given = FromRfc3339(domain::FactText(stated, "given_time"));
    return !given || *given <= time;
  }
};

// Adds what of a section rests on a consent that was withdrawn.
void AddCovered(const std::vector<Withdrawn>& all, const Json& stated, std::string name, Json& list) {
  for (const Withdrawn& one : all) {
    if (!one.Covers(stated)) continue;
    list.Append(std::move(name));
    return;
  }
}

Json CoveredOf(const std::vector<Withdrawn>& all, const std::map<std::string, std::string>& sections) {
  const auto section = [&](const char* name) -> absl::StatusOr<Json> {
    const auto found = sections.find(name);
    if (found == sections.end()) return Json::Object();
    return core::ParseCanonical(found->second, core::JsonKind::kSection);
  };
  Json covered = Json::Array();
  const absl::StatusOr<Json> person = section("person"), used = section("data_used");
  const Json* consent = person.ok() ? person->Find("consent") : nullptr;
  AddCovered(all, consent == nullptr ? Json::Object() : *consent, "person", covered);
  const Json* data = used.ok() ? used->Find("data_used") : nullptr;
  for (std::size_t i = 0; data != nullptr && data->is_array() && i < data->items().size(); ++i) {
    const Json* own = data->items()[i].Find("consent");
    if (own != nullptr) AddCovered(all, *own, "data_used." + std::to_string(i), covered);
  }
  return covered;
}

}  // namespace

absl::StatusOr<CaseBook::Snapshot> CaseBook::Read(const Uuid& tenant) {
  const absl::Time read = clock_.Now();
  Snapshot known;
  {
    absl::MutexLock lock(&mutex_);
    known = pages_[tenant].cases;
  }
  std::shared_ptr<domain::Cases> grown;
  std::uint64_t after = known == nullptr ? 0 : known->position();
  if (known == nullptr) known = grown = std::make_shared<domain::Cases>();
  store::Pool::Lease connection = writers_.Borrow();
  for (bool more = true; more;) {
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::CaseLeaves(*connection, tenant, after, kPage));
    for (const store::CaseLeaf& one : leaves) {
      const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(one.stored.leaf);
      if (!leaf.ok()) return Because(absl::DataLossError("a leaf of a case cannot be read: verify the ledger"), "VERIFICATION_FAILED");
      if (grown == nullptr) grown = std::make_shared<domain::Cases>(*known);
      grown->Apply(one.stored.position, *leaf, one.handle ? KeyOf(*one.handle) : std::string());
      after = one.stored.position;
    }
    more = leaves.size() == kPage;
  }
  if (grown != nullptr) known = grown;
  absl::MutexLock lock(&mutex_);
  Page& page = pages_[tenant];
  // Another thread may have read further meanwhile.
  if (page.cases == nullptr || page.cases->position() <= known->position()) page.cases = known;
  page.read = read;
  return known;
}

absl::StatusOr<CaseBook::Snapshot> CaseBook::Get(const Uuid& tenant) {
  {
    const absl::Time now = clock_.Now();
    absl::MutexLock lock(&mutex_);
    const Page& page = pages_[tenant];
    // A clock that was set back makes nothing fresh.
    const absl::Duration age = page.cases == nullptr ? kFresh : now - page.read;
    if (age >= absl::ZeroDuration() && age < kFresh) return page.cases;
  }
  return Read(tenant);
}

absl::StatusOr<std::vector<domain::Case>> CaseBook::Find(const domain::Cases& cases, const Uuid& tenant,
                                                         const std::string& person) {
  if (cases.position() == 0 || person.empty()) return std::vector<domain::Case>();
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  const Digest lookup = ledger->keyring().LookupOf({.kind = vault::Owner::Kind::kPerson, .reference = person});
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto keys, store::FindKeys(*connection, tenant, {lookup}));
  return keys.empty() ? std::vector<domain::Case>() : cases.Of(KeyOf(keys.begin()->second.handle));
}

absl::StatusOr<std::vector<domain::Case>> CaseBook::Of(const Uuid& tenant, const std::string& person) {
  CANDOR_ASSIGN_OR_RETURN(const Snapshot cases, Read(tenant));
  return Find(*cases, tenant, person);
}

// Only the first person: the decision is about them.
absl::Status CaseBook::AddStanding(const Uuid& tenant, domain::Statement& statement) {
  if (statement.persons.empty()) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const Snapshot cases, Get(tenant));
  CANDOR_ASSIGN_OR_RETURN(const auto theirs, Find(*cases, tenant, statement.persons.front()));
  if (theirs.empty()) return absl::OkStatus();
  const std::string_view objected = domain::ObjectionTo(theirs, domain::FactText(statement.facts, "purpose"));
  if (!objected.empty()) statement.facts.Set("objected", std::string(objected));

  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  store::Pool::Lease connection = writers_.Borrow();
  vault::Opening opening(*connection, ledger->keyring(), tenant, ledger->origin());
  std::vector<Withdrawn> withdrawn;
  for (const domain::Case& one : theirs) {
    if (one.type != domain::kWithdrawalType) continue;
    CANDOR_ASSIGN_OR_RETURN(const auto sections, opening.Sections(one.opened_at));
    Withdrawn& what = withdrawn.emplace_back(Withdrawn{.consent = {}, .time = one.received});
    const auto section = sections.find("contest");
    if (section == sections.end()) continue;
    CANDOR_ASSIGN_OR_RETURN(const Json words, core::ParseCanonical(section->second, core::JsonKind::kSection));
    what.consent = domain::FactText(words, "consent_id");
  }
  Json covered = CoveredOf(withdrawn, statement.sections);
  if (!covered.empty()) statement.facts.Set("consent_withdrawn", std::move(covered));
  return absl::OkStatus();
}

}  // namespace candor::flow
