#include "services/flow/register.h"

#include "services/base/status.h"
#include "services/domain/registry_rules.h"
#include "services/store/reader.h"
#include "services/vault/opening.h"

namespace candor::flow {
namespace {

constexpr int kMostTries = 20;  // Of a check, while others register too.

absl::Status FourEyes(const std::string& why) {
  return Because(absl::FailedPreconditionError(why), "FOUR_EYES_REQUIRED");
}

absl::Status IsHuman(const domain::Caller& caller) {
  return caller.kind == "human" ? absl::OkStatus() : FourEyes("the caller is no human: let one do it");
}

}  // namespace

absl::StatusOr<Register::Made> Register::Declare(const domain::Caller& caller, domain::Statement statement,
                                                 std::string type, const Codes& codes) {
  return Write(caller, std::move(statement), std::move(type), codes, nullptr);
}

absl::StatusOr<Register::Made> Register::ModelVersion(const domain::Caller& caller, domain::Statement statement,
                                                      const Codes& codes) {
  const core::Json facts = statement.facts;
  return Write(caller, std::move(statement), "model_version", codes,
               [&](const domain::Registry& registry) { return domain::MayRegisterVersion(registry, facts); });
}

absl::StatusOr<Register::Made> Register::DataSet(const domain::Caller& caller, domain::Statement statement,
                                                 const Codes& codes) {
  const core::Json facts = statement.facts;
  return Write(caller, std::move(statement), "data_set", codes,
               [&](const domain::Registry& registry) { return domain::MayRegisterDataSet(registry, facts); });
}

absl::StatusOr<Register::Made> Register::ProposeState(const domain::Caller& caller, domain::Statement statement) {
  const core::Json facts = statement.facts;
  const bool waits = domain::NeedsConfirmation(domain::FactText(facts, "model_state"));
  return Write(caller, std::move(statement), waits ? "model_state_proposal" : "model_state", {},
               [&](const domain::Registry& registry) {
                 if (waits) CANDOR_RETURN_IF_ERROR(IsHuman(caller));
                 return domain::MayPropose(registry, facts, clock_.Now());
               });
}

absl::StatusOr<Register::Made> Register::SettleState(const domain::Caller& caller, domain::Statement statement) {
  const Uuid proposal = *statement.amends;
  return Write(caller, std::move(statement), "model_state", {}, [&](const domain::Registry& registry) {
    CANDOR_RETURN_IF_ERROR(domain::MaySettle(registry, proposal, clock_.Now()));
    return IsAnotherHuman(caller, *registry.proposals().at(proposal).proposed,
                          FourEyes("who proposed it was erased since: propose anew"));
  });
}

absl::StatusOr<Register::Made> Register::Stop(const domain::Caller& caller, domain::Statement statement) {
  CANDOR_RETURN_IF_ERROR(domain::MayStop(statement.facts));
  return Write(caller, std::move(statement), "stop", {}, nullptr);
}

absl::StatusOr<Register::Made> Register::LiftStop(const domain::Caller& caller, domain::Statement statement) {
  const Uuid stop = *statement.amends;
  return Write(caller, std::move(statement), "stop_lifted", {}, [&](const domain::Registry& registry) {
    CANDOR_RETURN_IF_ERROR(domain::MayLift(registry, stop));
    // Nobody could call it anew: it would stand for ever.
    return IsAnotherHuman(caller, *registry.FindStop(stop)->called, absl::OkStatus());
  });
}

absl::StatusOr<Register::Made> Register::PolicySet(const domain::Caller& caller, domain::Statement statement,
                                                   store::SideRow row) {
  std::vector<store::SideRow> side;
  side.push_back(std::move(row));
  return Write(caller, std::move(statement), "policy_set", {}, nullptr, std::move(side));
}

absl::StatusOr<Register::Made> Register::ProposeActivation(const domain::Caller& caller, domain::Statement statement) {
  const core::Json facts = statement.facts;
  return Write(caller, std::move(statement), "policy_proposal", {}, [&](const domain::Registry& registry) {
    CANDOR_RETURN_IF_ERROR(IsHuman(caller));
    return registry.policies().MayPropose(facts);
  });
}

absl::StatusOr<Register::Made> Register::SettleActivation(const domain::Caller& caller, domain::Statement statement) {
  const Uuid proposal = *statement.amends;
  return Write(caller, std::move(statement), "policy_activation", {}, [&](const domain::Registry& registry) {
    CANDOR_RETURN_IF_ERROR(registry.policies().MaySettle(proposal, clock_.Now()));
    return IsAnotherHuman(caller, *registry.policies().proposals().at(proposal).proposed,
                          FourEyes("who proposed it was erased since: propose anew"));
  });
}

absl::StatusOr<Register::Made> Register::Shadow(const domain::Caller& caller, domain::Statement statement) {
  const core::Json facts = statement.facts;
  return Write(caller, std::move(statement), "policy_shadow", {},
               [&](const domain::Registry& registry) { return registry.policies().MayShadow(facts); });
}

absl::StatusOr<Register::Made> Register::PlaceHold(const domain::Caller& caller, domain::Statement statement) {
  return Write(caller, std::move(statement), "hold", {}, nullptr);
}

absl::StatusOr<Register::Made> Register::ReleaseHold(const domain::Caller& caller, domain::Statement statement) {
  const Uuid hold = *statement.amends;
  return Write(caller, std::move(statement), "hold_released", {},
               [&](const domain::Registry& registry) { return registry.holds().MayRelease(hold); });
}

absl::StatusOr<Register::Made> Register::ProposeGrant(const domain::Caller& caller, domain::Statement statement) {
  const core::Json facts = statement.facts;
  return Write(caller, std::move(statement), "grant", {}, [&](const domain::Registry&) {
    CANDOR_RETURN_IF_ERROR(IsHuman(caller));
    return domain::GrantBook::MayPropose(facts, clock_.Now());
  });
}

absl::StatusOr<Register::Made> Register::SettleGrant(const domain::Caller& caller, domain::Statement statement) {
  const Uuid grant = *statement.amends;
  return Write(caller, std::move(statement), "grant_confirmed", {}, [&](const domain::Registry& registry) {
    CANDOR_RETURN_IF_ERROR(registry.grants().MaySettle(grant, clock_.Now()));
    return IsAnotherHuman(caller, *registry.grants().Find(grant)->proposed,
                          FourEyes("who proposed it was erased since: propose anew"));
  });
}

absl::StatusOr<Register::Made> Register::RevokeGrant(const domain::Caller& caller, domain::Statement statement) {
  const Uuid grant = *statement.amends;
  return Write(caller, std::move(statement), "grant_revoked", {},
               [&](const domain::Registry& registry) { return registry.grants().MayRevoke(grant, clock_.Now()); });
}

absl::StatusOr<Register::Made> Register::RollBack(const domain::Caller& caller, domain::Statement statement) {
  const core::Json facts = statement.facts;
  return Write(caller, std::move(statement), "policy_rollback", {}, [&](const domain::Registry& registry) {
    CANDOR_RETURN_IF_ERROR(IsHuman(caller));
    return registry.policies().MayRollBack(facts);
  });
}

// Who the first human was stands in a sealed section alone: leaves name no human.
absl::Status Register::IsAnotherHuman(const domain::Caller& caller, const domain::Registered& first,
                                      const absl::Status& forgotten) {
  CANDOR_RETURN_IF_ERROR(IsHuman(caller));
  if (!first.by_human) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  store::Pool::Lease connection = writers_.Borrow();
  vault::Opening opening(*connection, ledger->keyring(), *caller.tenant, ledger->origin());
  CANDOR_ASSIGN_OR_RETURN(const auto sections, opening.Sections(first.position));
  const auto section = sections.find("caller");
  if (section == sections.end()) return forgotten;
  CANDOR_ASSIGN_OR_RETURN(const core::Json who, core::ParseCanonical(section->second, core::JsonKind::kSection));
  if (domain::FactText(who, "principal") != caller.principal.ToText()) return absl::OkStatus();
  return FourEyes("the caller was the first one: let another human do it");
}

absl::StatusOr<Register::Made> Register::Write(const domain::Caller& caller, domain::Statement statement,
                                               std::string type, const Codes& codes, const Check& check,
                                               std::vector<store::SideRow> side) {
  const bool registers = domain::Registry::Holds(type);
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement), type, clock_.Now()));
  entry.side = std::move(side);
  for (const auto& [kind, code] : codes) entry.side.push_back({store::SideRow::Table::kCatalogue, {kind, code}});
  if (registers) entry.side.push_back({store::SideRow::Table::kRegistry, {std::move(type)}});
  Made made;
  const Uuid& tenant = *caller.tenant;
  CANDOR_ASSIGN_OR_RETURN(made.receipt, check ? AppendChecked(tenant, std::move(entry), check) : Append(tenant, entry));
  if (!codes.empty()) settings_.Forget(tenant);
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(made.receipt.leaf));
  made.leaf = leaf.id;
  if (!registers) return made;
  CANDOR_ASSIGN_OR_RETURN(made.registry, book_.AsOf(tenant, made.receipt.position));
  return made;
}

