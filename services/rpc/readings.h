// Who read what is sealed of a person: leaves `read`, and leaves `export` that opened sections of theirs.
//
// Thread-safe.
#pragma once

#include <vector>

#include "services/ledger/ledger.h"
#include "services/store/reader.h"

namespace candor::rpc {

// Whether a leaf of type `export` opened sections at all.
bool OpensSections(const store::StoredLeaf& leaf);

// Those about the person whose key it is, the newest first, below position `before`; at most `limit`. Exports as far as
// the ledger was read on for searches; those of a person's first 10,000 leaves. Errors: kUnavailable; kDataLoss.
absl::StatusOr<std::vector<store::StoredLeaf>> ReadingsOf(ledger::Ledger& ledger, store::Pool& writers,
                                                          const store::Handle& handle, std::uint64_t before, int limit);

}  // namespace candor::rpc
