#include "services/flow/administer.h"

#include <algorithm>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/crypto/random.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

using store::SideRow;

std::string ArrayText(const std::vector<std::string>& words) {
  std::string text = "{";
  for (const std::string& word : words) text += (text.size() > 1 ? "," : "") + word;
  return text + "}";
}

SideRow PrincipalSide(const store::PrincipalRow& principal) {
  return {SideRow::Table::kPrincipal,
          {principal.principal_id.ToText(), principal.kind, principal.code, ArrayText(principal.roles)}};
}

SideRow KeySide(const Administer::KeyParts& key, const Uuid& principal, absl::Time expire_time) {
  return {SideRow::Table::kApiKey,
          {key.key_id.ToText(), principal.ToText(), key.secret_hash.ToHex(),
           expire_time == absl::InfiniteFuture()
               ? std::string("infinity")
               : ToRfc3339(expire_time)}};  // Microseconds, as in the leaf.
}

SideRow RevocationSide(const Uuid& revoked) { return {SideRow::Table::kRevocation, {revoked.ToText()}}; }

// Whether the request was recorded before. Its first answer counts then, whatever the state
// is by now.
absl::StatusOr<bool> Repeats(store::Connection& connection, const Uuid& tenant, const Uuid& request) {
  CANDOR_ASSIGN_OR_RETURN(const auto known, store::KnownRequests(connection, tenant, {request}));
  return !known.empty();
}

// The row of `wanted`, whose id is the member `id`. One that was revoked fits repetitions only.
template <typename Row>
absl::StatusOr<Row> FindActive(const std::vector<Row>& rows, Uuid Row::*id, const Uuid& wanted,
                               const std::string& what, bool repeats) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.*id == wanted; });
  if (found == rows.end()) return Because(absl::NotFoundError(what + "_id: no such " + what), "NOT_FOUND");
  if (!found->revoked || repeats) return *found;
  return Because(absl::FailedPreconditionError("this " + what + " is ended already"), "WRONG_STATE");
}

// What follows from another leaf is the server's own.
domain::Caller Candor() {
  domain::Caller candor;
  candor.kind = "service";
  candor.code = "candor";
  return candor;
}

core::Json LedgerFacts(const ledger::Ledger& ledger) {
  core::Json timestamps = core::Json::Object();
  timestamps.Set("policy", "none");
  core::Json vkeys = core::Json::Array();
  vkeys.Append(ledger.verifier_key().ToText());
  core::Json facts = core::Json::Object();
  facts.Set("format", 1);
  facts.Set("hash", "sha256");
  facts.Set("origin", ledger.origin());
  facts.Set("timestamps", std::move(timestamps));
  facts.Set("vkeys", std::move(vkeys));
  return facts;
}

}  // namespace

absl::StatusOr<Administer::Made> Administer::Wait(const Uuid& tenant, ledger::Entry entry) {
  CANDOR_ASSIGN_OR_RETURN(auto ledger, ledgers_.Get(tenant));
  const Uuid id = entry.leaf.id;
  CANDOR_ASSIGN_OR_RETURN(ledger::Receipt answer, AppendAndWait(appender_, std::move(ledger), std::move(entry)));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(answer.leaf));
  return Made{.receipt = std::move(answer), .leaf = leaf.id, .repeated = leaf.id != id};
}

absl::StatusOr<Administer::Made> Administer::Append(const domain::Caller& caller, const Uuid& tenant,
                                                    domain::Statement statement, std::string type,
                                                    std::vector<SideRow> side) {
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), std::move(type), clock_.Now()));
  entry.side = std::move(side);
  return Wait(tenant, std::move(entry));
}

