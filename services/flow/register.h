// What a tenant registers: each change is a leaf of the registry, written only while what it
// was checked against is still the newest.
//
// Thread-safe. Each call waits for its commit: these are rare.
#pragma once

#include <functional>

#include "services/flow/entries.h"
#include "services/flow/registry_book.h"
#include "services/flow/settings_book.h"
#include "services/ledger/appender.h"

namespace candor::flow {

class Register {
 public:
  // All must outlive this. `writers` reads sealed sections.
  Register(ledger::Ledgers& ledgers, ledger::Appender& appender, SettingsBook& settings, RegistryBook& book,
           store::Pool& writers, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), settings_(settings), book_(book), writers_(writers), clock_(clock) {}

  struct Made {
    ledger::Receipt receipt;
    Uuid leaf;                  // Its id: of a repetition, that of the first one.
    RegistrySnapshot registry;  // With this leaf as its newest.
  };
  using Codes = std::vector<std::pair<std::string, std::string>>;  // Kind and code.

  // Anything that may always be registered, with the codes that it declares.
  absl::StatusOr<Made> Declare(const domain::Caller& caller, domain::Statement statement, std::string type,
                               const Codes& codes);

  // Errors of all below: as the rules of domain/registry_rules.h say.
  absl::StatusOr<Made> ModelVersion(const domain::Caller& caller, domain::Statement statement, const Codes& codes);
  absl::StatusOr<Made> DataSet(const domain::Caller& caller, domain::Statement statement, const Codes& codes);

  // A state that needs a second human is proposed by a first one. Errors, besides:
  // kFailedPrecondition FOUR_EYES_REQUIRED.
  absl::StatusOr<Made> ProposeState(const domain::Caller& caller, domain::Statement statement);
  // Errors, besides: kFailedPrecondition FOUR_EYES_REQUIRED.
  absl::StatusOr<Made> SettleState(const domain::Caller& caller, domain::Statement statement);

  absl::StatusOr<Made> Stop(const domain::Caller& caller, domain::Statement statement);
  // Errors, besides: kFailedPrecondition FOUR_EYES_REQUIRED.
  absl::StatusOr<Made> LiftStop(const domain::Caller& caller, domain::Statement statement);

  // A policy set that was tried, with its archive; and the turns of its life. What a set needs two
  // humans for is proposed by one and settled by another: FOUR_EYES_REQUIRED.
  absl::StatusOr<Made> PolicySet(const domain::Caller& caller, domain::Statement statement, store::SideRow row);
  absl::StatusOr<Made> ProposeActivation(const domain::Caller& caller, domain::Statement statement);
  absl::StatusOr<Made> SettleActivation(const domain::Caller& caller, domain::Statement statement);
  // A set begins or ends to run beside the one in charge. Errors: kNotFound; WRONG_STATE.
  absl::StatusOr<Made> Shadow(const domain::Caller& caller, domain::Statement statement);
  // Forbids erasures, and ends that.
  absl::StatusOr<Made> PlaceHold(const domain::Caller& caller, domain::Statement statement);
  absl::StatusOr<Made> ReleaseHold(const domain::Caller& caller, domain::Statement statement);
  // A grant, proposed by one human and settled by another: FOUR_EYES_REQUIRED; and its end.
  absl::StatusOr<Made> ProposeGrant(const domain::Caller& caller, domain::Statement statement);
  absl::StatusOr<Made> SettleGrant(const domain::Caller& caller, domain::Statement statement);
  absl::StatusOr<Made> RevokeGrant(const domain::Caller& caller, domain::Statement statement);
  absl::StatusOr<Made> RollBack(const domain::Caller& caller, domain::Statement statement);

 private:
  using Check = std::function<absl::Status(const domain::Registry&)>;
  absl::StatusOr<Made> Write(const domain::Caller& caller, domain::Statement statement, std::string type,
                             const Codes& codes, const Check& check,
                             std::vector<store::SideRow> side = {});
  absl::StatusOr<ledger::Receipt> Append(const Uuid& tenant, const ledger::Entry& entry);
  absl::StatusOr<ledger::Receipt> AppendChecked(const Uuid& tenant, ledger::Entry entry, const Check& check);
  // Who the first human was may have been erased since: `forgotten` is the answer then.
  absl::Status IsAnotherHuman(const domain::Caller& caller, const domain::Registered& first,
                              const absl::Status& forgotten);

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  SettingsBook& settings_;
  RegistryBook& book_;
  store::Pool& writers_;
  const Clock& clock_;
};

}  // namespace candor::flow
