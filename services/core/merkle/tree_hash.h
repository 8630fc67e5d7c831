// The hashes of the tree: RFC 6962, section 2.1, with SHA-256.
//
// Pure functions; any thread may call.
#pragma once

#include "services/base/digest.h"

namespace candor::core {

// SHA-256(0x00 || entry). Of the entry's exact bytes, not of its digest.
Digest HashLeaf(BytesView entry);

// SHA-256(0x01 || left || right).
Digest HashNode(const Digest& left, const Digest& right);

// The root of no leaves: SHA-256 of nothing.
Digest EmptyRoot();

}  // namespace candor::core
