// Sealing the sections of one leaf, and opening them again.
//
// Pure but for randomness; any thread may call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/vault/keyring.h"

namespace candor::vault {

// A section in clear.
struct Section {
  std::string name;   // As in section 3 of docs/reference/ledger-format.md.
  std::string bytes;  // Canonical JSON, one object.
  Owner owner;
};

// All sections of one leaf under one key: one row of the table `sealed`.
struct SealedBox {
  FoundKey key;
  Bytes body;
};

struct SealedSections {
  std::vector<SealedBox> boxes;
  std::vector<std::pair<std::string, Digest>> commitments;
};

// Seals `sections`; `keys` are those of their owners, in the same order.
SealedSections SealSections(std::string_view origin, std::string_view leaf_id,
                            const std::vector<Section>& sections, const std::vector<FoundKey>& keys);

// The sections in the body of a box: name and sealed bytes, in their order. Errors:
// kDataLoss when the body is not what SealSections makes.
absl::StatusOr<std::vector<std::pair<std::string, BytesView>>> SplitBox(BytesView body);

}  // namespace candor::vault