absl::StatusOr<Administer::MadeTenant> Administer::CreateTenant(const domain::Caller& caller,
                                                                const domain::Statement& statement,
                                                                const std::string& origin,
                                                                const std::string& first_principal,
                                                                const std::optional<Predecessor>& predecessor) {
  MadeTenant made;
  CANDOR_ASSIGN_OR_RETURN(made.tenant, ledgers_.Create(origin, statement.request));
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(made.tenant.tenant_id));
  domain::Statement first;
  first.method = statement.method;
  first.request = statement.request;
  first.facts = LedgerFacts(*ledger);
  if (predecessor) {
    CANDOR_ASSIGN_OR_RETURN(const core::Checkpoint end, End(statement.request, *predecessor, origin));
    first.facts.Set("predecessor", core::PredecessorFact(end));
  }
  first.fingerprint_text = statement.fingerprint_text;
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(first), "ledger", clock_.Now()));
  CANDOR_ASSIGN_OR_RETURN(const Made zero, Wait(made.tenant.tenant_id, std::move(entry)));
  made.receipt = zero.receipt;
  if (first_principal.empty()) return made;

  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, made.tenant.tenant_id));
  const auto known = std::find_if(principals.begin(), principals.end(),
                                  [&](const auto& principal) { return principal.code == first_principal; });
  if (known != principals.end()) {
    made.principal = MadePrincipal{.principal = *known, .api_key = {}};
    return made;
  }
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf_zero, core::ParseLeaf(zero.receipt.leaf));
  const KeyParts key = make_key_(crypto::NewId(clock_.Now()));
  domain::Statement second;
  second.request = core::DerivedRequest("principal", leaf_zero.id);
  second.facts.Set("api_key", key.key_id.ToText());
  second.facts.Set("principal", first_principal);
  second.facts.Set("principal_kind", "service");
  second.facts.Set("roles", core::Json::Array().Append("tenant_system"));
  CANDOR_ASSIGN_OR_RETURN(entry, EntryOf(Candor(), std::move(second), "principal", clock_.Now()));
  made.principal = MadePrincipal{.principal = {.principal_id = entry.leaf.id, .kind = "service",
                                               .code = first_principal, .roles = {"tenant_system"}},
                                 .api_key = key.text};
  entry.side = {PrincipalSide(made.principal->principal), KeySide(key, entry.leaf.id, absl::InfiniteFuture())};
  CANDOR_RETURN_IF_ERROR(Wait(made.tenant.tenant_id, std::move(entry)).status());
  return made;
}

// A ledger that took its last leaf before a crash is asked again where it ended.
absl::StatusOr<core::Checkpoint> Administer::End(const Uuid& request, const Predecessor& predecessor,
                                                 const std::string& successor) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(predecessor.tenant));
  CANDOR_ASSIGN_OR_RETURN(const Links links, LinksOf(predecessor.tenant));
  if (!links.successor.empty() && links.successor != successor) {
    return Because(absl::FailedPreconditionError("predecessor_id: its ledger is closed, and another goes on from it"),
                   "WRONG_STATE");
  }
  const bool ends_here = links.successor.empty() && ledger->Writable().ok();
  if (links.successor.empty() && !ends_here) {
    if (predecessor.checkpoint.empty()) {
      return BadField("predecessor_checkpoint", "is required: that ledger is read-only, so say where it ended");
    }
    auto end = core::OpenCheckpoint(predecessor.checkpoint, ledger->verifier_keys());
    if (!end.ok()) return BadField("predecessor_checkpoint", "is none that a key of that ledger signed");
    return end;
  }
  if (!predecessor.checkpoint.empty()) {
    return BadField("predecessor_checkpoint", "goes with a ledger that is read-only: this one says itself where it ends");
  }
  if (ends_here) {
    domain::Statement last;
    last.request = core::DerivedRequest("close", request);
    last.facts.Set("successor", successor);
    CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(Candor(), std::move(last), "close", clock_.Now()));
    CANDOR_RETURN_IF_ERROR(Wait(predecessor.tenant, std::move(entry)).status());
  }
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(*connection, predecessor.tenant));
  return core::Checkpoint{.origin = ledger->origin(), .size = head.size, .root = head.root};
}

