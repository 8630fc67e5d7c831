// From the keys that a verifier trusts to those that came after them: a retired key's last
// word is a receipt of the leaf that announces the next one.
//
// Pure functions; any thread may call.
// Source: ledger format, section 4.
#pragma once

#include <vector>

#include "services/verify/facts.h"

namespace candor::verify {

// `trusted` and every key that follows from them. A key that was retired as compromised
// leads nowhere: whoever has it can say what they want.
std::vector<core::VerifierKey> FollowKeys(std::vector<core::VerifierKey> trusted,
                                          const std::vector<KeyChange>& changes);

}  // namespace candor::verify
