// From a statement to the entry that records it: what all verbs share.
//
// Pure but for new ids; any thread may call.
#pragma once

#include "services/base/clock.h"
#include "services/domain/caller.h"
#include "services/domain/statement.h"
#include "services/ledger/entry.h"
#include "services/policy/engine.h"

namespace candor::flow {

// An entry of `type` with the statement's facts and sections, each section under the key
// of the person it concerns. The leaf gets a new id.
absl::StatusOr<ledger::Entry> EntryOf(const domain::Caller& caller, domain::Statement statement,
                                      std::string type, absl::Time now);

// Adds what the engine said: facts verdict, verdict_reasons, rules, policy, policy_digest.
void AddJudgement(const policy::Engine& engine, const policy::Judgement& judgement, core::Json& facts);

// A section that says who the human caller was; leaves name no human.
void AddCaller(const domain::Caller& caller, ledger::Entry& entry);

}  // namespace candor::flow
