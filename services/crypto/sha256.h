// SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104) and HKDF-Expand (RFC 5869, section 2.3).
//
// Any thread may call: contexts are kept per thread, algorithms fetched once.
#pragma once

#include <initializer_list>

#include "services/base/digest.h"
#include "services/crypto/secret.h"

namespace candor::crypto {

// Of the parts joined, in order.
Digest Sha256(std::initializer_list<BytesView> parts);
Digest Sha256(BytesView bytes);

// Under a key of any length.
Digest HmacSha256(BytesView key, std::initializer_list<BytesView> parts);

// 32 bytes out of a key that is already uniform; `label` parts one use from another.
Key HkdfExpand(BytesView key, std::string_view label);

}  // namespace candor::crypto
