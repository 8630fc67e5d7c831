// Keyed values under which something is found again without being stored.
//
// Pure functions; any thread may call.
// Source: ledger format, sections 3, 5 and 10. Frozen by lookup.json, fingerprint.json.
#pragma once

#include <string_view>

#include "services/base/digest.h"
#include "services/crypto/secret.h"

namespace candor::core {

// Whether `text` can be looked up: 1 to 256 bytes, any.
bool IsReference(std::string_view text);

// HMAC-SHA-256 over the exact bytes of the reference, without folding: a person under
// the tenant's lookup key itself, conversations and search terms under keys derived from
// it. Each aborts unless IsReference.
Digest PersonLookup(const crypto::Key& lookup_key, std::string_view reference);
Digest ConversationLookup(const crypto::Key& lookup_key, std::string_view reference);
Digest TermLookup(const crypto::Key& lookup_key, std::string_view reference);

// Of a request: tells a repetition from another content under the same request id.
// `canonical_bytes` are the RFC 8785 bytes of {"method":…,"request":…}; the key is that
// of the section `person`, else the tenant's.
Digest Fingerprint(const crypto::Key& data_key, std::string_view canonical_bytes);

}  // namespace candor::core
