// Keys wrapped under other keys: a data key under the tenant's, that under the operator's.
//
// Pure functions; any thread may call.
// Source: ledger format, sections 3 and 10; RFC 3394. Frozen by wrapping.json.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/base/bytes.h"
#include "services/crypto/secret.h"

namespace candor::core {

// Which key is wrapped; borrowed texts. No label serves two uses.
struct WrapOf {
  std::string_view tenant;
  std::string_view handle;       // 32 lower-case hexadecimal characters.
  std::uint64_t generation = 1;  // The parent's; from 1.
};

std::array<std::uint8_t, 40> Wrap(const crypto::Key& parent, const WrapOf& of,
                                  const crypto::Key& key);

// Errors: kDataLoss: not wrapped under this parent for this tenant, handle, generation.
absl::StatusOr<crypto::Key> Unwrap(const crypto::Key& parent, const WrapOf& of, BytesView wrapped);

}  // namespace candor::core
