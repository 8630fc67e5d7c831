// Why an authorization was answered as it was, and what would have made the answer milder.
//
// Thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "services/flow/policy_sets.h"
#include "services/flow/registry_book.h"
#include "services/policy/builtin.h"
#include "services/policy/what_if.h"

namespace candor::flow {

struct Explained {
  Uuid authorization;
  domain::Verdict verdict = domain::Verdict::kDeny;  // As recorded.
  std::string policy;                                // The set that was asked now.
  Digest digest;
  policy::Judgement judgement;                       // What it says of what the gate saw then.
  std::map<std::string, policy::Rule> rules;         // Those of the set that spoke, by name.
  policy::WhatIf what_if;
  core::Json facts = core::Json::Object();           // Of the leaf, as rules saw them.
};

class Why {
 public:
  // All must outlive this. `writers` reads sealed sections.
  Why(ledger::Ledgers& ledgers, RegistryBook& book, PolicySets& sets, store::Pool& writers,
      const policy::Builtin& builtin)
      : ledgers_(ledgers), book_(book), sets_(sets), writers_(writers), builtin_(builtin) {}

  // Of an authorization, or of a decision's last one; asked of that set, or of the one that
  // ruled. Errors: kNotFound; kFailedPrecondition ERASED; kDataLoss; kUnavailable.
  absl::StatusOr<Explained> Run(const Uuid& tenant, const Uuid& id, const std::optional<Digest>& set);

 private:
  ledger::Ledgers& ledgers_;
  RegistryBook& book_;
  PolicySets& sets_;
  store::Pool& writers_;
  const policy::Builtin& builtin_;
};

}  // namespace candor::flow
