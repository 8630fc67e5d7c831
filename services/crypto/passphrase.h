// A key out of a passphrase: scrypt (RFC 7914), slow and large on purpose.
//
// Any thread may call.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "services/base/bytes.h"
#include "services/crypto/secret.h"

namespace candor::crypto {

// Memory is 128 * n * r bytes: 128 MiB unless said otherwise.
struct ScryptCost {
  std::uint64_t n = 1 << 17;  // A power of two from 2 to 2^20.
  std::uint32_t r = 8;        // From 1 to 32.
  std::uint32_t p = 1;        // From 1 to 16.

  friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};

// Errors:
//   kInvalidArgument    The cost lies outside of these bounds.
//   kResourceExhausted  There is not enough memory.
absl::StatusOr<Key> KeyOfPassphrase(BytesView passphrase, BytesView salt, const ScryptCost& cost);

}  // namespace candor::crypto