absl::StatusOr<ledger::Receipt> Register::Append(const Uuid& tenant, const ledger::Entry& entry) {
  CANDOR_ASSIGN_OR_RETURN(auto ledger, ledgers_.Get(tenant));
  return AppendAndWait(appender_, std::move(ledger), entry);
}

// A repetition gets its first answer, whatever the state is by now: what it was checked against
// may hold its own leaf, so only who fails the check asks whether it is one.
absl::StatusOr<ledger::Receipt> Register::AppendChecked(const Uuid& tenant, ledger::Entry entry, const Check& check) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    CANDOR_ASSIGN_OR_RETURN(const RegistrySnapshot registry, book_.Newest(tenant));
    if (const absl::Status fits = check(*registry); !fits.ok()) {
      store::Pool::Lease connection = writers_.Borrow();
      CANDOR_ASSIGN_OR_RETURN(const auto known, store::KnownRequests(*connection, tenant, {entry.leaf.request}));
      if (known.empty()) return fits;
    }
    entry.registry = registry->position();
    absl::StatusOr<ledger::Receipt> receipt = Append(tenant, entry);
    if (ReasonOf(receipt.status()) != "REGISTRY_CHANGED") return receipt;
  }
  return Because(absl::UnavailableError("too much is registered at once: repeat"), "STORE_UNAVAILABLE");
}

}  // namespace candor::flow