absl::StatusOr<Administer::Links> Administer::LinksOf(const Uuid& tenant) {
  Links links;
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const store::Head head, store::ReadHead(*connection, tenant));
  if (head.size == 0) return links;
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf newest, store::LeafAt(*connection, tenant, head.size - 1));
  links.successor = ledger::Ledger::SuccessorIn(newest.leaf);
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf first, store::LeafAt(*connection, tenant, 0));
  const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(first.leaf);
  if (!leaf.ok()) return links;  // Altered: verification says it.
  if (auto predecessor = core::PredecessorIn(leaf->facts); predecessor.ok()) links.predecessor = *std::move(predecessor);
  return links;
}

absl::StatusOr<Administer::Made> Administer::SetLimits(const domain::Caller& caller, const Uuid& tenant,
                                                       domain::Statement statement,
                                                       const store::LimitsRow& limits) {
  absl::StatusOr<Made> made =
      Append(caller, tenant, std::move(statement), "limits",
             {{SideRow::Table::kLimits,
               {limits.amount, limits.currency, limits.confidence,
                std::to_string(limits.authorization_seconds), std::to_string(limits.outcome_seconds)}}});
  settings_.Forget(tenant);
  return made;
}

absl::StatusOr<Administer::Made> Administer::CreatePrincipal(const domain::Caller& caller, const Uuid& tenant,
                                                             domain::Statement statement,
                                                             const NewPrincipal& made) {
  const bool human = made.kind == "human";
  // Who a human is stands in a section sealed under a key of their own.
  if (human) statement.persons = {"principal-of-request:" + statement.request.ToText()};
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "principal", clock_.Now()));
  const Uuid id = entry.leaf.id;
  entry.side = {PrincipalSide(
      {.principal_id = id, .kind = made.kind, .code = human ? id.ToText() : made.code, .roles = made.roles})};
  return Wait(tenant, std::move(entry));
}

absl::StatusOr<Administer::Made> Administer::CreateApiKey(const domain::Caller& caller, const Uuid& tenant,
                                                          domain::Statement statement, const Uuid& principal,
                                                          absl::Time expire_time, KeyParts& key) {
  {
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
    CANDOR_ASSIGN_OR_RETURN(const bool repeats, Repeats(*connection, tenant, statement.request));
    CANDOR_RETURN_IF_ERROR(
        FindActive(principals, &store::PrincipalRow::principal_id, principal, "principal", repeats).status());
    if (!repeats && expire_time <= clock_.Now()) return BadField("expire_time", "must lie ahead");
  }
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), "api_key", clock_.Now()));
  key = make_key_(entry.leaf.id);
  entry.side = {KeySide(key, principal, expire_time)};
  return Wait(tenant, std::move(entry));
}

absl::StatusOr<Administer::Made> Administer::DisablePrincipal(const domain::Caller& caller, const Uuid& tenant,
                                                              domain::Statement statement, const Uuid& principal,
                                                              store::PrincipalRow& row) {
  {
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto principals, store::Principals(*connection, tenant));
    CANDOR_ASSIGN_OR_RETURN(const bool repeats, Repeats(*connection, tenant, statement.request));
    CANDOR_ASSIGN_OR_RETURN(
        row, FindActive(principals, &store::PrincipalRow::principal_id, principal, "principal", repeats));
  }
  return Append(caller, tenant, std::move(statement), "principal_disabled", {RevocationSide(principal)});
}

absl::StatusOr<Administer::Made> Administer::RevokeApiKey(const domain::Caller& caller, const Uuid& tenant,
                                                          domain::Statement statement, const Uuid& key,
                                                          store::ApiKeyRow& row) {
  {
    store::Pool::Lease connection = readers_.Borrow();
    CANDOR_ASSIGN_OR_RETURN(const auto keys, store::ApiKeys(*connection, tenant));
    CANDOR_ASSIGN_OR_RETURN(const bool repeats, Repeats(*connection, tenant, statement.request));
    CANDOR_ASSIGN_OR_RETURN(row, FindActive(keys, &store::ApiKeyRow::key_id, key, "key", repeats));
  }
  return Append(caller, tenant, std::move(statement), "api_key_revoked", {RevocationSide(key)});
}

}  // namespace candor::flow
