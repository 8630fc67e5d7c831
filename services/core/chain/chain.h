// The chain: a link from every leaf to the one before it, so that one damaged row is
// named and not merely noticed. The tree is what is signed; the chain is not.
//
// Pure functions; any thread may call.
// Source: ledger format, section 2. Frozen by leaf_chain_tree.json.
#pragma once

#include <string_view>

#include "services/base/digest.h"

namespace candor::core {

// The value before the first leaf: SHA-256(0x02 || "candor/chain/v1" || LF || origin).
Digest ChainStart(std::string_view origin);

// SHA-256(0x02 || previous || leaf_hash).
Digest ChainNext(const Digest& previous, const Digest& leaf_hash);

}  // namespace candor::core
