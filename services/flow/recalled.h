// What the gate saw when it answered a recorded authorization, put together again: facts,
// sealed sections, registry, limits, what was recorded before, and the clock.
//
// Belongs to one thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/flow/registry_book.h"
#include "services/ledger/ledger.h"
#include "services/policy/engine.h"
#include "services/store/tenants.h"
#include "services/vault/opening.h"

namespace candor::flow {

// The facts of an authorization without what the gate itself added to those that its rules had seen.
core::Json FactsBefore(const core::Json& facts);

struct Recalled {
  core::Json facts, registered, earlier;
  std::map<std::string, std::string> sections;
  domain::Settings settings;
  RegistrySnapshot registry;
  absl::Time time;

  // Of an authorization; this must outlive it.
  policy::Input input() const {
    return {.call = "authorize", .time = time, .facts = facts, .sections = sections, .settings = settings,
            .registry = &registered, .earlier = &earlier};
  }
};

class Recall {
 public:
  // All must outlive this. `connection` reads sealed sections.
  Recall(RegistryBook& book, ledger::Ledger& ledger, store::Connection& connection)
      : book_(book), ledger_(ledger), connection_(connection),
        opening_(connection, ledger.keyring(), ledger.tenant(), ledger.origin()) {}

  // Errors: kFailedPrecondition ERASED when a section was destroyed; kDataLoss; kUnavailable.
  absl::StatusOr<Recalled> Of(std::uint64_t position, const core::Leaf& leaf);

 private:
  absl::StatusOr<domain::Settings> SettingsAt(std::uint64_t position);

  RegistryBook& book_;
  ledger::Ledger& ledger_;
  store::Connection& connection_;
  vault::Opening opening_;
  std::vector<std::pair<std::uint64_t, store::LimitsRow>> limits_;
};

}  // namespace candor::flow
