// From a statement to the entry that records it: what all verbs share.
//
// Any thread may call.
#pragma once

#include "services/base/clock.h"
#include "services/domain/caller.h"
#include "services/domain/statement.h"
#include "services/ledger/appender.h"

namespace candor::flow {

// An entry of `type` with the statement's facts and sections, each section under the key
// of the person it concerns. The leaf gets a new id.
absl::StatusOr<ledger::Entry> EntryOf(const domain::Caller& caller, domain::Statement statement,
                                      std::string type, absl::Time now);

// An entry that the server makes by itself. It follows from another leaf, so that two
// servers cannot write it twice.
ledger::Entry Follows(const char* type, const Uuid& leaf, absl::Time now);

// Appends, and waits for the receipt. Errors: as Appender::Append.
absl::StatusOr<ledger::Receipt> AppendAndWait(ledger::Appender& appender, std::shared_ptr<ledger::Ledger> ledger,
                                              ledger::Entry entry);

// Whose key seals what is a human caller's own.
vault::Owner OwnerOf(const Uuid& principal);

// A section that says who the human caller was; leaves name no human.
void AddCaller(const domain::Caller& caller, ledger::Entry& entry);

}  // namespace candor::flow
